import type { Bit } from "./bits.ts";

/** A check of an access decision: its bit in the mask, what failed, and what would mend it. */
export interface Check extends Bit {
  mend: string;
  /** What would mend it, in Chinese. */
  zhMend: string;
}

/** The checks of contracts/common/FailedCheck.sol. Numbers are part of the audit record and never change. */
export const FAILED_CHECKS = {
  REQUESTER_STANDING: {
    bit: 0,
    label: "the requester's institution is suspended or no member",
    mend: "wait for the suspension's end or appeal to the supervision group",
    zh: "请求方所属机构被暂停或不是成员",
    zhMend: "等待暂停结束，或向监督组申诉",
  },
  REQUESTER_ROLE: {
    bit: 1,
    label: "the requester lacks the role that this purpose needs",
    mend: "have the institution's administrator give the wallet the role",
    zh: "请求方不具备该用途所需的角色",
    zhMend: "请机构管理员为该钱包授予角色",
  },
  REQUESTER_ACCREDITATION: {
    bit: 2,
    label: "the institution's accreditation does not hold now",
    mend: "have the accreditation renewed",
    zh: "机构的资质认证目前无效",
    zhMend: "办理认证续期",
  },
  PURPOSE_MISSING: {
    bit: 3,
    label: "the request names no purpose",
    mend: "name at least one purpose of use",
    zh: "请求未写明用途",
    zhMend: "至少写明一个使用目的",
  },
  PURPOSE_PROHIBITED: {
    bit: 4,
    label: "the request names a purpose that no consent can allow",
    mend: "leave the purpose out; break-glass access has its own way",
    zh: "请求写明了任何同意都不能允许的用途",
    zhMend: "去掉该用途；紧急破窗访问另有途径",
  },
  REQUEST_SCOPE: {
    bit: 5,
    label: "the request does not fit the record: category or level differ",
    mend: "ask for the record's own category and at least its level",
    zh: "请求与记录不符：类别或级别不同",
    zhMend: "按记录本身的类别、且不低于其级别提出请求",
  },
  REQUEST_PERIOD: {
    bit: 6,
    label: "the request's end is missing, over, or too far off",
    mend: "ask for an end within the longest grant that the rules allow",
    zh: "请求的截止时间缺失、已过或过远",
    zhMend: "在规则允许的最长授权期内设定截止时间",
  },
  REQUESTER_SUSPENDED: {
    bit: 7,
    label: "the requester is suspended for repeated denials",
    mend: "wait for the suspension's end",
    zh: "请求方因多次被拒而被暂停",
    zhMend: "等待暂停结束",
  },
  RECORD_NOT_ANCHORED: {
    bit: 8,
    label: "the record is no leaf of the batch",
    mend: "check batch, record and proof with the custodian",
    zh: "该记录不在该批次中",
    zhMend: "与保管机构核对批次、记录和证明",
  },
  RECORD_SUPERSEDED: {
    bit: 9,
    label: "the record was corrected by another",
    mend: "ask for its successor",
    zh: "该记录已被另一记录更正",
    zhMend: "请求其后继记录",
  },
  RECORD_DESTROYED: {
    bit: 10,
    label: "the record was destroyed",
    mend: "nothing can: the data is gone",
    zh: "该记录已销毁",
    zhMend: "无法补救：数据已不存在",
  },
  RETENTION_ENDED: {
    bit: 11,
    label: "the record's retention is over",
    mend: "nothing can: the data is due for destruction",
    zh: "该记录的保存期已满",
    zhMend: "无法补救：数据应当销毁",
  },
  CUSTODIAN_STANDING: {
    bit: 12,
    label: "the record's custodian is suspended or no member",
    mend: "wait for the custodian's reinstatement",
    zh: "记录的保管机构被暂停或不是成员",
    zhMend: "等待保管机构恢复资格",
  },
  CONSENT_NOT_IN_FORCE: {
    bit: 16,
    label: "the consent is unknown, not yet in force, over, or withdrawn",
    mend: "ask the patient for a new consent",
    zh: "同意不存在、尚未生效、已到期或已撤回",
    zhMend: "请患者重新给予同意",
  },
  CONSENT_PATIENT: {
    bit: 17,
    label: "the consent is another patient's",
    mend: "name a consent of the record's patient",
    zh: "该同意属于另一位患者",
    zhMend: "使用该记录患者本人的同意",
  },
  CONSENT_GRANTEE: {
    bit: 18,
    label: "the consent is for another institution or wallet",
    mend: "have the grantee ask",
    zh: "该同意是给另一机构或钱包的",
    zhMend: "由被授权方提出请求",
  },
  CONSENT_STUDY: {
    bit: 19,
    label: "the consent is for another study",
    mend: "ask under the study that the consent names",
    zh: "该同意是给另一项研究的",
    zhMend: "在同意所指的研究下提出请求",
  },
  CONSENT_PURPOSE: {
    bit: 20,
    label: "the consent does not allow the purpose",
    mend: "ask the patient for a wider consent",
    zh: "同意不允许该用途",
    zhMend: "请患者给予范围更广的同意",
  },
  CONSENT_DUO_USE: {
    bit: 21,
    label: "the consent does not allow the kind of use (DUO)",
    mend: "ask the patient for a wider consent",
    zh: "同意不允许该类使用（DUO）",
    zhMend: "请患者给予范围更广的同意",
  },
  CONSENT_MODIFIER: {
    bit: 22,
    label: "a condition of the consent (DUO) is not fulfilled",
    mend: "fulfil it where the contracts take the fact from: the institution's profile, the study's scope, the ethics review",
    zh: "同意的某项条件（DUO）未满足",
    zhMend: "在合约取得事实之处满足它：机构资料、研究范围、伦理审查",
  },
  CONSENT_CATEGORY: {
    bit: 23,
    label: "the consent does not allow the category",
    mend: "ask the patient for a wider consent",
    zh: "同意不允许该类别",
    zhMend: "请患者给予范围更广的同意",
  },
  CONSENT_LEVEL: {
    bit: 24,
    label: "the record's level is above the consent's",
    mend: "ask the patient for a wider consent",
    zh: "记录的级别高于同意的级别",
    zhMend: "请患者给予范围更广的同意",
  },
  CONSENT_PERIOD: {
    bit: 25,
    label: "now, or the request's end, lies outside the consent's validity",
    mend: "ask for an end within it, or the patient for a renewal",
    zh: "当前时间或请求的截止时间不在同意的有效期内",
    zhMend: "在有效期内设定截止时间，或请患者续期",
  },
  CONSENT_SENSITIVITY: {
    bit: 26,
    label: "the consent does not allow the sensitivity",
    mend: "ask the patient for a wider consent",
    zh: "同意不允许该敏感内容",
    zhMend: "请患者给予范围更广的同意",
  },
  CONSENT_DEIDENTIFICATION: {
    bit: 27,
    label: "the request asks for less de-identification than the consent demands",
    mend: "ask for data de-identified further",
    zh: "请求的去标识化程度低于同意的要求",
    zhMend: "请求去标识化程度更高的数据",
  },
  CONSENT_RECIPIENT: {
    bit: 28,
    label: "the consent does not allow this kind of recipient",
    mend: "ask the patient for a wider consent",
    zh: "同意不允许此类接收方",
    zhMend: "请患者给予范围更广的同意",
  },
  CONSENT_REGION: {
    bit: 29,
    label: "the consent does not allow the recipient's region",
    mend: "ask the patient for a wider consent",
    zh: "同意不允许接收方所在地区",
    zhMend: "请患者给予范围更广的同意",
  },
  CONSENT_FLAG: {
    bit: 30,
    label: "the consent lacks a flag that the request needs",
    mend: "drop the wish for it (recontact, results, AI training, crossing borders, onward sharing), or ask the patient",
    zh: "同意缺少请求所需的标志",
    zhMend: "放弃该项要求（再次联系、反馈结果、训练人工智能、出境、再共享），或征求患者同意",
  },
  PATIENT_DEACTIVATED: {
    bit: 31,
    label: "the patient's DID is deactivated",
    mend: "nothing can: it is final",
    zh: "患者的 DID 已停用",
    zhMend: "无法补救：停用是最终的",
  },
  STUDY_MISSING: {
    bit: 32,
    label: "the purpose needs a study and none is named",
    mend: "name an approved study",
    zh: "该用途需要研究项目而未写明",
    zhMend: "写明一项已批准的研究",
  },
  STUDY_ETHICS: {
    bit: 33,
    label: "the study's ethics approval is missing, rejected or over",
    mend: "have the ethics group review the present version",
    zh: "研究的伦理批准缺失、被否决或已过期",
    zhMend: "请伦理组审查当前版本",
  },
  STUDY_LEGAL: {
    bit: 34,
    label: "the study's legal approval is missing, rejected or over",
    mend: "have the legal group review the present version",
    zh: "研究的法律批准缺失、被否决或已过期",
    zhMend: "请法律组审查当前版本",
  },
  STUDY_PERIOD: {
    bit: 35,
    label: "now, or the request's end, lies outside the study's dates, or the study is closed",
    mend: "ask for an end within them, or amend the study",
    zh: "当前时间或请求的截止时间不在研究期限内，或研究已结束",
    zhMend: "在期限内设定截止时间，或修订研究",
  },
  STUDY_PARTY: {
    bit: 36,
    label: "the institution is neither sponsor nor collaborator of the study",
    mend: "have the sponsor add it by an amendment",
    zh: "该机构既不是研究的发起方也不是合作方",
    zhMend: "由发起方通过修订将其加入",
  },
  STUDY_SCOPE: {
    bit: 37,
    label: "the request goes beyond the study's scope",
    mend: "ask for less, or amend the study",
    zh: "请求超出研究范围",
    zhMend: "缩小请求，或修订研究",
  },
  STUDY_CAP: {
    bit: 38,
    label: "the study's cap is reached",
    mend: "amend the study",
    zh: "研究人数已达上限",
    zhMend: "修订研究",
  },
  STUDY_CORE_CATEGORY: {
    bit: 39,
    label: "the study does not name this category of level 3",
    mend: "amend the study",
    zh: "研究未列明该三级类别",
    zhMend: "修订研究",
  },
  STUDY_FILING: {
    bit: 40,
    label: "the study lacks the filing of human genetic resources",
    mend: "file, and amend the study with the filing's hash",
    zh: "研究缺少人类遗传资源备案",
    zhMend: "完成备案，并将备案的哈希写入修订",
  },
  STUDY_LAPSED: {
    bit: 41,
    label: "the study's approvals or dates no longer hold",
    mend: "have the study reviewed or amended",
    zh: "研究的批准或期限已失效",
    zhMend: "对研究重新审查或修订",
  },
  REVIEW_REQUIRED: {
    bit: 48,
    label: "a human review is needed first",
    mend: "ask for this record by a request of its own",
    zh: "须先经人工审查",
    zhMend: "对该记录单独提出请求",
  },
  REVIEW_REJECTED: {
    bit: 49,
    label: "a reviewer turned the request down",
    mend: "see the review's reason",
    zh: "审查人否决了请求",
    zhMend: "查看审查理由",
  },
  GRANT_REVOKED: { bit: 56, label: "the grant was revoked", mend: "ask again", zh: "授权已被撤销", zhMend: "重新请求" },
  GRANT_EXPIRED: { bit: 57, label: "the grant is over", mend: "ask again", zh: "授权已到期", zhMend: "重新请求" },
} as const satisfies Record<string, Check>;

export type FailedCheckName = keyof typeof FAILED_CHECKS;

/**
 * The mask of some checks.
 *
 * @example
 * expect(failedCheckMask("REQUESTER_STANDING", "REQUESTER_ROLE")).to.equal(3n);
 */
export function failedCheckMask(...names: FailedCheckName[]): bigint {
  return names.reduce((mask, name) => mask | (1n << BigInt(FAILED_CHECKS[name].bit)), 0n);
}

import { Address, BigInt, Bytes } from "@graphprotocol/graph-ts";
import {
  AppealDecided as AppealDecidedEvent,
  AppealLapsed as AppealLapsedEvent,
  AppealWindowsChanged as AppealWindowsChangedEvent,
  CaseAppealed as CaseAppealedEvent,
  CaseDecided as CaseDecidedEvent,
  ComplaintFiled as ComplaintFiledEvent,
  DestructionOverdue as DestructionOverdueEvent,
  FinePaid as FinePaidEvent,
  FineRefunded as FineRefundedEvent,
  SanctionChanged as SanctionChangedEvent,
  ViolationReported as ViolationReportedEvent,
} from "../generated/Supervision/Supervision";
import {
  AppealDecided,
  AppealLapsed,
  AppealRule,
  AppealWindowsChanged,
  Case,
  CaseAppealed,
  CaseDecided,
  Complaint,
  ComplaintFiled,
  DestructionOverdue,
  Emergency,
  FinePaid,
  FineRefunded,
  Sanction,
  SanctionChanged,
  ViolationReported,
} from "../generated/schema";
import { fetchInstitutionDay } from "./fetch/count";
import { fetchInstitution } from "./fetch/institution";
import { fetchPatient } from "./fetch/patient";
import { logId, stamp } from "./util/log";
import { NEGATIVE_LIST, VIOLATIONS } from "./util/names";
import { isSuspended, watch } from "./util/suspension";
import { bytes4, bytesOrNull, isZero, numberOrNull } from "./util/values";

export { handleAuthorityUpdated } from "./accessManager";

export function handleComplaintFiled(event: ComplaintFiledEvent): void {
  const complaint = new Complaint(event.params.complaint);
  complaint.accused = fetchInstitution(event.params.accused).id;
  if (!isZero(event.params.patient)) complaint.patient = fetchPatient(event.params.patient).id;
  if (!event.params.institution.isZero()) {
    const institution = fetchInstitution(event.params.institution);
    complaint.institution = institution.id;
    watch(institution, "ComplaintFiled", event);
  }
  complaint.textHash = event.params.textHash;
  complaint.filedAt = event.block.timestamp;
  complaint.by = event.params.by;
  complaint.save();
  const day = fetchInstitutionDay(complaint.accused, event.block.timestamp, false);
  day.complaints += 1;
  day.save();

  const log = new ComplaintFiled(logId(event));
  stamp(log, "ComplaintFiled", event);
  log.complaint = complaint.id;
  log.accused = complaint.accused;
  log.patient = complaint.patient;
  log.institution = complaint.institution;
  log.textHash = event.params.textHash;
  log.by = event.params.by;
  log.save();
}

/** A case that nobody reported bears the id of the emergency that led to it. */
export function handleViolationReported(event: ViolationReportedEvent): void {
  const kept = new Case(event.params.id);
  kept.accused = fetchInstitution(event.params.accused).id;
  if (!event.params.reporter.isZero()) {
    const reporter = fetchInstitution(event.params.reporter);
    kept.reporter = reporter.id;
    watch(reporter, "ViolationReported", event);
  } else if (Emergency.load(event.params.id) !== null) {
    kept.emergency = event.params.id;
  }
  kept.violation = VIOLATIONS[event.params.violation];
  kept.negativeList = event.params.violation <= NEGATIVE_LIST;
  kept.evidenceHash = event.params.evidenceHash;
  kept.complaint = bytesOrNull(event.params.complaint);
  kept.grant = bytesOrNull(event.params.grant);
  kept.status = "REPORTED";
  kept.reportedAt = event.block.timestamp;
  kept.reportedBy = event.params.by;
  kept.fine = BigInt.zero();
  kept.save();

  const log = new ViolationReported(logId(event));
  stamp(log, "ViolationReported", event);
  log.case_ = kept.id;
  log.accused = kept.accused;
  log.reporter = kept.reporter;
  log.violation = kept.violation;
  log.evidenceHash = event.params.evidenceHash;
  log.complaint = kept.complaint;
  log.grant = kept.grant;
  log.by = event.params.by;
  log.save();
}

/** The registry's own events of suspension and fine come before this one. */
export function handleDestructionOverdue(event: DestructionOverdueEvent): void {
  const kept = Case.load(event.params.id)!;
  kept.batch = event.params.batch;
  kept.leaf = event.params.leaf;
  kept.retentionUntil = event.params.retentionUntil;
  kept.save();

  const log = new DestructionOverdue(logId(event));
  stamp(log, "DestructionOverdue", event);
  log.case_ = kept.id;
  log.batch = event.params.batch;
  log.leaf = event.params.leaf;
  log.patient = fetchPatient(event.params.patient).id;
  log.retentionUntil = event.params.retentionUntil;
  log.by = event.params.by;
  log.save();
}

export function handleCaseDecided(event: CaseDecidedEvent): void {
  const accused = fetchInstitution(event.params.accused);
  const kept = Case.load(event.params.id)!;
  kept.status = event.params.upheld ? "UPHELD" : "DISMISSED";
  kept.decidedAt = event.block.timestamp;
  if (!event.params.decider.isZero()) {
    const decider = fetchInstitution(event.params.decider);
    kept.decider = decider.id;
    watch(decider, "CaseDecided", event);
  }
  kept.decidedBy = addressOrNull(event.params.by);
  kept.reasonHash = event.params.reasonHash;
  kept.suspendedUntil = numberOrNull(event.params.suspendedUntil);
  if (kept.suspendedUntil !== null && isSuspended(accused, event.block.timestamp)) {
    kept.suspension = accused.suspension;
  }
  kept.fine = event.params.fine;
  kept.appealUntil = numberOrNull(event.params.appealUntil);
  kept.save();

  const log = new CaseDecided(logId(event));
  stamp(log, "CaseDecided", event);
  log.case_ = kept.id;
  log.accused = accused.id;
  log.upheld = event.params.upheld;
  log.suspendedUntil = kept.suspendedUntil;
  log.fine = event.params.fine;
  log.appealUntil = kept.appealUntil;
  log.reasonHash = event.params.reasonHash;
  log.decider = kept.decider;
  log.by = kept.decidedBy;
  log.save();
}

/** No act to watch: a suspended member may appeal. */
export function handleCaseAppealed(event: CaseAppealedEvent): void {
  const kept = Case.load(event.params.id)!;
  kept.status = "APPEALED";
  kept.appealedAt = event.block.timestamp;
  kept.appealedBy = event.params.by;
  kept.groundsHash = event.params.groundsHash;
  kept.decideAppealUntil = event.params.decideAppealUntil;
  kept.save();

  const log = new CaseAppealed(logId(event));
  stamp(log, "CaseAppealed", event);
  log.case_ = kept.id;
  log.accused = kept.accused;
  log.groundsHash = event.params.groundsHash;
  log.decideAppealUntil = event.params.decideAppealUntil;
  log.by = event.params.by;
  log.save();
}

export function handleAppealDecided(event: AppealDecidedEvent): void {
  const decider = fetchInstitution(event.params.decider);
  watch(decider, "AppealDecided", event);
  const kept = Case.load(event.params.id)!;
  kept.status = event.params.granted ? "APPEAL_GRANTED" : "APPEAL_REJECTED";
  kept.appealDecidedAt = event.block.timestamp;
  kept.appealDecidedBy = event.params.by;
  kept.appealDecider = decider.id;
  kept.appealReasonHash = event.params.reasonHash;
  kept.save();

  const log = new AppealDecided(logId(event));
  stamp(log, "AppealDecided", event);
  log.case_ = kept.id;
  log.accused = kept.accused;
  log.granted = event.params.granted;
  log.reasonHash = event.params.reasonHash;
  log.decider = decider.id;
  log.by = event.params.by;
  log.save();
}

export function handleAppealLapsed(event: AppealLapsedEvent): void {
  const kept = Case.load(event.params.id)!;
  kept.status = "APPEAL_LAPSED";
  kept.appealLapsedAt = event.block.timestamp;
  kept.save();

  const log = new AppealLapsed(logId(event));
  stamp(log, "AppealLapsed", event);
  log.case_ = kept.id;
  log.accused = kept.accused;
  log.by = event.params.by;
  log.save();
}

export function handleFinePaid(event: FinePaidEvent): void {
  const kept = Case.load(event.params.id)!;
  kept.finePaidAt = event.block.timestamp;
  kept.save();

  const log = new FinePaid(logId(event));
  stamp(log, "FinePaid", event);
  log.case_ = kept.id;
  log.accused = kept.accused;
  log.to = event.params.to;
  log.amount = event.params.amount;
  log.save();
}

export function handleFineRefunded(event: FineRefundedEvent): void {
  const kept = Case.load(event.params.id)!;
  kept.fineRefundedAt = event.block.timestamp;
  kept.save();

  const log = new FineRefunded(logId(event));
  stamp(log, "FineRefunded", event);
  log.case_ = kept.id;
  log.accused = kept.accused;
  log.amount = event.params.amount;
  log.save();
}

export function handleSanctionChanged(event: SanctionChangedEvent): void {
  const id = event.address.concat(bytes4(BigInt.fromI32(event.params.violation)));
  const sanction = new Sanction(id);
  sanction.violation = VIOLATIONS[event.params.violation];
  sanction.suspension = event.params.suspension;
  sanction.bondShare = event.params.bondShare;
  sanction.since = event.block.timestamp;
  sanction.save();

  const log = new SanctionChanged(logId(event));
  stamp(log, "SanctionChanged", event);
  log.violation = sanction.violation;
  log.suspension = event.params.suspension;
  log.bondShare = event.params.bondShare;
  log.by = event.params.by;
  log.save();
}

export function handleAppealWindowsChanged(event: AppealWindowsChangedEvent): void {
  const rule = new AppealRule(event.address);
  rule.window = event.params.window;
  rule.decisionWindow = event.params.decisionWindow;
  rule.since = event.block.timestamp;
  rule.save();

  const log = new AppealWindowsChanged(logId(event));
  stamp(log, "AppealWindowsChanged", event);
  log.window = event.params.window;
  log.decisionWindow = event.params.decisionWindow;
  log.by = event.params.by;
  log.save();
}

function addressOrNull(address: Address): Bytes | null {
  return isZero(address) ? null : address;
}

import { BigInt, Bytes, ethereum, store } from "@graphprotocol/graph-ts";
import {
  AgreementOpened as AgreementOpenedEvent,
  CategoryEnrolled as CategoryEnrolledEvent,
  CustodianPaid as CustodianPaidEvent,
  DeliveryCounted as DeliveryCountedEvent,
  EpochStarted as EpochStartedEvent,
  FundPaid as FundPaidEvent,
  GrantEnrolled as GrantEnrolledEvent,
  InstitutionPaid as InstitutionPaidEvent,
  PatientEnrolled as PatientEnrolledEvent,
  PatientPaid as PatientPaidEvent,
  PaymentFailed as PaymentFailedEvent,
  RevenueDeposited as RevenueDepositedEvent,
  ShareDonated as ShareDonatedEvent,
  ShareLapsed as ShareLapsedEvent,
  ShareRulesChanged as ShareRulesChangedEvent,
  SharesProposed as SharesProposedEvent,
} from "../generated/RevenueSplitter/RevenueSplitter";
import {
  Access,
  AgreementOpened,
  CategoryEnrolled,
  CustodianPaid,
  CustodianShare,
  DeliveryCounted,
  Enrolment,
  EpochStarted,
  FundPaid,
  GrantEnrolled,
  Institution,
  InstitutionPaid,
  PatientEnrolled,
  PatientPaid,
  PatientShare,
  PayeeShare,
  PaymentFailed,
  RevenueAgreement,
  RevenueDeposited,
  RevenueEpoch,
  ShareDonated,
  ShareLapsed,
  ShareRule,
  ShareRulesChanged,
  SharesProposed,
} from "../generated/schema";
import { fetchAccess, fetchRequest } from "./fetch/access";
import { fetchInstitution } from "./fetch/institution";
import { fetchPatient } from "./fetch/patient";
import { epochId, fetchCustodianShare, fetchFundAccount, fetchPatientShare } from "./fetch/revenue";
import { logId, stamp } from "./util/log";
import { CATEGORIES, UNIT_RULES } from "./util/names";
import { watch, watchWallet } from "./util/suspension";
import { bytes4, bytesOrNull, isZero } from "./util/values";

export { handleAuthorityUpdated } from "./accessManager";

const FRACTION_BITS: u8 = 64;

export function handleAgreementOpened(event: AgreementOpenedEvent): void {
  watchWallet(event.params.by, "AgreementOpened", event);
  const agreement = new RevenueAgreement(event.params.agreement);
  agreement.study = event.params.study;
  agreement.productHash = bytesOrNull(event.params.productHash);
  agreement.token = event.params.token;
  agreement.unitRule = UNIT_RULES[event.params.unitRule];
  agreement.epoch = epochId(agreement.id, 1);
  agreement.units = BigInt.zero();
  agreement.custodianUnits = BigInt.zero();
  agreement.accruedPerUnit = BigInt.fromI32(1);
  agreement.remainder = BigInt.zero();
  agreement.custodianAccruedPerUnit = BigInt.fromI32(1);
  agreement.custodianRemainder = BigInt.zero();
  agreement.received = BigInt.zero();
  agreement.patientAmount = BigInt.zero();
  agreement.fundAmount = BigInt.zero();
  agreement.custodianAmount = BigInt.zero();
  agreement.patientsPaid = BigInt.zero();
  agreement.donated = BigInt.zero();
  agreement.lapsed = BigInt.zero();
  agreement.institutionsPaid = BigInt.zero();
  agreement.custodiansPaid = BigInt.zero();
  agreement.fundPaid = BigInt.zero();
  agreement.openedAt = event.block.timestamp;
  agreement.openedBy = event.params.by;
  agreement.save();

  const log = new AgreementOpened(logId(event));
  stamp(log, "AgreementOpened", event);
  log.agreement = agreement.id;
  log.by = event.params.by;
  log.save();
}

/** Takes the place of shares that were proposed for the same epoch and are not in force. */
export function handleSharesProposed(event: SharesProposedEvent): void {
  watchWallet(event.params.by, "SharesProposed", event);
  const shares = event.params.shares;
  const id = epochId(event.params.agreement, event.params.epoch);
  const replaced = RevenueEpoch.load(id);
  if (replaced !== null) {
    const former = replaced.institutions;
    for (let i = 0; i < former.length; i++) store.remove("PayeeShare", id.concat(former[i]).toHexString());
  }

  const epoch = new RevenueEpoch(id);
  epoch.agreement = event.params.agreement;
  epoch.number = event.params.epoch;
  epoch.patientShare = shares.patients;
  epoch.fundShare = shares.fund;
  epoch.custodianShare = shares.custodians;
  epoch.proposedAt = event.block.timestamp;
  epoch.proposedBy = event.params.by;
  epoch.startsAt = event.params.startsAt;
  if (event.params.epoch == 1) epoch.startedAt = event.block.timestamp;
  epoch.dust = 0;
  epoch.received = BigInt.zero();
  const institutions: Bytes[] = [];
  const parts: i32[] = [];
  for (let i = 0; i < shares.payees.length; i++) {
    const institution = bytes4(shares.payees[i].institution);
    const payee = new PayeeShare(id.concat(institution));
    payee.epoch = id;
    payee.institution = institution;
    payee.share = shares.payees[i].share;
    payee.paid = BigInt.zero();
    payee.save();
    institutions.push(institution);
    parts.push(payee.share);
  }
  epoch.institutions = institutions;
  epoch.save();

  const log = new SharesProposed(logId(event));
  stamp(log, "SharesProposed", event);
  log.agreement = event.params.agreement;
  log.epoch = id;
  log.startsAt = event.params.startsAt;
  log.patientShare = epoch.patientShare;
  log.fundShare = epoch.fundShare;
  log.custodianShare = epoch.custodianShare;
  log.institutions = institutions;
  log.shares = parts;
  log.by = event.params.by;
  log.save();
}

export function handleEpochStarted(event: EpochStartedEvent): void {
  const epoch = RevenueEpoch.load(epochId(event.params.agreement, event.params.epoch))!;
  epoch.startedAt = event.block.timestamp;
  epoch.dust = event.params.dust;
  epoch.save();
  const agreement = RevenueAgreement.load(event.params.agreement)!;
  agreement.epoch = epoch.id;
  agreement.save();

  const log = new EpochStarted(logId(event));
  stamp(log, "EpochStarted", event);
  log.agreement = agreement.id;
  log.epoch = epoch.id;
  log.dust = event.params.dust;
  log.save();
}

export function handleShareRulesChanged(event: ShareRulesChangedEvent): void {
  const rules = event.params.rules;
  const rule = new ShareRule(event.address);
  rule.fundFloor = rules.fundFloor;
  rule.patientShare = rules.patients;
  rule.fundShare = rules.fund;
  rule.custodianShare = rules.custodians;
  rule.since = event.block.timestamp;
  rule.by = event.params.by;
  rule.save();

  const log = new ShareRulesChanged(logId(event));
  stamp(log, "ShareRulesChanged", event);
  log.fundFloor = rules.fundFloor;
  log.patientShare = rules.patients;
  log.fundShare = rules.fund;
  log.custodianShare = rules.custodians;
  log.by = event.params.by;
  log.save();
}

export function handleGrantEnrolled(event: GrantEnrolledEvent): void {
  const request = fetchRequest(event.params.grant);
  request.save();
  const enrolment = enrol(event.params.agreement, event.params.totalUnits, request.id, event);
  enrolment.request = request.id;
  enrolment.units = event.params.units;
  enrolment.save();

  const log = new GrantEnrolled(logId(event));
  stamp(log, "GrantEnrolled", event);
  log.agreement = enrolment.agreement;
  log.request = request.id;
  log.units = event.params.units;
  log.totalUnits = event.params.totalUnits;
  log.save();
}

export function handlePatientEnrolled(event: PatientEnrolledEvent): void {
  const request = fetchRequest(event.params.grant);
  request.save();
  const patient = fetchPatient(event.params.patient);
  const enrolment = enrol(event.params.agreement, event.params.totalUnits, patient.id, event);
  enrolment.request = request.id;
  enrolment.patient = patient.id;
  enrolment.save();

  const log = new PatientEnrolled(logId(event));
  stamp(log, "PatientEnrolled", event);
  log.agreement = enrolment.agreement;
  log.request = request.id;
  log.patient = patient.id;
  log.totalUnits = event.params.totalUnits;
  log.save();
}

export function handleCategoryEnrolled(event: CategoryEnrolledEvent): void {
  const patient = fetchPatient(event.params.patient);
  const access = fetchAccess(event.params.grant, event.params.batch, event.params.record);
  access.patient = patient.id;
  access.save();
  const enrolment = enrol(event.params.agreement, event.params.totalUnits, access.id, event);
  enrolment.request = event.params.grant;
  enrolment.patient = patient.id;
  enrolment.access = access.id;
  enrolment.category = CATEGORIES[event.params.category];
  enrolment.save();

  const log = new CategoryEnrolled(logId(event));
  stamp(log, "CategoryEnrolled", event);
  log.agreement = enrolment.agreement;
  log.request = event.params.grant;
  log.access = access.id;
  log.patient = patient.id;
  log.category = CATEGORIES[event.params.category];
  log.totalUnits = event.params.totalUnits;
  log.save();
}

export function handleDeliveryCounted(event: DeliveryCountedEvent): void {
  const agreement = RevenueAgreement.load(event.params.agreement)!;
  agreement.custodianUnits = event.params.totalUnits;
  agreement.save();
  const custodian = fetchInstitution(event.params.custodian);
  const share = settledCustodianShare(agreement, custodian.id);
  share.units = share.units.plus(BigInt.fromI32(1));
  share.save();

  const log = new DeliveryCounted(logId(event));
  stamp(log, "DeliveryCounted", event);
  log.agreement = agreement.id;
  log.request = event.params.grant;
  log.custodian = custodian.id;
  log.record = event.params.record;
  log.totalUnits = event.params.totalUnits;
  log.save();
}

/** Divides the patients' and the custodians' parts as the contract does, so that what is owed to each follows from the index alone. */
export function handleRevenueDeposited(event: RevenueDepositedEvent): void {
  const agreement = RevenueAgreement.load(event.params.agreement)!;
  agreement.received = agreement.received.plus(event.params.amount);
  agreement.patientAmount = agreement.patientAmount.plus(event.params.patientAmount);
  agreement.fundAmount = agreement.fundAmount.plus(event.params.fundAmount);
  agreement.custodianAmount = agreement.custodianAmount.plus(event.params.custodianAmount);
  if (!event.params.patientAmount.isZero()) {
    const scaled = event.params.patientAmount.leftShift(FRACTION_BITS).plus(agreement.remainder);
    agreement.accruedPerUnit = agreement.accruedPerUnit.plus(scaled.div(event.params.units));
    agreement.remainder = scaled.mod(event.params.units);
  }
  if (!event.params.custodianAmount.isZero()) {
    const scaled = event.params.custodianAmount.leftShift(FRACTION_BITS).plus(agreement.custodianRemainder);
    const units = agreement.custodianUnits;
    agreement.custodianAccruedPerUnit = agreement.custodianAccruedPerUnit.plus(scaled.div(units));
    agreement.custodianRemainder = scaled.mod(units);
  }
  agreement.save();
  const epoch = RevenueEpoch.load(epochId(agreement.id, event.params.epoch))!;
  epoch.received = epoch.received.plus(event.params.amount);
  epoch.save();

  const log = new RevenueDeposited(logId(event));
  stamp(log, "RevenueDeposited", event);
  log.agreement = agreement.id;
  log.epoch = epoch.id;
  log.from = event.params.from;
  log.amount = event.params.amount;
  log.patientAmount = event.params.patientAmount;
  log.fundAmount = event.params.fundAmount;
  log.custodianAmount = event.params.custodianAmount;
  log.units = event.params.units;
  log.referenceHash = event.params.referenceHash;
  log.save();
}

export function handlePatientPaid(event: PatientPaidEvent): void {
  const agreement = RevenueAgreement.load(event.params.agreement)!;
  agreement.patientsPaid = agreement.patientsPaid.plus(event.params.amount);
  agreement.save();
  const patient = fetchPatient(event.params.patient);
  const share = shareOf(agreement.id, patient.id, event.params.grant, event.params.batch, event.params.record);
  share.paid = share.paid.plus(event.params.amount);
  share.save();
  const accessId = share.access;
  if (accessId !== null) {
    const access = Access.load(accessId)!;
    access.paid = access.paid.plus(event.params.amount);
    access.save();
  }

  const log = new PatientPaid(logId(event));
  stamp(log, "PatientPaid", event);
  log.request = bytesOrNull(event.params.grant);
  log.access = accessId;
  log.agreement = agreement.id;
  log.patient = patient.id;
  log.amount = event.params.amount;
  log.to = event.params.to;
  log.save();
}

export function handlePaymentFailed(event: PaymentFailedEvent): void {
  const patient = fetchPatient(event.params.patient);
  const log = new PaymentFailed(logId(event));
  stamp(log, "PaymentFailed", event);
  log.agreement = event.params.agreement;
  log.patient = patient.id;
  log.to = event.params.to;
  log.amount = event.params.amount;
  log.save();
}

export function handleShareDonated(event: ShareDonatedEvent): void {
  const agreement = RevenueAgreement.load(event.params.agreement)!;
  agreement.donated = agreement.donated.plus(event.params.amount);
  agreement.save();
  const patient = fetchPatient(event.params.patient);
  const share = shareOf(agreement.id, patient.id, event.params.grant, event.params.batch, event.params.record);
  share.donated = share.donated.plus(event.params.amount);
  share.save();

  const log = new ShareDonated(logId(event));
  stamp(log, "ShareDonated", event);
  log.request = bytesOrNull(event.params.grant);
  log.access = share.access;
  log.agreement = agreement.id;
  log.patient = patient.id;
  log.amount = event.params.amount;
  log.by = event.params.by;
  log.save();
}

export function handleShareLapsed(event: ShareLapsedEvent): void {
  const agreement = RevenueAgreement.load(event.params.agreement)!;
  agreement.lapsed = agreement.lapsed.plus(event.params.amount);
  agreement.save();
  const patient = fetchPatient(event.params.patient);
  const share = shareOf(agreement.id, patient.id, event.params.grant, event.params.batch, event.params.record);
  share.lapsed = share.lapsed.plus(event.params.amount);
  share.save();

  const log = new ShareLapsed(logId(event));
  stamp(log, "ShareLapsed", event);
  log.request = bytesOrNull(event.params.grant);
  log.access = share.access;
  log.agreement = agreement.id;
  log.patient = patient.id;
  log.amount = event.params.amount;
  log.by = event.params.by;
  log.save();
}

export function handleInstitutionPaid(event: InstitutionPaidEvent): void {
  const institution = fetchInstitution(event.params.institution);
  watchPayee(institution, "InstitutionPaid", event);
  const agreement = RevenueAgreement.load(event.params.agreement)!;
  agreement.institutionsPaid = agreement.institutionsPaid.plus(event.params.amount);
  agreement.save();
  const epoch = epochId(agreement.id, event.params.epoch);
  const payee = PayeeShare.load(epoch.concat(institution.id))!;
  payee.paid = payee.paid.plus(event.params.amount);
  payee.save();

  const log = new InstitutionPaid(logId(event));
  stamp(log, "InstitutionPaid", event);
  log.agreement = agreement.id;
  log.institution = institution.id;
  log.epoch = epoch;
  log.to = event.params.to;
  log.amount = event.params.amount;
  log.save();
}

export function handleCustodianPaid(event: CustodianPaidEvent): void {
  const institution = fetchInstitution(event.params.institution);
  watchPayee(institution, "CustodianPaid", event);
  const agreement = RevenueAgreement.load(event.params.agreement)!;
  agreement.custodiansPaid = agreement.custodiansPaid.plus(event.params.amount);
  agreement.save();
  const share = settledCustodianShare(agreement, institution.id);
  share.due = share.due.minus(event.params.amount.leftShift(FRACTION_BITS));
  share.paid = share.paid.plus(event.params.amount);
  share.save();

  const log = new CustodianPaid(logId(event));
  stamp(log, "CustodianPaid", event);
  log.agreement = agreement.id;
  log.institution = institution.id;
  log.to = event.params.to;
  log.amount = event.params.amount;
  log.save();
}

export function handleFundPaid(event: FundPaidEvent): void {
  const agreement = RevenueAgreement.load(event.params.agreement)!;
  agreement.fundPaid = agreement.fundPaid.plus(event.params.amount);
  agreement.save();
  const account = fetchFundAccount(event.params.fund, agreement.token);
  account.received = account.received.plus(event.params.amount);
  account.save();

  const log = new FundPaid(logId(event));
  stamp(log, "FundPaid", event);
  log.agreement = agreement.id;
  log.fund = event.params.fund;
  log.amount = event.params.amount;
  log.save();
}

/** An expelled institution may be paid what had accrued; a suspended one waits. */
function watchPayee(institution: Institution, name: string, event: ethereum.Event): void {
  if (institution.expelledAt === null) watch(institution, name, event);
}

/** What is due for the units so far goes to the custodian's account, before the units change or it is paid. */
function settledCustodianShare(agreement: RevenueAgreement, institution: Bytes): CustodianShare {
  const share = fetchCustodianShare(agreement.id, institution);
  const accrued = agreement.custodianAccruedPerUnit;
  share.due = share.due.plus(share.units.times(accrued.minus(share.accruedPerUnit)));
  share.accruedPerUnit = accrued;
  return share;
}

/** A patient's share of an agreement. The record that it is for, if any, is now known to be the patient's. */
function shareOf(agreement: Bytes, patient: Bytes, grant: Bytes, batch: Bytes, record: Bytes): PatientShare {
  if (isZero(grant)) return fetchPatientShare(agreement, patient, null);
  const access = fetchAccess(grant, batch, record);
  access.patient = patient;
  access.save();
  return fetchPatientShare(agreement, patient, access.id);
}

/** Counts the agreement's units of patients, and one of them as this enrolment's, whose payee names it beside the agreement. */
function enrol(agreementId: Bytes, totalUnits: BigInt, payee: Bytes, event: ethereum.Event): Enrolment {
  const agreement = RevenueAgreement.load(agreementId)!;
  agreement.units = totalUnits;
  agreement.save();
  const enrolment = new Enrolment(agreementId.concat(payee));
  enrolment.agreement = agreementId;
  enrolment.units = BigInt.fromI32(1);
  enrolment.accruedPerUnit = agreement.accruedPerUnit;
  enrolment.enrolledAt = event.block.timestamp;
  return enrolment;
}

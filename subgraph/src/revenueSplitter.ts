import { BigInt } from "@graphprotocol/graph-ts";
import {
  AgreementOpened as AgreementOpenedEvent,
  FundPaid as FundPaidEvent,
  GrantEnrolled as GrantEnrolledEvent,
  InstitutionPaid as InstitutionPaidEvent,
  PatientPaid as PatientPaidEvent,
  RevenueDeposited as RevenueDepositedEvent,
} from "../generated/RevenueSplitter/RevenueSplitter";
import {
  AgreementOpened,
  FundPaid,
  GrantEnrolled,
  InstitutionPaid,
  PatientPaid,
  PayeeShare,
  RevenueAgreement,
  RevenueDeposited,
} from "../generated/schema";
import { fetchAccess, fetchRequest } from "./fetch/access";
import { fetchInstitution } from "./fetch/institution";
import { fetchPatient } from "./fetch/patient";
import { fetchFundAccount } from "./fetch/revenue";
import { logId, stamp } from "./util/log";
import { watch, watchWallet } from "./util/suspension";
import { bytes4 } from "./util/values";

export function handleAgreementOpened(event: AgreementOpenedEvent): void {
  watchWallet(event.params.by, "AgreementOpened", event);
  const agreement = new RevenueAgreement(event.params.study);
  agreement.study = event.params.study;
  agreement.token = event.params.token;
  agreement.patientShare = event.params.patientShare;
  agreement.fundShare = event.params.fundShare;
  agreement.units = BigInt.zero();
  agreement.received = BigInt.zero();
  agreement.patientAmount = BigInt.zero();
  agreement.fundAmount = BigInt.zero();
  agreement.patientsPaid = BigInt.zero();
  agreement.institutionsPaid = BigInt.zero();
  agreement.fundPaid = BigInt.zero();
  agreement.openedAt = event.block.timestamp;
  agreement.openedBy = event.params.by;
  agreement.save();
  const payees = event.params.payees;
  for (let i = 0; i < payees.length; i++) {
    const institution = bytes4(payees[i].institution);
    const payee = new PayeeShare(agreement.id.concat(institution));
    payee.agreement = agreement.id;
    payee.institution = institution;
    payee.share = payees[i].share;
    payee.paid = BigInt.zero();
    payee.save();
  }

  const log = new AgreementOpened(logId(event));
  stamp(log, "AgreementOpened", event);
  log.agreement = agreement.id;
  log.by = event.params.by;
  log.save();
}

export function handleGrantEnrolled(event: GrantEnrolledEvent): void {
  const agreement = RevenueAgreement.load(event.params.study)!;
  agreement.units = event.params.totalUnits;
  agreement.save();
  const request = fetchRequest(event.params.grant);
  request.enrolledAt = event.block.timestamp;
  request.save();

  const log = new GrantEnrolled(logId(event));
  stamp(log, "GrantEnrolled", event);
  log.agreement = agreement.id;
  log.request = request.id;
  log.units = event.params.units;
  log.totalUnits = event.params.totalUnits;
  log.save();
}

export function handleRevenueDeposited(event: RevenueDepositedEvent): void {
  const agreement = RevenueAgreement.load(event.params.study)!;
  agreement.received = agreement.received.plus(event.params.amount);
  agreement.patientAmount = agreement.patientAmount.plus(event.params.patientAmount);
  agreement.fundAmount = agreement.fundAmount.plus(event.params.fundAmount);
  agreement.save();

  const log = new RevenueDeposited(logId(event));
  stamp(log, "RevenueDeposited", event);
  log.agreement = agreement.id;
  log.from = event.params.from;
  log.amount = event.params.amount;
  log.patientAmount = event.params.patientAmount;
  log.fundAmount = event.params.fundAmount;
  log.units = event.params.units;
  log.referenceHash = event.params.referenceHash;
  log.save();
}

export function handlePatientPaid(event: PatientPaidEvent): void {
  const agreement = RevenueAgreement.load(event.params.study)!;
  agreement.patientsPaid = agreement.patientsPaid.plus(event.params.amount);
  agreement.save();
  const patient = fetchPatient(event.params.patient);
  const access = fetchAccess(event.params.grant, event.params.batch, event.params.record);
  access.patient = patient.id;
  access.paid = access.paid.plus(event.params.amount);
  access.save();

  const log = new PatientPaid(logId(event));
  stamp(log, "PatientPaid", event);
  log.agreement = agreement.id;
  log.request = event.params.grant;
  log.access = access.id;
  log.patient = patient.id;
  log.to = event.params.to;
  log.amount = event.params.amount;
  log.save();
}

export function handleInstitutionPaid(event: InstitutionPaidEvent): void {
  const institution = fetchInstitution(event.params.institution);
  watch(institution, "InstitutionPaid", event);
  const agreement = RevenueAgreement.load(event.params.study)!;
  agreement.institutionsPaid = agreement.institutionsPaid.plus(event.params.amount);
  agreement.save();
  const payee = PayeeShare.load(agreement.id.concat(institution.id))!;
  payee.paid = payee.paid.plus(event.params.amount);
  payee.save();

  const log = new InstitutionPaid(logId(event));
  stamp(log, "InstitutionPaid", event);
  log.agreement = agreement.id;
  log.institution = institution.id;
  log.to = event.params.to;
  log.amount = event.params.amount;
  log.save();
}

export function handleFundPaid(event: FundPaidEvent): void {
  const agreement = RevenueAgreement.load(event.params.study)!;
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

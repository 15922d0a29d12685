import { BigInt, Bytes } from "@graphprotocol/graph-ts";
import { CustodianShare, FundAccount, PatientShare, PointsAccount } from "../../generated/schema";
import { bytes4 } from "../util/values";

export function epochId(agreement: Bytes, epoch: i32): Bytes {
  return agreement.concat(bytes4(BigInt.fromI32(epoch)));
}

/** For the record within the grant, or for the patient alone, by the agreement's unit rule. */
export function fetchPatientShare(agreement: Bytes, patient: Bytes, access: Bytes | null): PatientShare {
  const id = agreement.concat(access === null ? patient : access);
  let share = PatientShare.load(id);
  if (share === null) {
    share = new PatientShare(id);
    share.agreement = agreement;
    share.patient = patient;
    share.access = access;
    share.paid = BigInt.zero();
    share.donated = BigInt.zero();
    share.lapsed = BigInt.zero();
  }
  return share;
}

export function fetchCustodianShare(agreement: Bytes, institution: Bytes): CustodianShare {
  const id = agreement.concat(institution);
  let share = CustodianShare.load(id);
  if (share === null) {
    share = new CustodianShare(id);
    share.agreement = agreement;
    share.institution = institution;
    share.units = BigInt.zero();
    share.due = BigInt.zero();
    share.accruedPerUnit = BigInt.zero();
    share.paid = BigInt.zero();
  }
  return share;
}

export function fetchPointsAccount(patient: Bytes): PointsAccount {
  let account = PointsAccount.load(patient);
  if (account === null) {
    account = new PointsAccount(patient);
    account.patient = patient;
    account.held = BigInt.zero();
    account.minted = BigInt.zero();
    account.redeemed = BigInt.zero();
  }
  return account;
}

export function fetchFundAccount(fund: Bytes, token: Bytes): FundAccount {
  const id = fund.concat(token);
  let account = FundAccount.load(id);
  if (account === null) {
    account = new FundAccount(id);
    account.fund = fund;
    account.token = token;
    account.received = BigInt.zero();
    account.spent = BigInt.zero();
  }
  return account;
}

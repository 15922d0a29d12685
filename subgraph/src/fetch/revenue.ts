import { BigInt, Bytes } from "@graphprotocol/graph-ts";
import { FundAccount } from "../../generated/schema";

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

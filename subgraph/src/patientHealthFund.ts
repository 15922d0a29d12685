import { FundSpent as FundSpentEvent } from "../generated/PatientHealthFund/PatientHealthFund";
import { FundSpent } from "../generated/schema";
import { fetchFundAccount } from "./fetch/revenue";
import { logId, stamp } from "./util/log";

export { handleAuthorityUpdated } from "./accessManager";

export function handleFundSpent(event: FundSpentEvent): void {
  const account = fetchFundAccount(event.address, event.params.token);
  account.spent = account.spent.plus(event.params.amount);
  account.save();

  const log = new FundSpent(logId(event));
  stamp(log, "FundSpent", event);
  log.token = event.params.token;
  log.to = event.params.to;
  log.amount = event.params.amount;
  log.purposeHash = event.params.purposeHash;
  log.by = event.params.by;
  log.save();
}

import { Address, BigInt, ethereum } from "@graphprotocol/graph-ts";
import { Agent, Institution, SuspendedAct } from "../../generated/schema";
import { logId } from "./log";

export function isSuspended(institution: Institution, time: BigInt): bool {
  const until = institution.suspendedUntil;
  return until !== null && until.gt(time);
}

/** Puts on record that an institution acted while it was not in standing, which no contract should let it. */
export function watch(institution: Institution, name: string, event: ethereum.Event): void {
  const suspended = isSuspended(institution, event.block.timestamp);
  if (!suspended && institution.expelledAt === null) return;

  const act = new SuspendedAct(logId(event));
  act.institution = institution.id;
  if (suspended) act.suspension = institution.suspension;
  act.name = name;
  act.timestamp = event.block.timestamp;
  act.transaction = event.transaction.hash;
  act.save();
}

/** The same by the wallet that acted; one that is no agent is nobody's act. */
export function watchWallet(wallet: Address, name: string, event: ethereum.Event): void {
  const agent = Agent.load(wallet);
  if (agent !== null) watch(Institution.load(agent.institution)!, name, event);
}

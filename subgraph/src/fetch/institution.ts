import { Address, BigInt } from "@graphprotocol/graph-ts";
import { Agent, Institution } from "../../generated/schema";
import { bytes4 } from "../util/values";

/** Complete only once the member was admitted, which comes before all that names it. */
export function fetchInstitution(number: BigInt): Institution {
  const id = bytes4(number);
  let institution = Institution.load(id);
  if (institution === null) {
    institution = new Institution(id);
    institution.number = number.toI32();
    institution.bond = BigInt.zero();
    institution.fined = BigInt.zero();
    institution.negativeListHits = 0;
  }
  return institution;
}

/** Complete only once the wallet got roles, which comes before all that it does. */
export function fetchAgent(wallet: Address): Agent {
  let agent = Agent.load(wallet);
  if (agent === null) agent = new Agent(wallet);
  return agent;
}

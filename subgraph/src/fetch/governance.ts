import { Address, BigInt, Bytes } from "@graphprotocol/graph-ts";
import { Proposal, Seat, SeatHolder, Timelock, TimelockOperation, VotingRule } from "../../generated/schema";
import { bytes32, bytes4 } from "../util/values";

/** Complete only once the seat was granted, which comes before all else about it. */
export function fetchSeat(institution: BigInt, group: i32): Seat {
  const id = bytes4(institution).concatI32(group);
  let seat = Seat.load(id);
  if (seat === null) seat = new Seat(id);
  return seat;
}

/** Complete only once the wallet got a seat, which comes before all that it does. */
export function fetchSeatHolder(wallet: Address): SeatHolder {
  let holder = SeatHolder.load(wallet);
  if (holder === null) {
    holder = new SeatHolder(wallet);
    holder.votes = BigInt.zero();
  }
  return holder;
}

/** Complete only once it was proposed, which comes before all else about it. */
export function fetchProposal(number: BigInt): Proposal {
  const id = bytes32(number);
  let proposal = Proposal.load(id);
  if (proposal === null) {
    proposal = new Proposal(id);
    proposal.number = number;
    proposal.votesFor = BigInt.zero();
    proposal.votesAgainst = BigInt.zero();
    proposal.votesAbstain = BigInt.zero();
  }
  return proposal;
}

export function fetchVotingRule(governor: Address): VotingRule {
  let rule = VotingRule.load(governor);
  if (rule === null) {
    rule = new VotingRule(governor);
    rule.votingDelay = BigInt.zero();
    rule.votingPeriod = BigInt.zero();
    rule.proposalThreshold = BigInt.zero();
    rule.quorumPercent = BigInt.zero();
  }
  return rule;
}

export function fetchTimelock(address: Address): Timelock {
  let timelock = Timelock.load(address);
  if (timelock === null) timelock = new Timelock(address);
  return timelock;
}

/** Complete only once it was scheduled, which comes before all else about it. */
export function fetchTimelockOperation(id: Bytes): TimelockOperation {
  let operation = TimelockOperation.load(id);
  if (operation === null) operation = new TimelockOperation(id);
  return operation;
}

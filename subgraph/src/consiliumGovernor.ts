import { Bytes } from "@graphprotocol/graph-ts";
import {
  ProposalCanceled as ProposalCanceledEvent,
  ProposalCreated as ProposalCreatedEvent,
  ProposalExecuted as ProposalExecutedEvent,
  ProposalQueued as ProposalQueuedEvent,
  ProposalThresholdSet as ProposalThresholdSetEvent,
  QuorumNumeratorUpdated as QuorumNumeratorUpdatedEvent,
  TimelockChange as TimelockChangeEvent,
  VoteCast as VoteCastEvent,
  VotingDelaySet as VotingDelaySetEvent,
  VotingPeriodSet as VotingPeriodSetEvent,
} from "../generated/ConsiliumGovernor/ConsiliumGovernor";
import {
  ProposalCanceled,
  ProposalCreated,
  ProposalExecuted,
  ProposalQueued,
  ProposalThresholdSet,
  QuorumNumeratorUpdated,
  TimelockChange,
  VoteCast,
  VotingDelaySet,
  VotingPeriodSet,
} from "../generated/schema";
import { fetchProposal, fetchVotingRule } from "./fetch/governance";
import { logId, stamp } from "./util/log";
import { VOTE_SUPPORTS } from "./util/names";

export function handleProposalCreated(event: ProposalCreatedEvent): void {
  const proposal = fetchProposal(event.params.proposalId);
  proposal.proposer = event.params.proposer;
  proposal.description = event.params.description;
  proposal.targets = changetype<Bytes[]>(event.params.targets);
  proposal.values = event.params.values;
  proposal.calldatas = event.params.calldatas;
  proposal.proposedAt = event.block.timestamp;
  proposal.voteStart = event.params.voteStart;
  proposal.voteEnd = event.params.voteEnd;
  proposal.save();

  const log = new ProposalCreated(logId(event));
  stamp(log, "ProposalCreated", event);
  log.proposal = proposal.id;
  log.proposer = proposal.proposer;
  log.save();
}

export function handleVoteCast(event: VoteCastEvent): void {
  const weight = event.params.weight;
  const support = VOTE_SUPPORTS[event.params.support];
  const proposal = fetchProposal(event.params.proposalId);
  if (support == "FOR") proposal.votesFor = proposal.votesFor.plus(weight);
  else if (support == "AGAINST") proposal.votesAgainst = proposal.votesAgainst.plus(weight);
  else proposal.votesAbstain = proposal.votesAbstain.plus(weight);
  proposal.save();

  const log = new VoteCast(logId(event));
  stamp(log, "VoteCast", event);
  log.proposal = proposal.id;
  log.voter = event.params.voter;
  log.support = support;
  log.weight = weight;
  log.reason = event.params.reason;
  log.save();
}

export function handleProposalQueued(event: ProposalQueuedEvent): void {
  const proposal = fetchProposal(event.params.proposalId);
  proposal.queuedAt = event.block.timestamp;
  proposal.readyAt = event.params.etaSeconds;
  proposal.save();

  const log = new ProposalQueued(logId(event));
  stamp(log, "ProposalQueued", event);
  log.proposal = proposal.id;
  log.readyAt = event.params.etaSeconds;
  log.save();
}

export function handleProposalExecuted(event: ProposalExecutedEvent): void {
  const proposal = fetchProposal(event.params.proposalId);
  proposal.executedAt = event.block.timestamp;
  proposal.save();

  const log = new ProposalExecuted(logId(event));
  stamp(log, "ProposalExecuted", event);
  log.proposal = proposal.id;
  log.save();
}

export function handleProposalCanceled(event: ProposalCanceledEvent): void {
  const proposal = fetchProposal(event.params.proposalId);
  proposal.cancelledAt = event.block.timestamp;
  proposal.save();

  const log = new ProposalCanceled(logId(event));
  stamp(log, "ProposalCanceled", event);
  log.proposal = proposal.id;
  log.save();
}

export function handleVotingDelaySet(event: VotingDelaySetEvent): void {
  const rule = fetchVotingRule(event.address);
  rule.votingDelay = event.params.newVotingDelay;
  rule.save();

  const log = new VotingDelaySet(logId(event));
  stamp(log, "VotingDelaySet", event);
  log.before = event.params.oldVotingDelay;
  log.after = event.params.newVotingDelay;
  log.save();
}

export function handleVotingPeriodSet(event: VotingPeriodSetEvent): void {
  const rule = fetchVotingRule(event.address);
  rule.votingPeriod = event.params.newVotingPeriod;
  rule.save();

  const log = new VotingPeriodSet(logId(event));
  stamp(log, "VotingPeriodSet", event);
  log.before = event.params.oldVotingPeriod;
  log.after = event.params.newVotingPeriod;
  log.save();
}

export function handleProposalThresholdSet(event: ProposalThresholdSetEvent): void {
  const rule = fetchVotingRule(event.address);
  rule.proposalThreshold = event.params.newProposalThreshold;
  rule.save();

  const log = new ProposalThresholdSet(logId(event));
  stamp(log, "ProposalThresholdSet", event);
  log.before = event.params.oldProposalThreshold;
  log.after = event.params.newProposalThreshold;
  log.save();
}

export function handleQuorumNumeratorUpdated(event: QuorumNumeratorUpdatedEvent): void {
  const rule = fetchVotingRule(event.address);
  rule.quorumPercent = event.params.newQuorumNumerator;
  rule.save();

  const log = new QuorumNumeratorUpdated(logId(event));
  stamp(log, "QuorumNumeratorUpdated", event);
  log.before = event.params.oldQuorumNumerator;
  log.after = event.params.newQuorumNumerator;
  log.save();
}

export function handleTimelockChange(event: TimelockChangeEvent): void {
  const rule = fetchVotingRule(event.address);
  rule.timelock = event.params.newTimelock;
  rule.save();

  const log = new TimelockChange(logId(event));
  stamp(log, "TimelockChange", event);
  log.before = event.params.oldTimelock;
  log.after = event.params.newTimelock;
  log.save();
}

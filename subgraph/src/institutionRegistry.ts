import {
  AgentAdded as AgentAddedEvent,
  AgentRevoked as AgentRevokedEvent,
  BondDeposited as BondDepositedEvent,
  BondReleased as BondReleasedEvent,
  BondSlashed as BondSlashedEvent,
  InstitutionAccredited as InstitutionAccreditedEvent,
  InstitutionAdmitted as InstitutionAdmittedEvent,
  InstitutionMetadataChanged as InstitutionMetadataChangedEvent,
  InstitutionReinstated as InstitutionReinstatedEvent,
  InstitutionSuspended as InstitutionSuspendedEvent,
  InstitutionWasExpelled as InstitutionWasExpelledEvent,
} from "../generated/InstitutionRegistry/InstitutionRegistry";
import {
  AgentAdded,
  AgentRevoked,
  BondDeposited,
  BondReleased,
  BondSlashed,
  InstitutionAccredited,
  InstitutionAdmitted,
  InstitutionMetadataChanged,
  InstitutionReinstated,
  InstitutionSuspended,
  InstitutionWasExpelled,
  Suspension,
} from "../generated/schema";
import { fetchAgent, fetchInstitution } from "./fetch/institution";
import { logId, stamp } from "./util/log";
import { AGENT_ROLES, INSTITUTION_KINDS } from "./util/names";
import { isSuspended, watch, watchWallet } from "./util/suspension";
import { namesOf } from "./util/words";

export { handleAuthorityUpdated } from "./accessManager";

export function handleInstitutionAdmitted(event: InstitutionAdmittedEvent): void {
  const institution = fetchInstitution(event.params.institution);
  // The chain counts kinds from 1.
  institution.kind = INSTITUTION_KINDS[event.params.kind - 1];
  institution.region = event.params.region;
  institution.nonProfit = event.params.nonProfit;
  institution.admittedAt = event.block.timestamp;
  institution.accreditedFrom = event.params.accreditedFrom;
  institution.accreditedUntil = event.params.accreditedUntil;
  institution.metadataHash = event.params.metadataHash;
  institution.save();

  const log = new InstitutionAdmitted(logId(event));
  stamp(log, "InstitutionAdmitted", event);
  log.institution = institution.id;
  log.kind = institution.kind;
  log.region = event.params.region;
  log.nonProfit = event.params.nonProfit;
  log.accreditedFrom = event.params.accreditedFrom;
  log.accreditedUntil = event.params.accreditedUntil;
  log.metadataHash = event.params.metadataHash;
  log.by = event.params.by;
  log.save();
}

export function handleInstitutionAccredited(event: InstitutionAccreditedEvent): void {
  const institution = fetchInstitution(event.params.institution);
  institution.accreditedFrom = event.params.accreditedFrom;
  institution.accreditedUntil = event.params.accreditedUntil;
  institution.save();

  const log = new InstitutionAccredited(logId(event));
  stamp(log, "InstitutionAccredited", event);
  log.institution = institution.id;
  log.accreditedFrom = event.params.accreditedFrom;
  log.accreditedUntil = event.params.accreditedUntil;
  log.by = event.params.by;
  log.save();
}

export function handleInstitutionMetadataChanged(event: InstitutionMetadataChangedEvent): void {
  const institution = fetchInstitution(event.params.institution);
  institution.metadataHash = event.params.metadataHash;
  institution.save();
  watch(institution, "InstitutionMetadataChanged", event);

  const log = new InstitutionMetadataChanged(logId(event));
  stamp(log, "InstitutionMetadataChanged", event);
  log.institution = institution.id;
  log.metadataHash = event.params.metadataHash;
  log.by = event.params.by;
  log.save();
}

/** Within a suspension it moves the end; else it begins one. */
export function handleInstitutionSuspended(event: InstitutionSuspendedEvent): void {
  const institution = fetchInstitution(event.params.institution);
  const isRunning = isSuspended(institution, event.block.timestamp);
  const suspension = isRunning ? Suspension.load(institution.suspension!)! : new Suspension(logId(event));
  if (!isRunning) {
    suspension.institution = institution.id;
    suspension.from = event.block.timestamp;
    suspension.reasonHash = event.params.reasonHash;
    suspension.by = event.params.by;
  }
  suspension.until = event.params.until;
  suspension.save();
  institution.suspendedUntil = event.params.until;
  institution.suspension = suspension.id;
  institution.save();

  const log = new InstitutionSuspended(logId(event));
  stamp(log, "InstitutionSuspended", event);
  log.institution = institution.id;
  log.suspension = suspension.id;
  log.until = event.params.until;
  log.reasonHash = event.params.reasonHash;
  log.by = event.params.by;
  log.save();
}

export function handleInstitutionReinstated(event: InstitutionReinstatedEvent): void {
  const institution = fetchInstitution(event.params.institution);
  const suspension = Suspension.load(institution.suspension!)!;
  suspension.until = event.block.timestamp;
  suspension.reinstatedAt = event.block.timestamp;
  suspension.reinstatedBy = event.params.by;
  suspension.reinstatementReasonHash = event.params.reasonHash;
  suspension.save();
  institution.suspendedUntil = event.block.timestamp;
  institution.save();

  const log = new InstitutionReinstated(logId(event));
  stamp(log, "InstitutionReinstated", event);
  log.institution = institution.id;
  log.suspension = suspension.id;
  log.reasonHash = event.params.reasonHash;
  log.by = event.params.by;
  log.save();
}

export function handleInstitutionWasExpelled(event: InstitutionWasExpelledEvent): void {
  const institution = fetchInstitution(event.params.institution);
  institution.expelledAt = event.block.timestamp;
  institution.save();

  const log = new InstitutionWasExpelled(logId(event));
  stamp(log, "InstitutionWasExpelled", event);
  log.institution = institution.id;
  log.reasonHash = event.params.reasonHash;
  log.by = event.params.by;
  log.save();
}

export function handleAgentAdded(event: AgentAddedEvent): void {
  const institution = fetchInstitution(event.params.institution);
  watchWallet(event.params.by, "AgentAdded", event);
  const agent = fetchAgent(event.params.wallet);
  agent.institution = institution.id;
  agent.roles = namesOf(event.params.roles, AGENT_ROLES);
  agent.validFrom = event.params.validFrom;
  agent.validUntil = event.params.validUntil;
  agent.addedBy = event.params.by;
  agent.revokedAt = null;
  agent.save();

  const log = new AgentAdded(logId(event));
  stamp(log, "AgentAdded", event);
  log.institution = institution.id;
  log.agent = agent.id;
  log.roles = agent.roles;
  log.validFrom = event.params.validFrom;
  log.validUntil = event.params.validUntil;
  log.by = event.params.by;
  log.save();
}

/** No act to watch: even a suspended member's wallet may free itself. */
export function handleAgentRevoked(event: AgentRevokedEvent): void {
  const agent = fetchAgent(event.params.wallet);
  agent.validUntil = event.block.timestamp;
  agent.revokedAt = event.block.timestamp;
  agent.save();

  const log = new AgentRevoked(logId(event));
  stamp(log, "AgentRevoked", event);
  log.institution = fetchInstitution(event.params.institution).id;
  log.agent = agent.id;
  log.by = event.params.by;
  log.save();
}

export function handleBondDeposited(event: BondDepositedEvent): void {
  const institution = fetchInstitution(event.params.institution);
  institution.bond = event.params.bond;
  institution.save();

  const log = new BondDeposited(logId(event));
  stamp(log, "BondDeposited", event);
  log.institution = institution.id;
  log.from = event.params.from;
  log.amount = event.params.amount;
  log.bond = event.params.bond;
  log.save();
}

export function handleBondReleased(event: BondReleasedEvent): void {
  const institution = fetchInstitution(event.params.institution);
  institution.bond = event.params.bond;
  institution.save();

  const log = new BondReleased(logId(event));
  stamp(log, "BondReleased", event);
  log.institution = institution.id;
  log.to = event.params.to;
  log.amount = event.params.amount;
  log.bond = event.params.bond;
  log.by = event.params.by;
  log.save();
}

export function handleBondSlashed(event: BondSlashedEvent): void {
  const institution = fetchInstitution(event.params.institution);
  institution.bond = event.params.bond;
  institution.fined = institution.fined.plus(event.params.amount);
  institution.save();

  const log = new BondSlashed(logId(event));
  stamp(log, "BondSlashed", event);
  log.institution = institution.id;
  log.to = event.params.to;
  log.amount = event.params.amount;
  log.bond = event.params.bond;
  log.reasonHash = event.params.reasonHash;
  log.by = event.params.by;
  log.save();
}

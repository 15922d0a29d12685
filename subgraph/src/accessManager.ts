import { ethereum } from "@graphprotocol/graph-ts";
import {
  OperationCanceled as OperationCanceledEvent,
  OperationExecuted as OperationExecutedEvent,
  OperationScheduled as OperationScheduledEvent,
  RoleAdminChanged as RoleAdminChangedEvent,
  RoleGrantDelayChanged as RoleGrantDelayChangedEvent,
  RoleGranted as RoleGrantedEvent,
  RoleGuardianChanged as RoleGuardianChangedEvent,
  RoleLabel as RoleLabelEvent,
  RoleRevoked as RoleRevokedEvent,
  TargetAdminDelayUpdated as TargetAdminDelayUpdatedEvent,
  TargetClosed as TargetClosedEvent,
  TargetFunctionRoleUpdated as TargetFunctionRoleUpdatedEvent,
} from "../generated/AccessManager/AccessManager";
import {
  AuthorityUpdated,
  OperationCanceled,
  OperationExecuted,
  OperationScheduled,
  RoleAdminChanged,
  RoleGrantDelayChanged,
  RoleGranted,
  RoleGuardianChanged,
  RoleLabel,
  RoleRevoked,
  TargetAdminDelayUpdated,
  TargetClosed,
  TargetFunctionRoleUpdated,
} from "../generated/schema";
import { fetchOperation, fetchRole, fetchRoleMember, fetchTarget, fetchTargetFunction } from "./fetch/administration";
import { logId, stamp } from "./util/log";

export function handleRoleLabel(event: RoleLabelEvent): void {
  const role = fetchRole(event.params.roleId);
  role.label = event.params.label;
  role.save();

  const log = new RoleLabel(logId(event));
  stamp(log, "RoleLabel", event);
  log.role = role.id;
  log.label = event.params.label;
  log.save();
}

export function handleRoleGranted(event: RoleGrantedEvent): void {
  const role = fetchRole(event.params.roleId);
  const member = fetchRoleMember(role, event.params.account);
  if (event.params.newMember) member.since = event.params.since;
  member.delay = event.params.delay;
  member.delaySince = event.params.since;
  member.revokedAt = null;
  member.save();

  const log = new RoleGranted(logId(event));
  stamp(log, "RoleGranted", event);
  log.member = member.id;
  log.role = role.id;
  log.account = event.params.account;
  log.delay = event.params.delay;
  log.since = event.params.since;
  log.newMember = event.params.newMember;
  log.save();
}

export function handleRoleRevoked(event: RoleRevokedEvent): void {
  const role = fetchRole(event.params.roleId);
  const member = fetchRoleMember(role, event.params.account);
  member.revokedAt = event.block.timestamp;
  member.save();

  const log = new RoleRevoked(logId(event));
  stamp(log, "RoleRevoked", event);
  log.member = member.id;
  log.role = role.id;
  log.account = event.params.account;
  log.save();
}

export function handleRoleAdminChanged(event: RoleAdminChangedEvent): void {
  const role = fetchRole(event.params.roleId);
  role.admin = fetchRole(event.params.admin).id;
  role.save();

  const log = new RoleAdminChanged(logId(event));
  stamp(log, "RoleAdminChanged", event);
  log.role = role.id;
  log.admin = role.admin;
  log.save();
}

export function handleRoleGuardianChanged(event: RoleGuardianChangedEvent): void {
  const role = fetchRole(event.params.roleId);
  role.guardian = fetchRole(event.params.guardian).id;
  role.save();

  const log = new RoleGuardianChanged(logId(event));
  stamp(log, "RoleGuardianChanged", event);
  log.role = role.id;
  log.guardian = role.guardian;
  log.save();
}

export function handleRoleGrantDelayChanged(event: RoleGrantDelayChangedEvent): void {
  const role = fetchRole(event.params.roleId);
  role.grantDelay = event.params.delay;
  role.grantDelaySince = event.params.since;
  role.save();

  const log = new RoleGrantDelayChanged(logId(event));
  stamp(log, "RoleGrantDelayChanged", event);
  log.role = role.id;
  log.delay = event.params.delay;
  log.since = event.params.since;
  log.save();
}

export function handleTargetClosed(event: TargetClosedEvent): void {
  const target = fetchTarget(event.params.target);
  target.closed = event.params.closed;
  target.save();

  const log = new TargetClosed(logId(event));
  stamp(log, "TargetClosed", event);
  log.target = target.id;
  log.closed = event.params.closed;
  log.save();
}

export function handleTargetFunctionRoleUpdated(event: TargetFunctionRoleUpdatedEvent): void {
  const target = fetchTarget(event.params.target);
  const restricted = fetchTargetFunction(target, event.params.selector);
  restricted.role = fetchRole(event.params.roleId).id;
  restricted.save();

  const log = new TargetFunctionRoleUpdated(logId(event));
  stamp(log, "TargetFunctionRoleUpdated", event);
  log.target = target.id;
  log.selector = event.params.selector;
  log.role = restricted.role;
  log.save();
}

export function handleTargetAdminDelayUpdated(event: TargetAdminDelayUpdatedEvent): void {
  const target = fetchTarget(event.params.target);
  target.adminDelay = event.params.delay;
  target.adminDelaySince = event.params.since;
  target.save();

  const log = new TargetAdminDelayUpdated(logId(event));
  stamp(log, "TargetAdminDelayUpdated", event);
  log.target = target.id;
  log.delay = event.params.delay;
  log.since = event.params.since;
  log.save();
}

export function handleOperationScheduled(event: OperationScheduledEvent): void {
  const operation = fetchOperation(event.params.operationId, event.params.nonce);
  operation.readyAt = event.params.schedule;
  operation.caller = event.params.caller;
  operation.target = event.params.target;
  operation.data = event.params.data;
  operation.save();

  const log = new OperationScheduled(logId(event));
  stamp(log, "OperationScheduled", event);
  log.operation = operation.id;
  log.save();
}

export function handleOperationExecuted(event: OperationExecutedEvent): void {
  const operation = fetchOperation(event.params.operationId, event.params.nonce);
  operation.executedAt = event.block.timestamp;
  operation.save();

  const log = new OperationExecuted(logId(event));
  stamp(log, "OperationExecuted", event);
  log.operation = operation.id;
  log.save();
}

export function handleOperationCanceled(event: OperationCanceledEvent): void {
  const operation = fetchOperation(event.params.operationId, event.params.nonce);
  operation.cancelledAt = event.block.timestamp;
  operation.save();

  const log = new OperationCanceled(logId(event));
  stamp(log, "OperationCanceled", event);
  log.operation = operation.id;
  log.save();
}

/** Of every contract that an access manager administers; the event is OpenZeppelin's and stands in none of our interfaces. */
export function handleAuthorityUpdated(event: ethereum.Event): void {
  const target = fetchTarget(event.address);
  target.authority = event.parameters[0].value.toAddress();
  target.save();

  const log = new AuthorityUpdated(logId(event));
  stamp(log, "AuthorityUpdated", event);
  log.target = target.id;
  log.authority = event.parameters[0].value.toAddress();
  log.save();
}

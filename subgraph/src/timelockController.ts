import {
  CallExecuted as CallExecutedEvent,
  CallSalt as CallSaltEvent,
  CallScheduled as CallScheduledEvent,
  Cancelled as CancelledEvent,
  MinDelayChange as MinDelayChangeEvent,
  RoleGranted as RoleGrantedEvent,
  RoleRevoked as RoleRevokedEvent,
} from "../generated/TimelockController/TimelockController";
import {
  CallExecuted,
  CallSalt,
  CallScheduled,
  Cancelled,
  MinDelayChange,
  TimelockRoleGranted,
  TimelockRoleRevoked,
} from "../generated/schema";
import { fetchTimelock, fetchTimelockOperation } from "./fetch/governance";
import { logId, stamp } from "./util/log";
import { bytesOrNull } from "./util/values";

/** One for each call of an operation. */
export function handleCallScheduled(event: CallScheduledEvent): void {
  const operation = fetchTimelockOperation(event.params.id);
  operation.scheduledAt = event.block.timestamp;
  operation.readyAt = event.block.timestamp.plus(event.params.delay);
  operation.cancelledAt = null;
  operation.save();

  const log = new CallScheduled(logId(event));
  stamp(log, "CallScheduled", event);
  log.operation = operation.id;
  log.place = event.params.index;
  log.target = event.params.target;
  log.value = event.params.value;
  log.data = event.params.data;
  log.predecessor = bytesOrNull(event.params.predecessor);
  log.delay = event.params.delay;
  log.save();
}

/** One for each call of an operation. */
export function handleCallExecuted(event: CallExecutedEvent): void {
  const operation = fetchTimelockOperation(event.params.id);
  operation.executedAt = event.block.timestamp;
  operation.save();

  const log = new CallExecuted(logId(event));
  stamp(log, "CallExecuted", event);
  log.operation = operation.id;
  log.place = event.params.index;
  log.target = event.params.target;
  log.value = event.params.value;
  log.data = event.params.data;
  log.save();
}

export function handleCallSalt(event: CallSaltEvent): void {
  const operation = fetchTimelockOperation(event.params.id);
  operation.salt = event.params.salt;
  operation.save();

  const log = new CallSalt(logId(event));
  stamp(log, "CallSalt", event);
  log.operation = operation.id;
  log.salt = event.params.salt;
  log.save();
}

export function handleCancelled(event: CancelledEvent): void {
  const operation = fetchTimelockOperation(event.params.id);
  operation.cancelledAt = event.block.timestamp;
  operation.save();

  const log = new Cancelled(logId(event));
  stamp(log, "Cancelled", event);
  log.operation = operation.id;
  log.save();
}

export function handleMinDelayChange(event: MinDelayChangeEvent): void {
  const timelock = fetchTimelock(event.address);
  timelock.minDelay = event.params.newDuration;
  timelock.save();

  const log = new MinDelayChange(logId(event));
  stamp(log, "MinDelayChange", event);
  log.before = event.params.oldDuration;
  log.after = event.params.newDuration;
  log.save();
}

export function handleRoleGranted(event: RoleGrantedEvent): void {
  const log = new TimelockRoleGranted(logId(event));
  stamp(log, "RoleGranted", event);
  log.role = event.params.role;
  log.account = event.params.account;
  log.by = event.params.sender;
  log.save();
}

export function handleRoleRevoked(event: RoleRevokedEvent): void {
  const log = new TimelockRoleRevoked(logId(event));
  stamp(log, "RoleRevoked", event);
  log.role = event.params.role;
  log.account = event.params.account;
  log.by = event.params.sender;
  log.save();
}

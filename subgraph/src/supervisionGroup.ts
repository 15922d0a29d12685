import {
  ActionApproved as ActionApprovedEvent,
  ActionExecuted as ActionExecutedEvent,
  ActionProposed as ActionProposedEvent,
} from "../generated/SupervisionGroup/SupervisionGroup";
import { ActionApproved, ActionExecuted, ActionProposed, GroupAction } from "../generated/schema";
import { logId, stamp } from "./util/log";
import { WORKING_GROUPS } from "./util/names";

// For all four groups: they are the same but for the group's number, which the first event tells.

export function handleActionProposed(event: ActionProposedEvent): void {
  const action = new GroupAction(event.params.action);
  action.group = WORKING_GROUPS[event.params.group];
  action.contract = event.address;
  action.target = event.params.target;
  action.data = event.params.data;
  action.salt = event.params.salt;
  action.proposer = event.params.by;
  action.proposedAt = event.block.timestamp;
  action.until = event.params.until;
  action.save();

  const log = new ActionProposed(logId(event));
  stamp(log, "ActionProposed", event);
  log.action = action.id;
  log.by = event.params.by;
  log.save();
}

export function handleActionApproved(event: ActionApprovedEvent): void {
  const log = new ActionApproved(logId(event));
  stamp(log, "ActionApproved", event);
  log.action = event.params.action;
  log.by = event.params.by;
  log.save();
}

export function handleActionExecuted(event: ActionExecutedEvent): void {
  const action = GroupAction.load(event.params.action)!;
  action.executedAt = event.block.timestamp;
  action.executedBy = event.params.by;
  action.countedApprovals = event.params.approvals;
  action.countedSeats = event.params.seats;
  action.save();

  const log = new ActionExecuted(logId(event));
  stamp(log, "ActionExecuted", event);
  log.action = action.id;
  log.approvals = event.params.approvals;
  log.seats = event.params.seats;
  log.by = event.params.by;
  log.save();
}

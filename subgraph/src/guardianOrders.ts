import {
  GuardianOrderApproved as GuardianOrderApprovedEvent,
  GuardianOrderCarriedOut as GuardianOrderCarriedOutEvent,
} from "../generated/GuardianOrders/GuardianOrders";
import { GuardianOrder, GuardianOrderApproved, GuardianOrderCarriedOut } from "../generated/schema";
import { fetchPatient } from "./fetch/patient";
import { logId, stamp } from "./util/log";
import { WORKING_GROUPS } from "./util/names";
import { bytesOrNull } from "./util/values";

/** Each of the two groups approves once; the first event brings the whole order. */
export function handleGuardianOrderApproved(event: GuardianOrderApprovedEvent): void {
  const patient = fetchPatient(event.params.patient);
  let order = GuardianOrder.load(event.params.order);
  if (order === null) {
    order = new GuardianOrder(event.params.order);
    order.patient = patient.id;
    order.guardian = event.params.guardian;
    order.coGuardian = bytesOrNull(event.params.coGuardian);
    order.since = event.params.since;
    order.majority = event.params.majority;
    order.until = event.params.until;
    order.documentHash = event.params.documentHash;
  }
  const group = WORKING_GROUPS[event.params.group];
  if (group == "ETHICS") order.ethicsApprovedAt = event.block.timestamp;
  else order.supervisionApprovedAt = event.block.timestamp;
  order.save();

  const log = new GuardianOrderApproved(logId(event));
  stamp(log, "GuardianOrderApproved", event);
  log.order = order.id;
  log.patient = patient.id;
  log.group = group;
  log.save();
}

export function handleGuardianOrderCarriedOut(event: GuardianOrderCarriedOutEvent): void {
  const order = GuardianOrder.load(event.params.order)!;
  order.carriedOutAt = event.block.timestamp;
  order.save();

  const log = new GuardianOrderCarriedOut(logId(event));
  stamp(log, "GuardianOrderCarriedOut", event);
  log.order = order.id;
  log.patient = order.patient;
  log.by = event.params.by;
  log.save();
}

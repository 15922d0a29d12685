import { BigInt, Bytes } from "@graphprotocol/graph-ts";
import { Access, Emergency, Request } from "../../generated/schema";

/** Complete only once it was decided. */
export function fetchRequest(id: Bytes): Request {
  let request = Request.load(id);
  if (request === null) {
    request = new Request(id);
    request.requestedAt = BigInt.zero();
    request.decision = "";
    request.pendingReviews = [];
    request.negativeListHit = false;
    request.granted = 0;
    request.refused = 0;
  }
  return request;
}

/** The record within the request; complete only once it was decided. */
export function fetchAccess(request: Bytes, batch: Bytes, leaf: Bytes): Access {
  const access = Access.load(accessId(request, batch, leaf));
  return access === null ? newAccess(request, batch, leaf) : access;
}

/** The same for a request that is new, of which nothing can be there: looking for what is not is what costs most. */
export function newAccess(request: Bytes, batch: Bytes, leaf: Bytes): Access {
  const access = startAccess(request, batch, leaf);
  access.request = request;
  return access;
}

/** The record within an emergency, where its custodian and its recipient log it; nobody decided on it. */
export function fetchEmergencyAccess(emergency: Emergency, batch: Bytes, leaf: Bytes): Access {
  let access = Access.load(accessId(emergency.id, batch, leaf));
  if (access === null) {
    access = startAccess(emergency.id, batch, leaf);
    access.emergency = emergency.id;
    access.patient = emergency.patient;
    access.batch = batch;
    access.record = batch.concat(leaf);
    access.consentStatus = "NONE";
    access.failed = BigInt.zero();
    access.failedChecks = [];
    access.decidedAt = emergency.openedAt;
  }
  return access;
}

function startAccess(source: Bytes, batch: Bytes, leaf: Bytes): Access {
  const access = new Access(accessId(source, batch, leaf));
  access.leaf = leaf;
  access.position = 0;
  access.deliveries = 0;
  access.receipts = 0;
  access.unmatched = 0;
  access.paid = BigInt.zero();
  return access;
}

/** By what it rests on: a request or an emergency. */
function accessId(source: Bytes, batch: Bytes, leaf: Bytes): Bytes {
  return source.concat(batch).concat(leaf);
}

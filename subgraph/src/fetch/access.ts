import { BigInt, Bytes } from "@graphprotocol/graph-ts";
import { Access, Request } from "../../generated/schema";

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
  const access = new Access(accessId(request, batch, leaf));
  access.request = request;
  access.leaf = leaf;
  access.position = 0;
  access.deliveries = 0;
  access.receipts = 0;
  access.unmatched = 0;
  access.paid = BigInt.zero();
  return access;
}

function accessId(request: Bytes, batch: Bytes, leaf: Bytes): Bytes {
  return request.concat(batch).concat(leaf);
}

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

/** Complete only once it was decided. */
export function fetchAccess(request: Bytes, batch: Bytes, leaf: Bytes): Access {
  const id = request.concat(batch).concat(leaf);
  let access = Access.load(id);
  if (access === null) {
    access = new Access(id);
    access.request = request;
    access.leaf = leaf;
    access.position = 0;
    access.deliveries = 0;
    access.receipts = 0;
    access.unmatched = 0;
    access.paid = BigInt.zero();
  }
  return access;
}

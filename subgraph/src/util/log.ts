import { BigInt, Bytes, Entity, ethereum } from "@graphprotocol/graph-ts";
import { fetchEventCount } from "../fetch/count";

const ONE = BigInt.fromI32(1);

export function logId(event: ethereum.Event): Bytes {
  return event.transaction.hash.concatI32(event.logIndex.toI32());
}

/** Fills what every log entity has, and counts the event. */
export function stamp(log: Entity, name: string, event: ethereum.Event): void {
  log.setBytes("emitter", event.address);
  log.setBytes("transaction", event.transaction.hash);
  log.setBigInt("block", event.block.number);
  log.setBigInt("timestamp", event.block.timestamp);

  const events = fetchEventCount(event.address, name);
  events.count = events.count.plus(ONE);
  events.save();
}

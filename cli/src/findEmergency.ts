import type { Hex } from "viem";
import { rebuildEmergency, type RebuiltEmergency } from "@consilium/sdk";
import { UsageError } from "./errors.ts";
import { readEvents } from "./session/readEvents.ts";
import type { Session } from "./session/Session.ts";

/** An emergency with its terms, from the chain's events alone. @throws UsageError if nobody opened it. */
export async function findEmergency(session: Session, id: Hex): Promise<RebuiltEmergency> {
  const [event] = await readEvents(session, "EmergencyAccess", "EmergencyOpened", { emergency: id });
  if (event === undefined) {
    throw new UsageError(`There is no emergency ${id}.`, { mend: "Take the id that `emergency open` told." });
  }
  const { timestamp } = await (await session.suite()).client.getBlock({ blockNumber: event.blockNumber });
  return rebuildEmergency(event.args, Number(timestamp));
}

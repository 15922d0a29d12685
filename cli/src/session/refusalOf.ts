import { CallRevertedError, simulateCall } from "@consilium/sdk";
import type { Call } from "@consilium/sdk";
import type { Session } from "./Session.ts";

/** For what the contract would refuse a call by the session's key; undefined if it would not. */
export async function refusalOf(session: Session, call: Call): Promise<CallRevertedError | undefined> {
  try {
    await simulateCall(await session.suite(), call, (await session.key()).address);
    return undefined;
  } catch (error) {
    if (error instanceof CallRevertedError) return error;
    throw error;
  }
}

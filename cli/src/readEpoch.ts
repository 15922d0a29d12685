import type { Address } from "viem";
import { abis, addressOf } from "@consilium/sdk";
import type { Session } from "./session/Session.ts";

/** The consent epoch of a patient, 0-255: what is signed for an earlier one holds no more. */
export async function readEpoch(session: Session, patient: Address): Promise<number> {
  const suite = await session.suite();
  const registry = { address: addressOf(suite, "ConsentRegistry"), abi: abis.ConsentRegistry };
  return suite.client.readContract({ ...registry, functionName: "epochOf", args: [patient] });
}

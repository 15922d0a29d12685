import type { Hex } from "viem";
import { zeroAddress } from "viem";
import { abis, addressOf } from "@consilium/sdk";
import { UsageError } from "./errors.ts";
import type { Session } from "./session/Session.ts";

/** An agreement as the chain has it. @throws UsageError if there is none. */
export async function readAgreement(session: Session, id: Hex) {
  const suite = await session.suite();
  const found = await suite.client.readContract({
    address: addressOf(suite, "RevenueSplitter"),
    abi: abis.RevenueSplitter,
    functionName: "agreement",
    args: [id],
  });
  if (found.token !== zeroAddress) return found;
  throw new UsageError(`There is no agreement ${id}.`, {
    mend: "The study's sponsor opens it by `consilium revenue open`, which tells its id.",
  });
}

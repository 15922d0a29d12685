import type { Hex } from "viem";
import { abis, addressOf } from "@consilium/sdk";
import { caseStatusOf, type Case } from "./describeCase.ts";
import { UsageError } from "./errors.ts";
import type { Session } from "./session/Session.ts";

/** A case as the chain keeps it. @throws UsageError if nobody reported it. */
export async function readCase(session: Session, id: Hex): Promise<Case> {
  const suite = await session.suite();
  const kept = await suite.client.readContract({
    address: addressOf(suite, "Supervision"),
    abi: abis.Supervision,
    functionName: "caseOf",
    args: [id],
  });
  if (caseStatusOf(kept) !== "none") return kept;
  throw new UsageError(`There is no case ${id}.`, { mend: "See `consilium case list`." });
}

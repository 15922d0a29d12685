import type { Hex } from "viem";
import { describeProposal } from "./describeProposal.ts";
import type { ReadProposal } from "./readProposal.ts";
import type { Session } from "./session/Session.ts";

/** What is told of a proposal after a step, or when it is shown. */
export async function tellProposal(
  session: Session,
  id: Hex,
  { proposer, standing }: ReadProposal,
): Promise<{ data: Record<string, unknown>; lines: string[] }> {
  const { told, next } = describeProposal(id, standing, await session.now());
  return {
    data: { proposal: id, number: BigInt(id), proposer, ...standing, told, next },
    lines: [`Proposal ${id}`, told, ...next],
  };
}

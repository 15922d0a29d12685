import type { Session } from "./session/Session.ts";

/** What an event says, with its time in unix seconds. */
export type Step = { event: string; at: number; transaction: string; args: Record<string, unknown> };

type Log = { eventName: string; args: unknown; blockNumber: bigint; transactionHash: string };

/** Events as the steps of a history, with their times. */
export async function readHistory(session: Session, logs: readonly Log[]): Promise<Step[]> {
  const { client } = await session.suite();
  const blocks = [...new Set(logs.map(({ blockNumber }) => blockNumber))];
  const times = new Map(
    await Promise.all(
      blocks.map(async (blockNumber): Promise<[bigint, number]> => {
        return [blockNumber, Number((await client.getBlock({ blockNumber })).timestamp)];
      }),
    ),
  );
  return logs.map(({ eventName: event, args, blockNumber, transactionHash: transaction }) => {
    return { event, at: times.get(blockNumber)!, transaction, args: args as Record<string, unknown> };
  });
}

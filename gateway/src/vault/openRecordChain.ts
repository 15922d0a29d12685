import { abis, addressOf, askChain, callOf, sendCall, type Call, type Suite } from "@consilium/sdk";
import type { ProvenRecord, RecordChain } from "./RecordChain.ts";

export interface OpenRecordChainParameters {
  /** See the SDK's `openSuite`; its account is a GATEWAY agent of the custodian. */
  suite: Suite;
  /** Institution id for which the account acts. */
  custodian: number;
  /** Has a call mined, or raises what `sendCall` does, which it is unless said. */
  send?: ((call: Call) => Promise<unknown>) | undefined;
}

/** The RecordRegistry of a deployed suite, as the vault's jobs use it. */
export function openRecordChain({ suite, custodian, ...given }: OpenRecordChainParameters): RecordChain {
  const { client, chainId } = suite;
  const address = addressOf(suite, "RecordRegistry");
  const contract = { address, abi: abis.RecordRegistry } as const;
  const send = async (call: Call): Promise<void> => {
    await (given.send ?? sendCall.bind(undefined, suite))(call);
  };

  return {
    name: `${chainId}:${address.toLowerCase()}:${custodian}`,
    custodian,
    now: async () => Number((await askChain(() => client.getBlock({ blockTag: "latest" }))).timestamp),
    async batch(id) {
      const found = await askChain(() => client.readContract({ ...contract, functionName: "batch", args: [id] }));
      return found.anchoredAt === 0 ? undefined : found;
    },
    isDestroyed: (batch, index) =>
      askChain(() => client.readContract({ ...contract, functionName: "isDestroyed", args: [batch, index] })),
    isSuperseded: (batch, index) =>
      askChain(() => client.readContract({ ...contract, functionName: "isSuperseded", args: [batch, index] })),
    async areRetentionsOver(records) {
      const { number: blockNumber, timestamp } = await askChain(() => client.getBlock({ blockTag: "latest" }));
      // At that block, since another node, a little behind, may not know yet that an end was moved.
      const endOf = ({ batch, record: { meta } }: ProvenRecord): Promise<number> =>
        askChain(() =>
          client.readContract({ ...contract, functionName: "retentionEnd", args: [batch, meta], blockNumber }),
        );
      const ends = await Promise.all(records.map(endOf));
      return ends.map((end) => end !== 0 && end <= timestamp);
    },
    anchor: ({ root, count, retentionUntil, manifest }) =>
      send(callOf("RecordRegistry", "anchor", [root, count, retentionUntil, manifest])),
    anchorIndexed: ({ records, manifest }) => send(callOf("RecordRegistry", "anchorIndexed", [records, manifest])),
    supersede: ({ batch, record, proof, successor, reason }) => {
      const by = [successor.batch, successor.record, successor.proof] as const;
      return send(callOf("RecordRegistry", "supersede", [batch, record, proof, ...by, reason]));
    },
    attestDestruction: ({ batch, record, proof, evidence }) =>
      send(callOf("RecordRegistry", "attestDestruction", [batch, record, proof, evidence])),
    attestBatchDestruction: ({ batch, evidence }) =>
      send(callOf("RecordRegistry", "attestBatchDestruction", [batch, evidence])),
  };
}

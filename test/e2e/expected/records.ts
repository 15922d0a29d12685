import { decodeRecordMeta } from "@consilium/sdk";
import { at, lower, type ChainEvent } from "../support/Chain.ts";
import { number } from "../support/lookUp.ts";
import { CASE_STATUS } from "../support/names.ts";
import type { Hex } from "viem";
import { accessesOf } from "./patients.ts";
import { type Question } from "./Question.ts";

export const q17: Question = {
  variables: ({ chain }) => [{ now: `${chain.now}` }],
  answer: async ({ chain }, variables) => {
    const now = Number(variables["now"]);
    const { records } = chain.contracts;
    const batches = [];
    for (const { args } of chain.events("BatchAnchored")) {
      const id = lower(args["batch"]);
      const { custodian, count, retentionUntil, destroyedAt } = await records.batch(id);
      const gone = chain.events("RecordDestroyed").filter((event) => lower(event.args["batch"]) === id).length;
      const remaining = Number(count) - gone;
      if (retentionUntil === 0n || Number(retentionUntil) > now || destroyedAt !== 0n || remaining === 0) continue;
      batches.push({
        id,
        custodian: number(custodian),
        count: Number(count),
        remaining,
        retentionUntil: `${retentionUntil}`,
      });
    }
    const due = [];
    for (const [key, { patient, meta }] of chain.published) {
      const batch = key.slice(0, 66) as Hex;
      const { index, custodian } = decodeRecordMeta(meta);
      const retentionEnd = await records.retentionEnd(batch, meta);
      if (retentionEnd === 0n || Number(retentionEnd) > now || (await records.isDestroyed(batch, index))) continue;
      due.push({
        id: `${batch}${key.slice(68)}`,
        custodian: number(custodian),
        patient: { id: lower(patient) },
        retentionEnd: `${retentionEnd}`,
      });
    }
    const reported = [];
    for (const event of chain.events("DestructionOverdue")) {
      const { id, batch, leaf, retentionUntil, by } = event.args as unknown as Record<string, string>;
      const { accused, status } = await chain.contracts.supervision.caseOf(id!);
      reported.push({
        id: lower(id),
        accused: number(accused),
        batch: { id: lower(batch) },
        leaf: lower(leaf),
        retentionUntil: `${retentionUntil}`,
        reportedAt: at(event),
        reportedBy: lower(by),
        status: CASE_STATUS[Number(status)],
      });
    }
    return { batches, records: due, reported };
  },
};

export const q18: Question = {
  variables: ({ chain }) => [{ since: "0" }, { since: `${chain.events("RecordSuperseded")[0]!.timestamp}` }],
  answer: async (facts, { since }) => {
    const { chain } = facts;
    const { records } = chain.contracts;
    const logged = (name: string): ChainEvent[] =>
      chain.events(name).filter(({ timestamp }) => timestamp >= Number(since));

    const anchors = [];
    for (const event of logged("BatchAnchored")) {
      const { batch, root, by } = event.args as unknown as Record<string, string>;
      const { custodian, count, published, retentionUntil } = await records.batch(batch!);
      anchors.push({
        timestamp: at(event),
        batch: {
          id: lower(batch),
          root: lower(root),
          published,
          retentionUntil: retentionUntil === 0n ? null : `${retentionUntil}`,
        },
        custodian: number(custodian),
        count: Number(count),
        by: lower(by),
      });
    }
    const supersessions = [];
    for (const event of logged("RecordSuperseded")) {
      const { batch, leaf, successorBatch, successor, reasonHash, by } = event.args as unknown as Record<
        string,
        string
      >;
      supersessions.push({
        timestamp: at(event),
        record: { id: `${lower(batch)}${leaf!.slice(2)}`, custodian: number((await records.batch(batch!)).custodian) },
        successor: { id: `${lower(successorBatch)}${successor!.slice(2)}` },
        reasonHash: lower(reasonHash),
        by: lower(by),
      });
    }
    const failedVerifications = [];
    for (const event of logged("VerificationFailed")) {
      const { batch, leaf, reporter, evidenceHash, by } = event.args as unknown as Record<string, string>;
      failedVerifications.push({
        timestamp: at(event),
        batch: { id: lower(batch), custodian: number((await records.batch(batch!)).custodian) },
        leaf: lower(leaf),
        reporter: number(reporter),
        evidenceHash: lower(evidenceHash),
        by: lower(by),
      });
    }
    return {
      anchors,
      supersessions,
      failedVerifications,
      failedReceipts: accessesOf(facts).flatMap(({ id, custodian, receipts }) =>
        receipts
          .filter(({ timestamp, args }) => timestamp >= Number(since) && args["verified"] === false)
          .map((event) => ({
            timestamp: at(event),
            access: { id, custodian: number(custodian) },
            institution: number(event.args["institution"]),
            by: lower(event.args["by"]),
          })),
      ),
    };
  },
};

import { hexToBigInt, zeroHash, type Hex } from "viem";
import {
  consentId,
  decodeRecordMeta,
  encodePolicyWord,
  evaluateCohort,
  NO_CONSENT,
  randomSalt,
  type CohortEvaluation,
  type CohortRequest,
  type ConsentTerms,
  type EncodePolicyWordParameters,
  type RecordBatch,
} from "@consilium/sdk";
import { UsageError } from "./errors.ts";
import { readPublishedBatches } from "./findRecord.ts";
import type { CohortFile } from "./readCohortFile.ts";
import { readGivenConsents } from "./readGivenConsents.ts";
import type { Session } from "./session/Session.ts";

/** A member asked for, with the consents that it could rely on. */
type Asked = {
  leaf: Hex;
  batch: RecordBatch;
  index: number;
  choices: ConsentTerms[];
  /** The choice that is tried. */
  pick: number;
  /** The one by which the fewest checks failed, and how many. */
  best: { pick: number; reasons: number };
};

export type DrawUpCohortParameters = {
  cohort: CohortFile;
  study: Hex | undefined;
  word: EncodePolicyWordParameters & { validUntil: number };
};

/**
 * Draws up a cohort's request from leaves, with proofs from what custodians published and, for each member, the consent by which the
 * fewest checks fail, the newest first. Categories and level are those of the records unless the word names them.
 *
 * @throws UsageError if a record was not published, or a named consent was never given.
 */
export async function drawUpCohort(
  session: Session,
  parameters: DrawUpCohortParameters,
): Promise<{ body: CohortRequest; evaluation: CohortEvaluation }> {
  const suite = await session.signing();
  const asked = await findMembers(session, parameters.cohort);
  const make = bodyMaker(parameters, asked);
  for (let round = 1; ; round++) {
    session.io.note(`Trying ${asked.length} members, round ${round} …`);
    const body = make();
    const evaluation = await evaluateCohort(suite, body);
    const refused = refusedOf(evaluation, asked);
    const next = refused.filter(({ pick, choices }) => pick + 1 < choices.length);
    for (const one of next) one.pick++;
    if (next.length > 0) continue;
    const isBest = refused.every(({ pick, best }) => pick === best.pick);
    if (isBest) return { body, evaluation };
    for (const one of refused) one.pick = one.best.pick;
    const last = make();
    return { body: last, evaluation: await evaluateCohort(suite, last) };
  }
}

/** The members who are refused, by whom it is noted how good the choice was. */
function refusedOf({ refused }: CohortEvaluation, asked: Asked[]): Asked[] {
  const failed = new Map(refused.map(({ member, reasons }) => [member.record, reasons.length]));
  return asked.filter((one) => {
    const reasons = failed.get(one.leaf);
    if (reasons !== undefined && reasons < one.best.reasons) one.best = { pick: one.pick, reasons };
    return reasons !== undefined;
  });
}

/** Finds every record among the published ones, and the consents of every patient. */
async function findMembers(session: Session, { members }: CohortFile): Promise<Asked[]> {
  session.io.note("Reading what custodians published and patients consented to …");
  const places = new Map<Hex, { batch: RecordBatch; index: number }>();
  for (const { batch } of await readPublishedBatches(session)) {
    batch.records.forEach((_, index) => {
      const leaf = batch.leaf(index);
      if (!places.has(leaf)) places.set(leaf, { batch, index });
    });
  }
  const given = (await readGivenConsents(session, {})).map(({ terms }) => terms);
  const byId = new Map(given.map((terms) => [consentId(terms), terms]));
  const byPatient = groupBy(given, ({ patient }) => patient.toLowerCase());
  return members.map(({ record: leaf, consent }): Asked => {
    const place = places.get(leaf);
    if (place === undefined) {
      throw new UsageError(`No custodian published the record ${leaf}.`, {
        mend: "Look by `consilium record find`; ask for an unpublished record by its reference file, one by one.",
      });
    }
    const named = consent === undefined ? undefined : byId.get(consent);
    if (consent !== undefined && named === undefined) {
      throw new UsageError(`Consent ${consent} was never given.`, { mend: "Check the id with the patient's side." });
    }
    const { patient } = place.batch.record(place.index);
    const own = byPatient.get(patient.toLowerCase()) ?? [];
    const choices = named !== undefined ? [named] : own.length > 0 ? own : [NO_CONSENT];
    return { ...place, leaf, choices, pick: 0, best: { pick: 0, reasons: Infinity } };
  });
}

/** Makes the request anew by what is picked; the proofs stay. */
function bodyMaker({ study = zeroHash, word }: DrawUpCohortParameters, asked: Asked[]): () => CohortRequest {
  const metas = asked.map(({ batch, index }) => decodeRecordMeta(batch.record(index).meta));
  const categories = [...new Set(metas.map(({ category }) => category))];
  const level = Math.max(...metas.map((meta) => meta.level));
  const whole = { study, word: encodePolicyWord({ categories, level, ...word }), salt: hexToBigInt(randomSalt()) };
  const parts = [...groupBy(asked, ({ batch }) => batch)]
    .map(([batch, members]) => {
      const { indices, records, proof, proofFlags } = batch.multiProof(members.map(({ index }) => index));
      const byIndex = new Map(members.map((member) => [member.index, member]));
      const ordered = indices.map((index) => byIndex.get(index)!);
      return { batch: batch.id, records, ordered, proof, proofFlags };
    })
    .sort((a, b) => (BigInt(a.batch) < BigInt(b.batch) ? -1 : 1));
  return () => ({
    ...whole,
    parts: parts.map(({ ordered, ...part }) => ({
      ...part,
      consents: ordered.map(({ choices, pick }) => choices[pick]!),
    })),
  });
}

function groupBy<key, value>(values: readonly value[], keyOf: (value: value) => key): Map<key, value[]> {
  const groups = new Map<key, value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

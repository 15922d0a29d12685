import type { Hex } from "viem";
import { batchId, verifyRecord, type VerifyRecordFailure } from "@consilium/sdk";
import { BytesMissingError, MasterKeyError } from "../errors.ts";
import { bytesOf } from "./bytesOf.ts";
import { textToOpening } from "./openingText.ts";
import type { ChainBatch, RecordChain } from "./RecordChain.ts";
import { anchoredOf, partsOf, proofOf, type RecordRow } from "./RecordRow.ts";
import { requireSameChain } from "./requireSameChain.ts";
import type { Vault } from "./Vault.ts";

/**
 * Beside what `verifyRecord` finds: `anchor`: its batch is not on the chain as the vault has it; `secret`: what opens it does not
 * open itself; `bytes`: its bytes are missing; `destroyed`: the chain says that it was destroyed.
 */
export type VaultFailure = VerifyRecordFailure | "anchor" | "secret" | "bytes" | "destroyed";

export interface VerifyAllParameters {
  vault: Vault;
  chain: RecordChain;
  onProgress?: (progress: { checked: number; of: number }) => void;
}

export interface VerifyAllReturnType {
  checked: number;
  failures: { leaf: Hex; failures: VaultFailure[] }[];
}

/** Also how many questions to the chain are under way at once. */
const PAGE = 100;

/**
 * Holds every anchored record that is kept against its anchor on the chain: opens, decrypts and computes all of it anew.
 *
 * @throws ChainUnavailableError, VaultChainError as `anchorPending`.
 * @throws VaultUnavailableError if database or store do not answer.
 */
export async function verifyAll({ vault, chain, onProgress }: VerifyAllParameters): Promise<VerifyAllReturnType> {
  await requireSameChain(vault, chain);
  const { anchored: of } = await vault.countRecords();
  const batches = new Map<Hex, ChainBatch | undefined>();
  const failures: VerifyAllReturnType["failures"] = [];
  let checked = 0;
  let after = 0;
  for (;;) {
    const rows = await vault.database.query<RecordRow & BatchColumns>(
      `SELECT r.*, b.root, b.custodian, b.count FROM record r JOIN batch b ON b.id = r.batch
      WHERE r.state = 'anchored' AND r.sequence > $1 ORDER BY r.sequence LIMIT $2`,
      [after, PAGE],
    );
    if (rows.length === 0) return { checked, failures };
    const destroyed = await Promise.all(rows.map((row) => chain.isDestroyed(row.batch!, row.position!)));
    for (const [index, row] of rows.entries()) {
      const batch = row.batch!;
      if (!batches.has(batch)) batches.set(batch, await chain.batch(batch));
      const found = [...onChain(row, batches.get(batch)), ...(await inVault(vault, row))];
      if (destroyed[index]) found.push("destroyed");
      if (found.length > 0) failures.push({ leaf: row.leaf!, failures: found });
      after = row.sequence;
      checked++;
    }
    onProgress?.({ checked, of });
  }
}

interface BatchColumns {
  root: Hex;
  custodian: number;
  count: number;
}

/** A batch's id is a hash of custodian and root, so a root that gives the id is the one on the chain. */
function onChain(row: RecordRow & BatchColumns, found: ChainBatch | undefined): VaultFailure[] {
  const { batch, custodian, root, count } = row;
  return found?.count === count && batchId(custodian, root) === batch ? [] : ["anchor"];
}

async function inVault({ secrets, blobs }: Vault, row: RecordRow & BatchColumns): Promise<VaultFailure[]> {
  try {
    const opening = textToOpening(await secrets.open(row.id, row.secret ?? ""));
    const ciphertext = new Uint8Array(await bytesOf(blobs, row.blob!));
    const record = anchoredOf(row, row.custodian);
    const outcome = await verifyRecord({
      root: row.root,
      record,
      proof: proofOf(row),
      parts: partsOf(row),
      ciphertext,
      opening,
    });
    return outcome.failures;
  } catch (error) {
    if (error instanceof MasterKeyError) return ["secret"];
    if (error instanceof BytesMissingError) return ["bytes"];
    throw error;
  }
}

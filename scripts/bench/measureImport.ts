import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address } from "viem";
import {
  anchorPending,
  createMasterKey,
  importRecords,
  openVault,
  readMasterKey,
  type RecordChain,
} from "@consilium/gateway";
import { bundleEntries } from "@consilium/sdk";
import { readBundles } from "../demo/readBundles.ts";

export interface MeasureImportParameters {
  /** Where the records are anchored; left out, anchoring is not measured. */
  chain?: RecordChain;
  /** How many resources; 10,000 by default. */
  count?: number;
}

export interface ImportFigures {
  /** Resources imported. */
  count: number;
  /** Their size, bytes. */
  bytes: number;
  /** Resources per second from NDJSON to sealed records on disk. */
  imported: number;
  /** Resources per second of a second import of the same, which takes none. */
  known: number;
  /** Records per second in indexed batches of 500; undefined without a chain. */
  anchored: number | undefined;
}

const PATIENT: Address = "0x000000000000000000000000000000000000dEaD";

/** Measures import and anchoring of Synthea's resources, each made another by its id, with SQLite and a folder. */
export async function measureImport({ chain, count = 10_000 }: MeasureImportParameters = {}): Promise<ImportFigures> {
  const home = await mkdtemp(join(tmpdir(), "consilium-import-"));
  try {
    const path = join(home, "bulk.ndjson");
    const bytes = await writeResources(path, count);
    await createMasterKey(join(home, "key"));
    const masterKey = await readMasterKey(join(home, "key"));
    const vault = await openVault({ database: `sqlite:${join(home, "vault")}`, blobs: join(home, "blobs"), masterKey });
    try {
      await vault.mapPatient("Patient/1", PATIENT);
      const rate = async (work: () => Promise<unknown>): Promise<number> => {
        const start = performance.now();
        await work();
        return (count * 1_000) / (performance.now() - start);
      };
      const imported = await rate(() => importRecords({ vault, path, retentionUntil: 0 }));
      // Nothing is settled by the same file under another name.
      const copy = join(home, "again.ndjson");
      await writeResources(copy, count);
      const known = await rate(() => importRecords({ vault, path: copy, retentionUntil: 0 }));
      const anchored = chain === undefined ? undefined : await rate(() => anchorPending({ vault, chain }));
      return { count, bytes, imported, known, anchored };
    } finally {
      await vault.close();
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Returns how many bytes it wrote. */
async function writeResources(path: string, count: number): Promise<number> {
  const resources = readBundles()
    .flatMap((bundle) => bundleEntries(bundle))
    .filter(({ patient, resource }) => patient !== undefined && resource!.resourceType !== "Patient")
    .map(({ resource }) => resource!);
  const file = await open(path, "w");
  let bytes = 0;
  for (let index = 0; index < count; index++) {
    const resource = resources[index % resources.length]!;
    const about = { subject: { reference: "Patient/1" }, patient: undefined, beneficiary: undefined };
    const line = `${JSON.stringify({ ...resource, ...about, id: `r${index}` })}\n`;
    bytes += (await file.write(line)).bytesWritten;
  }
  await file.close();
  return bytes;
}

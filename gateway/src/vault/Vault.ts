import { getAddress, isAddress, type Address, type Hex } from "viem";
import { VaultError, MasterKeyError, RecordDestroyedError } from "../errors.ts";
import type { BlobStore } from "./BlobStore.ts";
import type { Database } from "./Database.ts";
import { folderBlobs } from "./folderBlobs.ts";
import type { KeptRecord } from "./KeptRecord.ts";
import type { MasterKey } from "./MasterKey.ts";
import { migrate } from "./migrate.ts";
import { textToOpening } from "./openingText.ts";
import { openPostgres } from "./openPostgres.ts";
import { openSqlite } from "./openSqlite.ts";
import { anchoredOf, partsOf, proofOf, type RecordRow, type RecordState } from "./RecordRow.ts";
import { s3Blobs } from "./s3Blobs.ts";
import { Secrets } from "./Secrets.ts";

export interface OpenVaultParameters {
  /** `sqlite:FILE` or `postgresql://…`. */
  database: string;
  /** A folder, or `s3://bucket/prefix`. */
  blobs: string;
  /** See `readMasterKey`. */
  masterKey: MasterKey;
}

/** What a custodian keeps beside its records. One vault serves one custodian on one chain. */
export class Vault {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly secrets: Secrets;

  constructor(database: Database, blobs: BlobStore, secrets: Secrets) {
    this.database = database;
    this.blobs = blobs;
    this.secrets = secrets;
  }

  /**
   * Tells the DID of a patient with this custodian.
   *
   * @param reference As the custodian's FHIR resources name the patient: `Patient/123`, a full URL, `urn:uuid:…`.
   * @param did The DID's address, of this custodian alone.
   * @throws VaultError if the address is none, or the reference has another DID already.
   */
  async mapPatient(reference: string, did: Address): Promise<void> {
    if (!isAddress(did)) {
      throw new VaultError("The patient's DID is no address.", { mend: "Pass the 20 bytes that did:ethr ends with." });
    }
    const values = [this.#patientKey(reference), getAddress(did)];
    const kept = await this.database.transaction(async (query) => {
      await query("INSERT INTO patient (reference, did) VALUES ($1, $2) ON CONFLICT (reference) DO NOTHING", values);
      return query<{ did: string }>("SELECT did FROM patient WHERE reference = $1", values.slice(0, 1));
    });
    if (kept[0]?.did !== values[1]) {
      throw new VaultError("The patient has another DID here already.", {
        mend: "Forget the patient first, if the DID was wrong; records that were anchored under it stay under it.",
      });
    }
  }

  /** Removes the link between a patient's reference and DID; what is kept of the DID's records stays. */
  async forgetPatient(reference: string): Promise<void> {
    await this.database.query("DELETE FROM patient WHERE reference = $1", [this.#patientKey(reference)]);
    await this.database.scrub();
  }

  /** The DID told by `mapPatient`. */
  async didOf(reference: string): Promise<Address | undefined> {
    const rows = await this.database.query<{ did: Address }>("SELECT did FROM patient WHERE reference = $1", [
      this.#patientKey(reference),
    ]);
    return rows[0]?.did;
  }

  /**
   * A record by its leaf; undefined if it is none of this vault's.
   *
   * @throws RecordDestroyedError if it is destroyed.
   */
  async findRecord(leaf: Hex): Promise<KeptRecord | undefined> {
    const [row] = await this.database.query<RecordRow & { root: Hex; custodian: number }>(
      "SELECT r.*, b.root, b.custodian FROM record r JOIN batch b ON b.id = r.batch WHERE r.leaf = $1",
      [leaf.toLowerCase()],
    );
    if (row === undefined) return undefined;
    if (row.state === "destroyed") throw new RecordDestroyedError(leaf);
    return {
      state: row.state === "anchored" ? "anchored" : "batched",
      leaf: row.leaf!,
      patient: row.patient,
      category: row.category,
      level: row.level,
      batch: row.batch!,
      root: row.root,
      record: anchoredOf(row, row.custodian),
      proof: proofOf(row),
      parts: partsOf(row),
      opening: async () => textToOpening(await this.secrets.open(row.id, (await this.#current(row)).secret)),
      openBytes: async () => this.blobs.get((await this.#current(row)).blob),
    };
  }

  /** How many records there are in each state. */
  async countRecords(): Promise<Record<RecordState, number>> {
    const rows = await this.database.query<{ state: RecordState; count: number }>(
      "SELECT state, count(*) AS count FROM record GROUP BY state",
    );
    const counts = { sealed: 0, batched: 0, anchored: 0, destroyed: 0 };
    for (const { state, count } of rows) counts[state] = count;
    return counts;
  }

  async close(): Promise<void> {
    this.blobs.close();
    await this.database.close();
  }

  /** What is kept of a record at this moment: it may have been destroyed since its row was read. */
  async #current({ id, leaf }: RecordRow): Promise<{ secret: string; blob: string }> {
    const [row] = await this.database.query<RecordRow>("SELECT secret, blob FROM record WHERE id = $1", [id]);
    if (row?.secret == null || row.blob === null) throw new RecordDestroyedError(leaf!);
    return { secret: row.secret, blob: row.blob };
  }

  #patientKey(reference: string): string {
    return this.secrets.digest("patient", reference);
  }
}

/**
 * Opens a vault, making its tables or bringing them to this release's schema if need be.
 *
 * @throws VaultError if database or store cannot be opened, or a newer release wrote them.
 * @throws MasterKeyError if the vault was made with another key.
 * @throws VaultUnavailableError if the database does not answer.
 */
export async function openVault({ database, blobs, masterKey }: OpenVaultParameters): Promise<Vault> {
  const secrets = await Secrets.derive(masterKey);
  const opened = openDatabase(database);
  try {
    await migrate(opened);
    await requireSameKey(opened, secrets);
    return new Vault(opened, blobs.startsWith("s3://") ? s3Blobs(blobs) : await folderBlobs(blobs), secrets);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function openDatabase(database: string): Database {
  if (database.startsWith("sqlite:")) return openSqlite(database.slice("sqlite:".length));
  if (/^postgres(ql)?:/.test(database)) return openPostgres(database);
  throw new VaultError("The vault's database is of no kind that is known.", {
    mend: "Write it as sqlite:FILE or postgresql://user@host/database.",
  });
}

async function requireSameKey(database: Database, secrets: Secrets): Promise<void> {
  const check = secrets.digest("check");
  const [kept] = await database.transaction(async (query) => {
    await query("INSERT INTO setting (name, value) VALUES ('key', $1) ON CONFLICT (name) DO NOTHING", [check]);
    return query<{ value: string }>("SELECT value FROM setting WHERE name = 'key'");
  });
  if (kept?.value !== check) {
    throw new MasterKeyError("The vault was made with another master key.", {
      mend: "Use the key file that it was made with, from its backup if need be; without it nothing in the vault opens.",
    });
  }
}

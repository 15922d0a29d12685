import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import {
  addRecords,
  anchorPending,
  appendLog,
  attestDestructions,
  BytesMissingError,
  checkLog,
  destroyEnded,
  destroyPatient,
  destroyRecords,
  openVault,
  sweepBlobs,
  VaultUnavailableError,
  verifyAll,
  type OpenVaultParameters,
} from "@consilium/gateway";
import S3rver from "s3rver";
import { freePort } from "../../scripts/stack/freePort.ts";
import { startPostgres } from "../../scripts/stack/startPostgres.ts";
import { loadFixture } from "../fixtures/consilium.ts";
import { expectRejection } from "../utils/expectRejection.ts";
import {
  addition,
  addObservations,
  deployForVault,
  newHome,
  observation,
  PATIENT,
  removeHomes,
} from "./vaultFixtures.ts";

/** PostgreSQL and an S3-compatible store in place of SQLite and a folder. */
describe("Vault in PostgreSQL and S3", () => {
  const BUCKET = "records";
  const environment = { ...process.env };
  let stops: (() => Promise<unknown>)[] = [];
  let parameters: OpenVaultParameters;

  before(async () => {
    const directory = mkdtempSync(join(tmpdir(), "consilium-stores-"));
    stops.push(async () => rmSync(directory, { recursive: true, force: true }));
    const postgres = await startPostgres({ directory });
    stops.push(() => postgres.stop());
    const port = await freePort();
    const s3 = new S3rver({
      address: "127.0.0.1",
      port,
      silent: true,
      directory,
      configureBuckets: [{ name: BUCKET }],
    });
    await s3.run();
    stops.push(() => s3.close());
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "S3RVER",
      AWS_SECRET_ACCESS_KEY: "S3RVER",
    });
    const { masterKey } = (await newHome()).parameters;
    parameters = { database: postgres.url, blobs: `s3://${BUCKET}/vault/`, masterKey };
  });

  after(async () => {
    process.env = environment;
    for (const stop of stops.reverse()) await stop();
    stops = [];
    removeHomes();
  });

  it("does all that it does in SQLite and a folder", async () => {
    const { chain } = await loadFixture(deployForVault);
    const vault = await openVault(parameters);
    await vault.mapPatient("Patient/1", PATIENT);
    expect(await vault.didOf("Patient/1")).to.equal(PATIENT);

    const twice = await Promise.all([addObservations(vault, 4), addObservations(vault, 4)]);
    const outcomes = twice.flat().sort();
    expect(outcomes).to.deep.equal([...Array<string>(4).fill("known"), ...Array<string>(4).fill("taken")]);
    expect(await vault.countRecords()).to.include({ sealed: 4 });
    await sweepBlobs(vault, new Date(Date.now() + 60_000));

    expect(await anchorPending({ vault, chain, size: 3 })).to.deep.equal({ batches: 2, records: 4, superseded: 0 });
    await addRecords(vault, [addition(observation("o0", { valueInteger: 5 }))]);
    expect(await anchorPending({ vault, chain })).to.deep.equal({ batches: 1, records: 1, superseded: 1 });
    expect(await verifyAll({ vault, chain })).to.deep.equal({ checked: 5, failures: [] });
    const [row] = await vault.database.query<{ leaf: `0x${string}`; blob: string }>(
      "SELECT * FROM record ORDER BY sequence LIMIT 1",
    );
    const found = (await vault.findRecord(row!.leaf))!;
    expect((await buffer(await found.openBytes())).length).to.be.greaterThan(28);
    await vault.blobs.delete(row!.blob);
    await expectRejection(found.openBytes(), BytesMissingError);

    await destroyRecords(vault, { leaves: [row!.leaf], reason: "error" });
    const job = { vault, openChain: () => Promise.resolve(chain) };
    expect(await destroyEnded(job)).to.deep.equal({ destroyed: 0, attested: { batches: 0, records: 1 } });
    await destroyPatient(vault, { patient: PATIENT, reason: "withdrawal" });
    expect(await attestDestructions({ vault, chain })).to.deep.equal({ batches: 2, records: 2 });
    await Promise.all([1, 2, 3].map((time) => appendLog(vault, { event: "delivered", time })));
    expect(await checkLog(vault)).to.include({ sequence: 3 });
    const left: string[] = [];
    for await (const name of vault.blobs.list(new Date(Date.now() + 60_000))) left.push(name);
    expect(left).to.deep.equal([]);
    await vault.close();
  });

  it("says which of the two does not answer, as what a later try may mend", async () => {
    const port = await freePort();
    const database = `postgresql://nobody:none@127.0.0.1:${port}/none`;
    const refused = await expectRejection(openVault({ ...parameters, database }), VaultUnavailableError);
    expect(refused.message).to.include("database").and.not.include("none@");
    process.env["AWS_ENDPOINT_URL_S3"] = `http://127.0.0.1:${port}`;
    const home = (await newHome()).parameters;
    const vault = await openVault({ ...home, blobs: parameters.blobs });
    const failed = await expectRejection(addObservations(vault, 1), VaultUnavailableError);
    expect(failed.message).to.include("store");
    expect((await vault.countRecords()).sealed).to.equal(0);
    await vault.close();
  });
});

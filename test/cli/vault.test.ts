import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { custom, HttpRequestError } from "viem";
import { connection, deployGoverned, loadFixture, networkHelpers, type Governed } from "../fixtures/consilium.ts";
import { as, openTerminal, runAs, writeBook, type Person, type Terminal } from "./support/openTerminal.ts";

const OBSERVATIONS = ["a", "b"].map((id) => ({
  resourceType: "Observation",
  id,
  status: "final",
  code: { coding: [{ system: "http://loinc.org", code: "718-7" }] },
  subject: { reference: "Patient/1" },
  effectiveDateTime: "2020-01-15T10:00:00Z",
}));

describe("A custodian's records", () => {
  let suite: Governed;
  let terminal: Terminal;
  let run: Person["run"];
  let done: Person["done"];

  beforeEach(async () => {
    terminal = openTerminal();
    ({ run, done } = runAs(terminal, () => suite, "--yes"));
    suite = await loadFixture(deployGoverned);
    writeBook(terminal.directory, suite);
    writeFileSync(
      join(terminal.directory, "lab.ndjson"),
      OBSERVATIONS.map((resource) => JSON.stringify(resource)).join("\n"),
    );
    await done("northGateway", `record patient Patient/1 ${suite.signers.patient.address}`);
  });

  afterEach(() => terminal.close());

  it("are counted and not taken by an import's dry run", async () => {
    expect(await done("northGateway", "record import lab.ndjson --dry-run")).to.include({ dryRun: true, taken: 2 });
    expect(await done("northGateway", "record import lab.ndjson")).to.include({ taken: 2, known: 0 });
  });

  it("that changed since they were anchored are told, and end with 7", async () => {
    await done("northGateway", "record import lab.ndjson");
    await done("northGateway", "record anchor");
    expect(await done("northGateway", "record verify")).to.deep.equal({ checked: 2, failures: [] });

    const blobs = join(terminal.home, "vault/blobs");
    const [first] = readdirSync(blobs, { recursive: true })
      .map((name) => join(blobs, String(name)))
      .filter((path) => statSync(path).isFile());
    const bytes = readFileSync(first!);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(first!, bytes);
    const { code, json } = await run("northGateway", "record verify");
    expect([code, json.checked, json.failures.length]).to.deep.equal([7, 2, 1]);
  });

  it("are destroyed by their leaf, attested, and gone for good", async () => {
    await done("northGateway", "record import lab.ndjson");
    await done("northGateway", "record anchor");
    const { records } = await done("northGateway", "record find");
    const [{ record }] = records;
    const rehearsed = await done("northGateway", `record destroy ${record} --dry-run`);
    expect(rehearsed.dryRun).to.equal(true);

    const { destroyed } = await done("northGateway", `record destroy ${record} --reason error`);
    expect(destroyed).to.equal(1);
    expect(await suite.records.queryFilter(suite.records.filters.RecordDestroyed())).to.have.lengthOf(1);
    expect(await done("northGateway", "record verify")).to.include({ checked: 1 });
    expect(await done("northGateway", "record import lab.ndjson")).to.include({ taken: 0 });
  });

  describe("whose retention is over", () => {
    const DAY = 86_400;
    let until: number;

    /** Two that are anchored, one of which the patient's side ends in two days. */
    beforeEach(async () => {
      await done("northGateway", "record import lab.ndjson");
      await done("northGateway", "record anchor");
      const { records } = await done("northGateway", "record find");
      until = (await networkHelpers.time.latest()) + 2 * DAY;
      await done(
        "patient",
        `record limit-retention ${records[0].record} --until ${new Date(until * 1_000).toISOString().slice(0, 19)}Z`,
      );
    });

    it("by the patient's side's word are destroyed and attested at its second, and not the second before", async () => {
      await networkHelpers.time.increaseTo(until - 1);
      expect(await done("northGateway", "record destroy --overdue")).to.deep.include({ destroyed: 0 });
      await networkHelpers.time.increaseTo(until);
      const { destroyed, attested } = await done("northGateway", "record destroy --overdue");
      expect([destroyed, attested]).to.deep.equal([1, { batches: 0, records: 1 }]);
      expect(await suite.records.queryFilter(suite.records.filters.RecordDestroyed())).to.have.lengthOf(1);
      expect(await done("northGateway", "record verify")).to.deep.equal({ checked: 1, failures: [] });
    });

    it("are kept while the chain does not answer, which ends with 4, and destroyed when it does", async () => {
      await networkHelpers.time.increaseTo(until);
      const request = (call: Parameters<typeof connection.provider.request>[0]): Promise<unknown> =>
        call.method === "eth_call"
          ? Promise.reject(new HttpRequestError({ url: "http://node" }))
          : connection.provider.request(call);
      const words = `record destroy --overdue --network local --root ${terminal.directory} --json --yes`.split(" ");
      const { code, json } = await terminal.run([...words, ...as(suite, "northGateway")], {
        transport: () => custom({ request }, { retryCount: 0 }),
      });
      expect([code, json.error.error]).to.deep.equal([4, "ChainUnavailableError"]);
      expect(await done("northGateway", "record verify")).to.include({ checked: 2 });
      expect(await done("northGateway", "record destroy --overdue")).to.include({ destroyed: 1 });
    });
  });

  it("are not served where the port is taken, which is a wrong setting", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const { port } = server.address() as AddressInfo;
      const { code, json } = await run("northGateway", `gateway --port ${port}`);
      expect([code, json.error.error]).to.deep.equal([2, "ListenError"]);
    } finally {
      server.close();
    }
  });

  it("are not destroyed unless it is clear which", async () => {
    expect((await run("northGateway", "record destroy")).code).to.equal(2);
    expect(
      (await run("northGateway", `record destroy --overdue --patient ${suite.signers.patient.address}`)).code,
    ).to.equal(2);
  });
});

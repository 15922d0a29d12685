import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { categoryMask } from "@consilium/sdk";
import { ethers, loadFixture } from "../fixtures/consilium.ts";
import { networkHelpers } from "../access/scenario.ts";
import { deployKept, KEPT, runGateway, type Kept, type Running } from "../gateway/gatewayFixtures.ts";
import { removeHomes } from "../gateway/vaultFixtures.ts";
import { openTerminal, runAs, writeBook, type Json, type Person, type Terminal } from "./support/openTerminal.ts";

describe("Emergencies", () => {
  let kept: Kept;
  let running: Running;
  let terminal: Terminal;
  let run: Person["run"];
  let done: Person["done"];

  before(() => {
    terminal = openTerminal();
    const passwordFile = join(terminal.directory, "password");
    writeFileSync(passwordFile, "of the encryption key\n", { mode: 0o600 });
    ({ run, done } = runAs(terminal, () => kept, "--password-file", passwordFile));
  });

  beforeEach(async () => {
    kept = await loadFixture(deployKept);
    writeBook(terminal.directory, kept);
    running = await runGateway(kept);
  });
  afterEach(() => running.stop());

  after(async () => {
    terminal.close();
    await kept.vault.close();
    removeHomes();
  });

  const REASON = ["--reason", "Unconscious after a fall"];
  const open = (...options: string[]): string[] => [
    ...["emergency", "open", "--patient", kept.signers.patient.address, "--category", "labs", ...REASON],
    ...options,
  ];
  const labs = (): string => kept.leaves[KEPT.labs]!;
  const fetchIt = (emergency: string, record = labs()): string =>
    `fetch ${record} --emergency ${emergency} --gateway ${running.url}`;

  it("are opened, fetched by and verified in three commands", async () => {
    await done("southClinician", "encryption-key publish");
    const opened: Json = await done("southClinician", open("--duration", "4h"));
    expect(opened).to.deep.include({ opened: ["labs"], optedOut: [] });
    const { until, openedAt, institution } = await kept.emergencies.emergency(opened.emergency);
    expect([Number(until - openedAt), Number(institution)]).to.deep.equal([4 * 3_600, kept.ids.south]);

    const fetched: Json = await done("southClinician", fetchIt(opened.emergency));
    expect(fetched).to.include({ verified: true, record: labs() });
    expect(fetched.content).to.include({ resourceType: "Observation", id: "kept0" });
    const [received] = await kept.emergencies.queryFilter(kept.emergencies.filters.EmergencyReceiptLogged());
    expect([received?.args.emergency, received?.args.verified]).to.deep.equal([opened.emergency, true]);
  });

  it("keep their reason with the clinician, and its hash alone on the chain", async () => {
    const { reasonHash } = (await done("southClinician", open())) as { reasonHash: string };
    const file = join(terminal.home, "documents", `${reasonHash}.json`);
    expect(JSON.parse(readFileSync(file, "utf8"))).to.include({ document: "Unconscious after a fall" });
    const [event] = await kept.emergencies.queryFilter(kept.emergencies.filters.EmergencyOpened());
    expect(event?.args.reasonHash).to.equal(reasonHash);
  });

  it("open one record of a person who is not identified", async () => {
    await done("southClinician", "encryption-key publish");
    const opened: Json = await done("southClinician", [
      ...["emergency", "open", "--record", labs(), "--category", "labs", ...REASON],
    ]);
    expect(await done("southClinician", fetchIt(opened.emergency))).to.include({ verified: true });
    const other = await run("southClinician", fetchIt(opened.emergency, kept.leaves[KEPT.moreLabs]), "--yes");
    expect([other.code, other.json["error"].error]).to.deep.equal([3, "GatewayRefusalError"]);
  });

  it("end with 3, on record, where the patient opted out of all", async () => {
    const { patient } = kept.signers;
    await kept.emergencies.connect(patient).setOptOut(patient, categoryMask(["labs"]));
    const { code, json } = await run("southClinician", open(), "--yes");
    expect([code, json["opened"], json["optedOut"]]).to.deep.equal([3, [], ["labs"]]);
    expect((await kept.emergencies.emergency(json["emergency"])).status).to.equal(2n);
  });

  it("end with 3 once they are over", async () => {
    await done("southClinician", "encryption-key publish");
    const { emergency } = await done("southClinician", open());
    await networkHelpers.time.increaseTo((await kept.emergencies.emergency(emergency)).until);
    const { code, json } = await run("southClinician", fetchIt(emergency), "--yes");
    expect([code, json["error"].error]).to.deep.equal([3, "GatewayRefusalError"]);
    expect(json["error"].message).to.include("does not open this record");
  });

  it("send and keep nothing in a dry run", async () => {
    const before = await ethers.provider.getBlockNumber();
    const directory = join(terminal.home, "documents");
    const documents = (): string[] => (existsSync(directory) ? readdirSync(directory) : []);
    const had = documents();
    const { code, json } = await run("southClinician", open(), "--dry-run");
    expect([code, json["transactions"][0].contract, json["transactions"][0].function]).to.deep.equal([
      0,
      "EmergencyAccess",
      "open",
    ]);
    expect([await ethers.provider.getBlockNumber(), documents()]).to.deep.equal([before, had]);
  });

  it("are opened by clinicians alone", async () => {
    const { code, json } = await run("researcher", open(), "--yes");
    expect([code, json["error"].error]).to.deep.equal([6, "AgentNotPermitted"]);
  });

  it("name a patient or a record, categories that there are, and an emergency that was opened", async () => {
    for (const words of [
      ["emergency", "open", "--category", "labs", ...REASON],
      open("--record", labs()),
      open("--category", "gossip"),
      open("--duration", "soon"),
      fetchIt(`0x${"12".repeat(32)}`).split(" "),
    ]) {
      expect((await run("southClinician", words, "--yes")).code, words.join(" ")).to.equal(2);
    }
  });
});

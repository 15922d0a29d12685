import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Address, Hex } from "viem";
import { consentId, RecordBatch, type RecordBatchEntry } from "@consilium/sdk";
import { ethers, loadFixture } from "../fixtures/consilium.ts";
import { hash } from "../access/scenario.ts";
import { deployKept, KEPT, runGateway, type Kept } from "../gateway/gatewayFixtures.ts";
import { removeHomes } from "../gateway/vaultFixtures.ts";
import { openTerminal, runAs, writeBook, type Json, type Person, type Terminal } from "./support/openTerminal.ts";

describe("Requests for a cohort", () => {
  type Scene = Kept & { others: RecordBatch; narrow: Hex; wide: Hex };
  let s: Scene;
  let terminal: Terminal;
  let run: Person["run"];
  let done: Person["done"];

  /** Besides the patient's records in the vault, published ones of two others: one consents to all and then to less, one to nothing. */
  async function deployCohort(): Promise<Scene> {
    const kept = await deployKept();
    const { signers, records, ids, start } = kept;
    const entry = (patient: Address, index: number): RecordBatchEntry => ({
      ...{ patient, commitment: hash(`published ${index}`), level: 2, category: "labs" },
      ...{ dataFrom: 0, dataUntil: start, retentionUntil: 0 },
    });
    const [helper, other] = [signers.helper1.address as Address, signers.otherPatient.address as Address];
    const others = new RecordBatch(ids.north, [entry(helper, 0), entry(other, 1)]);
    await records.connect(signers.northGateway).anchorIndexed([...others.records], hash("manifest"));
    const wide = consentId(await kept.giveConsent({ by: signers.helper1 }));
    const narrow = consentId(await kept.giveConsent({ by: signers.helper1, policy: { categories: ["diagnoses"] } }));
    return { ...kept, others, narrow, wide };
  }

  before(() => {
    terminal = openTerminal();
    const passwordFile = join(terminal.directory, "password");
    writeFileSync(passwordFile, "of the encryption key\n", { mode: 0o600 });
    ({ run, done } = runAs(terminal, () => s, "--password-file", passwordFile));
  });

  beforeEach(async () => {
    s = await loadFixture(deployCohort);
    writeBook(terminal.directory, s);
  });

  after(async () => {
    terminal.close();
    await s.vault.close();
    removeHomes();
  });

  type Member = { record: Hex; consent?: Hex };
  const write = (content: unknown): string => {
    const file = join(terminal.directory, "cohort.json");
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
    return file;
  };
  const ask = (members: Member[]): string =>
    `request ${write({ members })} --cohort --study ${s.study} --purpose DSRCH --use diseaseSpecific ` +
    "--form pseudonymised --until 10d";
  const own = (index: number): Member => ({ record: s.leaves[index]! });
  const all = (): Member[] => [
    ...[own(KEPT.labs), own(KEPT.moreLabs)],
    ...[{ record: s.others.leaf(0) }, { record: s.others.leaf(1) }],
  ];
  const recordsOf = (told: Member[]): Hex[] => told.map(({ record }) => record).sort();

  it("tell in a dry run who would be granted, by which consent, and in words why another would not", async () => {
    const before = await ethers.provider.getBlockNumber();
    const { code, json, err } = await run("researcher", ask(all()), "--dry-run");
    expect(code, err).to.equal(0);
    expect([json["sent"], json["decision"], await ethers.provider.getBlockNumber()]).to.deep.equal([
      false,
      "APPROVED",
      before,
    ]);
    const granted = json["granted"] as Member[];
    expect(recordsOf(granted)).to.deep.equal(recordsOf(all().slice(0, 3)));
    expect(granted.find(({ record }) => record === s.others.leaf(0))?.consent).to.equal(s.wide);
    const [refused] = json["refused"] as { record: Hex; reasons: { name: string; text: string }[] }[];
    expect(refused?.record).to.equal(s.others.leaf(1));
    expect(refused?.reasons.length).to.be.greaterThan(0);
    for (const { text } of refused!.reasons) expect(text).to.match(/^[A-Z].*: .*\.$/);
    expect(err).to.include("round 2");
  });

  it("say the same in words for people", async () => {
    const words = ask(all()).split(" ");
    const { out } = await terminal.run([
      ...[...words, "--dry-run", "--network", "local", "--root", terminal.directory],
      ...["--key", `rpc:http://127.0.0.1:8545#${s.signers.researcher.address}`],
    ]);
    expect(out)
      .to.include("Granted: 3\nRefused: 1")
      .and.include(s.others.leaf(1))
      .and.match(/Nothing was sent\.$/);
  });

  it("take the consent that is named, though another would do", async () => {
    const named = [own(KEPT.labs), { record: s.others.leaf(0), consent: s.narrow }];
    const { json } = await run("researcher", ask(named), "--dry-run");
    expect(json["refused"].map(({ record, consent }: Member) => [record, consent])).to.deep.equal([
      [s.others.leaf(0), s.narrow],
    ]);
  });

  it("are sent, and each record granted is fetched by its leaf", async () => {
    await done("researcher", "encryption-key publish");
    const sent: Json = await done("researcher", ask(all()));
    expect(sent).to.include({ sent: true, decision: "APPROVED" });
    expect([recordsOf(sent.granted), recordsOf(sent.refused)]).to.deep.equal([
      recordsOf(all().slice(0, 3)),
      [s.others.leaf(1)],
    ]);
    expect((await s.broker.grant(sent.request)).decision).to.equal(1n);

    const running = await runGateway(s);
    try {
      const at = `--gateway ${running.url}`;
      const record = s.leaves[KEPT.moreLabs]!;
      const fetched: Json = await done("researcher", `fetch ${sent.request} --record ${record} ${at}`);
      expect(fetched).to.include({ verified: true, record });
      for (const words of [`fetch ${sent.request} ${at}`, `fetch ${sent.request} --record ${s.others.leaf(1)} ${at}`]) {
        expect((await run("researcher", words, "--yes")).code, words).to.equal(2);
      }
    } finally {
      await running.stop();
    }
  });

  it("end with 3 and are not sent where nobody would be granted, unless that is wanted", async () => {
    const nobody = ask([{ record: s.others.leaf(1) }]);
    const before = await ethers.provider.getBlockNumber();
    const { code, json } = await run("researcher", nobody, "--yes");
    expect([code, json["sent"], await ethers.provider.getBlockNumber()]).to.deep.equal([3, false, before]);
    const anyway = await run("researcher", nobody, "--anyway", "--yes");
    expect([anyway.code, anyway.json["sent"]]).to.deep.equal([3, true]);
    expect((await s.broker.grant(anyway.json["request"])).decision).to.equal(2n);
  });

  it("tell what fails for the request as a whole", async () => {
    const words = ask(all()).replace(s.study, hash("no study"));
    const { code, json } = await run("researcher", words, "--yes");
    expect([code, json["sent"], json["granted"]]).to.deep.equal([3, false, []]);
    expect(json["reasons"].map(({ name }: { name: string }) => name)).to.deep.equal(["STUDY_MISSING"]);
  });

  it("end with 2 for a file that is no cohort, names a record twice, or what was never published or given", async () => {
    const file = ask([]).replace(/^request \S+/, "");
    for (const content of [
      "{",
      [],
      { members: [] },
      { members: [{ record: "0x12" }] },
      { members: [{ ...own(KEPT.labs), patient: "someone" }] },
      { members: [own(KEPT.labs), own(KEPT.labs)] },
      { members: [{ record: hash("no record") }] },
      { members: [{ ...own(KEPT.labs), consent: hash("no consent") }] },
    ]) {
      const { code, err } = await run("researcher", `request ${write(content)}${file}`, "--yes");
      expect([code, err.includes("What to do: ")], JSON.stringify(content)).to.deep.equal([2, true]);
    }
    const one = await run("researcher", `${ask(all())} --consent ${s.wide}`, "--yes");
    expect(one.code).to.equal(2);
  });
});

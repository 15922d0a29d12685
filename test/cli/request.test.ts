import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { deployScenario, hash, loadFixture, RECORD, type Scenario } from "../access/scenario.ts";
import { ethers } from "../fixtures/consilium.ts";
import { openTerminal, runAs, writeBook, type Person, type Terminal } from "./support/openTerminal.ts";

describe("Requests and what follows", () => {
  let s: Scenario;
  let terminal: Terminal;
  let run: Person["run"];

  before(() => {
    terminal = openTerminal();
    ({ run } = runAs(terminal, () => s));
  });

  after(() => terminal.close());

  beforeEach(async () => {
    s = await loadFixture(deployScenario);
    writeBook(terminal.directory, s);
  });

  /** A record as its custodian refers to it. */
  const reference = (index: number): string => {
    const file = join(terminal.directory, `record-${index}.json`);
    const { meta, ...record } = s.batch.record(index);
    const content = { batch: s.batch.id, record: { ...record, meta: meta.toString() }, proof: s.batch.proof(index) };
    writeFileSync(file, JSON.stringify(content));
    return file;
  };
  const ask = (index: number): string =>
    `request ${reference(index)} --study ${s.study} --purpose DSRCH --use diseaseSpecific --form pseudonymised --until 10d`;

  it("are granted by the best of the patient's consents", async () => {
    const { code, json, err } = await run("researcher", `${ask(RECORD.labs)} --yes`);
    expect(code, err).to.equal(0);
    expect(json).to.include({ sent: true, decision: "APPROVED", record: s.batch.leaf(RECORD.labs) });
    expect((await s.broker.grant(json.request)).decision).to.equal(1n);
  });

  it("tell every reason of a denial, end with 3, and are not sent", async () => {
    const before = await ethers.provider.getBlockNumber();
    const { code, json } = await run("researcher", `${ask(RECORD.genomics)} --yes`);
    expect([code, json.decision, json.sent, await ethers.provider.getBlockNumber()]).to.deep.equal([
      3,
      "DENIED",
      false,
      before,
    ]);
    expect(json.reasons.map(({ name }: { name: string }) => name)).to.include("STUDY_FILING");
    for (const { text } of json.reasons) expect(text).to.match(/^[A-Z].*: .*\.$/);
  });

  it("go on record as denied if that is wanted", async () => {
    const { code, json } = await run("researcher", `${ask(RECORD.genomics)} --anyway --yes`);
    expect([code, json.sent]).to.deep.equal([3, true]);
    expect((await s.broker.grant(json.request)).decision).to.equal(2n);
  });

  it("tell the decision in a dry run without asking", async () => {
    const before = await ethers.provider.getBlockNumber();
    const { code, json } = await run("researcher", `${ask(RECORD.labs)} --dry-run`);
    expect([code, json.decision, json.sent, await ethers.provider.getBlockNumber()]).to.deep.equal([
      0,
      "APPROVED",
      false,
      before,
    ]);
  });

  it("are refused by the contract for a wallet that is no agent", async () => {
    const { code, json } = await run("stranger", `${ask(RECORD.labs)} --anyway --yes`);
    expect([code, json.error.error]).to.deep.equal([6, "RequesterNotPermitted"]);
  });

  it("name a record that was never published by its custodian's file alone", async () => {
    const words = ask(RECORD.labs).replace(reference(RECORD.labs), s.batch.leaf(RECORD.labs));
    const { code, err } = await run("researcher", `${words} --yes`);
    expect([code, err.includes("reference file")]).to.deep.equal([2, true]);
  });

  it("give the patient nothing to claim before delivery, and say why", async () => {
    await run("researcher", `${ask(RECORD.labs)} --yes`);
    const { code, json } = await run("patient", "claim --yes");
    expect(code).to.equal(0);
    expect(json.claims.map(({ what }: { what: string }) => what)).to.include("points");
    expect(json.claims[0].refused).to.match(/^The contract refuses: \w+/);
  });

  it("take part in their study's revenue once claimed for, and are paid from the next deposit", async () => {
    await run("researcher", `${ask(RECORD.labs)} --yes`);
    const { splitter, token, signers, study } = s;
    const shares = { patients: 7_000, fund: 3_000, custodians: 0, payees: [] };
    await splitter.connect(signers.researcher).openAgreement(study, ZeroHash, token, 0, shares);
    const revenue = async (words: string) => {
      const { json, err } = await run("relayer", `claim --patient ${signers.patient.address} ${words}`);
      const claims = json.claims ?? json.transactions;
      expect(claims, err).to.be.an("array");
      return claims.filter(({ what }: { what: string }) => what !== "points");
    };

    expect(await revenue("--dry-run")).to.have.lengthOf(1);
    const [enrolled] = await revenue("--yes");
    expect(enrolled).to.include({ what: "revenue", outcome: "enrolled" });
    expect((await splitter.agreement(study)).units).to.equal(1n);

    const [early] = await revenue("--yes");
    expect(`${early.outcome},${early.refused}`).to.match(/^refused,The contract refuses: NothingDue/);

    await token.mint(signers.relayer, 1_000);
    await token.connect(signers.relayer).approve(splitter, 1_000);
    await splitter.connect(signers.relayer).deposit(study, 1_000, hash("deposit"));
    const [paid] = await revenue("--yes");
    expect(paid).to.include({ what: "revenue", outcome: "claimed" });
    expect(await token.balanceOf(signers.patient)).to.equal(700n);

    // What comes later the patient gives to the fund, which nobody else can.
    await token.mint(signers.relayer, 1_000);
    await token.connect(signers.relayer).approve(splitter, 1_000);
    await splitter.connect(signers.relayer).deposit(study, 1_000, hash("deposit"));
    expect((await revenue("--donate --yes"))[0].refused).to.match(/NoAuthority/);
    const { claims } = (await run("patient", "claim --donate --yes")).json;
    const { transaction } = claims.find(({ outcome }: { outcome: string }) => outcome === "donated");
    const { data } = (await ethers.provider.getTransaction(transaction))!;
    const [agreement, { proof }] = splitter.interface.decodeFunctionData("donate", data);
    // It was proven by the first claim.
    expect([agreement, [...proof]]).to.deep.equal([study, []]);
    expect(await token.balanceOf(signers.patient)).to.equal(700n);
    expect(await splitter.dueToFund(study)).to.equal(1_300n);
  });

  it("count once for a category, by the record that they show, and are paid by it alone", async () => {
    for (let i = 0; i < 2; ++i) await run("researcher", `${ask(RECORD.labs)} --yes`);
    const { splitter, token, signers, study } = s;
    const shares = { patients: 7_000, fund: 3_000, custodians: 0, payees: [] };
    await splitter.connect(signers.researcher).openAgreement(study, ZeroHash, token, 2, shares);
    const revenue = async (words: string) => {
      const { json, err } = await run("relayer", `claim --patient ${signers.patient.address} ${words}`);
      expect(json.claims, err).to.be.an("array");
      return json.claims
        .filter(({ what }: { what: string }) => what === "revenue")
        .map(({ outcome, refused }: { outcome: string; refused?: string }) => [
          outcome,
          /: (\w+)/.exec(`${refused}`)?.[1],
        ]);
    };
    const shown = `--yes --record ${reference(RECORD.labs)}`;

    // Nobody published the record, so that its category is not known.
    expect(await revenue("--yes")).to.deep.equal([
      ["refused", "NotEnrolled"],
      ["refused", "NotEnrolled"],
    ]);
    expect(await revenue(shown)).to.deep.equal([["enrolled", undefined]]);
    expect((await splitter.agreement(study)).units).to.equal(1n);
    expect(await revenue(shown)).to.deep.equal([["refused", "NothingDue"]]);

    await token.mint(signers.relayer, 1_000);
    await token.connect(signers.relayer).approve(splitter, 1_000);
    await splitter.connect(signers.relayer).deposit(study, 1_000, hash("deposit"));
    expect((await revenue("--yes")).map(([outcome]: string[]) => outcome).toSorted()).to.deep.equal([
      "claimed",
      "refused",
    ]);
    expect(await token.balanceOf(signers.patient)).to.equal(700n);
  });
});

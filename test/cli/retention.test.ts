import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Hex } from "viem";
import { toJson } from "../../cli/src/print/toJson.ts";
import { loadFixture, networkHelpers } from "../fixtures/consilium.ts";
import { deployKept, KEPT, type Kept } from "../gateway/gatewayFixtures.ts";
import { removeHomes } from "../gateway/vaultFixtures.ts";
import { openTerminal, runAs, writeBook, type Json, type Person, type Terminal } from "./support/openTerminal.ts";

const { time } = networkHelpers;
const DAY = 86_400;

describe("Records' retention", () => {
  let kept: Kept;
  let terminal: Terminal;
  let run: Person["run"];
  let done: Person["done"];
  let refusalOf: Person["refusalOf"];
  let leaf: Hex;
  let file: string;

  before(() => {
    terminal = openTerminal();
    file = join(terminal.directory, "signed.json");
    ({ run, done, refusalOf } = runAs(terminal, () => kept));
  });

  beforeEach(async () => {
    kept = await loadFixture(deployKept);
    writeBook(terminal.directory, kept);
    leaf = kept.leaves[KEPT.labs]!;
  });

  after(async () => {
    terminal.close();
    await kept.vault.close();
    removeHomes();
  });

  const limit = (...words: string[]): string[] => ["record", "limit-retention", leaf, ...words];
  /** In whole days after the next midnight, as the command and as the chain has it. */
  const midnight = async (days: number): Promise<{ text: string; second: number }> => {
    const second = (Math.ceil((await time.latest()) / DAY) + days) * DAY;
    return { text: new Date(second * 1_000).toISOString().slice(0, 10), second };
  };
  const limitNow = async (): Promise<number> => {
    const { batch } = (await kept.vault.findRecord(leaf))!;
    return Number((await kept.records.retentionLimit(batch, KEPT.labs)).until);
  };

  it("is ended earlier by the patient, moved, and lifted", async () => {
    const { text, second } = await midnight(30);
    const ended: Json = await done("patient", limit("--until", text));
    expect(ended).to.include({ record: leaf, until: second });
    expect(await limitNow()).to.equal(second);

    await done("patient", limit("--until", "60d"));
    const moved = (await limitNow()) - (await time.latest());
    expect(moved).to.be.within(60 * DAY - 10, 60 * DAY);

    expect(await done("patient", limit("--none"))).to.include({ until: 0 });
    expect(await limitNow()).to.equal(0);
  });

  it("is told in words when it ends", async () => {
    const { text } = await midnight(30);
    const words = ["--network", "local", "--root", terminal.directory, "--yes"];
    const key = ["--key", `rpc:http://127.0.0.1:8545#${kept.signers.patient.address}`];
    const { out } = await terminal.run([...limit("--until", text), ...words, ...key]);
    expect(out).to.equal(`From ${text} 00:00 UTC on nobody may use the record, and its destruction is due.`);
  });

  it("is ended by a patient's signature that anyone sends, once", async () => {
    const { text, second } = await midnight(30);
    const { patient } = kept.signers;
    const nonce = await patient.getNonce();
    const signed: Json = await done("patient", limit("--until", text, "--sign", file));
    expect([signed.signed, signed.until, await limitNow()]).to.deep.equal([true, second, 0]);
    expect(await done("stranger", `consent relay ${file}`)).to.include({ function: "limitRetentionBySignature" });
    expect([await limitNow(), await patient.getNonce()]).to.deep.equal([second, nonce]);
    expect(await refusalOf("stranger", ["consent", "relay", file])).to.deep.equal([6, "SignatureInvalid"]);

    await done("patient", limit("--none", "--sign", file));
    await done("stranger", `consent relay ${file}`);
    expect(await limitNow()).to.equal(0);
  });

  it("is ended of a record that was not published, by its reference file", async () => {
    const { text, second } = await midnight(30);
    const { batch, record, proof } = (await kept.vault.findRecord(leaf))!;
    const reference = join(terminal.directory, "reference.json");
    writeFileSync(reference, toJson({ batch, record, proof }));
    await done("patient", ["record", "limit-retention", reference, "--until", text]);
    expect(await limitNow()).to.equal(second);
  });

  it("is neither ended nor signed in a dry run, nor after the signature's deadline sent", async () => {
    const sent = await run("patient", limit("--until", "30d"), "--dry-run");
    expect([sent.code, sent.json["transactions"][0].function]).to.deep.equal([0, "limitRetention"]);
    const late = join(terminal.directory, "late.json");
    const sign = limit("--until", "30d", "--sign", late, "--deadline", "1h");
    const signed = await run("patient", sign, "--dry-run");
    expect([signed.code, signed.json["signed"], existsSync(late)]).to.deep.equal([0, false, false]);
    const { deadline } = (await done("patient", sign)) as { deadline: number };
    await time.increaseTo(deadline + 1);
    expect(await refusalOf("stranger", ["consent", "relay", late])).to.deep.equal([6, "SignatureExpired"]);
    expect(await limitNow()).to.equal(0);
  });

  it("is ended by nobody but the patient's side, not within a day, and never once it is over", async () => {
    for (const who of ["stranger", "northGateway", "otherPatient"] as const) {
      expect(await refusalOf(who, limit("--until", "30d"))).to.deep.equal([6, "NoAuthority"]);
    }
    expect(await refusalOf("patient", limit("--until", "23h"))).to.deep.equal([6, "RetentionInvalid"]);
    const { text, second } = await midnight(1);
    await done("patient", limit("--until", text));
    await time.increaseTo(second);
    for (const words of [["--none"], ["--until", "30d"], ["--until", "30d", "--sign", file]]) {
      expect(await refusalOf("patient", limit(...words))).to.deep.equal([6, "RetentionOver"]);
    }
  });

  it("is not ended unless it is clear when, and of which record", async () => {
    for (const words of [limit(), limit("--none", "--until", "30d"), limit("--until", "soon")]) {
      expect((await run("patient", words, "--yes")).code, words.join(" ")).to.equal(2);
    }
    const unknown = ["record", "limit-retention", `0x${"12".repeat(32)}`, "--none"];
    expect(await refusalOf("patient", unknown)).to.deep.equal([2, "UsageError"]);
    expect(await limitNow()).to.equal(0);
  });
});

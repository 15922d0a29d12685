import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { http } from "viem";
import { ROOT } from "../../scripts/paths.ts";
import { freePort } from "../../scripts/stack/freePort.ts";
import { deployGoverned, ethers, loadFixture, type Governed } from "../fixtures/consilium.ts";
import { as, openTerminal, writeBook, type Terminal } from "./support/openTerminal.ts";

/** How a call ends, whatever it was to do. */
describe("Command line", () => {
  let suite: Governed;
  let terminal: Terminal;
  let base: string[];

  before(() => {
    terminal = openTerminal();
    base = ["--network", "local", "--root", terminal.directory];
  });

  after(() => terminal.close());

  beforeEach(async () => {
    suite = await loadFixture(deployGoverned);
    writeBook(terminal.directory, suite);
  });

  const give = ["consent", "give", "--preset", "careOnly", "--until", "365d"];

  it("ends with 0 and prints help and version-free usage", async () => {
    const { code, out } = await terminal.run("--help");
    expect(code).to.equal(0);
    expect(out).to.include("--dry-run");
    expect((await terminal.run("consent give --help")).out)
      .to.include("Global Options:")
      .and.include("--preset");
  });

  it("ends with 2 for a command, option or value that there is not", async () => {
    for (const words of [
      "dance",
      "member list --loud",
      "member suspend",
      "agent add nobody --role gateway --until 1y",
      "agent add 0x0000000000000000000000000000000000000001 --role king --until 1y",
      "consent give --preset careOnly --until soon",
      "consent give --preset everything --until 1y",
    ]) {
      const { code, err } = await terminal.run([...words.split(" "), ...base]);
      expect(code, words).to.equal(2);
      expect(err, words).to.include("error: ");
    }
  });

  it("ends with 2 where network, address book or endpoint are not known", async () => {
    expect((await terminal.run("member list")).code).to.equal(2);
    expect((await terminal.run(`member list --network moon --root ${terminal.directory}`)).err).to.include("moon.json");
  });

  it("prints one value alone by --field, and ends with 2 if the result has none of that name", async () => {
    const list = ["member", "list", ...base];
    const { members } = (await terminal.run([...list, "--json"])).json as { members: Record<string, unknown>[] };
    const name = members[1]!["name"];
    expect(name).to.be.a("string");
    expect((await terminal.run([...list, "--field", "members.1.name"])).out).to.equal(name);
    for (const path of ["members.99", "members.1.toString", "member", ""]) {
      const { code, out, err } = await terminal.run([...list, "--field", path]);
      expect([code, out], path).to.deep.equal([2, ""]);
      expect(err).to.include("Where it ends there is: ");
    }
  });

  it("ends with 2, and sends nothing, where nobody is there to say yes", async () => {
    const before = await ethers.provider.getBlockNumber();
    const { code, err } = await terminal.run([...give, ...base, ...as(suite, "patient")]);
    expect([code, await ethers.provider.getBlockNumber()]).to.deep.equal([2, before]);
    expect(err).to.include("--dry-run").and.include("--yes");
  });

  it("asks at a terminal, naming who signs, and sends on a yes alone", async () => {
    const asked: string[] = [];
    const answer = (yes: boolean) => ({
      confirm: (question: string) => {
        asked.push(question);
        return Promise.resolve(yes);
      },
    });
    expect((await terminal.run([...give, ...base, ...as(suite, "patient")], answer(false))).code).to.equal(2);
    expect((await terminal.run([...give, ...base, ...as(suite, "patient")], answer(true))).code).to.equal(0);
    expect(asked[0]).to.equal(`Give this consent, signed by ${suite.signers.patient.address}?`);
  });

  it("ends with 141 and says nothing where whoever reads its results is gone", async () => {
    const child = spawn(process.execPath, [join(ROOT, "cli/src/consilium.ts"), "--help"]);
    child.stdout.destroy();
    const said = text(child.stderr);
    const [code] = (await once(child, "close")) as [number];
    expect([code, await said]).to.deep.equal([141, ""]);
  });

  it("ends with 4 where the chain does not answer", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, err } = await terminal.run(["member", "list", ...base, "--rpc", url], {
      transport: (at) => http(at, { retryCount: 0 }),
    });
    expect([code, err.includes("try again")]).to.deep.equal([4, true]);
  });

  it("ends with 5 without a key", async () => {
    const { code, err } = await terminal.run([...give, ...base, "--yes"]);
    expect(code).to.equal(5);
    expect(err).to.include("--key keystore:NAME");
  });

  it("never repeats what was given for a key source, since it may be a key", async () => {
    const secret = `0x${"5e".repeat(32)}`;
    const { code, out, err } = await terminal.run([...give, ...base, "--key", secret, "--json"]);
    expect(code).to.equal(2);
    expect(out + err).to.not.include("5e5e");
  });

  it("ends with 6, in words, where a contract refuses", async () => {
    const { code, json } = await terminal.run([
      ...["consent", "withdraw", `0x${"12".repeat(32)}`, "--yes", "--json"],
      ...base,
      ...as(suite, "patient"),
    ]);
    expect(code).to.equal(6);
    expect(json["error"]).to.include({ error: "ConsentUnknown", exitCode: 6 });
    expect(json["error"].mend).to.match(/^[A-Z].*\.$/);
  });

  describe("--dry-run", () => {
    it("sends nothing, and shows call, signer and gas", async () => {
      const before = await ethers.provider.getBlockNumber();
      const { code, json } = await terminal.run([...give, ...base, ...as(suite, "patient"), "--dry-run", "--json"]);
      expect([code, await ethers.provider.getBlockNumber()]).to.deep.equal([0, before]);
      const [{ from, to, contract, function: name, gas, data }] = json["transactions"];
      expect({ from, to, contract, name }).to.deep.equal({
        from: suite.signers.patient.address,
        to: suite.contracts["ConsentRegistry"],
        contract: "ConsentRegistry",
        name: "give",
      });
      expect(Number(gas)).to.be.greaterThan(21_000);
      expect(suite.consents.interface.parseTransaction({ data })?.name).to.equal("give");
    });

    it("ends as sending would where a contract would refuse", async () => {
      const { code } = await terminal.run([
        ...["consent", "withdraw", `0x${"12".repeat(32)}`, "--dry-run"],
        ...base,
        ...as(suite, "patient"),
      ]);
      expect(code).to.equal(6);
    });
  });

  describe("consilium.json", () => {
    const write = (content: unknown): void =>
      writeFileSync(join(terminal.directory, "consilium.json"), JSON.stringify(content));

    afterEach(() => write({}));

    it("spares people the options", async () => {
      write({ network: "local", root: terminal.directory, key: as(suite, "patient")[1] });
      expect((await terminal.run("consent list --json")).json["patient"]).to.equal(suite.signers.patient.address);
    });

    it("is refused if it holds what it must not, such as a key", async () => {
      for (const content of [{ privateKey: "0x12" }, { key: "0x12" }, { network: 7 }]) {
        write(content);
        const { code, err } = await terminal.run("member list");
        expect([code, err.includes("consilium.json cannot be used")]).to.deep.equal([2, true]);
        expect(err).to.not.include("0x12");
      }
    });
  });
});

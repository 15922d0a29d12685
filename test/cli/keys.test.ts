import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { privateKeyToAccount } from "viem/accounts";
import { deployGoverned, loadFixture } from "../fixtures/consilium.ts";
import { openTerminal, writeBook, type Terminal } from "./support/openTerminal.ts";

const SECRET = `0x${"5e".repeat(32)}` as const;
const PASSWORD = "correct horse";

describe("Keys", () => {
  let terminal: Terminal;
  let passwordFile: string;

  before(() => {
    terminal = openTerminal();
    passwordFile = join(terminal.directory, "password");
    writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  });

  after(() => terminal.close());

  /** A person who types these, one after the other. */
  const typing = (...answers: string[]) => ({ askSecret: () => Promise.resolve(answers.shift() ?? "") });

  it("are imported unseen, kept encrypted for their owner alone, and listed", async () => {
    const { code, out, err } = await terminal.run("key import north", typing(SECRET, PASSWORD, PASSWORD));
    expect(code, err).to.equal(0);
    const file = join(terminal.home, "keys/north.json");
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    const { address } = privateKeyToAccount(SECRET);
    expect(out).to.include(address);
    expect(readFileSync(file, "utf8") + out + err).to.not.include("5e5e");
    expect((await terminal.run("key list --json")).json["keys"]).to.deep.equal([{ name: "north", address }]);
    expect((await terminal.run("key address --key keystore:north")).out).to.equal(address);
  });

  it("are made anew, with the password of a file", async () => {
    const made = await terminal.run(`key new fresh --json --password-file ${passwordFile}`);
    expect(made.code, made.err).to.equal(0);
    const suite = await loadFixture(deployGoverned);
    writeBook(terminal.directory, suite);
    const given = await terminal.run([
      ...["consent", "give", "--preset", "careOnly", "--until", "1y", "--yes", "--json"],
      ...["--network", "local", "--root", terminal.directory],
      ...["--key", "keystore:fresh", "--password-file", passwordFile],
    ]);
    expect(given.code, given.err).to.equal(0);
    expect((await suite.consents.consent(given.json["consent"])).patient).to.equal(made.json["address"]);
  });

  it("are never written over", async () => {
    const { code, err } = await terminal.run("key import north", typing(SECRET, PASSWORD, PASSWORD));
    expect(code).to.equal(5);
    expect(err).to.include("is there already");
  });

  it("are refused with a short password, or two that differ, or if they are none", async () => {
    for (const answers of [
      [SECRET, "short", "short"],
      [SECRET, PASSWORD, "another horse"],
      ["0x1234", PASSWORD, PASSWORD],
    ]) {
      expect((await terminal.run("key import other", typing(...answers))).code).to.equal(5);
    }
  });

  it("do not open with a password file that others can use", async () => {
    const open = join(terminal.directory, "open-password");
    writeFileSync(open, PASSWORD);
    for (const mode of [0o640, 0o604, 0o660]) {
      chmodSync(open, mode);
      const { code, err } = await terminal.run(`key new third --password-file ${open}`);
      expect(code).to.equal(5);
      expect(err).to.include(`chmod 600 ${open}`);
    }
  });
});

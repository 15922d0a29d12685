import { expect } from "chai";
import { auditQuestions } from "@consilium/sdk";
import { freePort } from "../../scripts/stack/freePort.ts";
import { openTerminal, type Terminal } from "./support/openTerminal.ts";

/** What needs no index; test/e2e holds the questions against a running one. */
describe("Audit questions", () => {
  let terminal: Terminal;

  before(() => {
    terminal = openTerminal();
  });

  after(() => terminal.close());

  it("are listed with their variables", async () => {
    const { json, code } = await terminal.run("audit --json");
    expect([code, json.questions.length]).to.deep.equal([0, auditQuestions.length]);
  });

  it("end with 2 if there is no such question, or a variable is missing, unknown or malformed", async () => {
    for (const words of [
      "audit 99",
      "audit 3",
      "audit 5 patient=0x12",
      "audit 16 since=soon",
      "audit report --from 30d",
    ]) {
      expect((await terminal.run([...words.split(" "), "--graph", "http://127.0.0.1:9"])).code, words).to.equal(2);
    }
  });

  it("end with 4 where the index does not answer", async () => {
    const graph = `http://127.0.0.1:${await freePort()}`;
    for (const words of [
      "audit 5",
      "audit report --from 30d --to 1d",
      "access log --patient 0x0000000000000000000000000000000000000001",
    ]) {
      expect((await terminal.run([...words.split(" "), "--graph", graph])).code, words).to.equal(4);
    }
  });
});

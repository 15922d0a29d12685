import { writeFileSync } from "node:fs";
import { expect } from "chai";
import { deployGoverned, loadFixture, networkHelpers, type Governed } from "../fixtures/consilium.ts";
import { openTerminal, runAs, writeBook, type Person, type Terminal } from "./support/openTerminal.ts";

describe("Commands", () => {
  let suite: Governed;
  let terminal: Terminal;
  let run: Person["run"];
  let done: Person["done"];

  before(() => {
    terminal = openTerminal();
    ({ run, done } = runAs(terminal, () => suite));
  });

  after(() => terminal.close());

  beforeEach(async () => {
    suite = await loadFixture(deployGoverned);
    writeBook(terminal.directory, suite);
  });

  describe("member", () => {
    it("lists members with their names and standing", async () => {
      const { members } = await done("stranger", "member list");
      expect(members.map((one: { name: string; standing: string }) => [one.name, one.standing])).to.deep.include([
        "North Hospital",
        "active",
      ]);
      expect(members).to.have.lengthOf(5);
    });

    it("proposes to admit whom members.json describes, and knows no others", async () => {
      const { member, proposed } = await done("northAdmin", "member add eastHospital");
      expect([member, proposed.group]).to.deep.equal(["eastHospital", "TechnologyGroup"]);
      const { code, json } = await run("northAdmin", "member add moonHospital", "--yes");
      expect([code, json["error"].message.includes("eastHospital")]).to.deep.equal([2, true]);
    });

    it("suspends by the group that may: one seat proposes, another approves, anyone executes", async () => {
      const words = ["member", "suspend", "2", "--until", "30d", "--reason", "A leak."];
      const { proposed } = await done("northAdmin", words);
      expect(proposed.group).to.equal("SupervisionGroup");
      expect(await suite.institutions.isInStanding(2)).to.equal(true);

      const early = await run("stranger", `action execute ${proposed.action}`, "--yes");
      expect([early.code, early.json["error"].error]).to.deep.equal([6, "MajorityMissing"]);
      expect(early.err).to.include("What to do: ");

      const [waiting, ...others] = (await done("stranger", "action list"))["actions"];
      expect([others, waiting.call.contract, waiting.call.function]).to.deep.equal([
        [],
        "InstitutionRegistry",
        "suspend",
      ]);
      const approved = await run("eastAdmin", `action approve ${proposed.action}`, "--yes");
      expect([approved.code, approved.err.includes("It would call InstitutionRegistry.suspend\n2\n")]).to.deep.equal([
        0,
        true,
      ]);
      await done("stranger", `action execute ${proposed.action}`);
      expect(await suite.institutions.isInStanding(2)).to.equal(false);
    });

    it("tells a stranger that the role is missing", async () => {
      const { code, err } = await run("stranger", ["member", "expel", "2", "--reason", "No."], "--yes");
      expect(code).to.equal(6);
      expect(err).to.include("lacks the consortium's role").and.include("What to do: Call from a holder");
    });
  });

  describe("agent", () => {
    it("adds, lists and revokes a wallet of the signer's member", async () => {
      const wallet = suite.signers.stranger.address;
      await done("northAdmin", `agent add ${wallet} --role clinician,officer --until 1y`);
      expect((await suite.institutions.agent(wallet)).roles).to.equal(2n | 16n);
      const { agents } = await done("northAdmin", "agent list --of 1");
      expect(agents.find((one: { wallet: string }) => one.wallet === wallet).roles).to.deep.equal([
        "clinician",
        "officer",
      ]);
      await done("northAdmin", `agent revoke ${wallet}`);
      expect(
        (await done("northAdmin", "agent list"))["agents"].map((one: { wallet: string }) => one.wallet),
      ).to.not.include(wallet);
    });

    it("proposes to appoint a reviewer to the group that may", async () => {
      const { proposed } = await done(
        "northAdmin",
        `agent add ${suite.signers.stranger.address} --role supervisor --until 90d --of 5`,
      );
      expect(proposed.group).to.equal("TechnologyGroup");
    });
  });

  describe("study", () => {
    it("is registered, reviewed by both and listed", async () => {
      const protocol = `${terminal.directory}/protocol.txt`;
      writeFileSync(protocol, "Blood counts in complications of type 2 diabetes");
      const registered = await done("researcher", [
        ...["study", "register", "--protocol", protocol, "--purpose", "DSRCH", "--duo", "DUO:0000007"],
        ...[
          "--disease",
          "ICD10:E11.2",
          "--category",
          "labs",
          "--level",
          "2",
          "--form",
          "pseudonymised",
          "--until",
          "1y",
        ],
      ]);
      const id = registered["study"] as string;
      for (const [who, kind] of [
        ["ethicsReviewer", "ethics"],
        ["legalReviewer", "legal"],
      ] as const) {
        await done(who, [
          "study",
          "review",
          id,
          "--as",
          kind,
          "--verdict",
          "approve",
          "--until",
          "180d",
          "--reason",
          "It holds.",
        ]);
      }
      expect(await suite.studies.approvedAt(id, await networkHelpers.time.latest())).to.equal(true);
      const { studies } = await done("stranger", "study list");
      expect(studies.map((one: { ethics: object; legal: object }) => [one.ethics, one.legal])[0][0].verdict).to.equal(
        "approved",
      );
    });
  });

  describe("consent", () => {
    it("is given by a preset, listed, explained and withdrawn", async () => {
      const given = await run("patient", "consent give --preset careOnly --until 365d", "--yes");
      expect(given.code, given.err).to.equal(0);
      expect(given.err).to.include("Purposes: treatment; coordination of care; emergency treatment.");
      const id = given.json["consent"] as string;

      expect((await done("patient", "consent list"))["consents"][0]).to.include({ id, status: "given" });
      expect((await done("stranger", `consent explain ${id}`))["explanation"]).to.equal(given.json["explanation"]);
      await done("patient", `consent withdraw ${id}`);
      expect((await done("patient", "consent list"))["consents"][0]).to.include({ id, status: "withdrawn" });
    });

    it("ends all consents at once", async () => {
      await done("patient", "consent give --preset careOnly --until 365d");
      await done("patient", "consent withdraw --all");
      expect(await suite.consents.epochOf(suite.signers.patient.address)).to.equal(1n);
    });

    it("refuses a rule that allows nothing before the key is used", async () => {
      const { code, json } = await run("patient", "consent give --purpose TREAT --until 365d", "--yes");
      expect([code, json["error"].error]).to.deep.equal([2, "UsageError"]);
    });
  });
});

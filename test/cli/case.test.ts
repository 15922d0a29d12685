import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { commitDocument, recordLeaf } from "@consilium/sdk";
import { RECORD, RETENTION } from "../access/scenario.ts";
import type { SignerName } from "../fixtures/consilium.ts";
import {
  APPEAL_WINDOW,
  BOND,
  CaseStatus,
  DECISION_WINDOW,
  deploySupervision,
  ethers,
  LEAK,
  loadFixture,
  time,
  type Supervised,
} from "../supervision/supervisionFixtures.ts";
import { as, openTerminal, runAs, writeBook, type Json, type Person, type Terminal } from "./support/openTerminal.ts";

const TEXT = "My results lay open on a shared disk.";
const UNKNOWN = `0x${"12".repeat(32)}`;

describe("Cases", () => {
  let s: Supervised;
  let terminal: Terminal;
  let run: Person["run"];
  let done: Person["done"];
  let refusalOf: Person["refusalOf"];
  let file: string;

  before(() => {
    terminal = openTerminal();
    ({ run, done, refusalOf } = runAs(terminal, () => s));
    file = join(terminal.directory, "text.txt");
    writeFileSync(file, TEXT);
  });

  beforeEach(async () => {
    s = await loadFixture(deploySupervision);
    writeBook(terminal.directory, s);
  });

  after(() => terminal.close());

  const statusOf = async (id: string): Promise<bigint> => (await s.supervision.caseOf(id)).status;
  const complain = (...more: string[]): string =>
    `case complain --against ${s.ids.institute} --text ${file} ${more.join(" ")}`;
  const report = (...more: string[]): string =>
    `case report --against ${s.ids.institute} --violation LEAK --evidence ${file} ${more.join(" ")}`.trim();
  const reported = async (): Promise<string> => (await done("northClinician", report()))["case"] as string;
  const decide = (id: string, verdict = "upheld"): string => `case decide ${id} --verdict ${verdict} --reason ${file}`;
  const upheld = async (): Promise<string> => {
    const id = await reported();
    await done("supervisor", decide(id));
    return id;
  };
  const appealed = async (): Promise<string> => {
    const id = await upheld();
    await done("instituteAdmin", `case appeal ${id} --grounds ${file}`);
    return id;
  };
  const decideAppeal = (id: string, verdict: string): string =>
    `case decide-appeal ${id} --verdict ${verdict} --reason ${file}`;
  const show = async (id: string): Promise<Json> => done("stranger", `case show ${id}`);
  const documents = (): string[] => {
    const directory = join(terminal.home, "documents");
    return existsSync(directory) ? readdirSync(directory) : [];
  };

  describe("begin with a complaint", () => {
    it("that a patient sends, whose text and salt stay in a file that the command names", async () => {
      const { patient } = s.signers;
      const { code, json, err } = await run("patient", complain("--patient", patient.address), "--yes");
      expect(code, err).to.equal(0);
      const [event] = await s.supervision.queryFilter(s.supervision.filters.ComplaintFiled(json["complaint"]));
      expect([event?.args.patient, event?.args.accused, event?.args.textHash]).to.deep.equal([
        ...[patient.address, BigInt(s.ids.institute), json["textHash"]],
      ]);
      expect(err).to.include(json["kept"]).and.include("salt");
      const { document, salt } = JSON.parse(readFileSync(json["kept"], "utf8"));
      expect([document, commitDocument(document, salt)]).to.deep.equal([TEXT, json["textHash"]]);
      const receipt = await ethers.provider.getTransaction(json["transaction"]);
      expect(receipt!.data).to.not.include(Buffer.from("shared disk").toString("hex"));
      expect(`${JSON.stringify(json)}${err}`)
        .to.not.include("shared disk")
        .and.not.include(salt);
    });

    it("that a patient signs and anyone sends, once and until its deadline", async () => {
      const signed = join(terminal.directory, "complaint.json");
      const { patient } = s.signers;
      const nonce = await patient.getNonce();
      const sign = complain("--patient", patient.address, "--sign", signed);
      const { textHash } = (await done("patient", sign)) as { textHash: string };
      expect(await s.supervision.queryFilter(s.supervision.filters.ComplaintFiled())).to.deep.equal([]);
      expect(await done("stranger", `consent relay ${signed}`)).to.include({ function: "complainBySignature" });
      const [event] = await s.supervision.queryFilter(s.supervision.filters.ComplaintFiled());
      expect([event?.args.by, event?.args.textHash]).to.deep.equal([patient.address, textHash]);
      expect(await patient.getNonce()).to.equal(nonce);
      expect(await refusalOf("stranger", `consent relay ${signed}`)).to.deep.equal([6, "ComplaintExists"]);

      const { deadline } = (await done("patient", `${sign} --deadline 1h`)) as { deadline: number };
      await time.increaseTo(deadline + 1);
      expect(await refusalOf("stranger", `consent relay ${signed}`)).to.deep.equal([6, "SignatureExpired"]);
    });

    it("that a member's agent files for the member", async () => {
      const { complaint } = (await done("northClinician", complain("--for-member"))) as { complaint: string };
      const [event] = await s.supervision.queryFilter(s.supervision.filters.ComplaintFiled(complaint));
      expect(event?.args.institution).to.equal(BigInt(s.ids.north));
      const { complaint: named } = await done("northClinician", report("--complaint", complaint));
      expect(named).to.equal(complaint);
    });

    it("not of a stranger for a patient or a member, of nobody that there is, nor for both or neither", async () => {
      const { patient } = s.signers;
      expect(await refusalOf("stranger", complain("--patient", patient.address))).to.deep.equal([
        ...[6, "ComplainantNotPermitted"],
      ]);
      expect(await refusalOf("stranger", complain("--for-member"))).to.deep.equal([6, "AgentNotPermitted"]);
      const nobody = `case complain --against 99 --text ${file} --for-member`;
      expect(await refusalOf("northClinician", nobody)).to.deep.equal([6, "InstitutionUnknown"]);
      for (const words of [
        complain(),
        complain("--for-member", "--patient", patient.address),
        complain("--for-member", "--sign", join(terminal.directory, "none.json")),
        complain("--for-member").replace(file, join(terminal.directory, "missing.txt")),
      ]) {
        expect((await run("northClinician", words, "--yes")).code, words).to.equal(2);
      }
    });

    it("whose text is text: of other bytes nobody could show that they were meant", async () => {
      const scan = join(terminal.directory, "scan.pdf");
      writeFileSync(scan, Buffer.from([0x25, 0x50, 0x44, 0x46, 0xff, 0xfe]));
      const { code, err } = await run("northClinician", complain("--for-member").replace(file, scan), "--yes");
      expect([code, err.includes("no text in UTF-8")]).to.deep.equal([2, true]);
    });
  });

  describe("are reported", () => {
    it("by a member's agent, and shown with state, next step and history", async () => {
      const id = await reported();
      expect(await statusOf(id)).to.equal(CaseStatus.REPORTED);
      const shown = await show(id);
      expect(shown).to.include({ status: "reported", violation: "LEAK", accused: s.ids.institute });
      expect(shown.state).to.include("waits for its decision");
      expect(shown.next[0]).to.include(`consilium case decide ${id}`);
      expect(shown.history.map(({ event }: Json) => event)).to.deep.equal(["ViolationReported"]);
      const { out } = await terminal.run(`case show ${id} --network local --root ${terminal.directory}`);
      expect(out).to.include("is accused of LEAK").and.include("ViolationReported");
    });

    it("by no stranger, for no code that there is not, by no complaint or grant that there is not", async () => {
      expect(await refusalOf("stranger", report())).to.deep.equal([6, "AgentNotPermitted"]);
      expect(await refusalOf("northClinician", report("--complaint", UNKNOWN))).to.deep.equal([6, "ComplaintUnknown"]);
      expect(await refusalOf("northClinician", report("--grant", UNKNOWN))).to.deep.equal([6, "GrantUnknown"]);
      for (const code of ["NONE", "GOSSIP", "leak"]) {
        expect((await run("northClinician", report().replace("LEAK", code), "--yes")).code, code).to.equal(2);
      }
    });

    it("by anyone for a record kept beyond its deadline, and not the second before it", async () => {
      const { batch, start } = s;
      const record = batch.record(RECORD.shortLived);
      const reference = join(terminal.directory, "record.json");
      const proof = batch.proof(RECORD.shortLived);
      writeFileSync(
        reference,
        JSON.stringify({ batch: batch.id, record: { ...record, meta: `${record.meta}` }, proof }),
      );
      const overdue = `case report-overdue ${reference}`;
      await time.increaseTo(start + RETENTION - 2);
      expect(await refusalOf("stranger", overdue)).to.deep.equal([6, "DestructionNotOverdue"]);
      await time.increaseTo(start + RETENTION);
      const { case: id, record: leaf } = await done("stranger", overdue);
      expect([await statusOf(id), leaf]).to.deep.equal([CaseStatus.REPORTED, recordLeaf(record)]);
      expect((await show(id)).history.map(({ event }: Json) => event)).to.deep.equal([
        ...["ViolationReported", "DestructionOverdue"],
      ]);
      expect(await refusalOf("stranger", overdue)).to.deep.equal([6, "CaseExists"]);
    });
  });

  describe("are decided", () => {
    it("by a supervisor, who is told what the catalogue says, and sanctioned at once", async () => {
      const id = await reported();
      const asked: string[] = [];
      const confirm = (question: string): Promise<boolean> => Promise.resolve(asked.push(question) < 0);
      const base = ["--network", "local", "--root", terminal.directory];
      const words = [...decide(id).split(" "), ...as(s, "supervisor"), ...base];
      expect((await terminal.run(words, { confirm })).code).to.equal(2);
      expect(asked[0]).to.include("suspended for 90 days and fined 30 % of its bond");
      expect(await statusOf(id)).to.equal(CaseStatus.REPORTED);

      const decided: Json = await done("supervisor", decide(id));
      expect(decided).to.include({ status: "upheld", verdict: "upheld", fine: `${LEAK.fine}` });
      expect(decided.state).to.include(`fine of ${LEAK.fine} units is held until it is final`);
      expect(decided.next.map((step: string) => /consilium case [a-z-]+/.exec(step)![0])).to.deep.equal([
        ...["consilium case appeal", "consilium case pay-fine"],
      ]);
      expect(await s.institutions.isInStanding(s.ids.institute)).to.equal(false);
      const [event] = await s.supervision.queryFilter(s.supervision.filters.CaseDecided(id));
      expect(event?.args.reasonHash).to.equal(decided.reasonHash);
    });

    it("for good when they are dismissed", async () => {
      const id = await reported();
      expect(await done("supervisor", decide(id, "dismissed"))).to.deep.include({ status: "dismissed", next: [] });
      expect(await refusalOf("supervisor", decide(id))).to.deep.equal([6, "CaseStatusInvalid"]);
      expect(await s.institutions.isInStanding(s.ids.institute)).to.equal(true);
    });

    it("by nobody else, in one word of two, and only where there is one", async () => {
      const id = await reported();
      expect(await refusalOf("northClinician", decide(id))).to.deep.equal([6, "AgentNotPermitted"]);
      for (const concerned of [s.northSupervisor, s.instituteSupervisor]) {
        expect(await refusalOf(concerned, decide(id))).to.deep.equal([...[6, "DeciderNotPermitted"]]);
      }
      expect((await run("supervisor", decide(id, "perhaps"), "--yes")).code).to.equal(2);
      const steps = [
        "appeal --grounds",
        "decide --verdict upheld --reason",
        "decide-appeal --verdict granted --reason",
      ];
      for (const step of [...steps.map((words) => `${words} ${file}`), "lapse-appeal", "pay-fine", "show"]) {
        const [name, ...options] = step.split(" ");
        const words = ["case", name!, UNKNOWN, ...options];
        expect(await refusalOf("supervisor", words), step).to.deep.equal([2, "UsageError"]);
      }
    });

    it("and appealed against before the window closes, by the accused's administrator alone", async () => {
      const id = await upheld();
      const { appealUntil, decidedAt } = await s.supervision.caseOf(id);
      expect(Number(appealUntil - decidedAt)).to.equal(APPEAL_WINDOW);
      const appeal = `case appeal ${id} --grounds ${file}`;
      expect(await refusalOf("northAdmin", appeal)).to.deep.equal([6, "AppellantNotPermitted"]);
      expect(await refusalOf("stranger", `case pay-fine ${id}`)).to.deep.equal([6, "FineNotPayable"]);

      await time.increaseTo(Number(appealUntil) - 1);
      expect((await show(id)).next[0]).to.include("consilium case appeal");
      await time.increaseTo(appealUntil);
      expect(await refusalOf("instituteAdmin", appeal)).to.deep.equal([6, "AppealWindowClosed"]);
      const late = await show(id);
      expect(late.state).to.include("upheld, for good");
      expect(late.next).to.deep.equal([`Anyone has the fine paid to the fund: consilium case pay-fine ${id}`]);

      const before = await s.token.balanceOf(s.fund);
      const paid: Json = await done("stranger", `case pay-fine ${id}`);
      expect(paid.state).to.include("is paid to the fund");
      expect([paid.next, (await s.token.balanceOf(s.fund)) - before]).to.deep.equal([[], LEAK.fine]);
      expect(await refusalOf("stranger", `case pay-fine ${id}`)).to.deep.equal([6, "FineNotPayable"]);
    });
  });

  describe("once appealed against", () => {
    for (const [verdict, status, bond] of [
      ["granted", "appealGranted", BOND],
      ["rejected", "appealRejected", BOND - LEAK.fine],
    ] as const) {
      it(`have the appeal ${verdict} by another institution's supervisor`, async () => {
        const id = await appealed();
        expect(await refusalOf("supervisor", decideAppeal(id, verdict))).to.deep.equal([...[6, "DeciderNotPermitted"]]);
        const decided: Json = await done(s.southSupervisor, decideAppeal(id, verdict));
        expect(decided).to.include({ status, verdict });
        expect(decided.next).to.have.lengthOf(verdict === "granted" ? 0 : 1);
        expect(await s.institutions.bond(s.ids.institute)).to.equal(bond);
        expect(await s.institutions.isInStanding(s.ids.institute)).to.equal(verdict === "granted");
        expect((await show(id)).history.map(({ event }: Json) => event)).to.deep.equal([
          ...["ViolationReported", "CaseDecided", "CaseAppealed", "AppealDecided"],
          ...(verdict === "granted" ? ["FineRefunded"] : []),
        ]);
      });
    }

    it("lapse by anyone's hand from the deadline on, and not the second before it", async () => {
      const id = await appealed();
      const { decideAppealUntil } = await s.supervision.caseOf(id);
      expect(Number(decideAppealUntil) - (await time.latest())).to.equal(DECISION_WINDOW);
      expect(await refusalOf("stranger", `case lapse-appeal ${id}`)).to.deep.equal([6, "AppealDecisionRunning"]);
      await time.increaseTo(Number(decideAppealUntil) - 1);
      expect((await show(id)).next[0]).to.include("case decide-appeal");
      expect((await run("stranger", `case lapse-appeal ${id}`, "--dry-run")).json["error"].error).to.equal(
        "AppealDecisionRunning",
      );
      await time.increaseTo(decideAppealUntil);
      expect((await show(id)).next).to.deep.equal([
        `Nobody decided on the appeal in time. Anyone: consilium case lapse-appeal ${id}`,
      ]);
      expect(await refusalOf(s.southSupervisor, decideAppeal(id, "granted"))).to.deep.equal([6, "AppealDecisionOver"]);
      expect(await done("stranger", `case lapse-appeal ${id}`)).to.deep.include({ status: "appealLapsed", next: [] });
      expect(await s.institutions.bond(s.ids.institute)).to.equal(BOND);
    });
  });

  it("send and keep nothing in a dry run", async () => {
    const id = await reported();
    const before = await ethers.provider.getBlockNumber();
    const had = documents();
    for (const [who, words, name] of [
      ["patient", complain("--patient", s.signers.patient.address), "complain"],
      ["northClinician", report(), "reportViolation"],
      ["supervisor", decide(id), "decide"],
    ] as [SignerName, string, string][]) {
      const { code, json } = await run(who, words, "--dry-run");
      expect([code, json["transactions"][0].function]).to.deep.equal([0, name]);
    }
    const unsigned = join(terminal.directory, "unsigned.json");
    const sign = complain("--patient", s.signers.patient.address, "--sign", unsigned);
    expect((await run("patient", sign, "--dry-run")).json).to.include({ signed: false });
    expect([await ethers.provider.getBlockNumber(), documents(), existsSync(unsigned)]).to.deep.equal([
      ...[before, had, false],
    ]);
  });

  it("are listed by the index, whose address has to be known and which has to answer", async () => {
    for (const list of ["case list", `case complaints --against ${s.ids.north}`]) {
      expect((await run("stranger", list)).code, list).to.equal(2);
      expect((await run("stranger", `${list} --graph http://127.0.0.1:9`)).code, list).to.equal(4);
    }
  });
});

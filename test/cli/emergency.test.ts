import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { categoryMask } from "@consilium/sdk";
import { ethers, loadFixture, type SignerName } from "../fixtures/consilium.ts";
import { networkHelpers } from "../access/scenario.ts";
import { deployKept, KEPT, runGateway, type Kept, type Running } from "../gateway/gatewayFixtures.ts";
import { removeHomes } from "../gateway/vaultFixtures.ts";
import { openTerminal, runAs, writeBook, type Json, type Person, type Terminal } from "./support/openTerminal.ts";

const { time } = networkHelpers;

describe("Emergencies", () => {
  let kept: Kept;
  let running: Running;
  let terminal: Terminal;
  let run: Person["run"];
  let done: Person["done"];
  let refusalOf: Person["refusalOf"];

  before(() => {
    terminal = openTerminal();
    const passwordFile = join(terminal.directory, "password");
    writeFileSync(passwordFile, "of the encryption key\n", { mode: 0o600 });
    ({ run, done, refusalOf } = runAs(terminal, () => kept, "--password-file", passwordFile));
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
    await time.increaseTo((await kept.emergencies.emergency(emergency)).until);
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

  describe("once they are opened", () => {
    let id: string;
    const missing = `0x${"12".repeat(32)}`;

    beforeEach(async () => {
      ({ emergency: id } = (await done("southClinician", open())) as { emergency: string });
    });

    const statusOf = async (emergency = id): Promise<bigint> => (await kept.emergencies.emergency(emergency)).status;
    const review = (verdict: string, emergency = id): string[] => [
      ...["emergency", "review", emergency, "--verdict", verdict, "--reason", "Triage notes seen"],
    ];

    for (const [verdict, status] of [
      ["justified", 3n],
      ["unjustified", 4n],
    ] as const) {
      it(`are found ${verdict} by a supervisor, who keeps the reason`, async () => {
        const { reasonHash } = (await done("supervisor", review(verdict))) as { reasonHash: string };
        expect(await statusOf()).to.equal(status);
        const [event] = await kept.emergencies.queryFilter(kept.emergencies.filters.EmergencyReviewed(id));
        expect([event?.args.justified, event?.args.reasonHash]).to.deep.equal([verdict === "justified", reasonHash]);
        const file = join(terminal.home, "documents", `${reasonHash}.json`);
        expect(JSON.parse(readFileSync(file, "utf8"))).to.include({ document: "Triage notes seen" });
        expect(await refusalOf("supervisor", review(verdict))).to.deep.equal([6, "EmergencyNotPending"]);
      });
    }

    it("are reviewed by supervisors alone, in one word of two, and only where there is one", async () => {
      expect(await refusalOf("southClinician", review("justified"))).to.deep.equal([6, "AgentNotPermitted"]);
      expect(await refusalOf("supervisor", review("justified", missing))).to.deep.equal([6, "EmergencyNotPending"]);
      expect((await run("supervisor", review("perhaps"), "--yes")).code).to.equal(2);
      expect(await statusOf()).to.equal(1n);
    });

    it("lapse by anyone's hand from the review's deadline on, and not the second before it", async () => {
      const { reviewUntil } = await kept.emergencies.emergency(id);
      const lapse = ["emergency", "lapse", id];
      await time.increaseTo(reviewUntil - 1n);
      const early = await run("stranger", lapse, "--dry-run");
      expect([early.code, early.json["error"].error]).to.deep.equal([6, "EmergencyReviewRunning"]);
      await time.increaseTo(reviewUntil);
      expect(await refusalOf("supervisor", review("justified"))).to.deep.equal([6, "EmergencyReviewOver"]);
      await done("stranger", lapse);
      expect(await statusOf()).to.equal(5n);
    });

    it("are bound to the patient of the record that they name, once, by its custodian", async () => {
      const unidentified: Json = await done("southClinician", [
        ...["emergency", "open", "--record", labs(), "--category", "labs", ...REASON],
      ]);
      const bind = ["emergency", "bind", unidentified.emergency as string];
      expect(await refusalOf("southGateway", bind)).to.deep.equal([6, "EmergencyPartyOnly"]);
      const { patient } = kept.signers;
      expect(await done("northGateway", bind)).to.include({ patient: patient.address, record: labs() });
      expect(await kept.emergencies.boundPatient(unidentified.emergency)).to.equal(patient.address);
      expect(await refusalOf("northGateway", bind)).to.deep.equal([6, "EmergencyPatientKnown"]);
    });

    it("are bound to nobody else, by no other record, and not where a patient was named", async () => {
      const unidentified: Json = await done("southClinician", [
        ...["emergency", "open", "--record", labs(), "--category", "labs", ...REASON],
      ]);
      const other = ["--record", kept.leaves[KEPT.moreLabs]!];
      const bind = ["emergency", "bind", unidentified.emergency as string, ...other];
      expect(await refusalOf("northGateway", bind)).to.deep.equal([2, "UsageError"]);
      expect(await refusalOf("northGateway", ["emergency", "bind", id])).to.deep.equal([2, "UsageError"]);
      expect(await refusalOf("northGateway", ["emergency", "bind", missing])).to.deep.equal([2, "UsageError"]);
    });

    it("send and keep nothing in a dry run", async () => {
      const unidentified: Json = await done("southClinician", [
        ...["emergency", "open", "--record", labs(), "--category", "labs", ...REASON],
      ]);
      const before = await ethers.provider.getBlockNumber();
      const documents = readdirSync(join(terminal.home, "documents"));
      for (const [who, words, name] of [
        ["supervisor", review("unjustified"), "review"],
        ["northGateway", ["emergency", "bind", unidentified.emergency as string], "bindPatient"],
        ["patient", ["emergency", "opt-out", "--category", "labs"], "setOptOut"],
      ] as [SignerName, string[], string][]) {
        const { code, json } = await run(who, words, "--dry-run");
        expect([code, json["transactions"][0].function]).to.deep.equal([0, name]);
      }
      expect(await ethers.provider.getBlockNumber()).to.equal(before);
      expect(readdirSync(join(terminal.home, "documents"))).to.deep.equal(documents);
    });
  });

  describe("stay closed", () => {
    const closed = async (): Promise<bigint> => (await kept.emergencies.optOutOf(kept.signers.patient)).categories;

    it("by the categories that a patient opts out of, until the patient says otherwise", async () => {
      const said: Json = await done("patient", "emergency opt-out --category labs,imaging");
      expect(said.closed).to.deep.equal(["labs", "imaging"]);
      expect(await closed()).to.equal(BigInt(categoryMask(["labs", "imaging"])));
      expect((await run("southClinician", open(), "--yes")).code).to.equal(3);
      await done("patient", "emergency opt-out --none");
      expect(await closed()).to.equal(0n);
      expect((await run("southClinician", open(), "--yes")).code).to.equal(0);
    });

    it("by a patient's signature that anyone sends, once", async () => {
      const file = join(terminal.directory, "opt-out.json");
      const { patient } = kept.signers;
      const nonce = await patient.getNonce();
      const signed: Json = await done("patient", `emergency opt-out --category labs --sign ${file}`);
      expect([signed.signed, await closed()]).to.deep.equal([true, 0n]);
      expect(await done("stranger", `consent relay ${file}`)).to.include({ function: "setOptOutBySignature" });
      expect(await closed()).to.equal(BigInt(categoryMask(["labs"])));
      expect(await patient.getNonce()).to.equal(nonce);
      const again = await run("stranger", `consent relay ${file}`, "--yes");
      expect([again.code, again.json["error"].error]).to.deep.equal([6, "SignatureInvalid"]);
    });

    it("and are not signed in a dry run, nor after the signature's deadline sent", async () => {
      const file = join(terminal.directory, "late.json");
      const sign = `emergency opt-out --category labs --sign ${file} --deadline 1h`;
      const { code, json } = await run("patient", sign, "--dry-run");
      expect([code, json["signed"], existsSync(file)]).to.deep.equal([0, false, false]);
      const { deadline } = (await done("patient", sign)) as { deadline: number };
      await time.increaseTo(deadline + 1);
      const late = await run("stranger", `consent relay ${file}`, "--yes");
      expect([late.code, late.json["error"].error]).to.deep.equal([6, "SignatureExpired"]);
    });

    it("by nobody but the patient's side, and only where it is clear what", async () => {
      const others = `emergency opt-out --category labs --patient ${kept.signers.patient.address}`;
      const { code, json } = await run("stranger", others, "--yes");
      expect([code, json["error"].error]).to.deep.equal([6, "OptOutNotPermitted"]);
      for (const words of ["", " --none --category labs", " --category gossip"]) {
        expect((await run("patient", `emergency opt-out${words}`, "--yes")).code, words).to.equal(2);
      }
      expect(await closed()).to.equal(0n);
    });
  });
});

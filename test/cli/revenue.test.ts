import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Address } from "viem";
import { ethers } from "../fixtures/consilium.ts";
import {
  agreementIdOf,
  DAY,
  deployEnrolled,
  deployRevenue,
  deliver,
  fundDepositor,
  grantCohort,
  loadFixture,
  openAgreement,
  openStudy,
  REFERENCE,
  time,
  UNKNOWN,
  UnitRule,
  CUSTODIAN_SHARES,
  type Revenue,
} from "../revenue/revenueFixtures.ts";
import { freePort } from "../../scripts/stack/freePort.ts";
import { openTerminal, runAs, writeBook, type Person, type Terminal } from "./support/openTerminal.ts";

/** The signer's member, which is the processor here. */
const INSTITUTE = "researchInstitute";

describe("Revenue commands", () => {
  let suite: Revenue;
  let terminal: Terminal;
  let run: Person["run"];
  let done: Person["done"];

  before(() => {
    terminal = openTerminal();
    ({ run, done } = runAs(terminal, () => suite));
  });

  after(() => terminal.close());

  const load = async <T extends Revenue>(fixture: () => Promise<T>): Promise<T> => {
    const loaded = await loadFixture(fixture);
    suite = loaded;
    writeBook(terminal.directory, loaded);
    return loaded;
  };
  const document = (name: string): string => {
    const path = join(terminal.directory, name);
    writeFileSync(path, JSON.stringify({ name }));
    return path;
  };
  const keptOf = (hash: string): { document: unknown } =>
    JSON.parse(readFileSync(join(terminal.home, "documents", `${hash}.json`), "utf8"));
  const blockNumber = () => ethers.provider.getBlockNumber();

  describe("open", () => {
    const open = async (...more: string[]) => [
      ...["revenue", "open", suite.study, "--token", await suite.token.getAddress(), ...more],
    ];

    it("proposes the consortium's shares by default as they are now, the rest to who is named", async () => {
      const { splitter, study, members, signers } = await load(deployRevenue);
      await splitter
        .connect(signers.rules)
        .setShareRules({ fundFloor: 3_000, patients: 3_500, fund: 3_200, custodians: 2_100 });
      const institute = members[INSTITUTE]!;
      const { agreement, shares } = await done("researcher", await open("--payee", `${institute}=1200`));
      expect([agreement, shares.patients]).to.deep.equal([study, 3_500]);
      const [epoch, payees] = await splitter.epochOf(study, 1);
      expect([epoch.patientShare, epoch.fundShare, epoch.custodianShare]).to.deep.equal([3_500n, 3_200n, 2_100n]);
      expect(payees.map((payee) => [...payee])).to.deep.equal([[BigInt(institute), 1_200n]]);
      expect((await splitter.agreement(study)).unitRule).to.equal(BigInt(UnitRule.RECORD));
    });

    it("opens a product's agreement with shares of its own, payees in whatever order, and keeps the description", async () => {
      const { splitter, study, members } = await load(deployRevenue);
      const [low, high] = [members["northHospital"]!, members[INSTITUTE]!].toSorted((a, b) => a - b);
      const shares = ["--patients", "5000", "--custodians", "0", "--payee", `${high}=700`, "--payee", `${low}=1300`];
      const words = await open("--unit", "category", "--product", document("product.json"), ...shares);
      const { agreement, productHash } = await done("researcher", words);
      expect(agreement).to.equal(agreementIdOf(study, productHash));
      expect(keptOf(productHash).document).to.deep.equal({ name: "product.json" });
      expect((await splitter.agreement(agreement)).unitRule).to.equal(BigInt(UnitRule.CATEGORY));
      const [, payees] = await splitter.epochOf(agreement, 1);
      expect(payees.map((payee) => [...payee])).to.deep.equal([
        [BigInt(low!), 1_300n],
        [BigInt(high!), 700n],
      ]);
    });

    it("sends nothing when the shares do not sum to the whole, and says what is missing", async () => {
      await load(deployRevenue);
      const before = await blockNumber();
      const { code, json } = await run("researcher", await open(), "--yes");
      expect([code, json.error.mend]).to.deep.equal([
        2,
        "Say who gets the other 1000, such as by --payee MEMBER=1000; see `consilium member list`.",
      ]);
      const above = await run("researcher", await open("--patients", "6001", "--payee", "1=1"), "--yes");
      expect([above.code, above.json.error.mend]).to.deep.equal([2, "Take 1002 away."]);
      expect(await blockNumber()).to.equal(before);
    });

    it("shows what it would send in a dry run, and sends nothing", async () => {
      const { splitter, study } = await load(deployRevenue);
      const { json, code } = await run("researcher", await open("--patients", "5000"), "--dry-run");
      expect(code).to.equal(0);
      expect(json.transactions.map((one: { function: string }) => one.function)).to.deep.equal(["openAgreement"]);
      expect((await splitter.agreement(study)).epoch).to.equal(0n);
    });

    it("passes on what the contract refuses: a stranger, a fund below the floor", async () => {
      await load(deployRevenue);
      const stranger = await run("stranger", await open("--patients", "5000"), "--yes");
      expect([stranger.code, stranger.json.error.error]).to.deep.equal([6, "AgentNotPermitted"]);
      const low = await run("researcher", await open("--fund", "2999", "--patients", "5001"), "--yes");
      expect([low.code, low.json.error.error]).to.deep.equal([6, "FundShareTooLow"]);
    });

    for (const [option, value] of [
      ["--patients", "10001"],
      ["--payee", "1"],
      ["--payee", "1=10001"],
      ["--unit", "person"],
    ] as const) {
      it(`takes no ${option} ${value}`, async () => {
        await load(deployRevenue);
        expect((await run("researcher", await open(option, value), "--yes")).code).to.equal(2);
      });
    }
  });

  describe("propose", () => {
    it("proposes other shares, completed by the default, and tells when they start", async () => {
      const { splitter, id } = await load(deployEnrolled);
      const { startsAt } = await done("researcher", `revenue propose ${id} --patients 5000`);
      expect(startsAt).to.equal((await time.latest()) + 30 * DAY);
      const [epoch] = await splitter.epochOf(id, 2);
      expect([epoch.patientShare, epoch.fundShare, epoch.custodianShare]).to.deep.equal([5_000n, 3_000n, 2_000n]);
    });
  });

  describe("deposit", () => {
    const deposit = (id: string, amount: number, ...more: string[]) => [
      ...["revenue", "deposit", id, "--amount", `${amount}`, "--reference", document("invoice.json"), ...more],
    ];

    it("approves exactly the amount, pays it in, and keeps the invoice", async () => {
      const { splitter, token, signers, id } = await load(deployEnrolled);
      await token.mint(signers.officer, 5_000n);
      const { referenceHash, patientAmount, fundAmount } = await done("officer", deposit(id, 1_000));
      expect([patientAmount, fundAmount]).to.deep.equal(["600", "300"]);
      expect(keptOf(referenceHash).document).to.deep.equal({ name: "invoice.json" });
      expect(await token.balanceOf(signers.officer)).to.equal(4_000n);
      expect(await token.allowance(signers.officer, splitter)).to.equal(0n);
      const [event] = await splitter.queryFilter(splitter.filters.RevenueDeposited(id));
      expect([event!.args.amount, event!.args.referenceHash]).to.deep.equal([1_000n, referenceHash]);
    });

    it("approves nothing more where enough is approved, and takes a hash for the invoice", async () => {
      const { splitter, token, signers, id } = await load(deployEnrolled);
      await token.mint(signers.officer, 1_000n);
      await token.connect(signers.officer).approve(splitter, 1_000n);
      const words = `revenue deposit ${id} --amount 1000 --reference ${REFERENCE}`;
      const { transactions } = (await run("officer", words, "--dry-run")).json;
      expect(transactions.map((one: { function: string }) => one.function)).to.deep.equal(["deposit"]);
      expect((await done("officer", words))["referenceHash"]).to.equal(REFERENCE);
    });

    it("pays in by a permit in one transaction", async () => {
      const { splitter, signers } = await load(deployRevenue);
      const token = await ethers.deployContract("PermitToken");
      const shares = { patients: 0, fund: 10_000, custodians: 0, payees: [] };
      const id = await openAgreement(suite, { token, shares });
      await token.mint(signers.officer, 1_000n);
      const before = await blockNumber();
      await done("officer", deposit(id, 1_000, "--permit"));
      expect(await blockNumber()).to.equal(before + 1);
      expect(await splitter.dueToFund(id)).to.equal(1_000n);
      expect(await token.allowance(signers.officer, splitter)).to.equal(0n);
    });

    it("says so when the token takes no permits, and signs none in a dry run", async () => {
      const { token, signers, id } = await load(deployEnrolled);
      await token.mint(signers.officer, 1_000n);
      const none = await run("officer", deposit(id, 1_000, "--permit"), "--yes");
      expect([none.code, none.json.error.mend.startsWith("Leave --permit away")]).to.deep.equal([2, true]);
      const dry = await run("officer", deposit(id, 1_000, "--permit"), "--dry-run");
      expect([dry.code, dry.json.error.message.startsWith("A dry run signs nothing")]).to.deep.equal([2, true]);
    });

    it("shows the approval in a dry run, and sends nothing", async () => {
      const { splitter, token, signers, id } = await load(deployEnrolled);
      await token.mint(signers.officer, 1_000n);
      const { json, err } = await run("officer", deposit(id, 1_000), "--dry-run");
      const [approval, ...more] = json.transactions;
      expect([approval.contract, approval.to, approval.function]).to.deep.equal([
        "ERC20",
        await token.getAddress(),
        "approve",
      ]);
      expect(more).to.deep.equal([]);
      expect(err).to.include("The deposit follows");
      expect(await token.allowance(signers.officer, splitter)).to.equal(0n);
    });

    it("approves nothing for what cannot be paid in", async () => {
      const { splitter, token, signers, study } = await load(deployRevenue);
      const id = await openAgreement(suite);
      await token.mint(signers.officer, 1_000n);
      const poor = await run("officer", deposit(id, 1_001), "--yes");
      expect([poor.code, poor.json.error.message.includes("has 1000 units")]).to.deep.equal([2, true]);
      const nobody = await run("officer", deposit(id, 1_000), "--yes");
      expect([nobody.code, nobody.json.error.error]).to.deep.equal([6, "NobodyEnrolled"]);
      const unknown = await run("officer", deposit(UNKNOWN, 1_000), "--yes");
      expect([unknown.code, unknown.json.error.message]).to.deep.equal([2, `There is no agreement ${UNKNOWN}.`]);
      expect((await run("officer", deposit(id, 0), "--yes")).code).to.equal(2);
      expect(await token.allowance(signers.officer, splitter)).to.equal(0n);
      expect(study).to.equal(id);
    });
  });

  describe("payout", () => {
    const where = () => suite.patients.payoutAddress(suite.signers.patient);

    it("is a wallet, the fund, or the owner again, as the patient's side chooses", async () => {
      const { signers, fund } = await load(deployRevenue);
      const { patient, helper1 } = signers;
      expect(await done("patient", `payout --to ${helper1.address}`)).to.include({
        patient: patient.address,
        to: helper1.address,
      });
      expect(await where()).to.equal(helper1.address);
      await done("patient", "payout --fund");
      expect(await where()).to.equal(await fund.getAddress());
      expect((await done("patient", "payout --owner"))["to"]).to.equal(null);
      expect(await where()).to.equal(patient.address);
    });

    it("is signed by the guardian for a child and sent by anyone", async () => {
      const { patients, signers } = await load(deployRevenue);
      const { patient, guardian, helper1 } = signers;
      const majority = (await time.latest()) + 365 * DAY;
      await patients.connect(patient).appointGuardian(patient, guardian, ethers.ZeroAddress, majority, majority);
      const file = join(terminal.directory, "payout.json");
      const words = `payout --to ${helper1.address} --patient ${patient.address}`;
      expect(await done("guardian", `${words} --sign ${file}`)).to.include({ signed: true, signer: guardian.address });
      expect(await where()).to.equal(patient.address);
      expect(await done("stranger", `consent relay ${file}`)).to.include({ function: "setPayoutBySignature" });
      expect(await where()).to.equal(helper1.address);
      const own = await run("patient", `payout --owner`, "--yes");
      expect([own.code, own.json.error.error]).to.deep.equal([6, "NotIdentityOwner"]);
    });

    for (const words of ["", "--fund --owner", `--owner --to 0x${"11".repeat(20)}`, "--to 0x12"]) {
      it(`is not chosen by "${words}"`, async () => {
        await load(deployRevenue);
        const before = await blockNumber();
        expect((await run("patient", ["payout", ...words.split(" ").filter(Boolean)], "--yes")).code).to.equal(2);
        expect(await blockNumber()).to.equal(before);
      });
    }
  });

  describe("claim-fund", () => {
    it("pays the fund by anyone's call, once", async () => {
      const { asDepositor, token, fund, id } = await load(deployEnrolled);
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      await done("stranger", `revenue claim-fund ${id}`);
      expect(await token.balanceOf(fund)).to.equal(300n);
      const again = await run("stranger", `revenue claim-fund ${id}`, "--yes");
      expect([again.code, again.json.error.error]).to.deep.equal([6, "NothingDue"]);
    });
  });

  describe("claim-institution", () => {
    it("pays a processor of all epochs to where its administrator says", async () => {
      const { asDepositor, asSponsor, token, id, signers, members } = await load(deployEnrolled);
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      const payees = [{ institution: members["northHospital"]!, share: 1_000 }];
      await asSponsor.proposeShares(id, { patients: 6_000, fund: 3_000, custodians: 0, payees });
      await time.increase(30 * DAY);
      await asDepositor.deposit(id, 1_000n, REFERENCE);

      const to = signers.helper1.address;
      const { claims } = await done("northAdmin", `revenue claim-institution ${id} --to ${to}`);
      expect(claims).to.have.lengthOf(2);
      expect(await token.balanceOf(to)).to.equal(170n);
      expect((await done("northAdmin", `revenue claim-institution ${id}`))["claims"]).to.deep.equal([]);
    });

    it("counts a custodian's deliveries of the study for revenue to come, and pays it from the next deposit", async () => {
      const { splitter, token, signers, study } = await load(deployRevenue);
      const id = await openAgreement(suite, { shares: CUSTODIAN_SHARES });
      await fundDepositor(suite, token);
      const grant = await grantCohort(suite, study, [
        signers.patient.address,
        signers.otherPatient.address,
      ] as Address[]);
      await splitter.enroll(id, { grant: grant.id, member: grant.members[0]!, proof: grant.proofs[0]! });
      for (const index of [0, 1, 1]) await deliver(suite, grant, index);
      const other = await grantCohort(suite, await openStudy(suite, "other"), [signers.patient.address as Address]);
      await deliver(suite, other, 0);

      const { claims } = await done("northAdmin", `revenue claim-institution ${id}`);
      expect(claims).to.have.lengthOf(2);
      expect((await splitter.agreement(id)).custodianUnits).to.equal(2n);
      await splitter.connect(signers.relayer).deposit(id, 1_000n, REFERENCE);
      const paid = await done("northAdmin", `revenue claim-institution ${id}`);
      expect(paid["claims"].map(({ what }: { what: string }) => what)).to.deep.equal([
        "Claim the share for deliveries",
      ]);
      expect(await token.balanceOf(signers.northAdmin)).to.equal(200n);
    });

    it("is refused to whoever is no administrator", async () => {
      const { id } = await load(deployEnrolled);
      const { code, json } = await run("researcher", `revenue claim-institution ${id}`, "--yes");
      expect([code, json.error.error]).to.deep.equal([6, "AgentNotPermitted"]);
    });
  });

  describe("statement", () => {
    it("says that it needs an index, and ends with 4 where that does not answer", async () => {
      const { study } = await load(deployRevenue);
      const { code, json } = await run("stranger", `revenue statement --study ${study}`);
      expect([code, json.error.message]).to.deep.equal([2, "It is not known where the index is."]);
      const graph = `http://127.0.0.1:${await freePort()}`;
      expect((await run("stranger", `revenue statement --study ${study}`, "--graph", graph)).code).to.equal(4);
    });
  });
});

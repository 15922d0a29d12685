import { expect } from "chai";
import type { Hex } from "viem";
import { AGENT_ROLES, ethers } from "../fixtures/consilium.ts";
import {
  CUSTODIAN_SHARES,
  deliver,
  deployAgreement,
  dustOf,
  enrollAll,
  entitlementOf,
  entitlementsOf,
  fundDepositor,
  grantCohort,
  loadFixture,
  openAgreement,
  openStudy,
  owed,
  plainShares,
  quietPatients,
  recordsOf,
  REFERENCE,
  startPeriod,
  time,
  UnitRule,
  type Grant,
  type Mintable,
  type Revenue,
} from "./revenueFixtures.ts";

const { ZeroHash } = ethers;
const PRODUCT = ethers.id("product") as Hex;

/** Half to patients, 30 % to the fund, 10 % to custodians, 7 % and 3 % to North Hospital and the institute. */
function sharesOfAll({ members }: Revenue) {
  const payees = [
    { institution: members["northHospital"]!, share: 700 },
    { institution: members["researchInstitute"]!, share: 300 },
  ];
  return { patients: 5_000, fund: 3_000, custodians: 1_000, payees };
}

/** An agreement in a token with three patients, two deliveries of the north and one of the south. */
async function openWith(suite: Awaited<ReturnType<typeof deployAgreement>>, token: Mintable, unitRule: number) {
  const { study, asStranger } = suite;
  const id = await openAgreement(suite, {
    ...{ product: PRODUCT, token: await token.getAddress(), unitRule },
    shares: sharesOfAll(suite),
  });
  await fundDepositor(suite, token);
  const north = await grantCohort(suite, study, quietPatients(2));
  const south = await grantCohort(suite, study, quietPatients(1, 3), { custodian: "south" });
  const entitlements = entitlementsOf(north, south);
  await enrollAll(suite, id, north, south);
  for (const [grant, index] of [
    [north, 0],
    [north, 1],
    [south, 0],
  ] as const) {
    await deliver(suite, grant, index);
    await asStranger.countDelivery(id, grant.id, grant.members[index]!);
  }
  return { id, north, south, entitlements };
}

/** Claims for all to whom something is due. */
async function claimAll(suite: Awaited<ReturnType<typeof deployAgreement>>, id: Hex, ...grants: Grant[]) {
  const { splitter, signers, members, asStranger } = suite;
  await asStranger.claimMany(id, entitlementsOf(...grants));
  for (const [name, admin] of [
    ["northHospital", signers.northAdmin],
    ["southHospital", signers.southAdmin],
    ["researchInstitute", signers.instituteAdmin],
  ] as const) {
    const by = splitter.connect(admin);
    if ((await splitter.dueToInstitution(id, 1, members[name]!)) !== 0n) await by.claimInstitution(id, 1, admin);
    if ((await splitter.dueToCustodian(id, members[name]!)) !== 0n) await by.claimCustodian(id, admin);
  }
  await splitter.claimFund(id);
}

describe("RevenueSplitter, the whole", () => {
  for (const [rule, unitRule] of Object.entries(UnitRule)) {
    for (const decimals of [6, 18, 30]) {
      for (const [label, amount] of [
        ["1000 and a bit", 1_000n * 10n ** BigInt(decimals) + 1n],
        ["2^128", 2n ** 128n],
        ["2^128 - 1", 2n ** 128n - 1n],
      ] as const) {
        it(`accounts for every unit of ${label} of a token of ${decimals} decimals, by the rule ${rule}`, async () => {
          const suite = await loadFixture(deployAgreement);
          const { splitter, token: other, fund, asDepositor, members } = suite;
          const token = await ethers.deployContract("TestToken", ["Token", "T", decimals]);
          const { id, north, south, entitlements } = await openWith(suite, token, unitRule);
          for (let i = 0; i < 3; ++i) await asDepositor.deposit(id, amount, REFERENCE);
          const dust = await dustOf(suite, token, [{ id, entitlements }]);
          // Less than one unit for each of 3 patients, 2 custodians, 2 payees and the fund, and for the shares themselves.
          expect(dust).to.be.within(0n, 8n);
          const total = 3n * amount;
          for (const { member, grant } of entitlements) {
            const due = await splitter.dueToMember(id, grant, member);
            expect(due).to.be.within(total / 6n - 1n, total / 6n);
          }
          expect(await splitter.dueToCustodian(id, members["northHospital"]!)).to.be.within(
            (total * 2n) / 30n - 1n,
            (total * 2n) / 30n,
          );
          await claimAll(suite, id, north, south);
          expect(await token.balanceOf(splitter)).to.equal(dust);
          expect(await owed(suite, id, entitlements)).to.equal(0n);
          expect(await token.balanceOf(fund)).to.equal((total * 3n) / 10n);
          expect(await other.balanceOf(splitter)).to.equal(0n);
        });
      }
    }
  }

  it("pays out what arrived of a token with a fee, which the recipients bear", async () => {
    const suite = await loadFixture(deployAgreement);
    const { splitter, fund, asDepositor } = suite;
    const token = await ethers.deployContract("FeeToken", [100]);
    const { id, north, south, entitlements } = await openWith(suite, token, UnitRule.RECORD);
    await asDepositor.deposit(id, 1_000_000n, REFERENCE);
    const dust = await dustOf(suite, token, [{ id, entitlements }]);
    await claimAll(suite, id, north, south);
    expect(await token.balanceOf(fund)).to.equal(297_000n - 2_970n);
    expect(await token.balanceOf(splitter)).to.equal(dust);
  });

  it("keeps agreements in one token apart, when all is claimed of one", async () => {
    const suite = await loadFixture(deployAgreement);
    const { splitter, token, asDepositor } = suite;
    const other = await openStudy(suite, "other protocol");
    await openAgreement(suite, { study: other, shares: { patients: 0, fund: 10_000, custodians: 0, payees: [] } });
    const { id, north, south } = await openWith(suite, token, UnitRule.PATIENT);
    await asDepositor.deposit(id, 3_000n, REFERENCE);
    await asDepositor.deposit(other, 500n, REFERENCE);
    await claimAll(suite, id, north, south);
    expect(await splitter.dueToFund(other)).to.equal(500n);
    expect(await token.balanceOf(splitter)).to.equal(500n);
  });

  describe("a token that rebases", () => {
    /** Two agreements in it, which owe three patients 200 each and the fund 300, and the fund 1,000; and one in another token. */
    const deployRebasing = async () => {
      const suite = await loadFixture(deployAgreement);
      const { asDepositor, study } = suite;
      const token = await ethers.deployContract("RebasingToken");
      const open = async (name: string, own: Mintable, shares = plainShares(suite)) =>
        openAgreement(suite, { product: ethers.id(name) as Hex, token: await own.getAddress(), shares });
      const toFund = { patients: 0, fund: 10_000, custodians: 0, payees: [] };
      const id = await open("first", token);
      const second = await open("second", token, toFund);
      const other = await open("other", suite.token, toFund);
      await fundDepositor(suite, token);
      const grant = await grantCohort(suite, study, quietPatients(3));
      await enrollAll(suite, id, grant);
      for (const agreement of [id, second, other]) await asDepositor.deposit(agreement, 1_000n, REFERENCE);
      const claimPatients = () => suite.asStranger.claimMany(id, entitlementsOf(grant));
      return { ...suite, token, id, second, other, grant, claimPatients };
    };

    it("owes and pays the same once it is back where it was", async () => {
      const { splitter, token, id, second, grant, fund, claimPatients } = await loadFixture(deployRebasing);
      await token.rebase(50);
      expect(await splitter.dueToFund(second)).to.equal(1_000n);
      await token.rebase(100);
      await claimPatients();
      for (const agreement of [id, second]) await splitter.claimFund(agreement);
      for (const { patient } of grant.members) expect(await token.balanceOf(patient)).to.equal(200n);
      expect(await token.balanceOf(fund)).to.equal(1_300n);
      // What the two processors are owed.
      expect(await token.balanceOf(splitter)).to.equal(100n);
    });

    it("pays after a loss what is owed to who comes first, at the cost of any agreement in the token, and of no other", async () => {
      const { splitter, token, id, second, other, grant, fund, claimPatients } = await loadFixture(deployRebasing);
      await token.rebase(50);
      await splitter.claimFund(second);
      expect(await token.balanceOf(fund)).to.equal(1_000n);
      await expect(splitter.claimFund(second))
        .to.be.revertedWithCustomError(splitter, "NothingDue")
        .withArgs(second, await fund.getAddress());
      // Nothing is left of the first agreement's, which still owes it.
      const claiming = claimPatients();
      for (const { patient } of grant.members)
        await expect(claiming).to.emit(splitter, "PaymentFailed").withArgs(id, patient, patient, 200n);
      await expect(claiming).not.to.emit(splitter, "PatientPaid");
      const own = await splitter.getAddress();
      await expect(splitter.claimFund(id))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientBalance")
        .withArgs(own, 0n, 600n);
      expect(await splitter.dueToFund(id)).to.equal(300n);
      await expect(splitter.claimFund(other)).to.emit(splitter, "FundPaid");

      // Nor does a rise bring it back, when nothing is there to rise; what somebody adds does.
      await token.rebase(100);
      expect(await token.balanceOf(splitter)).to.equal(0n);
      await token.mint(splitter, 600n);
      await claimPatients();
      for (const { patient } of grant.members) expect(await token.balanceOf(patient)).to.equal(200n);
    });

    it("counts of a deposit after a loss what arrived, though it pays for what was owed before", async () => {
      const { splitter, token, id, second, asDepositor, claimPatients } = await loadFixture(deployRebasing);
      await token.rebase(50);
      await splitter.claimFund(second);
      await asDepositor.deposit(second, 600n, REFERENCE);
      await claimPatients();
      expect(await splitter.dueToFund(second)).to.equal(600n);
      await expect(splitter.claimFund(second))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientBalance")
        .withArgs(await splitter.getAddress(), 0n, 1_200n);
      expect(await splitter.dueToFund(id)).to.equal(300n);
    });

    it("owes nobody what it grows by", async () => {
      const { splitter, token, id, second, fund, claimPatients } = await loadFixture(deployRebasing);
      await token.rebase(200);
      await claimPatients();
      for (const agreement of [id, second]) await splitter.claimFund(agreement);
      expect(await token.balanceOf(splitter)).to.equal(4_000n - 600n - 1_300n);
      await expect(splitter.claimFund(id))
        .to.be.revertedWithCustomError(splitter, "NothingDue")
        .withArgs(id, await fund.getAddress());
    });
  });

  describe("a token that calls back", () => {
    const deployReentrant = async () => {
      const suite = await loadFixture(deployAgreement);
      const { splitter, study, signers, asStranger, asDepositor } = suite;
      const token = await ethers.deployContract("ReentrantToken");
      const { id, north, south, entitlements } = await openWith(suite, token, UnitRule.RECORD);
      const late = await grantCohort(suite, study, quietPatients(1, 4));
      await deliver(suite, late, 0);
      await asDepositor.deposit(id, 3_000n, REFERENCE);
      const period = await startPeriod();
      await asStranger.markPeriod(id);
      await time.increase(1_095 * 86_400);
      const asNorth = splitter.connect(signers.northAdmin);
      return { ...suite, token, id, north, south, entitlements, late, period, asNorth };
    };
    type Reentrant = Awaited<ReturnType<typeof deployReentrant>>;

    /** Each guarded function, with arguments that it would take from the right caller, if not from within. */
    const GUARDED: Record<string, (suite: Reentrant) => unknown[]> = {
      proposeShares: ({ id }) => [id, CUSTODIAN_SHARES],
      enroll: ({ id, late }) => [id, entitlementOf(late, 0)],
      enrollMany: ({ id, late }) => [id, entitlementsOf(late)],
      enrollCategories: ({ id, late }) => [id, entitlementsOf(late), recordsOf(late)],
      countDelivery: ({ id, late }) => [id, late.id, late.members[0]!],
      deposit: ({ id }) => [id, 1n, REFERENCE],
      depositWithPermit: ({ id }) => [id, 1n, REFERENCE, 0, 27, ZeroHash, ZeroHash],
      claim: ({ id, north }) => [id, entitlementOf(north, 1)],
      claimMany: ({ id, north }) => [id, entitlementsOf(north)],
      donate: ({ id, north }) => [id, entitlementOf(north, 1)],
      lapse: ({ id, entitlements, period }) => [id, entitlements, period],
      claimInstitution: ({ id, signers }) => [id, 1, signers.stranger.address],
      claimCustodian: ({ id, signers }) => [id, signers.stranger.address],
      claimFund: ({ id }) => [id],
    };
    /** Those that call the token. */
    const PAYING: Record<string, (suite: Reentrant) => Promise<unknown>> = {
      deposit: ({ asDepositor, id }) => asDepositor.deposit(id, 1_000n, REFERENCE),
      depositWithPermit: ({ asDepositor, id }) =>
        asDepositor.depositWithPermit(id, 1_000n, REFERENCE, 0, 27, ZeroHash, ZeroHash),
      claim: ({ asStranger, id, north }) => asStranger.claim(id, entitlementOf(north, 0)),
      claimInstitution: ({ asNorth, id, signers }) => asNorth.claimInstitution(id, 1, signers.northAdmin),
      claimCustodian: ({ asNorth, id, signers }) => asNorth.claimCustodian(id, signers.northAdmin),
      claimFund: ({ splitter, id }) => splitter.claimFund(id),
    };
    const stateOf = async (suite: Reentrant) => [
      await suite.splitter.agreement(suite.id),
      await suite.splitter.epochOf(suite.id, 1),
      await owed(suite, suite.id, suite.entitlements),
      await suite.token.balanceOf(suite.splitter),
    ];

    for (const [second, argumentsOf] of Object.entries(GUARDED)) {
      for (const [first, act] of Object.entries(PAYING)) {
        it(`cannot ${second} within ${first}`, async () => {
          const suite = await loadFixture(deployReentrant);
          const { splitter, token } = suite;
          const before = await stateOf(suite);
          await token.arm(
            splitter,
            splitter.interface.encodeFunctionData(second as "claim", argumentsOf(suite) as never),
          );
          await expect(act(suite)).to.be.revertedWithCustomError(splitter, "ReentrancyGuardReentrantCall").withArgs();
          expect(await stateOf(suite)).to.deep.equal(before);
        });
      }

      it(`cannot ${second} within claimMany, which goes on with the others`, async () => {
        const suite = await loadFixture(deployReentrant);
        const { splitter, token, asStranger, id, entitlements } = suite;
        await token.arm(
          splitter,
          splitter.interface.encodeFunctionData(second as "claim", argumentsOf(suite) as never),
        );
        // What fails takes its own disarming back, so that each payment fails.
        const claiming = asStranger.claimMany(id, entitlements);
        for (const { member } of entitlements) {
          await expect(claiming).to.emit(splitter, "PaymentFailed").withArgs(id, member.patient, member.patient, 500n);
        }
        await expect(claiming).not.to.emit(splitter, "PatientPaid");
        expect((await splitter.agreement(id)).units).to.equal(3n);
        for (const { grant, member } of entitlements)
          expect(await splitter.dueToMember(id, grant, member)).to.equal(500n);
        expect(await token.balanceOf(splitter)).to.equal(3_000n);
      });
    }

    it("names every function that changes state, but for those without the guard", async () => {
      const { splitter } = await loadFixture(deployReentrant);
      const changing = splitter.interface.fragments
        .filter((fragment) => fragment.type === "function")
        .filter((fragment) => !("constant" in fragment) || !fragment.constant)
        .map((fragment) => ("name" in fragment ? String(fragment.name) : ""));
      const unguarded = [...["markPeriod", "openAgreement", "setAuthority", "setShareRules"]];
      expect(changing.toSorted()).to.deep.equal([...Object.keys(GUARDED), ...unguarded].toSorted());
    });

    it("cannot open an agreement or set the share rules, being neither agent nor of the role", async () => {
      const suite = await loadFixture(deployReentrant);
      const { splitter, institutions, token, study, id } = suite;
      const own = await token.getAddress();
      const shares = { patients: 7_000, fund: 3_000, custodians: 0, payees: [] };
      await token.arm(
        splitter,
        splitter.interface.encodeFunctionData("openAgreement", [study, ZeroHash, own, 0, shares]),
      );
      await expect(splitter.claimFund(id))
        .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
        .withArgs(own, AGENT_ROLES.researcher);
      await token.arm(
        splitter,
        splitter.interface.encodeFunctionData("setShareRules", [{ fundFloor: 0, patients: 0, fund: 0, custodians: 0 }]),
      );
      await expect(splitter.claimFund(id))
        .to.be.revertedWithCustomError(splitter, "AccessManagedUnauthorized")
        .withArgs(own);
    });

    it("gains nothing by marking the period within a deposit", async () => {
      const suite = await loadFixture(deployReentrant);
      const { splitter, token, asDepositor, id } = suite;
      const { accruedPerUnit } = await splitter.agreement(id);
      const period = await startPeriod();
      await token.arm(splitter, splitter.interface.encodeFunctionData("markPeriod", [id]));
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      expect(await splitter.markOf(id, period)).to.equal(accruedPerUnit);
    });
  });
});

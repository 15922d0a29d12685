import { expect } from "chai";
import type { AddressLike } from "ethers";
import type { Hex } from "viem";
import { AGENT_ROLES, ethers, type SignerName } from "../fixtures/consilium.ts";
import {
  agreementIdOf,
  asArgs,
  CUSTODIAN_SHARES,
  DAY,
  deliver,
  deployAgreement,
  deployEnrolled,
  deployRevenue,
  dustOf,
  entitlementOf,
  entitlementsOf,
  fundDepositor,
  grantCohort,
  loadFixture,
  MAX_RECEIVED,
  ONE,
  openAgreement,
  openStudy,
  plainShares,
  quietPatients,
  REASON,
  REFERENCE,
  time,
  UnitRule,
  UNKNOWN,
  ZERO_HASH,
  type Revenue,
  type Shares,
  PERIOD,
} from "./revenueFixtures.ts";

const { ZeroAddress, ZeroHash } = ethers;
const PRODUCT = ethers.id("product") as Hex;
/** All that is not the fund's to the patients. */
const SHARE_RULES = { fundFloor: 3_000, patients: 4_000, fund: 3_000, custodians: 2_000 };
const TWO_SHARES: Shares = { patients: 7_000, fund: 3_000, custodians: 0, payees: [] };

const NO_RESEARCHERS: SignerName[] = [
  "stranger",
  "officer",
  "instituteAdmin",
  "northGateway",
  "rules",
  "admin",
  "patient",
];

describe("RevenueSplitter, agreements", () => {
  describe("constructor", () => {
    const TERMS = [SHARE_RULES, 30 * DAY, 1_095 * DAY] as const;
    const partsOf = ({ authority, broker, institutions, patients, studies, fund }: Revenue): AddressLike[] => [
      authority,
      broker,
      institutions,
      patients,
      studies,
      fund,
    ];

    for (const [position, name] of ["broker", "institutions", "patients", "studies", "fund"].entries()) {
      it(`reverts without ${name}`, async () => {
        const suite = await loadFixture(deployRevenue);
        const parts = partsOf(suite).with(1 + position, ZeroAddress);
        await expect(ethers.deployContract("RevenueSplitter", [...parts, ...TERMS]))
          .to.be.revertedWithCustomError(suite.splitter, "ZeroAddress")
          .withArgs();
      });
    }

    it("reverts for shares by default above the whole, or below the floor for the fund", async () => {
      const suite = await loadFixture(deployRevenue);
      const [, ...terms] = TERMS;
      const deployWith = (change: object) =>
        ethers.deployContract("RevenueSplitter", [...partsOf(suite), { ...SHARE_RULES, ...change }, ...terms]);
      await expect(deployWith({ patients: 5_001 }))
        .to.be.revertedWithCustomError(suite.splitter, "SharesInvalid")
        .withArgs(ZeroHash, 10_001n);
      await expect(deployWith({ fundFloor: 3_001 }))
        .to.be.revertedWithCustomError(suite.splitter, "FundShareTooLow")
        .withArgs(ZeroHash, 3_000n, 3_001n);
      const whole = await deployWith({ fundFloor: 10_000, patients: 0, fund: 10_000, custodians: 0 });
      expect([...(await whole.shareRules())]).to.deep.equal([10_000n, 0n, 10_000n, 0n]);
    });

    it("keeps authority, fund, share rules, delay and window", async () => {
      const { splitter, authority, fund } = await loadFixture(deployRevenue);
      expect(await splitter.authority()).to.equal(await authority.getAddress());
      expect(await splitter.fund()).to.equal(await fund.getAddress());
      expect([...(await splitter.shareRules())]).to.deep.equal(Object.values(SHARE_RULES).map(BigInt));
      expect(await splitter.sharesDelay()).to.equal(BigInt(30 * DAY));
      expect(await splitter.claimWindow()).to.equal(BigInt(1_095 * DAY));
    });

    it("says the share rules that it begins with", async () => {
      const suite = await loadFixture(deployRevenue);
      const splitter = await ethers.deployContract("RevenueSplitter", [...partsOf(suite), ...TERMS]);
      await expect(splitter.deploymentTransaction())
        .to.emit(splitter, "ShareRulesChanged")
        .withArgs(Object.values(SHARE_RULES), suite.signers.deployer.address);
    });
  });

  describe("agreementId", () => {
    it("is the study's own id, or of study and product", async () => {
      const { splitter, study } = await loadFixture(deployRevenue);
      expect(await splitter.agreementId(study, ZeroHash)).to.equal(study);
      const product = await splitter.agreementId(study, PRODUCT);
      expect(product).to.equal(agreementIdOf(study, PRODUCT));
      expect(await splitter.agreementId(PRODUCT, study)).not.to.equal(product);
      expect(await splitter.agreementId(UNKNOWN, PRODUCT)).not.to.equal(product);
    });
  });

  describe("openAgreement", () => {
    for (const caller of NO_RESEARCHERS) {
      it(`reverts when the caller is ${caller}, no researcher`, async () => {
        const { splitter, institutions, token, study, signers } = await loadFixture(deployRevenue);
        for (const product of [ZeroHash, PRODUCT]) {
          await expect(splitter.connect(signers[caller]).openAgreement(study, product, token, 0, TWO_SHARES))
            .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
            .withArgs(signers[caller].address, AGENT_ROLES.researcher);
        }
      });
    }

    it("reverts when the caller's institution is suspended, and not from the second on at which that is over", async () => {
      const suite = await loadFixture(deployRevenue);
      const { splitter, institutions, signers, members } = suite;
      const until = (await time.latest()) + DAY;
      await institutions.connect(signers.supervision).suspend(members["researchInstitute"]!, until, REASON);
      const opening = () =>
        splitter.connect(signers.researcher).openAgreement(suite.study, ZeroHash, suite.token, 0, TWO_SHARES);
      await time.setNextBlockTimestamp(until - 1);
      await expect(opening())
        .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
        .withArgs(signers.researcher.address, AGENT_ROLES.researcher);
      await time.setNextBlockTimestamp(until);
      await expect(opening()).to.emit(splitter, "AgreementOpened");
    });

    it("reverts when the caller's institution is not the sponsor, or there is no such study", async () => {
      const { splitter, studies, token, study, signers, members } = await loadFixture(deployRevenue);
      const [institute, east] = [members["researchInstitute"]!, members["eastHospital"]!];
      for (const product of [ZeroHash, PRODUCT]) {
        await expect(splitter.connect(signers.otherResearcher).openAgreement(study, product, token, 0, TWO_SHARES))
          .to.be.revertedWithCustomError(studies, "StudySponsorOnly")
          .withArgs(study, institute, east);
        for (const unknown of [UNKNOWN, ZeroHash]) {
          await expect(splitter.connect(signers.researcher).openAgreement(unknown, product, token, 0, TWO_SHARES))
            .to.be.revertedWithCustomError(studies, "StudySponsorOnly")
            .withArgs(unknown, 0n, institute);
        }
      }
    });

    it("reverts when study or product has an agreement, which stays as it was", async () => {
      const suite = await loadFixture(deployAgreement);
      const { splitter, asSponsor, token, study } = suite;
      const ids = [suite.id, await openAgreement(suite, { product: PRODUCT, unitRule: UnitRule.PATIENT })];
      for (const [index, product] of [ZERO_HASH, PRODUCT].entries()) {
        const before = await splitter.agreement(ids[index]!);
        await expect(asSponsor.openAgreement(study, product, token, 0, TWO_SHARES))
          .to.be.revertedWithCustomError(splitter, "AgreementExists")
          .withArgs(ids[index]!);
        expect(await splitter.agreement(ids[index]!)).to.deep.equal(before);
      }
    });

    it("reverts when the token is no contract", async () => {
      const { splitter, study, signers } = await loadFixture(deployRevenue);
      for (const token of [ZeroAddress, signers.stranger.address]) {
        await expect(splitter.connect(signers.researcher).openAgreement(study, ZeroHash, token, 0, TWO_SHARES))
          .to.be.revertedWithCustomError(splitter, "TokenInvalid")
          .withArgs(study, token);
      }
    });

    it("reverts for a unit rule that is none", async () => {
      const { splitter, study, token, signers } = await loadFixture(deployRevenue);
      await expect(
        splitter.connect(signers.researcher).openAgreement(study, ZeroHash, token, 3, TWO_SHARES),
      ).to.be.revertedWithoutReason(ethers);
    });

    it("keeps the shares, and says so", async () => {
      const suite = await loadFixture(deployRevenue);
      const { splitter, institutions, token, study, signers, members } = suite;
      // A suspension passes; it is no reason to leave a payee out.
      const until = (await time.latest()) + DAY;
      await institutions.connect(signers.supervision).suspend(members["northHospital"]!, until, REASON);
      const shares = { ...plainShares(suite), patients: 5_000, custodians: 1_000 };
      const opening = await splitter.connect(signers.researcher).openAgreement(study, ZeroHash, token, 0, shares);
      const researcher = signers.researcher.address;
      const here = await token.getAddress();
      await expect(opening)
        .to.emit(splitter, "AgreementOpened")
        .withArgs(study, study, ZeroHash, here, UnitRule.RECORD, researcher);
      await expect(opening)
        .to.emit(splitter, "SharesProposed")
        .withArgs(study, 1n, asArgs(shares), await time.latest(), researcher);
      const nothing = [0n, 0n, 0n, 0n, 0n, 1n];
      expect([...(await splitter.agreement(study))]).to.deep.equal([here, 0n, 1n, 0n, 0n, study, 1n, ...nothing]);
      const [epoch, payees] = await splitter.epochOf(study, 1);
      expect([...epoch]).to.deep.equal([5_000n, 3_000n, 1_000n, 0n, 0n, false, 0n, 0n]);
      expect(payees.map((payee) => [...payee])).to.deep.equal(
        shares.payees.map(({ institution, share }) => [BigInt(institution), BigInt(share)]),
      );
    });

    it("opens products beside the study, each with its token and rule", async () => {
      const suite = await loadFixture(deployAgreement);
      const { splitter, asSponsor, signers, study, id } = suite;
      const token = await ethers.deployContract("TestToken", ["Token", "T", 6]);
      for (const product of [PRODUCT, UNKNOWN]) {
        const own = agreementIdOf(study, product);
        await expect(asSponsor.openAgreement(study, product, token, UnitRule.PATIENT, TWO_SHARES))
          .to.emit(splitter, "AgreementOpened")
          .withArgs(own, study, product, await token.getAddress(), UnitRule.PATIENT, signers.researcher.address);
        const kept = await splitter.agreement(own);
        expect([kept.token, kept.unitRule, kept.study]).to.deep.equal([await token.getAddress(), 1n, study]);
      }
      const kept = await splitter.agreement(id);
      expect([kept.token, kept.unitRule]).to.deep.equal([await suite.token.getAddress(), 0n]);
    });

    it("takes all for the fund, and none for patients or payees", async () => {
      const suite = await loadFixture(deployRevenue);
      const { splitter, signers } = suite;
      const id = await openAgreement(suite, { shares: { patients: 0, fund: 10_000, custodians: 0, payees: [] } });
      await fundDepositor(suite, suite.token);
      await splitter.connect(signers.relayer).deposit(id, 7n, REFERENCE);
      expect(await splitter.dueToFund(id)).to.equal(7n);
    });
  });

  describe("shares", () => {
    /** Both functions that take shares. */
    const FORMS = {
      openAgreement: async () => {
        const suite = await loadFixture(deployRevenue);
        const by = suite.splitter.connect(suite.signers.researcher);
        return { ...suite, take: (shares: Shares) => by.openAgreement(suite.study, ZeroHash, suite.token, 0, shares) };
      },
      proposeShares: async () => {
        const suite = await loadFixture(deployAgreement);
        return { ...suite, take: (shares: Shares) => suite.asSponsor.proposeShares(suite.id, shares) };
      },
    };

    for (const [name, prepare] of Object.entries(FORMS)) {
      describe(name, () => {
        it("reverts for a fund's share below the floor, down to 2999 and 0", async () => {
          const { splitter, study, take } = await prepare();
          for (const fund of [2_999, 0]) {
            await expect(take({ ...TWO_SHARES, patients: 10_000 - fund, fund }))
              .to.be.revertedWithCustomError(splitter, "FundShareTooLow")
              .withArgs(study, fund, 3_000n);
          }
          await expect(take(TWO_SHARES)).to.emit(splitter, "SharesProposed");
        });

        it("reverts unless the shares sum to 10000", async () => {
          const { splitter, study, members, take } = await prepare();
          const cases: [number, number, number, number][] = [
            [6_999, 3_000, 0, 0],
            [7_001, 3_000, 0, 0],
            [0, 3_000, 0, 0],
            [6_000, 3_000, 0, 999],
            [6_000, 3_000, 0, 1_001],
            [6_000, 3_000, 999, 0],
            [6_000, 3_000, 501, 500],
            [65_535, 65_535, 65_535, 65_535],
            // 10,000 if 16 bits overflowed.
            [65_535, 3_000, 0, 7_001],
            [0, 3_000, 65_535, 7_001],
          ];
          for (const [patients, fund, custodians, share] of cases) {
            const payees = share === 0 ? [] : [{ institution: members["northHospital"]!, share }];
            await expect(take({ patients, fund, custodians, payees }))
              .to.be.revertedWithCustomError(splitter, "SharesInvalid")
              .withArgs(study, patients + fund + custodians + share);
          }
        });

        it("reverts for a payee that is none", async () => {
          const { splitter, institutions, study, signers, members, take } = await prepare();
          const [north, south, east] = [members["northHospital"]!, members["southHospital"]!, members["eastHospital"]!];
          await institutions.connect(signers.supervision).expel(east, REASON);
          const half = 500;
          const cases: [[number, number][], number][] = [
            [[[0, 1_000]], 0],
            [[[4_294_967_295, 1_000]], 4_294_967_295],
            [[[6, 1_000]], 6],
            [[[east, 1_000]], east],
            [
              [
                [south, half],
                [north, half],
              ],
              north,
            ],
            [
              [
                [north, half],
                [north, half],
              ],
              north,
            ],
            [
              [
                [north, 1_000],
                [south, 0],
              ],
              south,
            ],
          ];
          for (const [list, offending] of cases) {
            const payees = list.map(([institution, share]) => ({ institution, share }));
            await expect(take({ patients: 6_000, fund: 3_000, custodians: 0, payees }))
              .to.be.revertedWithCustomError(splitter, "PayeeInvalid")
              .withArgs(study, offending);
          }
        });

        it("takes 16 payees, and reverts for 17", async () => {
          const { splitter, institutions, study, signers, take } = await prepare();
          const wallets = (await ethers.getSigners()).slice(-9);
          const now = await time.latest();
          for (let i = 0; i < 12; ++i) {
            const wallet = wallets[i] ?? ethers.Wallet.createRandom();
            await institutions.connect(signers.operator).admit(1, 0, true, now, now + DAY, REASON, wallet.address);
          }
          const payees = Array.from({ length: 17 }, (_, i) => ({ institution: i + 1, share: 10 }));
          await expect(take({ patients: 6_830, fund: 3_000, custodians: 0, payees }))
            .to.be.revertedWithCustomError(splitter, "PayeeInvalid")
            .withArgs(study, 17n);
          await expect(take({ patients: 6_840, fund: 3_000, custodians: 0, payees: payees.slice(0, 16) })).to.emit(
            splitter,
            "SharesProposed",
          );
        });
      });
    }
  });

  describe("proposeShares", () => {
    for (const caller of NO_RESEARCHERS) {
      it(`reverts when the caller is ${caller}, no researcher`, async () => {
        const { splitter, institutions, id, signers } = await loadFixture(deployAgreement);
        await expect(splitter.connect(signers[caller]).proposeShares(id, TWO_SHARES))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(signers[caller].address, AGENT_ROLES.researcher);
      });
    }

    it("reverts when the caller's institution is not the sponsor, of study and product", async () => {
      const suite = await loadFixture(deployAgreement);
      const { splitter, studies, study, signers, members } = suite;
      for (const id of [suite.id, await openAgreement(suite, { product: PRODUCT })]) {
        await expect(splitter.connect(signers.otherResearcher).proposeShares(id, TWO_SHARES))
          .to.be.revertedWithCustomError(studies, "StudySponsorOnly")
          .withArgs(study, members["researchInstitute"]!, members["eastHospital"]!);
      }
    });

    it("reverts while the sponsor is suspended, and not from the end on", async () => {
      const { splitter, institutions, asSponsor, id, signers, members } = await loadFixture(deployAgreement);
      const until = (await time.latest()) + DAY;
      await institutions.connect(signers.supervision).suspend(members["researchInstitute"]!, until, REASON);
      await time.setNextBlockTimestamp(until - 1);
      await expect(asSponsor.proposeShares(id, TWO_SHARES))
        .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
        .withArgs(signers.researcher.address, AGENT_ROLES.researcher);
      await time.setNextBlockTimestamp(until);
      await expect(asSponsor.proposeShares(id, TWO_SHARES)).to.emit(splitter, "SharesProposed");
    });

    it("reverts without an agreement", async () => {
      const { splitter, asSponsor, study } = await loadFixture(deployAgreement);
      for (const unknown of [UNKNOWN, ZeroHash, agreementIdOf(study, PRODUCT)]) {
        await expect(asSponsor.proposeShares(unknown, TWO_SHARES))
          .to.be.revertedWithCustomError(splitter, "AgreementUnknown")
          .withArgs(unknown);
      }
    });

    it("says when they start, and changes nothing until then", async () => {
      const { splitter, asSponsor, asDepositor, id, signers } = await loadFixture(deployEnrolled);
      const proposing = await asSponsor.proposeShares(id, TWO_SHARES);
      const startsAt = (await time.latest()) + 30 * DAY;
      await expect(proposing)
        .to.emit(splitter, "SharesProposed")
        .withArgs(id, 2n, asArgs(TWO_SHARES), startsAt, signers.researcher.address);
      const { epoch, nextEpochAt } = await splitter.agreement(id);
      expect([epoch, nextEpochAt]).to.deep.equal([1n, BigInt(startsAt)]);
      expect((await splitter.epochOf(id, 2))[0].patientShare).to.equal(7_000n);

      await time.setNextBlockTimestamp(startsAt - 1);
      await expect(asDepositor.deposit(id, 1_000n, REFERENCE))
        .to.emit(splitter, "RevenueDeposited")
        .withArgs(id, signers.relayer.address, 1n, 1_000n, 600n, 300n, 0n, 2n, REFERENCE);
    });

    for (const [label, offset] of [
      ["at", 0],
      ["after", 1],
    ] as const) {
      it(`puts them in force for a deposit ${label} the start, once, and says so`, async () => {
        const { splitter, asSponsor, asDepositor, id, signers } = await loadFixture(deployEnrolled);
        await asSponsor.proposeShares(id, TWO_SHARES);
        const startsAt = (await time.latest()) + 30 * DAY;
        await time.setNextBlockTimestamp(startsAt + offset);
        const paying = asDepositor.deposit(id, 1_000n, REFERENCE);
        await expect(paying).to.emit(splitter, "EpochStarted").withArgs(id, 2n, 0n);
        await expect(paying)
          .to.emit(splitter, "RevenueDeposited")
          .withArgs(id, signers.relayer.address, 2n, 1_000n, 700n, 300n, 0n, 2n, REFERENCE);
        await expect(asDepositor.deposit(id, 1n, REFERENCE)).not.to.emit(splitter, "EpochStarted");
        const { epoch, nextEpochAt } = await splitter.agreement(id);
        expect([epoch, nextEpochAt]).to.deep.equal([2n, 0n]);
      });
    }

    it("replaces shares that are not in force yet, their time and all their payees", async () => {
      const suite = await loadFixture(deployEnrolled);
      const { splitter, asSponsor, asDepositor, id, signers, members } = suite;
      await asSponsor.proposeShares(id, { ...plainShares(suite), patients: 5_000, fund: 4_000 });
      const first = (await time.latest()) + 30 * DAY;
      await time.setNextBlockTimestamp(first - 1);
      const south = [{ institution: members["southHospital"]!, share: 1_000 }];
      const shares = { patients: 6_000, fund: 3_000, custodians: 0, payees: south };
      await expect(asSponsor.proposeShares(id, shares))
        .to.emit(splitter, "SharesProposed")
        .withArgs(id, 2n, asArgs(shares), first - 1 + 30 * DAY, signers.researcher.address);

      await time.setNextBlockTimestamp(first);
      await expect(asDepositor.deposit(id, 1_000n, REFERENCE)).not.to.emit(splitter, "EpochStarted");
      await time.increaseTo(first - 1 + 30 * DAY);
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      const [epoch, payees] = await splitter.epochOf(id, 2);
      const period = BigInt(Math.floor((await time.latest()) / PERIOD));
      expect([...epoch]).to.deep.equal([6_000n, 3_000n, 0n, 0n, 0n, false, period, 1_000n]);
      expect(payees.map((payee) => [...payee])).to.deep.equal([[BigInt(members["southHospital"]!), 1_000n]]);
      const duesOf = (number: number) =>
        Promise.all(
          ["northHospital", "southHospital", "researchInstitute"].map((name) =>
            splitter.dueToInstitution(id, number, members[name]!),
          ),
        );
      expect(await duesOf(1)).to.deep.equal([70n, 0n, 30n]);
      expect(await duesOf(2)).to.deep.equal([0n, 100n, 0n]);
    });

    it("puts shares in force that were due when others are proposed", async () => {
      const suite = await loadFixture(deployEnrolled);
      const { splitter, asSponsor, id, signers } = suite;
      await asSponsor.proposeShares(id, TWO_SHARES);
      const startsAt = (await time.latest()) + 30 * DAY;
      await time.setNextBlockTimestamp(startsAt);
      const proposing = asSponsor.proposeShares(id, plainShares(suite));
      await expect(proposing).to.emit(splitter, "EpochStarted").withArgs(id, 2n, 0n);
      await expect(proposing)
        .to.emit(splitter, "SharesProposed")
        .withArgs(id, 3n, asArgs(plainShares(suite)), startsAt + 30 * DAY, signers.researcher.address);
      expect((await splitter.epochOf(id, 2))[0].patientShare).to.equal(7_000n);
    });

    it("leaves what others are due as it was, to the unit, and the agreement of the product", async () => {
      const suite = await loadFixture(deployEnrolled);
      const { splitter, asSponsor, asDepositor, id, grant, members } = suite;
      const product = await openAgreement(suite, { product: PRODUCT, shares: CUSTODIAN_SHARES });
      await asSponsor.enroll(product, entitlementOf(grant, 0));
      await deliver(suite, grant, 0);
      await suite.asStranger.countDelivery(product, grant.id, grant.members[0]!);
      for (const one of [id, product]) await asDepositor.deposit(one, 1_009n, REFERENCE);
      const dues = (one: Hex) =>
        Promise.all([
          ...grant.members.map((member) => splitter.dueToMember(one, grant.id, member)),
          splitter.dueToFund(one),
          splitter.dueToCustodian(one, members["northHospital"]!),
          splitter.dueToInstitution(one, 1, members["northHospital"]!),
          splitter.dueToInstitution(one, 1, members["researchInstitute"]!),
        ]);
      const before = await dues(id);
      const beforeOfProduct = await dues(product);
      expect(before).to.deep.equal([302n, 302n, 302n, 0n, 70n, 30n]);
      expect(beforeOfProduct).to.deep.equal([252n, 252n, 302n, 201n, 0n, 0n]);

      await asSponsor.proposeShares(id, { patients: 0, fund: 10_000, custodians: 0, payees: [] });
      await asSponsor.proposeShares(product, { patients: 1, fund: 9_999, custodians: 0, payees: [] });
      expect(await dues(id)).to.deep.equal(before);
      await time.increase(30 * DAY);
      expect(await dues(id)).to.deep.equal(before);
      // Starts the epochs without a deposit.
      for (const one of [id, product]) await asSponsor.proposeShares(one, TWO_SHARES);
      expect(await dues(id)).to.deep.equal(before);
      expect(await dues(product)).to.deep.equal(beforeOfProduct);

      // Of 1,009 each split 1,007: 605 + 302 + 100, and 504 + 302 + 201. Two units go along.
      for (const one of [id, product]) await asDepositor.deposit(one, 7n, REFERENCE);
      expect(await dues(id)).to.deep.equal(before.with(2, 302n + 9n));
      expect(await dues(product)).to.deep.equal(beforeOfProduct.with(2, 302n + 8n));
    });

    it("carries the dust of an epoch into the next, where it is split", async () => {
      const suite = await loadFixture(deployEnrolled);
      const { splitter, token, asSponsor, asDepositor, id, signers, grant } = suite;
      const entitlements = entitlementsOf(grant);
      // 4 + 2 + 0 + 0 of 7.
      await asDepositor.deposit(id, 7n, REFERENCE);
      const before = await dustOf(suite, token, [{ id, entitlements }]);
      expect(before).to.equal(1n);
      await asSponsor.proposeShares(id, { patients: 5_000, fund: 5_000, custodians: 0, payees: [] });
      await time.increase(30 * DAY);
      const paying = asDepositor.deposit(id, 1n, REFERENCE);
      await expect(paying).to.emit(splitter, "EpochStarted").withArgs(id, 2n, 1n);
      // What arrived is 1, what is split 2.
      await expect(paying)
        .to.emit(splitter, "RevenueDeposited")
        .withArgs(id, signers.relayer.address, 2n, 1n, 1n, 1n, 0n, 2n, REFERENCE);
      const [{ dust, received }] = await splitter.epochOf(id, 2);
      expect([dust, received]).to.deep.equal([0n, 2n]);
      expect(await splitter.dueToFund(id)).to.equal(3n);
    });

    it("carries dust over an epoch without a deposit", async () => {
      const suite = await loadFixture(deployEnrolled);
      const { splitter, asSponsor, asDepositor, id } = suite;
      await asDepositor.deposit(id, 7n, REFERENCE);
      const whole = { patients: 0, fund: 10_000, custodians: 0, payees: [] };
      for (const number of [2n, 3n]) {
        await asSponsor.proposeShares(id, whole);
        await time.increase(30 * DAY);
        if (number === 3n) break;
        await expect(asSponsor.proposeShares(id, whole)).to.emit(splitter, "EpochStarted").withArgs(id, 2n, 1n);
      }
      const paying = asDepositor.deposit(id, 1n, REFERENCE);
      await expect(paying).to.emit(splitter, "EpochStarted").withArgs(id, 3n, 1n);
      expect(await splitter.dueToFund(id)).to.equal(2n + 2n);
    });

    it("carries the rest of the division among patients, so that nobody loses by a change", async () => {
      const suite = await loadFixture(deployAgreement);
      const { splitter, asSponsor, asDepositor, id } = suite;
      const grant = await grantCohort(suite, suite.study, quietPatients(3));
      await asSponsor.enroll(id, entitlementOf(grant, 0));
      // 7 among 3.
      await asDepositor.deposit(id, 12n, REFERENCE);
      const [{ remainder }] = await splitter.epochOf(id, 1);
      expect(remainder).to.equal(1n);
      expect(((await splitter.agreement(id)).accruedPerUnit - 1n) * 3n + remainder).to.equal(7n * ONE);

      await asSponsor.proposeShares(id, { ...TWO_SHARES, patients: 5_000, fund: 5_000 });
      await time.increase(30 * DAY);
      // With the 2 units of dust 4, of which half.
      await asDepositor.deposit(id, 2n, REFERENCE);
      const [{ remainder: rest }] = await splitter.epochOf(id, 2);
      expect(((await splitter.agreement(id)).accruedPerUnit - 1n) * 3n + rest).to.equal(9n * ONE);
    });

    it("takes up to 2^144 - 1 in each epoch, and each is owed on", async () => {
      const suite = await loadFixture(deployAgreement);
      const { splitter, token, asSponsor, asDepositor, asStranger, id, study, signers, members } = suite;
      const grant = await grantCohort(suite, study, quietPatients(1));
      await asStranger.enroll(id, entitlementOf(grant, 0));
      await asDepositor.deposit(id, MAX_RECEIVED, REFERENCE);
      await asSponsor.proposeShares(id, plainShares(suite));
      await time.increase(30 * DAY);
      // The rest of the first epoch counts too.
      const [first] = [await splitter.epochOf(id, 1)];
      expect(first[0].received).to.equal(MAX_RECEIVED);
      const dust = await dustOf(suite, token, [{ id, entitlements: entitlementsOf(grant) }]);
      expect(dust).to.be.within(1n, 3n);
      await expect(asDepositor.deposit(id, MAX_RECEIVED - dust + 1n, REFERENCE))
        .to.be.revertedWithCustomError(splitter, "AmountInvalid")
        .withArgs(id, MAX_RECEIVED - dust + 1n);
      await asDepositor.deposit(id, MAX_RECEIVED - dust, REFERENCE);
      expect((await splitter.epochOf(id, 2))[0].received).to.equal(MAX_RECEIVED);

      const share = (part: bigint) => (MAX_RECEIVED * part) / 10_000n;
      await splitter.claimFund(id);
      expect(await token.balanceOf(suite.fund)).to.equal(2n * share(3_000n));
      await asStranger.claim(id, entitlementOf(grant, 0));
      expect(await token.balanceOf(quietPatients(1)[0]!)).to.equal(2n * share(6_000n));
      for (const number of [1, 2]) {
        expect(await splitter.dueToInstitution(id, number, members["northHospital"]!)).to.equal(share(700n));
        await splitter.connect(signers.northAdmin).claimInstitution(id, number, signers.northAdmin);
      }
      expect(await token.balanceOf(signers.northAdmin)).to.equal(2n * share(700n));
    });
  });

  describe("setShareRules", () => {
    for (const caller of ["stranger", "deployer", "admin", "operator", "supervision", "researcher"] as const) {
      it(`reverts when the caller is ${caller}`, async () => {
        const { splitter, signers } = await loadFixture(deployRevenue);
        await expect(splitter.connect(signers[caller]).setShareRules({ ...SHARE_RULES, fundFloor: 0 }))
          .to.be.revertedWithCustomError(splitter, "AccessManagedUnauthorized")
          .withArgs(signers[caller].address);
        expect((await splitter.shareRules()).fundFloor).to.equal(3_000n);
      });
    }

    it("takes zero and the whole of each, and says so", async () => {
      const { splitter, signers } = await loadFixture(deployRevenue);
      const asRules = splitter.connect(signers.rules);
      for (const rules of [
        [0n, 0n, 0n, 0n],
        [10_000n, 0n, 10_000n, 0n],
        [0n, 10_000n, 0n, 0n],
        [0n, 0n, 0n, 10_000n],
        [3_000n, 4_000n, 3_000n, 3_000n],
      ] as const) {
        const [fundFloor, patients, fund, custodians] = rules;
        await expect(asRules.setShareRules({ fundFloor, patients, fund, custodians }))
          .to.emit(splitter, "ShareRulesChanged")
          .withArgs([...rules], signers.rules.address);
        expect([...(await splitter.shareRules())]).to.deep.equal([...rules]);
      }
    });

    it("reverts when the shares by default sum to more than the whole", async () => {
      const { splitter, signers } = await loadFixture(deployRevenue);
      const most = 65_535;
      for (const [rules, sum] of [
        [{ ...SHARE_RULES, patients: 5_001 }, 10_001n],
        [{ ...SHARE_RULES, custodians: 3_001 }, 10_001n],
        [{ fundFloor: 10_001, patients: 0, fund: 10_001, custodians: 0 }, 10_001n],
        [{ fundFloor: most, patients: most, fund: most, custodians: most }, 196_605n],
      ] as const) {
        await expect(splitter.connect(signers.rules).setShareRules(rules))
          .to.be.revertedWithCustomError(splitter, "SharesInvalid")
          .withArgs(ZeroHash, sum);
      }
    });

    it("reverts when the fund's share by default is below the floor", async () => {
      const { splitter, signers } = await loadFixture(deployRevenue);
      for (const [fund, fundFloor] of [
        [2_999n, 3_000n],
        [0n, 1n],
        [10_000n, 10_001n],
      ] as const) {
        await expect(splitter.connect(signers.rules).setShareRules({ fundFloor, patients: 0, fund, custodians: 0 }))
          .to.be.revertedWithCustomError(splitter, "FundShareTooLow")
          .withArgs(ZeroHash, fund, fundFloor);
      }
      expect((await splitter.shareRules()).fund).to.equal(3_000n);
    });

    it("leaves a sponsor free to propose other shares than those by default", async () => {
      const suite = await loadFixture(deployRevenue);
      const { splitter, study, token, signers } = suite;
      await splitter
        .connect(signers.rules)
        .setShareRules({ fundFloor: 3_000, patients: 0, fund: 9_000, custodians: 1_000 });
      await splitter.connect(signers.researcher).openAgreement(study, ZeroHash, token, 0, TWO_SHARES);
      const [{ patientShare, fundShare, custodianShare }] = await splitter.epochOf(study, 1);
      expect([patientShare, fundShare, custodianShare]).to.deep.equal([7_000n, 3_000n, 0n]);
    });

    it("holds for shares proposed from then on, not for those in force or proposed", async () => {
      const suite = await loadFixture(deployEnrolled);
      const { splitter, asSponsor, asDepositor, id, signers } = suite;
      await asSponsor.proposeShares(id, TWO_SHARES);
      await splitter.connect(signers.rules).setShareRules({ ...SHARE_RULES, fundFloor: 3_001, fund: 3_001 });
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      expect(await splitter.dueToFund(id)).to.equal(300n);
      await time.increase(30 * DAY);
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      expect((await splitter.agreement(id)).epoch).to.equal(2n);
      expect(await splitter.dueToFund(id)).to.equal(600n);

      await expect(asSponsor.proposeShares(id, TWO_SHARES))
        .to.be.revertedWithCustomError(splitter, "FundShareTooLow")
        .withArgs(id, 3_000n, 3_001n);
      const other = await openStudy(suite, "other protocol");
      await expect(asSponsor.openAgreement(other, ZeroHash, suite.token, 0, TWO_SHARES))
        .to.be.revertedWithCustomError(splitter, "FundShareTooLow")
        .withArgs(other, 3_000n, 3_001n);
      await asSponsor.proposeShares(id, { ...TWO_SHARES, patients: 6_999, fund: 3_001 });
    });
  });
});

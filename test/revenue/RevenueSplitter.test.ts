import { expect } from "chai";
import type { AddressLike } from "ethers";
import type { Address, Hex } from "viem";
import { NO_CONSENT } from "../../sdk/src/index.ts";
import type { FalseReturningToken, FeeToken, ReentrantToken, TestToken } from "../../types/index.ts";
import { AGENT_ROLES, ethers, networkHelpers, type SignerName } from "../fixtures/consilium.ts";
import {
  DAY,
  deployRevenue,
  grantCohort,
  openStudy,
  quietPatients,
  REASON,
  REFERENCE,
  requestOne,
  type Grant,
  type Revenue,
} from "./revenueFixtures.ts";

const { ZeroAddress, ZeroHash } = ethers;
const UNKNOWN = ethers.id("unknown") as Hex;
const ONE = 2n ** 64n;
const MAX_RECEIVED = 2n ** 184n - 1n;
const MANY = 2n ** 220n;

type Mintable = TestToken | FeeToken | FalseReturningToken | ReentrantToken;

/** Shares of 60 % patients, 30 % fund, 7 % North Hospital, 3 % institute, in the given token. */
async function openAgreement(suite: Revenue, token: AddressLike, study = suite.study): Promise<void> {
  const { splitter, members, signers } = suite;
  await splitter.connect(signers.researcher).openAgreement(study, token, 6_000, 3_000, [
    { institution: members["northHospital"]!, share: 700 },
    { institution: members["researchInstitute"]!, share: 300 },
  ]);
}

/** Gives the relayer tokens to deposit without end. */
async function fundDepositor(suite: Revenue, token: Mintable): Promise<void> {
  const { splitter, signers } = suite;
  await token.mint(signers.relayer, MANY);
  await token.connect(signers.relayer).approve(splitter, ethers.MaxUint256);
}

/** With an agreement in the suite's token, and a depositor. */
async function deployAgreement() {
  const suite = await networkHelpers.loadFixture(deployRevenue);
  await openAgreement(suite, suite.token);
  await fundDepositor(suite, suite.token);
  const asDepositor = suite.splitter.connect(suite.signers.relayer);
  const asStranger = suite.splitter.connect(suite.signers.stranger);
  return { ...suite, asDepositor, asStranger };
}

/** And a grant of two patients enrolled. */
async function deployEnrolled() {
  const suite = await networkHelpers.loadFixture(deployAgreement);
  const patients = [suite.signers.patient.address, suite.signers.otherPatient.address] as Address[];
  const grant = await grantCohort(suite, suite.study, patients, 2);
  await suite.asStranger.enroll(grant.id, ...memberOf(grant, 0));
  return { ...suite, grant };
}

function memberOf(grant: Grant, index: number) {
  return [grant.members[index]!, grant.proofs[index]!] as const;
}

/** What is due to all payees of the agreement of `deployAgreement`. */
async function owed(suite: Revenue, grants: readonly Grant[], study = suite.study): Promise<bigint> {
  const { splitter, members } = suite;
  const dues = [
    splitter.dueToFund(study),
    splitter.dueToInstitution(study, members["northHospital"]!),
    splitter.dueToInstitution(study, members["researchInstitute"]!),
    ...grants.flatMap(({ id, members: own }) => own.map((member) => splitter.dueToMember(id, member))),
  ];
  return (await Promise.all(dues)).reduce((sum, due) => sum + due, 0n);
}

/** received = paid + owed + dust; returns the dust. */
async function dustOf(suite: Revenue, grants: readonly Grant[], study = suite.study): Promise<bigint> {
  const { received, paid } = await suite.splitter.agreement(study);
  return received - paid - (await owed(suite, grants, study));
}

describe("RevenueSplitter", () => {
  describe("constructor", () => {
    for (const [position, name] of ["broker", "institutions", "patients", "studies", "fund"].entries()) {
      it(`reverts without ${name}`, async () => {
        const { broker, institutions, patients, studies, fund, splitter } =
          await networkHelpers.loadFixture(deployRevenue);
        const parts: AddressLike[] = [broker, institutions, patients, studies, fund];
        parts[position] = ZeroAddress;
        await expect(ethers.deployContract("RevenueSplitter", [...parts, 3_000]))
          .to.be.revertedWithCustomError(splitter, "ZeroAddress")
          .withArgs();
      });
    }

    it("reverts for a floor above the whole", async () => {
      const { broker, institutions, patients, studies, fund, splitter } =
        await networkHelpers.loadFixture(deployRevenue);
      const parts = [broker, institutions, patients, studies, fund];
      await expect(ethers.deployContract("RevenueSplitter", [...parts, 10_001]))
        .to.be.revertedWithCustomError(splitter, "SharesInvalid")
        .withArgs(ZeroHash, 10_001n);
      const whole = await ethers.deployContract("RevenueSplitter", [...parts, 10_000]);
      expect(await whole.fundFloor()).to.equal(10_000n);
    });

    it("keeps fund and floor", async () => {
      const { splitter, fund } = await networkHelpers.loadFixture(deployRevenue);
      expect(await splitter.fund()).to.equal(await fund.getAddress());
      expect(await splitter.fundFloor()).to.equal(3_000n);
    });
  });

  describe("openAgreement", () => {
    const callers: SignerName[] = [
      "stranger",
      "officer",
      "instituteAdmin",
      "northGateway",
      "rules",
      "admin",
      "patient",
    ];
    for (const caller of callers) {
      it(`reverts when the caller is ${caller}, no researcher`, async () => {
        const { splitter, institutions, token, study, signers } = await networkHelpers.loadFixture(deployRevenue);
        await expect(splitter.connect(signers[caller]).openAgreement(study, token, 7_000, 3_000, []))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(signers[caller].address, AGENT_ROLES.researcher);
      });
    }

    it("reverts when the caller's institution is suspended, and not from the second on at which that is over", async () => {
      const { splitter, institutions, token, study, signers, members } =
        await networkHelpers.loadFixture(deployRevenue);
      const until = (await networkHelpers.time.latest()) + DAY;
      await institutions.connect(signers.supervision).suspend(members["researchInstitute"]!, until, REASON);
      const opening = () => splitter.connect(signers.researcher).openAgreement(study, token, 7_000, 3_000, []);
      await networkHelpers.time.setNextBlockTimestamp(until - 1);
      await expect(opening())
        .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
        .withArgs(signers.researcher.address, AGENT_ROLES.researcher);
      await networkHelpers.time.setNextBlockTimestamp(until);
      await expect(opening()).to.emit(splitter, "AgreementOpened");
    });

    it("reverts when the caller's institution is not the sponsor, or there is no such study", async () => {
      const { splitter, studies, token, study, signers, members } = await networkHelpers.loadFixture(deployRevenue);
      const [institute, east] = [members["researchInstitute"]!, members["eastHospital"]!];
      await expect(splitter.connect(signers.otherResearcher).openAgreement(study, token, 7_000, 3_000, []))
        .to.be.revertedWithCustomError(studies, "StudySponsorOnly")
        .withArgs(study, institute, east);
      for (const unknown of [UNKNOWN, ZeroHash]) {
        await expect(splitter.connect(signers.researcher).openAgreement(unknown, token, 7_000, 3_000, []))
          .to.be.revertedWithCustomError(studies, "StudySponsorOnly")
          .withArgs(unknown, 0n, institute);
      }
    });

    it("reverts when the study has an agreement, which stays as it was", async () => {
      const { splitter, token, study, signers } = await networkHelpers.loadFixture(deployAgreement);
      const before = await splitter.agreement(study);
      await expect(splitter.connect(signers.researcher).openAgreement(study, token, 7_000, 3_000, []))
        .to.be.revertedWithCustomError(splitter, "AgreementExists")
        .withArgs(study);
      expect(await splitter.agreement(study)).to.deep.equal(before);
    });

    it("reverts when the token is no contract", async () => {
      const { splitter, study, signers } = await networkHelpers.loadFixture(deployRevenue);
      for (const token of [ZeroAddress, signers.stranger.address]) {
        await expect(splitter.connect(signers.researcher).openAgreement(study, token, 7_000, 3_000, []))
          .to.be.revertedWithCustomError(splitter, "TokenInvalid")
          .withArgs(study, token);
      }
    });

    it("reverts for a fund's share below the floor, down to 2999 and 0", async () => {
      const { splitter, token, study, signers } = await networkHelpers.loadFixture(deployRevenue);
      for (const share of [2_999n, 0n]) {
        await expect(splitter.connect(signers.researcher).openAgreement(study, token, 10_000n - share, share, []))
          .to.be.revertedWithCustomError(splitter, "FundShareTooLow")
          .withArgs(study, share, 3_000n);
      }
    });

    it("reverts unless the shares sum to 10000", async () => {
      const { splitter, token, study, signers, members } = await networkHelpers.loadFixture(deployRevenue);
      const cases: [number, number, number][] = [
        [6_999, 3_000, 0],
        [7_001, 3_000, 0],
        [0, 3_000, 0],
        [6_000, 3_000, 999],
        [6_000, 3_000, 1_001],
        [65_535, 65_535, 65_535],
        // 10,000 if 16 bits overflowed.
        [65_535, 3_000, 7_001],
      ];
      for (const [patientShare, fundShare, share] of cases) {
        const payees = share === 0 ? [] : [{ institution: members["northHospital"]!, share }];
        await expect(splitter.connect(signers.researcher).openAgreement(study, token, patientShare, fundShare, payees))
          .to.be.revertedWithCustomError(splitter, "SharesInvalid")
          .withArgs(study, BigInt(patientShare + fundShare + share));
      }
    });

    it("reverts for a payee that is none", async () => {
      const { splitter, institutions, token, study, signers, members } =
        await networkHelpers.loadFixture(deployRevenue);
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
      for (const [payees, offending] of cases) {
        const list = payees.map(([institution, share]) => ({ institution, share }));
        await expect(splitter.connect(signers.researcher).openAgreement(study, token, 6_000, 3_000, list))
          .to.be.revertedWithCustomError(splitter, "PayeeInvalid")
          .withArgs(study, offending);
      }
      expect((await splitter.agreement(study)).token).to.equal(ZeroAddress);
    });

    it("takes 16 payees, and reverts for 17", async () => {
      const { splitter, institutions, token, study, signers } = await networkHelpers.loadFixture(deployRevenue);
      const wallets = (await ethers.getSigners()).slice(-9);
      const now = await networkHelpers.time.latest();
      for (let i = 0; i < 12; ++i) {
        const wallet = wallets[i] ?? ethers.Wallet.createRandom();
        await institutions.connect(signers.operator).admit(1, 0, true, now, now + DAY, REASON, wallet.address);
      }
      const payees = Array.from({ length: 17 }, (_, i) => ({ institution: i + 1, share: 10 }));
      const by = splitter.connect(signers.researcher);
      await expect(by.openAgreement(study, token, 6_830, 3_000, payees))
        .to.be.revertedWithCustomError(splitter, "PayeeInvalid")
        .withArgs(study, 17n);
      await expect(by.openAgreement(study, token, 6_840, 3_000, payees.slice(0, 16))).to.emit(
        splitter,
        "AgreementOpened",
      );
    });

    it("keeps the shares, and says so", async () => {
      const { splitter, institutions, token, study, signers, members } =
        await networkHelpers.loadFixture(deployRevenue);
      const [north, institute] = [members["northHospital"]!, members["researchInstitute"]!];
      // A suspension passes; it is no reason to leave a payee out.
      const until = (await networkHelpers.time.latest()) + DAY;
      await institutions.connect(signers.supervision).suspend(north, until, REASON);
      const payees = [
        { institution: north, share: 700 },
        { institution: institute, share: 300 },
      ];
      await expect(splitter.connect(signers.researcher).openAgreement(study, token, 6_000, 3_000, payees))
        .to.emit(splitter, "AgreementOpened")
        .withArgs(
          study,
          await token.getAddress(),
          6_000n,
          3_000n,
          payees.map(({ institution, share }) => [institution, share]),
          signers.researcher.address,
        );
      expect([...(await splitter.agreement(study))]).to.deep.equal([
        await token.getAddress(),
        ...[6_000n, 3_000n, 0n, 0n, 0n, 0n, 0n, 0n],
      ]);
    });

    it("takes all for the fund, and none for patients or payees", async () => {
      const suite = await networkHelpers.loadFixture(deployRevenue);
      const { splitter, token, study, signers } = suite;
      await splitter.connect(signers.researcher).openAgreement(study, token, 0, 10_000, []);
      await fundDepositor(suite, token);
      await splitter.connect(signers.relayer).deposit(study, 7n, REFERENCE);
      expect(await splitter.dueToFund(study)).to.equal(7n);
    });
  });

  describe("enroll", () => {
    it("reverts without an agreement", async () => {
      const suite = await networkHelpers.loadFixture(deployAgreement);
      const other = await openStudy(suite, "other protocol");
      const grant = await grantCohort(suite, other, quietPatients(1));
      const free = await grantCohort(suite, ZeroHash as Hex, quietPatients(1));
      for (const { id, members, proofs } of [grant, free]) {
        await expect(suite.splitter.enroll(id, members[0]!, proofs[0]!))
          .to.be.revertedWithCustomError(suite.splitter, "AgreementUnknown")
          .withArgs(members[0]!.study);
      }
    });

    it("reverts for a grant that is none: unknown, denied, or waiting for review", async () => {
      const suite = await networkHelpers.loadFixture(deployAgreement);
      const { splitter, broker, signers, study, asStranger } = suite;
      const granted = await grantCohort(suite, study, quietPatients(1));
      const waiting = await requestOne(suite, study, quietPatients(1)[0]!, 1);
      expect((await broker.grant(waiting.id)).decision).to.equal(3n);
      // Level 2 without the patient's consent.
      const { batch } = granted.members[0]!;
      const request = {
        ...{ study, word: 1n << 19n, salt: 1n, batch, proof: [], consent: NO_CONSENT },
        record: { patient: quietPatients(1)[0]!, commitment: REASON as Hex, meta: 0n },
      };
      const denied = (await broker.requestId(signers.researcher, request)) as Hex;
      await broker.connect(signers.researcher).request(request);
      expect((await broker.grant(denied)).decision).to.equal(2n);

      for (const [id, of] of [
        [UNKNOWN, granted],
        [denied, granted],
        [waiting.id, waiting],
      ] as const) {
        await expect(asStranger.enroll(id, ...memberOf(of, 0)))
          .to.be.revertedWithCustomError(splitter, "GrantNotEnrollable")
          .withArgs(id);
      }
    });

    it("reverts without proof of a member, of another grant, study, or place", async () => {
      const suite = await networkHelpers.loadFixture(deployAgreement);
      const { splitter, study, asStranger } = suite;
      const other = await openStudy(suite, "other protocol");
      await openAgreement(suite, suite.token, other);
      const grant = await grantCohort(suite, study, quietPatients(3));
      const foreign = await grantCohort(suite, study, quietPatients(3, 4));
      const [member, proof] = memberOf(grant, 0);
      for (const [shown, by] of [
        [foreign.members[0]!, foreign.proofs[0]!],
        [member, grant.proofs[1]!],
        [member, []],
        [{ ...member, study: other }, proof],
        [{ ...member, patient: quietPatients(1, 9)[0]! }, proof],
      ] as const) {
        await expect(asStranger.enroll(grant.id, shown, [...by]))
          .to.be.revertedWithCustomError(splitter, "GrantNotEnrollable")
          .withArgs(grant.id);
      }
      expect((await splitter.agreement(study)).units).to.equal(0n);
      expect((await splitter.agreement(other)).units).to.equal(0n);
    });

    it("reverts the second time, by whichever member", async () => {
      const { splitter, asStranger, grant, study } = await networkHelpers.loadFixture(deployEnrolled);
      for (const index of [0, 1]) {
        await expect(asStranger.enroll(grant.id, ...memberOf(grant, index)))
          .to.be.revertedWithCustomError(splitter, "GrantAlreadyEnrolled")
          .withArgs(grant.id);
      }
      expect((await splitter.agreement(study)).units).to.equal(2n);
    });

    it("counts the members of cohorts and single grants, by anyone's call, and says so", async () => {
      const suite = await networkHelpers.loadFixture(deployAgreement);
      const { splitter, study, signers, asStranger } = suite;
      const cohort = await grantCohort(suite, study, quietPatients(5));
      const single = await requestOne(suite, study, signers.patient.address as Address, 2);
      await expect(asStranger.enroll(cohort.id, ...memberOf(cohort, 3)))
        .to.emit(splitter, "GrantEnrolled")
        .withArgs(study, cohort.id, 5n, 5n);
      await expect(asStranger.enroll(single.id, ...memberOf(single, 0)))
        .to.emit(splitter, "GrantEnrolled")
        .withArgs(study, single.id, 1n, 6n);
      expect((await splitter.agreement(study)).units).to.equal(6n);
    });

    it("counts a grant that was revoked or is over, so that nobody can shut patients out", async () => {
      const suite = await networkHelpers.loadFixture(deployAgreement);
      const { splitter, broker, study, signers, asStranger } = suite;
      const [revoked, over] = [
        await grantCohort(suite, study, quietPatients(1)),
        await grantCohort(suite, study, quietPatients(1, 2)),
      ];
      await broker.connect(signers.researcher).revokeGrant(revoked.id, REASON);
      await networkHelpers.time.increase(200 * DAY);
      for (const grant of [revoked, over]) await asStranger.enroll(grant.id, ...memberOf(grant, 0));
      expect((await splitter.agreement(study)).units).to.equal(2n);
    });

    it("leaves what is due to the others as it was", async () => {
      const suite = await networkHelpers.loadFixture(deployEnrolled);
      const { splitter, grant, study, asDepositor, asStranger } = suite;
      await asDepositor.deposit(study, 1_001n, REFERENCE);
      const before = await owed(suite, [grant]);
      const late = await grantCohort(suite, study, quietPatients(3));
      await asStranger.enroll(late.id, ...memberOf(late, 0));
      expect(await owed(suite, [grant])).to.equal(before);
      expect(await splitter.dueToMember(late.id, late.members[0]!)).to.equal(0n);
    });
  });

  describe("deposit", () => {
    it("reverts without an agreement", async () => {
      const { splitter, asDepositor } = await networkHelpers.loadFixture(deployAgreement);
      for (const unknown of [UNKNOWN, ZeroHash]) {
        await expect(asDepositor.deposit(unknown, 1n, REFERENCE))
          .to.be.revertedWithCustomError(splitter, "AgreementUnknown")
          .withArgs(unknown);
      }
    });

    it("reverts for nothing", async () => {
      const { splitter, asDepositor, study } = await networkHelpers.loadFixture(deployAgreement);
      await expect(asDepositor.deposit(study, 0n, REFERENCE))
        .to.be.revertedWithCustomError(splitter, "AmountInvalid")
        .withArgs(study, 0n);
    });

    it("reverts when the payer has not allowed it, or has too little", async () => {
      const { splitter, token, study, asStranger, signers } = await networkHelpers.loadFixture(deployAgreement);
      const here = await splitter.getAddress();
      await expect(asStranger.deposit(study, 5n, REFERENCE))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(here, 0n, 5n);
      await token.connect(signers.stranger).approve(splitter, 5n);
      await expect(asStranger.deposit(study, 5n, REFERENCE))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientBalance")
        .withArgs(signers.stranger.address, 0n, 5n);
    });

    it("reverts when the token answers false, and when it has taken all", async () => {
      const suite = await networkHelpers.loadFixture(deployRevenue);
      const { splitter, study, signers } = suite;
      const failing = await ethers.deployContract("FalseReturningToken");
      await openAgreement(suite, failing);
      await fundDepositor(suite, failing);
      await failing.setFailing(true);
      await expect(splitter.connect(signers.relayer).deposit(study, 5n, REFERENCE))
        .to.be.revertedWithCustomError(splitter, "SafeERC20FailedOperation")
        .withArgs(await failing.getAddress());

      const greedy = await ethers.deployContract("FeeToken", [10_000]);
      const other = await openStudy(suite, "other protocol");
      await openAgreement(suite, greedy, other);
      await fundDepositor(suite, greedy);
      await expect(splitter.connect(signers.relayer).deposit(other, 5n, REFERENCE))
        .to.be.revertedWithCustomError(splitter, "AmountInvalid")
        .withArgs(other, 0n);
    });

    it("takes up to 2^184 - 1 in all, and reverts for one more", async () => {
      const { splitter, asDepositor, study } = await networkHelpers.loadFixture(deployEnrolled);
      await expect(asDepositor.deposit(study, MAX_RECEIVED + 1n, REFERENCE))
        .to.be.revertedWithCustomError(splitter, "AmountInvalid")
        .withArgs(study, MAX_RECEIVED + 1n);
      await asDepositor.deposit(study, MAX_RECEIVED - 1n, REFERENCE);
      await expect(asDepositor.deposit(study, 2n, REFERENCE))
        .to.be.revertedWithCustomError(splitter, "AmountInvalid")
        .withArgs(study, 2n);
      await asDepositor.deposit(study, 1n, REFERENCE);
      await expect(asDepositor.deposit(study, 1n, REFERENCE))
        .to.be.revertedWithCustomError(splitter, "AmountInvalid")
        .withArgs(study, 1n);
      expect((await splitter.agreement(study)).received).to.equal(MAX_RECEIVED);
    });

    it("owes everyone the share, and says so", async () => {
      const { splitter, token, asDepositor, signers, study, members, grant } =
        await networkHelpers.loadFixture(deployEnrolled);
      const paying = asDepositor.deposit(study, 1_000_000n, REFERENCE);
      await expect(paying)
        .to.emit(splitter, "RevenueDeposited")
        .withArgs(study, signers.relayer.address, 1_000_000n, 600_000n, 300_000n, 2n, REFERENCE);
      await expect(paying).to.changeTokenBalances(
        ethers,
        token,
        [signers.relayer, splitter],
        [-1_000_000n, 1_000_000n],
      );
      expect(await splitter.dueToFund(study)).to.equal(300_000n);
      expect(await splitter.dueToInstitution(study, members["northHospital"]!)).to.equal(70_000n);
      expect(await splitter.dueToInstitution(study, members["researchInstitute"]!)).to.equal(30_000n);
      for (const member of grant.members) expect(await splitter.dueToMember(grant.id, member)).to.equal(300_000n);
      const { accruedPerUnit, carried, received, paid } = await splitter.agreement(study);
      expect([accruedPerUnit, carried, received, paid]).to.deep.equal([300_000n * ONE, 0n, 1_000_000n, 0n]);
    });

    it("counts what arrives of a token with a fee", async () => {
      const suite = await networkHelpers.loadFixture(deployRevenue);
      const { splitter, study, signers } = suite;
      const token = await ethers.deployContract("FeeToken", [100]);
      await openAgreement(suite, token);
      await fundDepositor(suite, token);
      await expect(splitter.connect(signers.relayer).deposit(study, 1_000n, REFERENCE))
        .to.emit(splitter, "RevenueDeposited")
        .withArgs(study, signers.relayer.address, 990n, 594n, 297n, 0n, REFERENCE);
      expect((await splitter.agreement(study)).received).to.equal(await token.balanceOf(splitter));
    });

    it("does not count what was transferred past it", async () => {
      const suite = await networkHelpers.loadFixture(deployEnrolled);
      const { splitter, token, study, asDepositor, grant } = suite;
      await token.mint(splitter, 999n);
      await asDepositor.deposit(study, 10n, REFERENCE);
      expect((await splitter.agreement(study)).received).to.equal(10n);
      expect(await owed(suite, [grant])).to.be.at.most(10n);
    });

    it("keeps the patients' part while there are none, for those enrolled at the next deposit", async () => {
      const suite = await networkHelpers.loadFixture(deployAgreement);
      const { splitter, study, asDepositor, asStranger, signers } = suite;
      await expect(asDepositor.deposit(study, 1_000n, REFERENCE))
        .to.emit(splitter, "RevenueDeposited")
        .withArgs(study, signers.relayer.address, 1_000n, 600n, 300n, 0n, REFERENCE);
      const grant = await grantCohort(suite, study, quietPatients(2));
      await asStranger.enroll(grant.id, ...memberOf(grant, 0));
      expect(await splitter.dueToMember(grant.id, grant.members[0]!)).to.equal(0n);
      expect((await splitter.agreement(study)).carried).to.equal(600n * ONE);
      expect(await dustOf(suite, [grant])).to.equal(600n);

      await asDepositor.deposit(study, 1_000n, REFERENCE);
      for (const member of grant.members) expect(await splitter.dueToMember(grant.id, member)).to.equal(600n);
      expect((await splitter.agreement(study)).carried).to.equal(0n);
      expect(await dustOf(suite, [grant])).to.equal(0n);
    });

    it("carries what a division leaves, and loses none of it in 1-unit deposits", async () => {
      const suite = await networkHelpers.loadFixture(deployAgreement);
      const { splitter, study, members, asDepositor, asStranger } = suite;
      const grant = await grantCohort(suite, study, quietPatients(7));
      await asStranger.enroll(grant.id, ...memberOf(grant, 0));
      for (let i = 1n; i <= 70n; ++i) {
        await asDepositor.deposit(study, 1n, REFERENCE);
        const { accruedPerUnit, carried } = await splitter.agreement(study);
        expect(accruedPerUnit * 7n + carried).to.equal(((i * 6n) / 10n) * ONE);
        expect(carried).to.be.below(7n);
        // Less than one of each patient and of each other payee.
        expect(await dustOf(suite, [grant])).to.be.within(0n, 10n);
      }
      // 42 among 7 patients are 6 each, but for the carried rest of the last digit.
      expect(await splitter.dueToFund(study)).to.equal(21n);
      expect(await splitter.dueToInstitution(study, members["northHospital"]!)).to.equal(4n);
      expect(await splitter.dueToInstitution(study, members["researchInstitute"]!)).to.equal(2n);
      for (const member of grant.members) expect(await splitter.dueToMember(grant.id, member)).to.be.within(5n, 6n);
    });

    it("costs the same for 7 and for 407 patients", async () => {
      const suite = await networkHelpers.loadFixture(deployAgreement);
      const { study, asDepositor, asStranger } = suite;
      const gasOfDeposit = async () => {
        const receipt = await (await asDepositor.deposit(study, 10_000n, REFERENCE)).wait();
        return receipt!.gasUsed;
      };
      const some = await grantCohort(suite, study, quietPatients(7));
      await asStranger.enroll(some.id, ...memberOf(some, 0));
      await gasOfDeposit();
      const few = await gasOfDeposit();
      const many = await grantCohort(suite, study, quietPatients(400, 8));
      await asStranger.enroll(many.id, ...memberOf(many, 0));
      await gasOfDeposit();
      expect(await gasOfDeposit()).to.be.within(few - 100n, few + 100n);
    });
  });

  describe("claim", () => {
    it("reverts before the grant is enrolled", async () => {
      const suite = await networkHelpers.loadFixture(deployAgreement);
      const grant = await grantCohort(suite, suite.study, quietPatients(1));
      await suite.asDepositor.deposit(suite.study, 1_000n, REFERENCE);
      for (const id of [grant.id, UNKNOWN]) {
        await expect(suite.asStranger.claim(id, ...memberOf(grant, 0)))
          .to.be.revertedWithCustomError(suite.splitter, "GrantNotEnrolled")
          .withArgs(id);
        expect(await suite.splitter.dueToMember(id, grant.members[0]!)).to.equal(0n);
      }
    });

    it("reverts without proof of the member, whose every field counts", async () => {
      const suite = await networkHelpers.loadFixture(deployEnrolled);
      const { splitter, study, signers, grant, asDepositor } = suite;
      const other = await openStudy(suite, "other protocol");
      await openAgreement(suite, suite.token, other);
      await asDepositor.deposit(study, 1_000n, REFERENCE);
      await asDepositor.deposit(other, 1_000n, REFERENCE);
      const [member, proof] = memberOf(grant, 0);
      const thief = splitter.connect(signers.stranger);
      for (const [shown, by] of [
        [{ ...member, patient: signers.stranger.address }, proof],
        [{ ...member, study: other }, proof],
        [{ ...member, consent: UNKNOWN }, proof],
        [{ ...member, batch: UNKNOWN }, proof],
        [{ ...member, record: UNKNOWN }, proof],
        [member, []],
        [member, grant.proofs[1]!],
      ] as const) {
        await expect(thief.claim(grant.id, shown, [...by]))
          .to.be.revertedWithCustomError(splitter, "MemberNotInGrant")
          .withArgs(grant.id, shown.record);
      }
      expect(await suite.token.balanceOf(signers.stranger)).to.equal(0n);
    });

    it("reverts before anything is due, and the second time", async () => {
      const { splitter, asStranger, asDepositor, study, grant } = await networkHelpers.loadFixture(deployEnrolled);
      const [member, proof] = memberOf(grant, 0);
      const claiming = () => asStranger.claim(grant.id, member, proof);
      await expect(claiming()).to.be.revertedWithCustomError(splitter, "NothingDue").withArgs(study, member.patient);
      await asDepositor.deposit(study, 1_000n, REFERENCE);
      await claiming();
      await expect(claiming()).to.be.revertedWithCustomError(splitter, "NothingDue").withArgs(study, member.patient);
    });

    it("pays while access is paused", async () => {
      const suite = await networkHelpers.loadFixture(deployEnrolled);
      const { splitter, broker, signers, token, asStranger, asDepositor, study, grant } = suite;
      const pausedUntil = (await networkHelpers.time.latest()) + 7 * DAY;
      await broker.connect(signers.supervision).pauseAccess(pausedUntil, REASON);
      await asDepositor.deposit(study, 1_000n, REFERENCE);
      const [member, proof] = memberOf(grant, 0);
      await expect(asStranger.claim(grant.id, member, proof)).to.emit(splitter, "PatientPaid");
      expect(await token.balanceOf(member.patient)).to.equal(300n);
    });

    it("reverts for a deactivated patient, whose money stays owed", async () => {
      const suite = await networkHelpers.loadFixture(deployEnrolled);
      const { splitter, patients, signers, asStranger, asDepositor, study, grant } = suite;
      const index = grant.members.findIndex(({ patient }) => patient === signers.patient.address);
      await patients.connect(signers.patient).changeOwner(signers.patient, ZeroAddress);
      await asDepositor.deposit(study, 1_000n, REFERENCE);
      await expect(asStranger.claim(grant.id, ...memberOf(grant, index)))
        .to.be.revertedWithCustomError(splitter, "PatientUnreachable")
        .withArgs(signers.patient.address);
      expect(await splitter.dueToMember(grant.id, grant.members[index]!)).to.equal(300n);
      await asStranger.claim(grant.id, ...memberOf(grant, 1 - index));
      expect(await dustOf(suite, [grant])).to.equal(0n);
    });

    it("reverts when the token answers false, and pays later", async () => {
      const suite = await networkHelpers.loadFixture(deployRevenue);
      const { splitter, study, signers } = suite;
      const token = await ethers.deployContract("FalseReturningToken");
      await openAgreement(suite, token);
      await fundDepositor(suite, token);
      const grant = await grantCohort(suite, study, quietPatients(1));
      await splitter.enroll(grant.id, ...memberOf(grant, 0));
      await splitter.connect(signers.relayer).deposit(study, 1_000n, REFERENCE);
      await token.setFailing(true);
      await expect(splitter.claim(grant.id, ...memberOf(grant, 0)))
        .to.be.revertedWithCustomError(splitter, "SafeERC20FailedOperation")
        .withArgs(await token.getAddress());
      await token.setFailing(false);
      await splitter.claim(grant.id, ...memberOf(grant, 0));
      expect(await token.balanceOf(quietPatients(1)[0]!)).to.equal(600n);
    });

    it("pays the patient whoever calls, and says so", async () => {
      const { splitter, token, asStranger, asDepositor, study, grant } =
        await networkHelpers.loadFixture(deployEnrolled);
      await asDepositor.deposit(study, 1_000n, REFERENCE);
      const [member, proof] = memberOf(grant, 0);
      const claiming = asStranger.claim(grant.id, member, proof);
      await expect(claiming)
        .to.emit(splitter, "PatientPaid")
        .withArgs(study, grant.id, member.patient, member.batch, member.record, member.patient, 300n);
      await expect(claiming).to.changeTokenBalances(ethers, token, [splitter, member.patient], [-300n, 300n]);
      expect((await splitter.agreement(study)).paid).to.equal(300n);
      expect(await splitter.dueToMember(grant.id, grant.members[1]!)).to.equal(300n);
    });

    it("pays the present owner of the patient's DID", async () => {
      const { splitter, token, patients, signers, asStranger, asDepositor, study, grant } =
        await networkHelpers.loadFixture(deployEnrolled);
      const index = grant.members.findIndex(({ patient }) => patient === signers.patient.address);
      const [member, proof] = memberOf(grant, index);
      await patients.connect(signers.patient).changeOwner(signers.patient, signers.guardian);
      await asDepositor.deposit(study, 1_000n, REFERENCE);
      const claiming = asStranger.claim(grant.id, member, proof);
      await expect(claiming)
        .to.emit(splitter, "PatientPaid")
        .withArgs(study, grant.id, member.patient, member.batch, member.record, signers.guardian.address, 300n);
      await expect(claiming).to.changeTokenBalances(ethers, token, [signers.patient, signers.guardian], [0n, 300n]);
    });

    it("pays a late joiner from later deposits alone", async () => {
      const suite = await networkHelpers.loadFixture(deployEnrolled);
      const { splitter, token, asStranger, asDepositor, study, grant } = suite;
      await asDepositor.deposit(study, 1_000n, REFERENCE);
      const patients = quietPatients(1);
      const late = await grantCohort(suite, study, patients);
      await asStranger.enroll(late.id, ...memberOf(late, 0));
      await expect(asStranger.claim(late.id, ...memberOf(late, 0)))
        .to.be.revertedWithCustomError(splitter, "NothingDue")
        .withArgs(study, patients[0]!);

      await asDepositor.deposit(study, 1_000n, REFERENCE);
      await asStranger.claim(late.id, ...memberOf(late, 0));
      expect(await token.balanceOf(patients[0]!)).to.equal(200n);
      expect(await splitter.dueToMember(grant.id, grant.members[0]!)).to.equal(500n);
      expect(await dustOf(suite, [grant, late])).to.equal(0n);
    });

    it("pays a member of two grants for each", async () => {
      const suite = await networkHelpers.loadFixture(deployAgreement);
      const { token, asStranger, asDepositor, study } = suite;
      const patients = quietPatients(2);
      const grants = [await grantCohort(suite, study, patients), await grantCohort(suite, study, [patients[0]!])];
      for (const grant of grants) await asStranger.enroll(grant.id, ...memberOf(grant, 0));
      await asDepositor.deposit(study, 1_000n, REFERENCE);
      for (const grant of grants) {
        for (const index of grant.members.keys()) await asStranger.claim(grant.id, ...memberOf(grant, index));
      }
      expect(await token.balanceOf(patients[0]!)).to.equal(400n);
      expect(await token.balanceOf(patients[1]!)).to.equal(200n);
      expect(await dustOf(suite, grants)).to.equal(0n);
    });

    it("pays as much in many claims as in one", async () => {
      const suite = await networkHelpers.loadFixture(deployAgreement);
      const { splitter, token, asStranger, asDepositor, study } = suite;
      const patients = quietPatients(3);
      const grant = await grantCohort(suite, study, patients);
      await asStranger.enroll(grant.id, ...memberOf(grant, 0));
      const eager = grant.members[0]!;
      const patient = grant.members[1]!;
      // 6/5 of a unit each time: the fifth is not lost by claiming.
      for (let i = 0; i < 10; ++i) {
        await asDepositor.deposit(study, 6n, REFERENCE);
        if ((await splitter.dueToMember(grant.id, eager)) !== 0n)
          await asStranger.claim(grant.id, ...memberOf(grant, 0));
      }
      await asStranger.claim(grant.id, ...memberOf(grant, 1));
      expect(await token.balanceOf(eager.patient)).to.equal(await token.balanceOf(patient.patient));
      expect(await token.balanceOf(eager.patient)).to.be.within(11n, 12n);
    });
  });

  describe("claimInstitution", () => {
    for (const caller of ["stranger", "researcher", "northGateway", "patient", "operator", "rules"] as const) {
      it(`reverts when the caller is ${caller}, no administrator`, async () => {
        const { splitter, institutions, asDepositor, study, signers } =
          await networkHelpers.loadFixture(deployAgreement);
        await asDepositor.deposit(study, 1_000n, REFERENCE);
        await expect(splitter.connect(signers[caller]).claimInstitution(study, signers[caller]))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(signers[caller].address, AGENT_ROLES.admin);
      });
    }

    it("reverts while the institution is suspended, whose money stays owed, and not from the end on", async () => {
      const { splitter, institutions, asDepositor, study, signers, members } =
        await networkHelpers.loadFixture(deployAgreement);
      await asDepositor.deposit(study, 1_000n, REFERENCE);
      const until = (await networkHelpers.time.latest()) + DAY;
      await institutions.connect(signers.supervision).suspend(members["northHospital"]!, until, REASON);
      const claiming = () => splitter.connect(signers.northAdmin).claimInstitution(study, signers.northAdmin);
      await networkHelpers.time.setNextBlockTimestamp(until - 1);
      await expect(claiming())
        .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
        .withArgs(signers.northAdmin.address, AGENT_ROLES.admin);
      expect(await splitter.dueToInstitution(study, members["northHospital"]!)).to.equal(70n);
      await networkHelpers.time.setNextBlockTimestamp(until);
      await expect(claiming()).to.emit(splitter, "InstitutionPaid");
    });

    it("reverts when nothing is due: no payee, no study, no deposit, claimed already", async () => {
      const { splitter, asDepositor, study, signers } = await networkHelpers.loadFixture(deployAgreement);
      const { northAdmin, eastAdmin } = signers;
      const reverts = (who: typeof northAdmin, which: string) =>
        expect(splitter.connect(who).claimInstitution(which, who))
          .to.be.revertedWithCustomError(splitter, "NothingDue")
          .withArgs(which, who.address);
      await reverts(northAdmin, study);
      await asDepositor.deposit(study, 1_000n, REFERENCE);
      await reverts(eastAdmin, study);
      await reverts(northAdmin, UNKNOWN);
      await splitter.connect(northAdmin).claimInstitution(study, northAdmin);
      await reverts(northAdmin, study);
    });

    it("reverts without a recipient", async () => {
      const { splitter, asDepositor, study, signers, members } = await networkHelpers.loadFixture(deployAgreement);
      await asDepositor.deposit(study, 1_000n, REFERENCE);
      await expect(splitter.connect(signers.northAdmin).claimInstitution(study, ZeroAddress))
        .to.be.revertedWithCustomError(splitter, "ZeroAddress")
        .withArgs();
      expect(await splitter.dueToInstitution(study, members["northHospital"]!)).to.equal(70n);
    });

    it("pays where the administrator says, leaves the others' due, and says so", async () => {
      const { splitter, token, asDepositor, study, signers, members } =
        await networkHelpers.loadFixture(deployAgreement);
      await asDepositor.deposit(study, 1_000n, REFERENCE);
      const [north, institute] = [members["northHospital"]!, members["researchInstitute"]!];
      const claiming = splitter.connect(signers.northAdmin).claimInstitution(study, signers.helper1);
      await expect(claiming).to.emit(splitter, "InstitutionPaid").withArgs(study, north, signers.helper1.address, 70n);
      await expect(claiming).to.changeTokenBalances(ethers, token, [splitter, signers.helper1], [-70n, 70n]);
      expect(await splitter.dueToInstitution(study, north)).to.equal(0n);
      expect(await splitter.dueToInstitution(study, institute)).to.equal(30n);
      expect((await splitter.agreement(study)).paid).to.equal(70n);
    });

    it("pays what came since the last claim", async () => {
      const { splitter, token, asDepositor, study, signers } = await networkHelpers.loadFixture(deployAgreement);
      const claiming = () => splitter.connect(signers.northAdmin).claimInstitution(study, signers.helper1);
      await asDepositor.deposit(study, 19n, REFERENCE);
      await claiming();
      expect(await token.balanceOf(signers.helper1)).to.equal(1n);
      await asDepositor.deposit(study, 81n, REFERENCE);
      await claiming();
      expect(await token.balanceOf(signers.helper1)).to.equal(7n);
    });
  });

  describe("claimFund", () => {
    it("reverts without an agreement", async () => {
      const { splitter, asStranger } = await networkHelpers.loadFixture(deployAgreement);
      for (const unknown of [UNKNOWN, ZeroHash]) {
        await expect(asStranger.claimFund(unknown))
          .to.be.revertedWithCustomError(splitter, "AgreementUnknown")
          .withArgs(unknown);
      }
    });

    it("reverts before anything is due, and the second time", async () => {
      const { splitter, fund, asStranger, asDepositor, study } = await networkHelpers.loadFixture(deployAgreement);
      const reverts = async () =>
        expect(asStranger.claimFund(study))
          .to.be.revertedWithCustomError(splitter, "NothingDue")
          .withArgs(study, await fund.getAddress());
      await reverts();
      await asDepositor.deposit(study, 1_000n, REFERENCE);
      await asStranger.claimFund(study);
      await reverts();
    });

    it("pays exactly 30 % of 1000000 to the fund, by anyone's call, and says so", async () => {
      const { splitter, token, fund, asStranger, asDepositor, study } =
        await networkHelpers.loadFixture(deployEnrolled);
      await asDepositor.deposit(study, 1_000_000n, REFERENCE);
      await expect(asStranger.claimFund(study))
        .to.emit(splitter, "FundPaid")
        .withArgs(study, await fund.getAddress(), 300_000n);
      expect(await token.balanceOf(fund)).to.equal(300_000n);
      const { fundPaid, paid } = await splitter.agreement(study);
      expect([fundPaid, paid]).to.deep.equal([300_000n, 300_000n]);
    });

    it("pays exactly 30 % also of a million deposited in uneven parts", async () => {
      const { splitter, token, fund, asStranger, asDepositor, study } =
        await networkHelpers.loadFixture(deployEnrolled);
      let rest = 1_000_000n;
      for (const part of [1n, 3n, 7n, 333_333n, 99_999n]) {
        await asDepositor.deposit(study, part, REFERENCE);
        if ((await splitter.dueToFund(study)) !== 0n) await asStranger.claimFund(study);
        rest -= part;
      }
      await asDepositor.deposit(study, rest, REFERENCE);
      await asStranger.claimFund(study);
      expect(await token.balanceOf(fund)).to.equal(300_000n);
    });
  });

  describe("the whole", () => {
    const claimAll = async (suite: Revenue, grant: Grant, study = suite.study) => {
      const { splitter, signers } = suite;
      for (const [i, member] of grant.members.entries()) {
        if ((await splitter.dueToMember(grant.id, member)) !== 0n)
          await splitter.claim(grant.id, ...memberOf(grant, i));
      }
      for (const admin of [signers.northAdmin, signers.instituteAdmin]) {
        await splitter.connect(admin).claimInstitution(study, admin);
      }
      await splitter.claimFund(study);
    };

    for (const decimals of [6, 18, 30]) {
      for (const [label, amount] of [
        ["1000 and a bit", 1_000n * 10n ** BigInt(decimals) + 1n],
        ["2^128", 2n ** 128n],
        ["2^128 - 1", 2n ** 128n - 1n],
      ] as const) {
        it(`accounts for every unit of ${label} of a token of ${decimals} decimals`, async () => {
          const suite = await networkHelpers.loadFixture(deployRevenue);
          const { splitter, study, fund, signers } = suite;
          const token = await ethers.deployContract("TestToken", ["Token", "T", decimals]);
          await openAgreement(suite, token);
          await fundDepositor(suite, token);
          const grant = await grantCohort(suite, study, quietPatients(3));
          await splitter.enroll(grant.id, ...memberOf(grant, 0));
          for (let i = 0; i < 3; ++i) await splitter.connect(signers.relayer).deposit(study, amount, REFERENCE);
          const dust = await dustOf(suite, [grant]);
          expect(dust).to.be.within(0n, 6n);
          await claimAll(suite, grant);
          const { received, paid } = await splitter.agreement(study);
          expect(received).to.equal(3n * amount);
          expect(received - paid).to.equal(dust);
          expect(await token.balanceOf(splitter)).to.equal(dust);
          expect(await token.balanceOf(fund)).to.equal((3n * amount * 3n) / 10n);
        });
      }
    }

    it("keeps agreements in one token apart", async () => {
      const suite = await networkHelpers.loadFixture(deployEnrolled);
      const { splitter, token, study, asDepositor, grant } = suite;
      const other = await openStudy(suite, "other protocol");
      await openAgreement(suite, token, other);
      await asDepositor.deposit(study, 1_000n, REFERENCE);
      await asDepositor.deposit(other, 500n, REFERENCE);
      await claimAll(suite, grant);
      const kept = await splitter.agreement(other);
      expect([kept.received, kept.paid, kept.units]).to.deep.equal([500n, 0n, 0n]);
      expect(await owed(suite, [], other)).to.equal(200n);
      expect(await token.balanceOf(splitter)).to.equal(500n);
    });

    it("pays out what arrived of a token with a fee, which the recipients bear", async () => {
      const suite = await networkHelpers.loadFixture(deployRevenue);
      const { splitter, study, fund, signers } = suite;
      const token = await ethers.deployContract("FeeToken", [100]);
      await openAgreement(suite, token);
      await fundDepositor(suite, token);
      const grant = await grantCohort(suite, study, quietPatients(3));
      await splitter.enroll(grant.id, ...memberOf(grant, 0));
      await splitter.connect(signers.relayer).deposit(study, 1_000_000n, REFERENCE);
      const dust = await dustOf(suite, [grant]);
      await claimAll(suite, grant);
      expect(await token.balanceOf(fund)).to.equal(297_000n - 2_970n);
      expect(await token.balanceOf(splitter)).to.equal(dust);
    });

    describe("a token that calls back", () => {
      const deployReentrant = async () => {
        const suite = await networkHelpers.loadFixture(deployRevenue);
        const { splitter, study, signers } = suite;
        const token = await ethers.deployContract("ReentrantToken");
        await openAgreement(suite, token);
        await fundDepositor(suite, token);
        const grant = await grantCohort(suite, study, quietPatients(2));
        const late = await grantCohort(suite, study, quietPatients(1, 3));
        await splitter.enroll(grant.id, ...memberOf(grant, 0));
        const asDepositor = splitter.connect(signers.relayer);
        await asDepositor.deposit(study, 1_000n, REFERENCE);
        return { ...suite, token, grant, late, asDepositor };
      };
      type Reentrant = Awaited<ReturnType<typeof deployReentrant>>;

      const inner: Record<string, (suite: Reentrant) => string> = {
        enroll: ({ splitter, late }) =>
          splitter.interface.encodeFunctionData("enroll", [late.id, ...memberOf(late, 0)]),
        deposit: ({ splitter, study }) => splitter.interface.encodeFunctionData("deposit", [study, 1n, REFERENCE]),
        claim: ({ splitter, grant }) =>
          splitter.interface.encodeFunctionData("claim", [grant.id, ...memberOf(grant, 1)]),
        claimInstitution: ({ splitter, study, signers }) =>
          splitter.interface.encodeFunctionData("claimInstitution", [study, signers.stranger.address]),
        claimFund: ({ splitter, study }) => splitter.interface.encodeFunctionData("claimFund", [study]),
      };
      const outer: Record<string, (suite: Reentrant) => Promise<unknown>> = {
        deposit: ({ asDepositor, study }) => asDepositor.deposit(study, 1_000n, REFERENCE),
        claim: ({ splitter, grant }) => splitter.claim(grant.id, ...memberOf(grant, 0)),
        claimInstitution: ({ splitter, study, signers }) =>
          splitter.connect(signers.northAdmin).claimInstitution(study, signers.northAdmin),
        claimFund: ({ splitter, study }) => splitter.claimFund(study),
      };

      for (const [first, act] of Object.entries(outer)) {
        for (const [second, encode] of Object.entries(inner)) {
          it(`cannot ${second} within ${first}`, async () => {
            const suite = await networkHelpers.loadFixture(deployReentrant);
            const { splitter, token, study, grant } = suite;
            const before = [await splitter.agreement(study), await owed(suite, [grant])];
            await token.arm(splitter, encode(suite));
            await expect(act(suite)).to.be.revertedWithCustomError(splitter, "ReentrancyGuardReentrantCall").withArgs();
            expect([await splitter.agreement(study), await owed(suite, [grant])]).to.deep.equal(before);
          });
        }
      }

      it("cannot open an agreement, being no agent", async () => {
        const suite = await networkHelpers.loadFixture(deployReentrant);
        const { splitter, institutions, token, study } = suite;
        const own = await token.getAddress();
        await token.arm(
          splitter,
          splitter.interface.encodeFunctionData("openAgreement", [study, own, 7_000, 3_000, []]),
        );
        await expect(splitter.claimFund(study))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(own, AGENT_ROLES.researcher);
      });
    });
  });
});

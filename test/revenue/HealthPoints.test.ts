import { expect } from "chai";
import type { Address, Hex } from "viem";
import { connection, ethers, loadFixture, networkHelpers, type SignerName } from "../fixtures/consilium.ts";
import { DAY, deployRevenue, grantCohort, quietPatients, REASON } from "./revenueFixtures.ts";

const { ZeroAddress, ZeroHash } = ethers;
const VOUCHER = ethers.id("voucher") as Hex;
const REWARD = 10n;

const TYPES = {
  RedeemPoints: [
    { name: "patient", type: "address" },
    { name: "institution", type: "uint32" },
    { name: "points", type: "uint256" },
    { name: "referenceHash", type: "bytes32" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

/** Two patients' records granted; that of the first is delivered. */
async function deployDelivered() {
  const suite = await loadFixture(deployRevenue);
  const { broker, signers } = suite;
  const patients = [suite.signers.patient.address, suite.signers.otherPatient.address] as Address[];
  const grant = await grantCohort(suite, suite.study, patients, { level: 2 });
  const used = grant.members.findIndex(({ patient }) => patient === signers.patient.address);
  const record = grant.records[used]!;
  await broker.connect(signers.northGateway).logDelivery(grant.id, grant.members[used]!, grant.proofs[used]!, record, {
    ciphertextHash: REASON,
    evidenceHash: REASON,
    sensitivitiesChecked: true,
  });
  const claim = (index = used) =>
    suite.points.connect(signers.stranger).claim(grant.id, grant.members[index]!, grant.proofs[index]!);
  return { ...suite, grant, used, claim, patient: signers.patient, north: suite.members["northHospital"]! };
}

/** And its points claimed. */
async function deployClaimed() {
  const suite = await loadFixture(deployDelivered);
  await suite.claim();
  const domain = {
    name: "Consilium Points",
    version: "1",
    chainId: connection.networkConfig.chainId!,
    verifyingContract: await suite.points.getAddress(),
  };
  const sign = async (by: SignerName, value: Partial<Record<string, unknown>> = {}, of = domain) =>
    suite.signers[by].signTypedData(of, TYPES, {
      patient: suite.patient.address,
      institution: suite.north,
      points: 4n,
      referenceHash: VOUCHER,
      nonce: 0n,
      deadline: ethers.MaxUint256,
      ...value,
    });
  const redeemSigned = async (signature: string, signer: SignerName = "patient", deadline = ethers.MaxUint256) =>
    suite.points
      .connect(suite.signers.northAdmin)
      .redeemBySignature(suite.patient, suite.north, 4n, VOUCHER, suite.signers[signer], deadline, signature);
  return { ...suite, domain, sign, redeemSigned };
}

async function requireSum({ points }: Awaited<ReturnType<typeof deployDelivered>>, held: bigint): Promise<void> {
  expect(await points.totalMinted()).to.equal(held + (await points.totalRedeemed()));
}

describe("HealthPoints", () => {
  it("needs its partners and a reward", async () => {
    const { authority, broker, institutions, patients, points } = await loadFixture(deployRevenue);
    for (const missing of [0, 1, 2]) {
      const parts = [broker, institutions, patients].map((part, index) => (index === missing ? ZeroAddress : part));
      await expect(ethers.deployContract("HealthPoints", [authority, ...parts, REWARD]))
        .to.be.revertedWithCustomError(points, "ZeroAddress")
        .withArgs();
    }
    await expect(ethers.deployContract("HealthPoints", [authority, broker, institutions, patients, 0]))
      .to.be.revertedWithCustomError(points, "RewardInvalid")
      .withArgs(0n);
    expect(await points.reward()).to.equal(REWARD);
  });

  describe("setReward", () => {
    it("is for the rules role alone, and holds for later claims", async () => {
      const { points, signers, claim, patient } = await loadFixture(deployDelivered);
      for (const caller of ["stranger", "operator", "supervision", "admin", "deployer", "patient"] as const) {
        await expect(points.connect(signers[caller]).setReward(7))
          .to.be.revertedWithCustomError(points, "AccessManagedUnauthorized")
          .withArgs(signers[caller].address);
      }
      await expect(points.connect(signers.rules).setReward(0))
        .to.be.revertedWithCustomError(points, "RewardInvalid")
        .withArgs(0n);
      await expect(points.connect(signers.rules).setReward(7))
        .to.emit(points, "RewardChanged")
        .withArgs(7n, signers.rules.address);
      await claim();
      expect(await points.balanceOf(patient)).to.equal(7n);
    });
  });

  describe("claim", () => {
    it("gives the points of a delivered record to its patient, whoever calls, once", async () => {
      const suite = await loadFixture(deployDelivered);
      const { points, grant, used, claim, patient } = suite;
      const member = grant.members[used]!;
      await expect(claim())
        .to.emit(points, "PointsMinted")
        .withArgs(grant.id, member.patient, member.batch, member.record, REWARD, REWARD);
      expect(await points.balanceOf(patient)).to.equal(REWARD);
      expect(await points.isClaimed(grant.id, await suite.broker.memberLeaf(member))).to.equal(true);
      await requireSum(suite, REWARD);
      await expect(claim()).to.be.revertedWithCustomError(points, "PointsClaimed").withArgs(grant.id, member.record);
    });

    it("gives none for a record that was not delivered", async () => {
      const { points, grant, used, claim } = await loadFixture(deployDelivered);
      await expect(claim(1 - used))
        .to.be.revertedWithCustomError(points, "RecordNotUsed")
        .withArgs(grant.id, grant.members[1 - used]!.record);
    });

    it("gives none without proof of the member, whose every field counts", async () => {
      const { points, broker, grant, used } = await loadFixture(deployDelivered);
      const [member, proof] = [grant.members[used]!, grant.proofs[used]!];
      for (const [shown, by] of [
        [{ ...member, patient: quietPatients(1)[0]! }, proof],
        [{ ...member, record: VOUCHER }, proof],
        [{ ...member, consent: VOUCHER }, proof],
        [{ ...member, batch: VOUCHER }, proof],
        [{ ...member, study: ZeroHash as Hex }, proof],
        [member, []],
      ] as const) {
        await expect(points.claim(grant.id, shown, [...by]))
          .to.be.revertedWithCustomError(broker, "MemberNotInGrant")
          .withArgs(grant.id, shown.record);
      }
      await expect(points.claim(VOUCHER, member, proof))
        .to.be.revertedWithCustomError(broker, "MemberNotInGrant")
        .withArgs(VOUCHER, member.record);
    });

    it("gives none to a deactivated patient", async () => {
      const { points, patients, patient, claim } = await loadFixture(deployDelivered);
      await patients.connect(patient).changeOwner(patient, ZeroAddress);
      await expect(claim()).to.be.revertedWithCustomError(points, "PatientUnreachable").withArgs(patient.address);
    });
  });

  describe("redeem", () => {
    it("burns the patient's points at a member", async () => {
      const suite = await loadFixture(deployClaimed);
      const { points, patient, north } = suite;
      await expect(points.connect(patient).redeem(patient, north, 4n, VOUCHER))
        .to.emit(points, "PointsRedeemed")
        .withArgs(patient.address, north, 4n, 6n, VOUCHER, patient.address);
      expect(await points.balanceOf(patient)).to.equal(6n);
      expect(await points.totalRedeemed()).to.equal(4n);
      await points.connect(patient).redeem(patient, north, 6n, VOUCHER);
      expect(await points.nonceOf(patient)).to.equal(2n);
      await requireSum(suite, 0n);
    });

    it("reverts for none, for more than held, and for the maximum", async () => {
      const { points, patient, north } = await loadFixture(deployClaimed);
      for (const amount of [0n, REWARD + 1n, 2n ** 192n, ethers.MaxUint256]) {
        await expect(points.connect(patient).redeem(patient, north, amount, VOUCHER))
          .to.be.revertedWithCustomError(points, "PointsInvalid")
          .withArgs(patient.address, amount, REWARD);
      }
    });

    it("reverts for anyone but the patient and the guardian", async () => {
      const { points, patients, signers, patient, north } = await loadFixture(deployClaimed);
      const until = (await networkHelpers.time.latest()) + DAY;
      await patients.connect(patient).giveMandate(patient, signers.dataTrust, (1n << 200n) | (BigInt(until) << 144n));
      for (const caller of ["stranger", "northAdmin", "guardian", "dataTrust"] as const) {
        await expect(points.connect(signers[caller]).redeem(patient, north, 1n, VOUCHER))
          .to.be.revertedWithCustomError(points, "NoAuthority")
          .withArgs(patient.address, signers[caller].address);
      }
    });

    it("is the guardian's up to the second before majority, and the patient's from then on", async () => {
      const { points, patients, signers, patient, north } = await loadFixture(deployClaimed);
      const majority = (await networkHelpers.time.latest()) + DAY;
      await patients.connect(patient).appointGuardian(patient, signers.guardian, ZeroAddress, majority, majority);
      const by = (who: "guardian" | "patient") => points.connect(signers[who]).redeem(patient, north, 1n, VOUCHER);
      await networkHelpers.time.setNextBlockTimestamp(majority - 2);
      await expect(by("patient"))
        .to.be.revertedWithCustomError(points, "NoAuthority")
        .withArgs(patient.address, patient.address);
      await networkHelpers.time.setNextBlockTimestamp(majority - 1);
      await by("guardian");
      await networkHelpers.time.setNextBlockTimestamp(majority);
      await expect(by("guardian"))
        .to.be.revertedWithCustomError(points, "NoAuthority")
        .withArgs(patient.address, signers.guardian.address);
      await by("patient");
      expect(await points.balanceOf(patient)).to.equal(REWARD - 2n);
    });

    it("is the guardian's up to the second before the age of assent, then nobody's until the second of majority", async () => {
      const { points, patients, signers, patient, north } = await loadFixture(deployClaimed);
      const assentFrom = (await networkHelpers.time.latest()) + DAY;
      const majority = assentFrom + DAY;
      await patients.connect(patient).appointGuardian(patient, signers.guardian, ZeroAddress, assentFrom, majority);
      const by = (who: "guardian" | "patient") => points.connect(signers[who]).redeem(patient, north, 1n, VOUCHER);
      await networkHelpers.time.setNextBlockTimestamp(assentFrom - 1);
      await by("guardian");
      for (const t of [assentFrom, majority - 2]) {
        await networkHelpers.time.setNextBlockTimestamp(t);
        for (const who of ["guardian", "patient"] as const) {
          await expect(by(who))
            .to.be.revertedWithCustomError(points, "NoAuthority")
            .withArgs(patient.address, signers[who].address);
        }
      }
      await networkHelpers.time.setNextBlockTimestamp(majority);
      await by("patient");
      expect(await points.balanceOf(patient)).to.equal(REWARD - 2n);
    });

    it("reverts at a member that is unknown or suspended, until the suspension's very end", async () => {
      const { points, institutions, signers, patient, north } = await loadFixture(deployClaimed);
      for (const unknown of [0n, 99n]) {
        await expect(points.connect(patient).redeem(patient, unknown, 1n, VOUCHER))
          .to.be.revertedWithCustomError(points, "RedeemerInvalid")
          .withArgs(unknown);
      }
      const until = (await networkHelpers.time.latest()) + DAY;
      await institutions.connect(signers.supervision).suspend(north, until, REASON);
      await networkHelpers.time.setNextBlockTimestamp(until - 1);
      await expect(points.connect(patient).redeem(patient, north, 1n, VOUCHER))
        .to.be.revertedWithCustomError(points, "RedeemerInvalid")
        .withArgs(north);
      await networkHelpers.time.setNextBlockTimestamp(until);
      await points.connect(patient).redeem(patient, north, 1n, VOUCHER);
    });
  });

  describe("redeemBySignature", () => {
    it("burns by the patient's signature, whoever sends it, once", async () => {
      const { points, patient, north, sign, redeemSigned } = await loadFixture(deployClaimed);
      const signature = await sign("patient");
      await expect(redeemSigned(signature))
        .to.emit(points, "PointsRedeemed")
        .withArgs(patient.address, north, 4n, 6n, VOUCHER, patient.address);
      await expect(redeemSigned(signature))
        .to.be.revertedWithCustomError(points, "SignatureInvalid")
        .withArgs(patient.address);
    });

    it("refuses a signature of other terms, of another chain or contract, of another, or malleated", async () => {
      const { points, patient, signers, domain, sign, redeemSigned } = await loadFixture(deployClaimed);
      const own = ethers.Signature.from(await sign("patient"));
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
      const malleated = ethers.concat([
        own.r,
        ethers.toBeHex(order - BigInt(own.s), 32),
        own.v === 27 ? "0x1c" : "0x1b",
      ]);
      for (const signature of [
        await sign("patient", { points: 5n }),
        await sign("patient", { institution: 2n }),
        await sign("patient", { referenceHash: REASON }),
        await sign("patient", { nonce: 1n }),
        await sign("patient", { deadline: 1n }),
        await sign("patient", {}, { ...domain, chainId: 1 }),
        await sign("patient", {}, { ...domain, verifyingContract: signers.stranger.address }),
        await sign("stranger"),
        malleated,
        "0x",
      ]) {
        await expect(redeemSigned(signature))
          .to.be.revertedWithCustomError(points, "SignatureInvalid")
          .withArgs(patient.address);
      }
      await expect(redeemSigned(await sign("stranger"), "stranger"))
        .to.be.revertedWithCustomError(points, "NoAuthority")
        .withArgs(patient.address, signers.stranger.address);
      expect(await points.balanceOf(patient)).to.equal(REWARD);
    });

    it("counts the deadline's second as the last", async () => {
      const { points, sign, redeemSigned } = await loadFixture(deployClaimed);
      const deadline = BigInt(await networkHelpers.time.latest()) + 100n;
      const signature = await sign("patient", { deadline });
      await networkHelpers.time.setNextBlockTimestamp(deadline + 1n);
      await expect(redeemSigned(signature, "patient", deadline))
        .to.be.revertedWithCustomError(points, "SignatureExpired")
        .withArgs(deadline);
    });

    it("takes the deadline's very second", async () => {
      const { points, patient, sign, redeemSigned } = await loadFixture(deployClaimed);
      const deadline = BigInt(await networkHelpers.time.latest()) + 100n;
      const signature = await sign("patient", { deadline });
      await networkHelpers.time.setNextBlockTimestamp(deadline);
      await redeemSigned(signature, "patient", deadline);
      expect(await points.balanceOf(patient)).to.equal(REWARD - 4n);
    });

    it("takes the signature of an ERC-1271 wallet that owns the DID", async () => {
      const { points, patients, patient, signers, north, sign } = await loadFixture(deployClaimed);
      const wallet = await ethers.deployContract("Erc1271Wallet", [signers.helper1]);
      await patients.connect(patient).changeOwner(patient, wallet);
      await points.redeemBySignature(patient, north, 4n, VOUCHER, wallet, ethers.MaxUint256, await sign("helper1"));
      expect(await points.balanceOf(patient)).to.equal(REWARD - 4n);
    });
  });
});

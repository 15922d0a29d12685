import { expect } from "chai";
import {
  AgentRole,
  ALL_ROLES,
  DAY,
  InstitutionKind,
  MAX_TIME,
  Standing,
  YEAR,
  deployInstitutions,
  deployTwoInstitutions,
  ethers,
  goTo,
  hash,
  inOneBlock,
  loadFixture,
  networkHelpers,
  nextAt,
} from "./institutionFixtures.ts";

const { ZeroAddress, ZeroHash } = ethers;
/** Sent with a gas limit a transaction is mined even if it fails. */
const mined = { gasLimit: 1_000_000 };
const REASON = hash("reason");
const UNKNOWN = 99n;

const ADMINISTRATION = {
  OPERATOR: ["admit", "accredit", "appointAgent", "dismissAgent", "releaseBond"],
  SUPERVISION: ["suspend", "reinstate", "expel", "slashBond"],
};

/** Two members; the hospital is suspended for ten days and the institute expelled. */
async function deployOneSuspendedOneExpelled() {
  const base = await loadFixture(deployTwoInstitutions);
  const suspendedUntil = base.start + 10 * DAY;
  await base.registry.connect(base.supervision).suspend(base.hospital, suspendedUntil, REASON);
  await base.registry.connect(base.supervision).expel(base.institute, REASON);
  return { ...base, suspendedUntil };
}

/** The hospital has a bond of 1,000 units, paid by a payer who holds 5,000 more. */
async function deployWithBond() {
  const base = await loadFixture(deployTwoInstitutions);
  const payer = base.freeWallet;
  await base.token.mint(payer, 6_000n);
  await base.token.connect(payer).approve(base.registry, ethers.MaxUint256);
  await base.registry.connect(payer).depositBond(base.hospital, 1_000n);
  return { ...base, payer };
}

/** A reviewer at the hospital whom the consortium appointed for 30 days. */
async function deployWithReviewer() {
  const base = await loadFixture(deployTwoInstitutions);
  const reviewEnd = base.start + 30 * DAY;
  await base.registry
    .connect(base.operator)
    .appointAgent(base.hospital, base.reviewer, AgentRole.ETHICS_REVIEWER | AgentRole.CLINICIAN, base.start, reviewEnd);
  return { ...base, reviewEnd };
}

describe("InstitutionRegistry", () => {
  describe("constructor", () => {
    it("reverts without a settlement token", async () => {
      const { manager, registry } = await loadFixture(deployInstitutions);
      await expect(ethers.deployContract("InstitutionRegistry", [manager, ZeroAddress]))
        .to.be.revertedWithCustomError(registry, "ZeroAddress")
        .withArgs();
    });

    it("keeps authority and token, and starts without members", async () => {
      const { manager, token, registry } = await loadFixture(deployInstitutions);
      expect(await registry.authority()).to.equal(await manager.getAddress());
      expect(await registry.settlementToken()).to.equal(await token.getAddress());
      expect(await token.decimals()).to.equal(2n);
      expect(await registry.institutionCount()).to.equal(0n);
    });
  });

  describe("administration", () => {
    const calls: Record<string, unknown[]> = {
      admit: [InstitutionKind.HOSPITAL, 0, true, 0, MAX_TIME, hash("m"), "0x0000000000000000000000000000000000000001"],
      accredit: [1n, 0, MAX_TIME],
      appointAgent: [1n, "0x0000000000000000000000000000000000000001", ALL_ROLES, 0, MAX_TIME],
      dismissAgent: ["0x0000000000000000000000000000000000000001"],
      releaseBond: [1n, "0x0000000000000000000000000000000000000001", 1n],
      suspend: [1n, MAX_TIME, REASON],
      reinstate: [1n, REASON],
      expel: [1n, REASON],
      slashBond: [1n, "0x0000000000000000000000000000000000000001", 1n, REASON],
    };

    for (const [role, names] of Object.entries(ADMINISTRATION)) {
      for (const name of names) {
        it(`refuses ${name} to anyone but ${role}`, async () => {
          const base = await loadFixture(deployTwoInstitutions);
          const other = role === "OPERATOR" ? base.supervision : base.operator;
          for (const caller of [base.stranger, base.hospitalAdmin, base.clinician, other]) {
            await expect(base.registry.connect(caller).getFunction(name)(...(calls[name] ?? [])))
              .to.be.revertedWithCustomError(base.registry, "AccessManagedUnauthorized")
              .withArgs(caller.address);
          }
        });
      }
    }
  });

  describe("admit", () => {
    async function deployAdmission() {
      const base = await loadFixture(deployInstitutions);
      const [administrator, otherAdministrator] = base.wallets;
      if (!administrator || !otherAdministrator) throw new Error("Too few signers");
      const now = (await networkHelpers.time.latest()) + 100;
      const admit = async (changes: {
        kind?: number;
        region?: number;
        from?: number;
        until?: number;
        metadata?: string;
        admin?: string;
      }) => {
        await nextAt(now);
        return base.registry
          .connect(base.operator)
          .admit(
            changes.kind ?? InstitutionKind.HOSPITAL,
            changes.region ?? 3,
            true,
            changes.from ?? now,
            changes.until ?? now + YEAR,
            changes.metadata ?? hash("member"),
            changes.admin ?? administrator.address,
          );
      };
      return { ...base, administrator, otherAdministrator, now, admit };
    }

    it("reverts without a kind", async () => {
      const { registry, admit } = await deployAdmission();
      await expect(admit({ kind: InstitutionKind.NONE }))
        .to.be.revertedWithCustomError(registry, "InstitutionKindInvalid")
        .withArgs();
    });

    it("reverts for a kind that does not exist", async () => {
      const { registry, operator, now, administrator } = await deployAdmission();
      const data = registry.interface
        .encodeFunctionData("admit", [8, 0, true, now, now + YEAR, hash("m"), administrator.address])
        .replace("8".padStart(64, "0"), "9".padStart(64, "0"));
      await expect(operator.sendTransaction({ to: registry, data })).to.be.revertedWithoutReason(ethers);
      expect(await registry.institutionCount()).to.equal(0n);
    });

    it("reverts for a region beyond the policy word's eight", async () => {
      const { registry, admit } = await deployAdmission();
      await expect(admit({ region: 8 }))
        .to.be.revertedWithCustomError(registry, "RegionInvalid")
        .withArgs(8);
      await admit({ region: 7 });
      expect((await registry.profile(1n)).region).to.equal(7n);
    });

    it("reverts without a description", async () => {
      const { registry, admit } = await deployAdmission();
      await expect(admit({ metadata: ZeroHash }))
        .to.be.revertedWithCustomError(registry, "ZeroHash")
        .withArgs();
    });

    it("reverts without an administrator", async () => {
      const { registry, admit } = await deployAdmission();
      await expect(admit({ admin: ZeroAddress }))
        .to.be.revertedWithCustomError(registry, "ZeroAddress")
        .withArgs();
    });

    it("reverts when the accreditation is empty", async () => {
      const { registry, admit, now } = await deployAdmission();
      for (const from of [now + YEAR, now + YEAR + 1]) {
        await expect(admit({ from }))
          .to.be.revertedWithCustomError(registry, "PeriodInvalid")
          .withArgs(from, now + YEAR);
      }
      await admit({ from: now + YEAR - 1 });
    });

    it("reverts when the accreditation is over, up to its end's very second", async () => {
      const { registry, admit, now } = await deployAdmission();
      for (const until of [now - 1, now]) {
        await expect(admit({ from: 0, until }))
          .to.be.revertedWithCustomError(registry, "PeriodInvalid")
          .withArgs(0, until);
      }
      await admit({ from: 0, until: now + 1 });
    });

    it("reverts when the administrator acts for another member, and admits nobody", async () => {
      const { registry, admit, administrator, now, operator } = await deployAdmission();
      await admit({});
      await expect(
        registry
          .connect(operator)
          .admit(InstitutionKind.RESEARCH, 0, false, now, now + YEAR, hash("other"), administrator),
      )
        .to.be.revertedWithCustomError(registry, "AgentTaken")
        .withArgs(administrator.address, 1n);
      expect(await registry.institutionCount()).to.equal(1n);
      expect((await registry.profile(2n)).kind).to.equal(0n);
    });

    it("numbers members from one and keeps their profile", async () => {
      const { registry, admit, now, operator, otherAdministrator } = await deployAdmission();
      await admit({ until: MAX_TIME });
      await registry
        .connect(operator)
        .admit(InstitutionKind.DATA_TRUST, 0, false, now + 5, now + 9, hash("trust"), otherAdministrator);

      expect(await registry.institutionCount()).to.equal(2n);
      expect([...(await registry.profile(1n))]).to.deep.equal([
        BigInt(InstitutionKind.HOSPITAL),
        false,
        true,
        3n,
        BigInt(now),
        BigInt(now),
        BigInt(MAX_TIME),
        0n,
      ]);
      expect([...(await registry.profile(2n))]).to.deep.equal([
        BigInt(InstitutionKind.DATA_TRUST),
        false,
        false,
        0n,
        BigInt(now + 1),
        BigInt(now + 5),
        BigInt(now + 9),
        0n,
      ]);
      expect((await registry.profile(3n)).kind).to.equal(0n);
    });

    it("makes the administrator for the time of the accreditation", async () => {
      const { registry, admit, now, administrator } = await deployAdmission();
      await admit({ from: now + 100, until: now + 200 });
      for (const [t, holds] of [
        [now + 99, false],
        [now + 100, true],
        [now + 199, true],
        [now + 200, false],
      ] as const) {
        await goTo(t);
        const answer = registry.requireAgent(administrator, AgentRole.ADMIN);
        if (holds) expect(await answer).to.equal(1n);
        else
          await expect(answer)
            .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
            .withArgs(administrator.address, AgentRole.ADMIN);
      }
    });

    it("emits InstitutionAdmitted and AgentAdded", async () => {
      const { registry, admit, now, administrator, operator } = await deployAdmission();
      await expect(admit({}))
        .to.emit(registry, "InstitutionAdmitted")
        .withArgs(1n, InstitutionKind.HOSPITAL, 3, true, now, now + YEAR, hash("member"), operator.address)
        .and.to.emit(registry, "AgentAdded")
        .withArgs(1n, administrator.address, AgentRole.ADMIN, now, now + YEAR, operator.address);
    });
  });

  describe("accredit", () => {
    it("reverts for an unknown member", async () => {
      const { registry, operator } = await loadFixture(deployTwoInstitutions);
      for (const id of [0n, UNKNOWN]) {
        await expect(registry.connect(operator).accredit(id, 1, 2))
          .to.be.revertedWithCustomError(registry, "InstitutionUnknown")
          .withArgs(id);
      }
    });

    it("reverts for an expelled member", async () => {
      const { registry, operator, institute } = await loadFixture(deployOneSuspendedOneExpelled);
      await expect(registry.connect(operator).accredit(institute, 1, 2))
        .to.be.revertedWithCustomError(registry, "InstitutionExpelled")
        .withArgs(institute);
    });

    it("reverts for an end before the start", async () => {
      const { registry, operator, hospital, start } = await loadFixture(deployTwoInstitutions);
      await expect(registry.connect(operator).accredit(hospital, start + 1, start))
        .to.be.revertedWithCustomError(registry, "PeriodInvalid")
        .withArgs(start + 1, start);
    });

    it("renews, at the boundary seconds", async () => {
      const { registry, operator, hospital, start, end } = await loadFixture(deployTwoInstitutions);
      await registry.connect(operator).accredit(hospital, start, end + YEAR);
      await goTo(end + YEAR + 1);
      expect(await registry.accreditedAt(hospital, end)).to.equal(true);
      expect(await registry.accreditedAt(hospital, end + YEAR - 1)).to.equal(true);
      expect(await registry.accreditedAt(hospital, end + YEAR)).to.equal(false);
      expect(await registry.accreditedAt(hospital, end + YEAR + 1)).to.equal(false);
    });

    it("ends it at once and keeps the past", async () => {
      const { registry, operator, hospital, start } = await loadFixture(deployTwoInstitutions);
      const ended = start + DAY;
      await nextAt(ended);
      await registry.connect(operator).accredit(hospital, start, ended);
      expect(await registry.accreditedAt(hospital, start - 1)).to.equal(false);
      expect(await registry.accreditedAt(hospital, start)).to.equal(true);
      expect(await registry.accreditedAt(hospital, ended - 1)).to.equal(true);
      expect(await registry.accreditedAt(hospital, ended)).to.equal(false);
    });

    it("does not change the past by a period that starts in it", async () => {
      const { registry, operator, hospital, start, end } = await loadFixture(deployTwoInstitutions);
      await nextAt(start + DAY);
      await registry.connect(operator).accredit(hospital, start, start);
      await nextAt(start + 2 * DAY);
      await registry.connect(operator).accredit(hospital, start, end);
      expect(await registry.accreditedAt(hospital, start + DAY)).to.equal(false);
      expect(await registry.accreditedAt(hospital, start + 2 * DAY - 1)).to.equal(false);
      expect(await registry.accreditedAt(hospital, start + 2 * DAY)).to.equal(true);
    });

    it("leaves a suspension in force", async () => {
      const { registry, operator, hospital, start, end, suspendedUntil } =
        await loadFixture(deployOneSuspendedOneExpelled);
      await registry.connect(operator).accredit(hospital, start, end + 1);
      expect(await registry.standing(hospital)).to.equal(Standing.SUSPENDED);
      expect((await registry.profile(hospital)).suspendedUntil).to.equal(suspendedUntil);
    });

    it("emits InstitutionAccredited, each time it is called", async () => {
      const { registry, operator, hospital, start, end } = await loadFixture(deployTwoInstitutions);
      for (let i = 0; i < 2; i++) {
        await expect(registry.connect(operator).accredit(hospital, start, end + 1))
          .to.emit(registry, "InstitutionAccredited")
          .withArgs(hospital, start, end + 1, operator.address);
      }
    });
  });

  describe("changeMetadata", () => {
    it("reverts for a stranger, an agent without the role, and an administrator of a suspended or expelled member", async () => {
      const base = await loadFixture(deployTwoInstitutions);
      const { registry } = base;
      const refuses = async (caller: typeof base.stranger) =>
        expect(registry.connect(caller).changeMetadata(hash("new")))
          .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
          .withArgs(caller.address, AgentRole.ADMIN);
      await refuses(base.stranger);
      await refuses(base.clinician);
      await registry.connect(base.supervision).suspend(base.hospital, base.end, REASON);
      await refuses(base.hospitalAdmin);
      await registry.connect(base.supervision).expel(base.institute, REASON);
      await refuses(base.instituteAdmin);
    });

    it("reverts without a hash", async () => {
      const { registry, hospitalAdmin } = await loadFixture(deployTwoInstitutions);
      await expect(registry.connect(hospitalAdmin).changeMetadata(ZeroHash))
        .to.be.revertedWithCustomError(registry, "ZeroHash")
        .withArgs();
    });

    it("emits InstitutionMetadataChanged", async () => {
      const { registry, hospitalAdmin, hospital } = await loadFixture(deployTwoInstitutions);
      await expect(registry.connect(hospitalAdmin).changeMetadata(hash("new")))
        .to.emit(registry, "InstitutionMetadataChanged")
        .withArgs(hospital, hash("new"), hospitalAdmin.address);
    });
  });

  describe("suspend", () => {
    it("reverts for an unknown and for an expelled member", async () => {
      const { registry, supervision, institute, end } = await loadFixture(deployOneSuspendedOneExpelled);
      for (const id of [0n, UNKNOWN]) {
        await expect(registry.connect(supervision).suspend(id, end, REASON))
          .to.be.revertedWithCustomError(registry, "InstitutionUnknown")
          .withArgs(id);
      }
      await expect(registry.connect(supervision).suspend(institute, end, REASON))
        .to.be.revertedWithCustomError(registry, "InstitutionExpelled")
        .withArgs(institute);
    });

    it("reverts for an end that is not in the future", async () => {
      const { registry, supervision, hospital, start } = await loadFixture(deployTwoInstitutions);
      const now = start + DAY;
      for (const until of [0, now - 1, now]) {
        await nextAt(now);
        await expect(registry.connect(supervision).suspend(hospital, until, REASON))
          .to.be.revertedWithCustomError(registry, "PeriodInvalid")
          .withArgs(now, until);
      }
      await nextAt(now);
      await registry.connect(supervision).suspend(hospital, now + 1, REASON);
      expect(await registry.standing(hospital)).to.equal(Standing.SUSPENDED);
    });

    it("stops every agent of the member within the same block", async () => {
      const { registry, supervision, hospital, hospitalAdmin, end } = await loadFixture(deployTwoInstitutions);
      const outcome = await inOneBlock(
        () => registry.connect(hospitalAdmin).changeMetadata(hash("before"), mined),
        () => registry.connect(supervision).suspend(hospital, end, REASON, mined),
        () => registry.connect(hospitalAdmin).changeMetadata(hash("after"), mined),
      );
      expect(outcome).to.deep.equal([true, true, false]);
    });

    it("stops agents of all roles, and no other member's", async () => {
      const base = await loadFixture(deployTwoInstitutions);
      const { registry, operator, supervision, hospital, institute, reviewer, researcher, start, end } = base;
      await registry.connect(operator).appointAgent(hospital, reviewer, ALL_ROLES, start, end);
      await registry.connect(supervision).suspend(hospital, end, REASON);
      for (const role of [...Object.values(AgentRole), ALL_ROLES]) {
        await expect(registry.requireAgent(reviewer, role))
          .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
          .withArgs(reviewer.address, role);
      }
      expect((await registry.agentStanding(reviewer)).roles).to.equal(0n);
      expect(await registry.requireAgent(researcher, AgentRole.RESEARCHER)).to.equal(institute);
    });

    it("ends by itself at its end's very second", async () => {
      const { registry, hospital, clinician, suspendedUntil } = await loadFixture(deployOneSuspendedOneExpelled);
      await goTo(suspendedUntil - 1);
      expect(await registry.isInStanding(hospital)).to.equal(false);
      expect(await registry.standing(hospital)).to.equal(Standing.SUSPENDED);
      await expect(registry.requireAgent(clinician, AgentRole.CLINICIAN))
        .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
        .withArgs(clinician.address, AgentRole.CLINICIAN);

      for (const t of [suspendedUntil, suspendedUntil + 1]) {
        await goTo(t);
        expect(await registry.isInStanding(hospital)).to.equal(true);
        expect(await registry.standing(hospital)).to.equal(Standing.ACTIVE);
        expect(await registry.requireAgent(clinician, AgentRole.CLINICIAN)).to.equal(hospital);
      }
    });

    it("replaces the end by a later call, sooner or later", async () => {
      const { registry, supervision, hospital, start, suspendedUntil } =
        await loadFixture(deployOneSuspendedOneExpelled);
      await registry.connect(supervision).suspend(hospital, suspendedUntil + DAY, REASON);
      await goTo(suspendedUntil);
      expect(await registry.standing(hospital)).to.equal(Standing.SUSPENDED);
      await registry.connect(supervision).suspend(hospital, suspendedUntil + 10, REASON);
      await goTo(suspendedUntil + 10);
      expect(await registry.standing(hospital)).to.equal(Standing.ACTIVE);
      expect(await registry.standingAt(hospital, start + DAY)).to.equal(Standing.SUSPENDED);
    });

    it("emits InstitutionSuspended", async () => {
      const { registry, supervision, hospital } = await loadFixture(deployTwoInstitutions);
      await expect(registry.connect(supervision).suspend(hospital, MAX_TIME, REASON))
        .to.emit(registry, "InstitutionSuspended")
        .withArgs(hospital, MAX_TIME, REASON, supervision.address);
    });
  });

  describe("reinstate", () => {
    it("reverts for an unknown and for an expelled member", async () => {
      const { registry, supervision, institute } = await loadFixture(deployOneSuspendedOneExpelled);
      await expect(registry.connect(supervision).reinstate(UNKNOWN, REASON))
        .to.be.revertedWithCustomError(registry, "InstitutionUnknown")
        .withArgs(UNKNOWN);
      await expect(registry.connect(supervision).reinstate(institute, REASON))
        .to.be.revertedWithCustomError(registry, "InstitutionExpelled")
        .withArgs(institute);
    });

    it("reverts for a member that is not suspended", async () => {
      const { registry, supervision, hospital } = await loadFixture(deployTwoInstitutions);
      await expect(registry.connect(supervision).reinstate(hospital, REASON))
        .to.be.revertedWithCustomError(registry, "InstitutionNotSuspended")
        .withArgs(hospital);
    });

    it("is possible up to the suspension's last second", async () => {
      const { registry, supervision, hospital, suspendedUntil } = await loadFixture(deployOneSuspendedOneExpelled);
      const snapshot = await networkHelpers.takeSnapshot();
      await nextAt(suspendedUntil);
      await expect(registry.connect(supervision).reinstate(hospital, REASON))
        .to.be.revertedWithCustomError(registry, "InstitutionNotSuspended")
        .withArgs(hospital);
      await snapshot.restore();
      await nextAt(suspendedUntil - 1);
      await registry.connect(supervision).reinstate(hospital, REASON);
      expect(await registry.standing(hospital)).to.equal(Standing.ACTIVE);
    });

    it("restores standing at once, and not twice", async () => {
      const { registry, supervision, hospital, clinician, start } = await loadFixture(deployOneSuspendedOneExpelled);
      const now = start + DAY;
      await nextAt(now);
      await registry.connect(supervision).reinstate(hospital, REASON);
      expect(await registry.requireAgent(clinician, AgentRole.CLINICIAN)).to.equal(hospital);
      expect(await registry.standingAt(hospital, now - 1)).to.equal(Standing.SUSPENDED);
      expect(await registry.standingAt(hospital, now)).to.equal(Standing.ACTIVE);
      await expect(registry.connect(supervision).reinstate(hospital, REASON))
        .to.be.revertedWithCustomError(registry, "InstitutionNotSuspended")
        .withArgs(hospital);
    });

    it("emits InstitutionReinstated", async () => {
      const { registry, supervision, hospital } = await loadFixture(deployOneSuspendedOneExpelled);
      await expect(registry.connect(supervision).reinstate(hospital, REASON))
        .to.emit(registry, "InstitutionReinstated")
        .withArgs(hospital, REASON, supervision.address);
    });
  });

  describe("expel", () => {
    it("reverts for an unknown member, and the second time", async () => {
      const { registry, supervision, institute } = await loadFixture(deployOneSuspendedOneExpelled);
      for (const id of [0n, UNKNOWN]) {
        await expect(registry.connect(supervision).expel(id, REASON))
          .to.be.revertedWithCustomError(registry, "InstitutionUnknown")
          .withArgs(id);
      }
      await expect(registry.connect(supervision).expel(institute, REASON))
        .to.be.revertedWithCustomError(registry, "InstitutionExpelled")
        .withArgs(institute);
    });

    it("ends the standing for ever, within the same block", async () => {
      const { registry, supervision, hospital, hospitalAdmin, clinician, start } =
        await loadFixture(deployTwoInstitutions);
      const outcome = await inOneBlock(
        () => registry.connect(supervision).expel(hospital, REASON, mined),
        () => registry.connect(hospitalAdmin).changeMetadata(hash("after"), mined),
      );
      expect(outcome).to.deep.equal([true, false]);
      expect(await registry.standing(hospital)).to.equal(Standing.EXPELLED);
      expect(await registry.isInStanding(hospital)).to.equal(false);
      expect(await registry.standingAt(hospital, start)).to.equal(Standing.ACTIVE);
      expect(await registry.standingAt(hospital, MAX_TIME)).to.equal(Standing.EXPELLED);
      await expect(registry.requireAgent(clinician, AgentRole.CLINICIAN))
        .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
        .withArgs(clinician.address, AgentRole.CLINICIAN);
    });

    it("holds for a suspended member, whose suspension's end does not undo it", async () => {
      const { registry, supervision, hospital, suspendedUntil } = await loadFixture(deployOneSuspendedOneExpelled);
      await registry.connect(supervision).expel(hospital, REASON);
      await goTo(suspendedUntil);
      expect(await registry.standing(hospital)).to.equal(Standing.EXPELLED);
    });

    it("emits InstitutionWasExpelled", async () => {
      const { registry, supervision, hospital } = await loadFixture(deployTwoInstitutions);
      await expect(registry.connect(supervision).expel(hospital, REASON))
        .to.emit(registry, "InstitutionWasExpelled")
        .withArgs(hospital, REASON, supervision.address);
    });
  });

  describe("addAgent", () => {
    it("reverts for a stranger, an agent without the role, and an administrator of a suspended or expelled member", async () => {
      const base = await loadFixture(deployTwoInstitutions);
      const { registry, start, end, freeWallet } = base;
      const refuses = async (caller: typeof base.stranger) =>
        expect(registry.connect(caller).addAgent(freeWallet, AgentRole.GATEWAY, start, end))
          .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
          .withArgs(caller.address, AgentRole.ADMIN);
      await refuses(base.stranger);
      await refuses(base.clinician);
      await refuses(base.operator);
      await registry.connect(base.supervision).suspend(base.hospital, end, REASON);
      await refuses(base.hospitalAdmin);
      await registry.connect(base.supervision).expel(base.institute, REASON);
      await refuses(base.instituteAdmin);
    });

    it("reverts for no role, the consortium's roles, and roles that do not exist", async () => {
      const { registry, hospitalAdmin, freeWallet, start, end } = await loadFixture(deployTwoInstitutions);
      for (const roles of [
        0,
        AgentRole.ETHICS_REVIEWER,
        AgentRole.LEGAL_REVIEWER,
        AgentRole.SUPERVISOR,
        AgentRole.CLINICIAN | AgentRole.SUPERVISOR,
        1 << 8,
        2 ** 16 - 1,
      ]) {
        await expect(registry.connect(hospitalAdmin).addAgent(freeWallet, roles, start, end))
          .to.be.revertedWithCustomError(registry, "RolesInvalid")
          .withArgs(roles);
      }
    });

    it("reverts for no wallet", async () => {
      const { registry, hospitalAdmin, start, end } = await loadFixture(deployTwoInstitutions);
      await expect(registry.connect(hospitalAdmin).addAgent(ZeroAddress, AgentRole.GATEWAY, start, end))
        .to.be.revertedWithCustomError(registry, "ZeroAddress")
        .withArgs();
    });

    it("reverts when the period is empty or over", async () => {
      const { registry, hospitalAdmin, freeWallet, start } = await loadFixture(deployTwoInstitutions);
      const now = start + DAY;
      for (const [from, until] of [
        [now + 1, now + 1],
        [now + 2, now + 1],
        [0, now],
        [0, now - 1],
        [MAX_TIME, MAX_TIME],
      ] as const) {
        await nextAt(now);
        await expect(registry.connect(hospitalAdmin).addAgent(freeWallet, AgentRole.GATEWAY, from, until))
          .to.be.revertedWithCustomError(registry, "PeriodInvalid")
          .withArgs(from, until);
      }
      await nextAt(now);
      await registry.connect(hospitalAdmin).addAgent(freeWallet, AgentRole.GATEWAY, 0, now + 1);
    });

    it("reverts for a wallet that acts for another member, or is to act for it", async () => {
      const { registry, hospitalAdmin, instituteAdmin, researcher, freeWallet, institute, start, end } =
        await loadFixture(deployTwoInstitutions);
      await registry.connect(instituteAdmin).addAgent(freeWallet, AgentRole.RESEARCHER, end - 1, end);
      for (const wallet of [researcher, freeWallet, instituteAdmin]) {
        await expect(registry.connect(hospitalAdmin).addAgent(wallet, AgentRole.CLINICIAN, start, end))
          .to.be.revertedWithCustomError(registry, "AgentTaken")
          .withArgs(wallet.address, institute);
      }
    });

    it("moves a wallet whose time at another member is over, from that very second", async () => {
      const { registry, hospitalAdmin, instituteAdmin, freeWallet, hospital, institute, start, end } =
        await loadFixture(deployTwoInstitutions);
      const over = start + DAY;
      await registry.connect(instituteAdmin).addAgent(freeWallet, AgentRole.RESEARCHER, start, over);
      const snapshot = await networkHelpers.takeSnapshot();
      await nextAt(over - 1);
      await expect(registry.connect(hospitalAdmin).addAgent(freeWallet, AgentRole.CLINICIAN, start, end))
        .to.be.revertedWithCustomError(registry, "AgentTaken")
        .withArgs(freeWallet.address, institute);
      await snapshot.restore();
      await nextAt(over);
      await registry.connect(hospitalAdmin).addAgent(freeWallet, AgentRole.CLINICIAN, start, end);
      expect(await registry.requireAgent(freeWallet, AgentRole.CLINICIAN)).to.equal(hospital);
      expect((await registry.agentAt(freeWallet, over - 1)).institution).to.equal(institute);
    });

    it("moves a wallet that another member revoked, within the same second", async () => {
      const { registry, hospitalAdmin, instituteAdmin, researcher, hospital, start, end } =
        await loadFixture(deployTwoInstitutions);
      const outcome = await inOneBlock(
        () => registry.connect(instituteAdmin).revokeAgent(researcher, mined),
        () => registry.connect(hospitalAdmin).addAgent(researcher, AgentRole.CLINICIAN, start, end, mined),
      );
      expect(outcome).to.deep.equal([true, true]);
      expect(await registry.requireAgent(researcher, AgentRole.CLINICIAN)).to.equal(hospital);
      expect((await registry.agentAt(researcher, await networkHelpers.time.latest())).institution).to.equal(hospital);
    });

    it("keeps a suspended member's wallets from acting elsewhere unless they leave", async () => {
      const { registry, instituteAdmin, clinician, hospital, start, end } = await loadFixture(deployTwoInstitutions);
      const { supervision } = await loadFixture(deployTwoInstitutions);
      await registry.connect(supervision).suspend(hospital, end, REASON);
      await expect(registry.connect(instituteAdmin).addAgent(clinician, AgentRole.CLINICIAN, start, end))
        .to.be.revertedWithCustomError(registry, "AgentTaken")
        .withArgs(clinician.address, hospital);
    });

    it("neither extends, changes nor keeps roles that the consortium gave", async () => {
      const { registry, hospitalAdmin, reviewer, start, end, reviewEnd } = await loadFixture(deployWithReviewer);
      for (const until of [start + DAY, reviewEnd, end]) {
        await expect(registry.connect(hospitalAdmin).addAgent(reviewer, AgentRole.CLINICIAN, start, until))
          .to.be.revertedWithCustomError(registry, "AgentOfConsortium")
          .withArgs(reviewer.address);
      }
    });

    it("takes over a wallet once the consortium's roles are over, without them", async () => {
      const { registry, hospitalAdmin, reviewer, hospital, start, end, reviewEnd } =
        await loadFixture(deployWithReviewer);
      const snapshot = await networkHelpers.takeSnapshot();
      await nextAt(reviewEnd - 1);
      await expect(registry.connect(hospitalAdmin).addAgent(reviewer, AgentRole.CLINICIAN, start, end))
        .to.be.revertedWithCustomError(registry, "AgentOfConsortium")
        .withArgs(reviewer.address);
      await snapshot.restore();
      await nextAt(reviewEnd);
      await registry.connect(hospitalAdmin).addAgent(reviewer, AgentRole.CLINICIAN, start, end);
      expect(await registry.requireAgent(reviewer, AgentRole.CLINICIAN)).to.equal(hospital);
      await expect(registry.requireAgent(reviewer, AgentRole.ETHICS_REVIEWER))
        .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
        .withArgs(reviewer.address, AgentRole.ETHICS_REVIEWER);
    });

    it("does not let an administrator who reviews for the consortium prolong itself", async () => {
      const { registry, operator, freeWallet, hospital, start, end } = await loadFixture(deployTwoInstitutions);
      await registry
        .connect(operator)
        .appointAgent(hospital, freeWallet, AgentRole.ADMIN | AgentRole.LEGAL_REVIEWER, start, start + DAY);
      await expect(registry.connect(freeWallet).addAgent(freeWallet, AgentRole.ADMIN, start, end))
        .to.be.revertedWithCustomError(registry, "AgentOfConsortium")
        .withArgs(freeWallet.address);
    });

    it("holds from the first second up to the last, and not beyond", async () => {
      const { registry, hospitalAdmin, freeWallet, hospital, start } = await loadFixture(deployTwoInstitutions);
      const [from, until] = [start + DAY, start + 2 * DAY];
      await registry.connect(hospitalAdmin).addAgent(freeWallet, AgentRole.GATEWAY, from, until);
      for (const [t, holds] of [
        [from - 1, false],
        [from, true],
        [from + 1, true],
        [until - 1, true],
        [until, false],
        [until + 1, false],
      ] as const) {
        await goTo(t);
        const answer = registry.requireAgent(freeWallet, AgentRole.GATEWAY);
        if (holds) expect(await answer).to.equal(hospital);
        else
          await expect(answer)
            .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
            .withArgs(freeWallet.address, AgentRole.GATEWAY);
        expect((await registry.agentStanding(freeWallet)).roles).to.equal(holds ? AgentRole.GATEWAY : 0);
        expect((await registry.agentAt(freeWallet, t)).roles).to.equal(holds ? AgentRole.GATEWAY : 0);
      }
    });

    it("replaces roles and period by a second call", async () => {
      const { registry, hospitalAdmin, clinician, hospital, start } = await loadFixture(deployTwoInstitutions);
      await registry.connect(hospitalAdmin).addAgent(clinician, AgentRole.GATEWAY | AgentRole.OFFICER, start, MAX_TIME);
      expect([...(await registry.agent(clinician))]).to.deep.equal([
        hospital,
        BigInt(AgentRole.GATEWAY | AgentRole.OFFICER),
        BigInt(start),
        BigInt(MAX_TIME),
      ]);
      await expect(registry.requireAgent(clinician, AgentRole.CLINICIAN))
        .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
        .withArgs(clinician.address, AgentRole.CLINICIAN);
    });

    it("emits AgentAdded, also when repeated", async () => {
      const { registry, hospitalAdmin, freeWallet, hospital, start, end } = await loadFixture(deployTwoInstitutions);
      for (let i = 0; i < 2; i++) {
        await expect(registry.connect(hospitalAdmin).addAgent(freeWallet, AgentRole.GATEWAY, start, end))
          .to.emit(registry, "AgentAdded")
          .withArgs(hospital, freeWallet.address, AgentRole.GATEWAY, start, end, hospitalAdmin.address);
      }
    });
  });

  describe("appointAgent", () => {
    it("reverts for an unknown and for an expelled member", async () => {
      const { registry, operator, freeWallet, institute, start, end } =
        await loadFixture(deployOneSuspendedOneExpelled);
      for (const id of [0n, UNKNOWN]) {
        await expect(registry.connect(operator).appointAgent(id, freeWallet, AgentRole.SUPERVISOR, start, end))
          .to.be.revertedWithCustomError(registry, "InstitutionUnknown")
          .withArgs(id);
      }
      await expect(registry.connect(operator).appointAgent(institute, freeWallet, AgentRole.SUPERVISOR, start, end))
        .to.be.revertedWithCustomError(registry, "InstitutionExpelled")
        .withArgs(institute);
    });

    it("reverts for no role and for roles that do not exist", async () => {
      const { registry, operator, freeWallet, hospital, start, end } = await loadFixture(deployTwoInstitutions);
      for (const roles of [0, 256, 2 ** 16 - 1]) {
        await expect(registry.connect(operator).appointAgent(hospital, freeWallet, roles, start, end))
          .to.be.revertedWithCustomError(registry, "RolesInvalid")
          .withArgs(roles);
      }
    });

    it("gives no wallet both reviewers' roles", async () => {
      const { registry, operator, freeWallet, hospital, start, end } = await loadFixture(deployTwoInstitutions);
      const both = AgentRole.ETHICS_REVIEWER | AgentRole.LEGAL_REVIEWER;
      for (const roles of [both, both | AgentRole.SUPERVISOR]) {
        await expect(registry.connect(operator).appointAgent(hospital, freeWallet, roles, start, end))
          .to.be.revertedWithCustomError(registry, "RolesInvalid")
          .withArgs(roles);
      }
      await registry.connect(operator).appointAgent(hospital, freeWallet, AgentRole.ETHICS_REVIEWER, start, end);
      await registry.connect(operator).appointAgent(hospital, freeWallet, AgentRole.LEGAL_REVIEWER, start, end);
      expect((await registry.agent(freeWallet)).roles).to.equal(AgentRole.LEGAL_REVIEWER);
    });

    it("reverts for no wallet, a wasted period and another member's wallet", async () => {
      const { registry, operator, freeWallet, researcher, hospital, institute, start, end } =
        await loadFixture(deployTwoInstitutions);
      const appoint = (wallet: string, from: number, until: number) =>
        registry.connect(operator).appointAgent(hospital, wallet, ALL_ROLES, from, until);
      await expect(appoint(ZeroAddress, start, end))
        .to.be.revertedWithCustomError(registry, "ZeroAddress")
        .withArgs();
      await expect(appoint(freeWallet.address, end, end))
        .to.be.revertedWithCustomError(registry, "PeriodInvalid")
        .withArgs(end, end);
      await nextAt(start + DAY);
      await expect(appoint(freeWallet.address, 0, start + DAY))
        .to.be.revertedWithCustomError(registry, "PeriodInvalid")
        .withArgs(0, start + DAY);
      await expect(appoint(researcher.address, start, end))
        .to.be.revertedWithCustomError(registry, "AgentTaken")
        .withArgs(researcher.address, institute);
    });

    it("gives every role, replaces a member's own, and emits AgentAdded", async () => {
      const { registry, operator, clinician, hospital, start, end } = await loadFixture(deployTwoInstitutions);
      await expect(registry.connect(operator).appointAgent(hospital, clinician, ALL_ROLES, start, end))
        .to.emit(registry, "AgentAdded")
        .withArgs(hospital, clinician.address, ALL_ROLES, start, end, operator.address);
      for (const role of Object.values(AgentRole).filter((role) => (role & ALL_ROLES) !== 0)) {
        expect(await registry.requireAgent(clinician, role)).to.equal(hospital);
      }
    });

    it("appoints at a suspended member without lifting the suspension", async () => {
      const { registry, operator, freeWallet, hospital, start, end, suspendedUntil } =
        await loadFixture(deployOneSuspendedOneExpelled);
      await registry.connect(operator).appointAgent(hospital, freeWallet, AgentRole.SUPERVISOR, start, end);
      await expect(registry.requireAgent(freeWallet, AgentRole.SUPERVISOR))
        .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
        .withArgs(freeWallet.address, AgentRole.SUPERVISOR);
      await goTo(suspendedUntil);
      expect(await registry.requireAgent(freeWallet, AgentRole.SUPERVISOR)).to.equal(hospital);
    });
  });

  describe("revokeAgent", () => {
    it("reverts for a wallet without a registration, and for one that is over", async () => {
      const { registry, hospitalAdmin, freeWallet, start } = await loadFixture(deployTwoInstitutions);
      const unknown = async () =>
        expect(registry.connect(hospitalAdmin).revokeAgent(freeWallet))
          .to.be.revertedWithCustomError(registry, "AgentUnknown")
          .withArgs(freeWallet.address);
      await unknown();
      const over = start + DAY;
      await registry.connect(hospitalAdmin).addAgent(freeWallet, AgentRole.GATEWAY, start, over);
      const snapshot = await networkHelpers.takeSnapshot();
      await nextAt(over);
      await unknown();
      await snapshot.restore();
      await nextAt(over - 1);
      await registry.connect(hospitalAdmin).revokeAgent(freeWallet);
    });

    it("reverts for strangers, other members' administrators, and those of a suspended member", async () => {
      const base = await loadFixture(deployTwoInstitutions);
      const { registry, clinician, end } = base;
      const refuses = async (caller: typeof base.stranger) =>
        expect(registry.connect(caller).revokeAgent(clinician))
          .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
          .withArgs(caller.address, AgentRole.ADMIN);
      await refuses(base.stranger);
      await refuses(base.researcher);
      await refuses(base.instituteAdmin);
      await refuses(base.operator);
      await registry.connect(base.supervision).suspend(base.hospital, end, REASON);
      await refuses(base.hospitalAdmin);
    });

    it("ends the roles within the same block, and not twice", async () => {
      const { registry, hospitalAdmin, clinician, hospital, freeWallet, start, end } =
        await loadFixture(deployTwoInstitutions);
      await registry.connect(hospitalAdmin).addAgent(freeWallet, AgentRole.ADMIN, start, end);
      const outcome = await inOneBlock(
        () => registry.connect(freeWallet).changeMetadata(hash("before"), mined),
        () => registry.connect(hospitalAdmin).revokeAgent(freeWallet, mined),
        () => registry.connect(freeWallet).changeMetadata(hash("after"), mined),
      );
      expect(outcome).to.deep.equal([true, true, false]);

      const now = (await networkHelpers.time.latest()) + 5;
      await nextAt(now);
      await expect(registry.connect(hospitalAdmin).revokeAgent(clinician))
        .to.emit(registry, "AgentRevoked")
        .withArgs(hospital, clinician.address, hospitalAdmin.address);
      expect((await registry.agentAt(clinician, now - 1)).roles).to.equal(AgentRole.CLINICIAN);
      expect((await registry.agentAt(clinician, now)).roles).to.equal(0n);
      expect((await registry.agent(clinician)).validUntil).to.equal(now);
      await expect(registry.connect(hospitalAdmin).revokeAgent(clinician))
        .to.be.revertedWithCustomError(registry, "AgentUnknown")
        .withArgs(clinician.address);
    });

    it("lets a wallet leave by itself, even from a suspended or expelled member", async () => {
      const base = await loadFixture(deployOneSuspendedOneExpelled);
      for (const [wallet, institution] of [
        [base.clinician, base.hospital],
        [base.researcher, base.institute],
      ] as const) {
        await expect(base.registry.connect(wallet).revokeAgent(wallet))
          .to.emit(base.registry, "AgentRevoked")
          .withArgs(institution, wallet.address, wallet.address);
      }
    });

    it("ends a registration that has not begun", async () => {
      const { registry, hospitalAdmin, freeWallet, start, end } = await loadFixture(deployTwoInstitutions);
      const from = start + 2 * DAY;
      await registry.connect(hospitalAdmin).addAgent(freeWallet, AgentRole.GATEWAY, from, end);
      await registry.connect(freeWallet).revokeAgent(freeWallet);
      await goTo(from);
      await expect(registry.requireAgent(freeWallet, AgentRole.GATEWAY))
        .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
        .withArgs(freeWallet.address, AgentRole.GATEWAY);
      expect((await registry.agentAt(freeWallet, from)).roles).to.equal(0n);
    });
  });

  describe("dismissAgent", () => {
    it("reverts for a wallet without a registration, and the second time", async () => {
      const { registry, operator, freeWallet, clinician } = await loadFixture(deployTwoInstitutions);
      await expect(registry.connect(operator).dismissAgent(freeWallet))
        .to.be.revertedWithCustomError(registry, "AgentUnknown")
        .withArgs(freeWallet.address);
      await registry.connect(operator).dismissAgent(clinician);
      await expect(registry.connect(operator).dismissAgent(clinician))
        .to.be.revertedWithCustomError(registry, "AgentUnknown")
        .withArgs(clinician.address);
    });

    it("ends any wallet's roles at once and emits AgentRevoked", async () => {
      const { registry, operator, reviewer, hospital } = await loadFixture(deployWithReviewer);
      await expect(registry.connect(operator).dismissAgent(reviewer))
        .to.emit(registry, "AgentRevoked")
        .withArgs(hospital, reviewer.address, operator.address);
      await expect(registry.requireAgent(reviewer, ALL_ROLES))
        .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
        .withArgs(reviewer.address, ALL_ROLES);
    });
  });

  describe("depositBond", () => {
    it("reverts for an unknown member", async () => {
      const { registry, payer } = await loadFixture(deployWithBond);
      for (const id of [0n, UNKNOWN]) {
        await expect(registry.connect(payer).depositBond(id, 1n))
          .to.be.revertedWithCustomError(registry, "InstitutionUnknown")
          .withArgs(id);
      }
    });

    it("reverts when nothing arrives", async () => {
      const { registry, payer, hospital } = await loadFixture(deployWithBond);
      await expect(registry.connect(payer).depositBond(hospital, 0n))
        .to.be.revertedWithCustomError(registry, "BondAmountInvalid")
        .withArgs(hospital, 0n, 1_000n);
    });

    it("reverts beyond what the payer holds or has allowed", async () => {
      const { registry, token, payer, stranger, hospital } = await loadFixture(deployWithBond);
      await expect(registry.connect(payer).depositBond(hospital, 5_001n))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientBalance")
        .withArgs(payer.address, 5_000n, 5_001n);
      await expect(registry.connect(stranger).depositBond(hospital, 1n))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(await registry.getAddress(), 0n, 1n);
    });

    it("adds to the bond of that member alone, and emits BondDeposited", async () => {
      const { registry, token, payer, hospital, institute } = await loadFixture(deployWithBond);
      await expect(registry.connect(payer).depositBond(hospital, 5_000n))
        .to.emit(registry, "BondDeposited")
        .withArgs(hospital, payer.address, 5_000n, 6_000n);
      expect(await registry.bond(hospital)).to.equal(6_000n);
      expect(await registry.bond(institute)).to.equal(0n);
      expect(await token.balanceOf(registry)).to.equal(6_000n);
    });

    it("holds the largest amount there is", async () => {
      const { registry, token, payer, institute } = await loadFixture(deployWithBond);
      const most = ethers.MaxUint256 - (await token.totalSupply());
      await token.mint(payer, most);
      await registry.connect(payer).depositBond(institute, most);
      expect(await registry.bond(institute)).to.equal(most);
    });
  });

  for (const name of ["releaseBond", "slashBond"] as const) {
    describe(name, () => {
      async function deployTaking() {
        const base = await loadFixture(deployWithBond);
        const taker = name === "releaseBond" ? base.operator : base.supervision;
        const registry = base.registry.connect(taker);
        const take = (institution: bigint, to: string, amount: bigint) =>
          name === "releaseBond"
            ? registry.releaseBond(institution, to, amount)
            : registry.slashBond(institution, to, amount, REASON);
        return { ...base, taker, take };
      }

      it("reverts for zero, more than the bond, and a member without one", async () => {
        const { registry, take, stranger, hospital } = await deployTaking();
        for (const [institution, amount, bond] of [
          [hospital, 0n, 1_000n],
          [hospital, 1_001n, 1_000n],
          [hospital, ethers.MaxUint256, 1_000n],
          [2n, 1n, 0n],
          [UNKNOWN, 1n, 0n],
        ] as const) {
          await expect(take(institution, stranger.address, amount))
            .to.be.revertedWithCustomError(registry, "BondAmountInvalid")
            .withArgs(institution, amount, bond);
        }
      });

      it("reverts without a recipient", async () => {
        const { registry, take, hospital } = await deployTaking();
        await expect(take(hospital, ZeroAddress, 1n))
          .to.be.revertedWithCustomError(registry, "ZeroAddress")
          .withArgs();
      });

      it("pays up to the whole bond, once", async () => {
        const { registry, token, take, stranger, hospital } = await deployTaking();
        await take(hospital, stranger.address, 400n);
        await take(hospital, stranger.address, 600n);
        expect(await registry.bond(hospital)).to.equal(0n);
        expect(await token.balanceOf(stranger)).to.equal(1_000n);
        expect(await token.balanceOf(registry)).to.equal(0n);
        await expect(take(hospital, stranger.address, 1n))
          .to.be.revertedWithCustomError(registry, "BondAmountInvalid")
          .withArgs(hospital, 1n, 0n);
      });

      it("reaches an expelled member's bond", async () => {
        const { registry, take, supervision, stranger, hospital } = await deployTaking();
        await registry.connect(supervision).expel(hospital, REASON);
        await take(hospital, stranger.address, 1_000n);
        expect(await registry.bond(hospital)).to.equal(0n);
      });

      it("emits its event", async () => {
        const { registry, take, stranger, hospital, taker } = await deployTaking();
        const event = name === "releaseBond" ? "BondReleased" : "BondSlashed";
        const extra = name === "releaseBond" ? [] : [REASON];
        await expect(take(hospital, stranger.address, 400n))
          .to.emit(registry, event)
          .withArgs(hospital, stranger.address, 400n, 600n, ...extra, taker.address);
      });
    });
  }

  describe("with tokens that misbehave", () => {
    async function deployWithToken(name: "FeeToken" | "FalseReturningToken" | "ReentrantToken", args: unknown[]) {
      const base = await loadFixture(deployInstitutions);
      const [payer, administrator] = base.wallets;
      if (!payer || !administrator) throw new Error("Too few signers");
      const token = await ethers.deployContract(name as "ReentrantToken", args as []);
      const registry = await ethers.deployContract("InstitutionRegistry", [base.manager, token]);
      // The deployer holds the manager's admin role, which may call what no other role was given.
      await registry.admit(InstitutionKind.HOSPITAL, 0, true, 0, MAX_TIME, hash("m"), administrator);
      await token.mint(payer, 10_000n);
      await token.connect(payer).approve(registry, ethers.MaxUint256);
      return { ...base, token, registry, payer };
    }

    it("counts what arrives of a token that takes a fee", async () => {
      const { token, registry, payer } = await deployWithToken("FeeToken", [250]);
      await expect(registry.connect(payer).depositBond(1n, 1_000n))
        .to.emit(registry, "BondDeposited")
        .withArgs(1n, payer.address, 975n, 975n);
      expect(await token.balanceOf(registry)).to.equal(975n);
    });

    it("refuses a deposit of which nothing arrives", async () => {
      const { registry, payer } = await deployWithToken("FeeToken", [10_000]);
      await expect(registry.connect(payer).depositBond(1n, 1_000n))
        .to.be.revertedWithCustomError(registry, "BondAmountInvalid")
        .withArgs(1n, 0n, 0n);
    });

    it("refuses a transfer that fails without a revert, and changes nothing", async () => {
      const { token, registry, payer, deployer, stranger } = await deployWithToken("FalseReturningToken", []);
      await registry.connect(payer).depositBond(1n, 1_000n);
      const failing = await ethers.getContractAt("FalseReturningToken", token);
      await failing.setFailing(true);
      const address = await token.getAddress();
      for (const attempt of [
        () => registry.connect(payer).depositBond(1n, 1_000n),
        () => registry.connect(deployer).releaseBond(1n, stranger, 10n),
        () => registry.connect(deployer).slashBond(1n, stranger, 10n, REASON),
      ]) {
        await expect(attempt()).to.be.revertedWithCustomError(registry, "SafeERC20FailedOperation").withArgs(address);
      }
      expect(await registry.bond(1n)).to.equal(1_000n);
    });

    it("lets no token enter again", async () => {
      const { token, registry, payer, deployer, manager, stranger } = await deployWithToken("ReentrantToken", []);
      await manager.getFunction("grantRole")(0n, await token.getAddress(), 0);
      await token.mint(token, 1_000n);
      await registry.connect(payer).depositBond(1n, 1_000n);
      const entries = [
        registry.interface.encodeFunctionData("depositBond", [1n, 10n]),
        registry.interface.encodeFunctionData("releaseBond", [1n, stranger.address, 10n]),
        registry.interface.encodeFunctionData("slashBond", [1n, stranger.address, 10n, REASON]),
      ];
      for (const entry of entries) {
        for (const attempt of [
          () => registry.connect(payer).depositBond(1n, 10n),
          () => registry.connect(deployer).releaseBond(1n, stranger, 10n),
          () => registry.connect(deployer).slashBond(1n, stranger, 10n, REASON),
        ]) {
          await token.arm(registry, entry);
          await expect(attempt()).to.be.revertedWithCustomError(registry, "ReentrancyGuardReentrantCall").withArgs();
        }
      }
      expect(await registry.bond(1n)).to.equal(1_000n);
    });
  });

  describe("requireAgent", () => {
    it("reverts for a wallet that never was an agent, and for no role", async () => {
      const { registry, stranger, clinician } = await loadFixture(deployTwoInstitutions);
      await expect(registry.requireAgent(stranger, 2 ** 16 - 1))
        .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
        .withArgs(stranger.address, 2 ** 16 - 1);
      await expect(registry.requireAgent(ZeroAddress, 2 ** 16 - 1))
        .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
        .withArgs(ZeroAddress, 2 ** 16 - 1);
      await expect(registry.requireAgent(clinician, 0))
        .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
        .withArgs(clinician.address, 0);
    });

    it("answers for any of the roles asked", async () => {
      const { registry, clinician, hospital } = await loadFixture(deployTwoInstitutions);
      expect(await registry.requireAgent(clinician, AgentRole.CLINICIAN | AgentRole.RESEARCHER)).to.equal(hospital);
      expect(await registry.requireAgent(clinician, ALL_ROLES)).to.equal(hospital);
      const others = ALL_ROLES & ~AgentRole.CLINICIAN;
      await expect(registry.requireAgent(clinician, others))
        .to.be.revertedWithCustomError(registry, "AgentNotPermitted")
        .withArgs(clinician.address, others);
    });

    it("does not ask for an accreditation, which is a decision's own check", async () => {
      const { registry, operator, clinician, hospital, start } = await loadFixture(deployTwoInstitutions);
      await registry.connect(operator).accredit(hospital, start, start);
      expect(await registry.requireAgent(clinician, AgentRole.CLINICIAN)).to.equal(hospital);
    });
  });

  describe("agentStanding", () => {
    it("answers with nothing for a wallet that never was an agent", async () => {
      const { registry, stranger } = await loadFixture(deployTwoInstitutions);
      const answer = await registry.agentStanding(stranger);
      expect(answer.institution).to.equal(0n);
      expect(answer.roles).to.equal(0n);
      expect(answer.member).to.equal(0n);
      expect(await registry.memberWord(99)).to.equal(0n);
    });

    it("answers with institution, roles and profile", async () => {
      const { registry, clinician, hospital } = await loadFixture(deployTwoInstitutions);
      const answer = await registry.agentStanding(clinician);
      expect(answer.institution).to.equal(hospital);
      expect(answer.roles).to.equal(AgentRole.CLINICIAN);
      const { kind, region, accreditedFrom, accreditedUntil } = await registry.profile(hospital);
      expect(answer.member).to.equal(await registry.memberWord(hospital));
      expect(answer.member & 0xffn).to.equal(kind);
      expect((answer.member >> 16n) & 0xffn).to.equal(region);
      expect((answer.member >> 64n) & 0xffffffffffn).to.equal(accreditedFrom);
      expect((answer.member >> 104n) & 0xffffffffffn).to.equal(accreditedUntil);
    });

    it("answers without roles for a suspended, an expelled and a revoked one", async () => {
      const base = await loadFixture(deployOneSuspendedOneExpelled);
      const suspended = await base.registry.agentStanding(base.clinician);
      expect(suspended.institution).to.equal(base.hospital);
      expect(suspended.roles).to.equal(0n);
      expect(suspended.member >> 144n).to.equal(base.suspendedUntil);
      const expelled = await base.registry.agentStanding(base.researcher);
      expect(expelled.institution).to.equal(base.institute);
      expect(expelled.roles).to.equal(0n);
      expect((expelled.member >> 8n) & 1n).to.equal(1n);
      await base.registry.connect(base.clinician).revokeAgent(base.clinician);
      await goTo(base.suspendedUntil);
      const revoked = await base.registry.agentStanding(base.clinician);
      expect(revoked.institution).to.equal(base.hospital);
      expect(revoked.roles).to.equal(0n);
    });
  });

  describe("standingAt", () => {
    it("knows nobody before the admission", async () => {
      const { registry, hospital, start } = await loadFixture(deployTwoInstitutions);
      expect(await registry.standingAt(hospital, start - 1)).to.equal(Standing.NONE);
      expect(await registry.standingAt(hospital, start)).to.equal(Standing.ACTIVE);
      expect(await registry.standingAt(hospital, start + 1)).to.equal(Standing.ACTIVE);
      expect(await registry.standingAt(UNKNOWN, MAX_TIME)).to.equal(Standing.NONE);
      expect(await registry.standing(UNKNOWN)).to.equal(Standing.NONE);
      expect(await registry.isInStanding(UNKNOWN)).to.equal(false);
      expect(await registry.isInStanding(0n)).to.equal(false);
    });

    it("tells past standings apart, at their boundary seconds", async () => {
      const { registry, supervision, hospital, start } = await loadFixture(deployTwoInstitutions);
      const by = registry.connect(supervision);
      const [first, second, third] = [start + DAY, start + 3 * DAY, start + 5 * DAY];
      await nextAt(first);
      await by.suspend(hospital, first + DAY, REASON);
      await nextAt(second);
      await by.suspend(hospital, second + 10 * DAY, REASON);
      await nextAt(second + DAY);
      await by.reinstate(hospital, REASON);
      await nextAt(third);
      await by.expel(hospital, REASON);
      for (const [t, standing] of [
        [first - 1, Standing.ACTIVE],
        [first, Standing.SUSPENDED],
        [first + 1, Standing.SUSPENDED],
        [first + DAY - 1, Standing.SUSPENDED],
        [first + DAY, Standing.ACTIVE],
        [first + DAY + 1, Standing.ACTIVE],
        [second - 1, Standing.ACTIVE],
        [second, Standing.SUSPENDED],
        [second + DAY - 1, Standing.SUSPENDED],
        [second + DAY, Standing.ACTIVE],
        [third - 1, Standing.ACTIVE],
        [third, Standing.EXPELLED],
        [third + 1, Standing.EXPELLED],
      ] as const) {
        expect(await registry.standingAt(hospital, t), String(t - start)).to.equal(standing);
      }
    });

    it("takes the last of several decisions of one second", async () => {
      const { registry, supervision, hospital, end } = await loadFixture(deployTwoInstitutions);
      const by = registry.connect(supervision);
      expect(
        await inOneBlock(
          () => by.suspend(hospital, end, REASON, mined),
          () => by.reinstate(hospital, REASON, mined),
        ),
      ).to.deep.equal([true, true]);
      const first = await networkHelpers.time.latest();
      expect(await registry.standingAt(hospital, first)).to.equal(Standing.ACTIVE);
      expect(
        await inOneBlock(
          () => by.suspend(hospital, end, REASON, mined),
          () => by.reinstate(hospital, REASON, mined),
          () => by.suspend(hospital, end - 1, REASON, mined),
        ),
      ).to.deep.equal([true, true, true]);
      const second = await networkHelpers.time.latest();
      expect(await registry.standingAt(hospital, second - 1)).to.equal(Standing.ACTIVE);
      expect(await registry.standingAt(hospital, second)).to.equal(Standing.SUSPENDED);
      expect(await registry.standingAt(hospital, end - 2)).to.equal(Standing.SUSPENDED);
      expect(await registry.standingAt(hospital, end - 1)).to.equal(Standing.ACTIVE);
    });
  });

  describe("agentAt", () => {
    it("tells past registrations apart", async () => {
      const { registry, operator, hospitalAdmin, freeWallet, hospital, institute, start, end } =
        await loadFixture(deployTwoInstitutions);
      const [first, second] = [start + DAY, start + 2 * DAY];
      await nextAt(first);
      await registry.connect(hospitalAdmin).addAgent(freeWallet, AgentRole.GATEWAY, start, second);
      await nextAt(second);
      await registry.connect(operator).appointAgent(institute, freeWallet, AgentRole.SUPERVISOR, second + 1, end);
      for (const [t, institution, roles] of [
        [first - 1, 0n, 0],
        [first, hospital, AgentRole.GATEWAY],
        [second - 1, hospital, AgentRole.GATEWAY],
        [second, institute, 0],
        [second + 1, institute, AgentRole.SUPERVISOR],
      ] as const) {
        const past = await registry.agentAt(freeWallet, t);
        expect(past.institution, String(t - start)).to.equal(institution);
        expect(past.roles, String(t - start)).to.equal(roles);
      }
    });
  });

  describe("cost of the gate", () => {
    for (const [name, args] of [
      ["requireAgent", [AgentRole.CLINICIAN]],
      ["agentStanding", []],
    ] as const) {
      it(`${name} reads two cold slots and no more`, async () => {
        const { registry, clinician } = await loadFixture(deployTwoInstitutions);
        const data = registry.interface.encodeFunctionData(
          name as "requireAgent",
          [clinician.address, ...args] as unknown as [string, number],
        );
        const { structLogs } = (await ethers.provider.send("debug_traceCall", [
          { to: await registry.getAddress(), data },
          "latest",
        ])) as { structLogs: { op: string; gasCost: number }[] };
        const reads = structLogs.filter(({ op }) => op === "SLOAD").map(({ gasCost }) => gasCost);
        expect(reads).to.deep.equal([2_100, 2_100]);
      });
    }
  });
});

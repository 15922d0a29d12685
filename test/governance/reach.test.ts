import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { BaseContract, FunctionFragment } from "ethers";
import { ROOT } from "../../scripts/paths.ts";
import { permissionsPage } from "../../scripts/permissions/permissionsPage.ts";
import { readPermissions, refusalOf } from "../../scripts/permissions/readPermissions.ts";
import { mutatingFunctions, zeroCall } from "../../scripts/permissions/zeroCall.ts";
import { deployGoverned, ethers, loadFixture, networkHelpers } from "../fixtures/consilium.ts";
import { actAsGroup, DAY, proposalText, type Call } from "./acts.ts";

/** What a group may do without a vote of all. All else that is restricted is the timelock's, or the governor's. */
const REMITS = {
  StandardsGroup: [],
  TechnologyGroup: [
    "InstitutionRegistry.admit",
    "InstitutionRegistry.accredit",
    "InstitutionRegistry.appointAgent",
    "InstitutionRegistry.dismissAgent",
    "InstitutionRegistry.releaseBond",
  ],
  EthicsGroup: [],
  SupervisionGroup: [
    "InstitutionRegistry.suspend",
    "InstitutionRegistry.reinstate",
    "InstitutionRegistry.expel",
    "InstitutionRegistry.slashBond",
    "ConsentRegistry.revoke",
    "ConsentRegistry.invalidate",
    "AccessBroker.pauseAccess",
    "AccessBroker.resumeAccess",
    "StudyRegistry.setSandboxLimits",
  ],
  EmergencyAccess: ["Supervision.sanction"],
  GuardianOrders: ["PatientRegistry.replaceGuardian"],
  Supervision: [
    "InstitutionRegistry.suspend",
    "InstitutionRegistry.reinstate",
    "InstitutionRegistry.expel",
    "InstitutionRegistry.slashBond",
    "ConsentRegistry.revoke",
    "ConsentRegistry.invalidate",
    "AccessBroker.pauseAccess",
    "AccessBroker.resumeAccess",
    "StudyRegistry.setSandboxLimits",
  ],
  ConsiliumGovernor: [
    "TimelockController.cancel",
    "TimelockController.schedule",
    "TimelockController.scheduleBatch",
    "TimelockController.execute",
    "TimelockController.executeBatch",
  ],
} as const;

/** Errors that say: not you. */
const UNAUTHORIZED = [
  "AccessManagedUnauthorized(address)",
  "AccessManagerUnauthorizedAccount(address,uint64)",
  "AccessControlUnauthorizedAccount(address,bytes32)",
  "TimelockUnauthorizedCaller(address)",
  "GovernorOnlyExecutor(address)",
].map((error) => ethers.id(error).slice(0, 10));

type Restricted = { name: string; address: string; fragment: FunctionFragment; data: string };

describe("what is out of reach", () => {
  /** The suite, with each function that refuses a stranger. */
  async function deployWalked() {
    const suite = await loadFixture(deployGoverned);
    const restricted: Restricted[] = [];
    for (const [contract, address] of Object.entries(suite.contracts)) {
      const { interface: abi } = await ethers.getContractAt(contract, address);
      for (const fragment of mutatingFunctions(abi)) {
        const data = zeroCall(abi, fragment);
        const one = { name: `${contract}.${fragment.name}`, address, fragment, data };
        if (await isRefused(one, suite.signers.stranger.address)) restricted.push(one);
      }
    }
    return { ...suite, restricted };
  }

  async function isRefused({ address, data }: Restricted, from: string): Promise<boolean> {
    const refusal = await refusalOf(ethers, address, data, from);
    return refusal !== undefined && UNAUTHORIZED.includes(refusal.slice(0, 10));
  }

  it("is all that is restricted, and no function of a group's remit is open", async () => {
    const { restricted } = await loadFixture(deployWalked);
    const names = restricted.map(({ name }) => name);
    expect(names).to.include.members([
      ...Object.values(REMITS).flat(),
      ...["AccessBroker.setRuleSet", "AccessBroker.setAlertThresholds"],
      ...["PatientHealthFund.spend", "CommitteeSeats.grantSeat", "CommitteeSeats.endSeat"],
      ...["AccessManager.grantRole", "AccessManager.revokeRole", "AccessManager.setTargetFunctionRole"],
      ...["AccessManager.updateAuthority", "AccessManager.setTargetClosed", "AccessManager.setRoleAdmin"],
      ...["TimelockController.updateDelay", "TimelockController.grantRole", "ConsiliumGovernor.relay"],
      ...["ConsiliumGovernor.setVotingDelay", "ConsiliumGovernor.updateTimelock", "AccessBroker.setAuthority"],
    ]);
  });

  it("is each restricted function, for every wallet alone, the deployer's too", async () => {
    const { restricted, authority } = await loadFixture(deployWalked);
    for (const { address: wallet } of await ethers.getSigners()) {
      for (const one of restricted) {
        expect(await isRefused(one, wallet), `${one.name} for ${wallet}`).to.equal(true);
        expect(await authority.canCall(wallet, one.address, one.fragment.selector)).to.deep.equal([false, 0n]);
      }
    }
  });

  it("is each restricted function outside its remit, for each group and for the governor", async () => {
    const { restricted, contracts } = await loadFixture(deployWalked);
    for (const [holder, remit] of Object.entries(REMITS)) {
      const within: string[] = [];
      for (const one of restricted) if (!(await isRefused(one, contracts[holder]!))) within.push(one.name);
      expect(within, holder).to.have.members([...remit]);
    }
  });

  it("is nothing for the timelock but what it does to itself through the governor, and what is a group's", async () => {
    const { restricted, contracts } = await loadFixture(deployWalked);
    const groups = new Set<string>(Object.values(REMITS).flat());
    const refused: string[] = [];
    for (const one of restricted) {
      // `setAuthority` is the AccessManager's, which the timelock tells.
      if (one.fragment.name === "setAuthority") continue;
      if (await isRefused(one, contracts["TimelockController"]!)) refused.push(one.name);
    }
    expect(new Set(refused)).to.deep.equal(groups);
  });

  it("is everything for a deployer who sends it all as transactions, and by every detour", async () => {
    const suite = await loadFixture(deployWalked);
    const { restricted, authority, governor, timelock, signers, broker, contracts } = suite;
    const { deployer } = signers;
    for (const { name, address: to, data } of restricted) {
      await expect(deployer.sendTransaction({ to, data, gasLimit: 5_000_000 }), name).to.be.revert(ethers);
    }

    const as = authority.connect(deployer);
    for (const { name, address: target, data } of restricted) {
      if (!(await isManaged(target))) continue;
      for (const detour of [
        () => as.execute(target, data),
        () => as.schedule(target, data, 0),
        () => as.multicall([authority.interface.encodeFunctionData("execute", [target, data])]),
      ]) {
        await expect(detour(), name)
          .to.be.revertedWithCustomError(authority, "AccessManagerUnauthorizedCall")
          .withArgs(deployer.address, target, data.slice(0, 10));
      }
    }
    const grant = authority.interface.encodeFunctionData("grantRole", [0, deployer.address, 0]);
    await expect(as.multicall([grant]))
      .to.be.revertedWithCustomError(authority, "AccessManagerUnauthorizedAccount")
      .withArgs(deployer.address, 0n);

    const call = broker.interface.encodeFunctionData("setAlertThresholds", [
      { maxDenials: 1, window: 1, suspension: 1 },
    ]);
    const target = contracts["AccessBroker"]!;
    await expect(governor.connect(deployer).propose([target], [0], [call], proposalText(deployer)))
      .to.be.revertedWithCustomError(governor, "GovernorInsufficientProposerVotes")
      .withArgs(deployer.address, 0n, 1n);
    for (const group of [suite.standardsGroup, suite.technologyGroup, suite.ethicsGroup, suite.supervisionGroup]) {
      await expect(group.connect(deployer).propose(target, call, ethers.ZeroHash))
        .to.be.revertedWithCustomError(group, "NotInGroup")
        .withArgs(deployer.address, await group.group());
    }
    expect(await timelock.hasRole(ethers.ZeroHash, deployer)).to.equal(false);
    expect((await authority.hasRole(0, deployer))[0]).to.equal(false);
  });

  it("is what lies beyond a group's remit, even with all its seats", async () => {
    const suite = await loadFixture(deployGoverned);
    const { broker, institutions, authority, signers, members } = suite;
    const { northAdmin, eastAdmin, instituteAdmin, regulatorAdmin } = signers;
    const encode = (target: BaseContract, name: string, values: unknown[]): Call => ({
      target,
      data: target.interface.encodeFunctionData(name, values),
    });
    const supervision = await suite.supervisionGroup.getAddress();
    const technology = await suite.technologyGroup.getAddress();
    const until = (await networkHelpers.time.latest()) + DAY;
    const expel = encode(institutions, "expel", [members["southHospital"]!, ethers.id("reason")]);
    await expect(actAsGroup(suite.technologyGroup, [northAdmin, eastAdmin, instituteAdmin], expel))
      .to.be.revertedWithCustomError(institutions, "AccessManagedUnauthorized")
      .withArgs(technology);
    const pause = encode(broker, "pauseAccess", [until, ethers.id("reason")]);
    await expect(actAsGroup(suite.technologyGroup, [northAdmin, eastAdmin, instituteAdmin], pause))
      .to.be.revertedWithCustomError(broker, "AccessManagedUnauthorized")
      .withArgs(technology);
    const rules = encode(broker, "setRuleSet", [await suite.ruleSet.getAddress()]);
    await expect(actAsGroup(suite.supervisionGroup, [northAdmin, eastAdmin, regulatorAdmin], rules))
      .to.be.revertedWithCustomError(broker, "AccessManagedUnauthorized")
      .withArgs(supervision);
    const role = encode(authority, "grantRole", [3, supervision, 0]);
    await expect(actAsGroup(suite.supervisionGroup, [northAdmin, eastAdmin, regulatorAdmin], role))
      .to.be.revertedWithCustomError(authority, "AccessManagerUnauthorizedAccount")
      .withArgs(supervision, 0n);

    await actAsGroup(suite.supervisionGroup, [northAdmin, regulatorAdmin], pause);
    expect((await broker.pauseState()).pausedUntil).to.equal(until);
  });

  async function isManaged(target: string): Promise<boolean> {
    const managed = await ethers.getContractAt(["function authority() view returns (address)"], target);
    return managed
      .getFunction("authority")
      .staticCall()
      .then(
        () => true,
        () => false,
      );
  }
});

describe("docs/permissions.md", () => {
  it("is what the chain says; if not, run: npm run docs:permissions", async () => {
    const { contracts } = await loadFixture(deployGoverned);
    const page = permissionsPage(await readPermissions({ ethers, contracts }));
    expect(readFileSync(join(ROOT, "docs/permissions.md"), "utf8")).to.equal(page);
  });
});

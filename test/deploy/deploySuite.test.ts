import { expect } from "chai";
import { AGENT_ROLES, deployConsilium, ethers, loadFixture } from "../fixtures/consilium.ts";
import {
  ADMIN_ROLE_ID,
  CONTRACT_HOLDERS,
  PERMISSIONS,
  ROLE_IDS,
  type ConfiguredRole,
  type Role,
} from "../../deploy/roles.ts";
import { mutatingFunctions, zeroCall } from "../../scripts/permissions/zeroCall.ts";

const unauthorized = new ethers.Interface(["error AccessManagedUnauthorized(address caller)"]);
const ROLES = Object.keys(ROLE_IDS) as Role[];
const HOLDERS: readonly ConfiguredRole[] = ["operator", "supervision", "rules"];

describe("deploySuite", () => {
  it("leaves no role with the deployer", async () => {
    const { authority, signers } = await loadFixture(deployConsilium);
    for (const role of [ADMIN_ROLE_ID, ...Object.values(ROLE_IDS)]) {
      expect(await authority.hasRole(role, signers.deployer)).to.deep.equal([false, 0n]);
    }
  });

  it("gives each role to its configured holder alone", async () => {
    const { authority, signers } = await loadFixture(deployConsilium);
    expect(await authority.hasRole(ADMIN_ROLE_ID, signers.admin)).to.deep.equal([true, 0n]);
    for (const role of ROLES) {
      for (const holder of HOLDERS) {
        expect(await authority.hasRole(ROLE_IDS[role], signers[holder])).to.deep.equal([role === holder, 0n]);
      }
    }
  });

  it("gives no contract a role but those that need it, without delay", async () => {
    const { authority, contracts } = await loadFixture(deployConsilium);
    const holders: Partial<Record<Role, readonly string[]>> = CONTRACT_HOLDERS;
    for (const [name, address] of Object.entries(contracts)) {
      for (const role of ROLES) {
        const holds = holders[role]?.includes(name) ?? false;
        expect(await authority.hasRole(ROLE_IDS[role], address), `${role} of ${name}`).to.deep.equal([holds, 0n]);
      }
    }
  });

  it("gives every restricted function to one role, and no other function", async () => {
    const { contracts, authority, signers } = await loadFixture(deployConsilium);
    const expected = new Map<string, Role>();
    for (const role of ROLES) {
      const contractsOfRole: Record<string, readonly string[]> = PERMISSIONS[role];
      for (const [contract, functions] of Object.entries(contractsOfRole)) {
        for (const name of functions) expected.set(`${contract}.${name}`, role);
      }
    }

    const restricted: string[] = [];
    for (const [contract, address] of Object.entries(contracts)) {
      const { interface: abi } = await ethers.getContractAt(contract, address);
      for (const fragment of mutatingFunctions(abi)) {
        // `setAuthority` is for the authority itself; no role can be given for it.
        if (fragment.name === "setAuthority") continue;
        const name = `${contract}.${fragment.name}`;
        const data = zeroCall(abi, fragment);
        if (!(await asksAuthority(address, data, signers.stranger.address))) continue;
        restricted.push(name);
        const role = expected.get(name);
        expect(role, `${name} is in deploy/roles.ts`).not.to.equal(undefined);
        expect(await authority.getTargetFunctionRole(address, fragment.selector), name).to.equal(ROLE_IDS[role!]);
      }
    }
    expect(restricted).to.have.members([...expected.keys()]);
  });

  it("names the roles for those who read the chain", async () => {
    const { authority } = await loadFixture(deployConsilium);
    const labels = await authority.queryFilter(authority.filters.RoleLabel());
    expect(labels.map(({ args }) => [args.roleId, args.label])).to.have.deep.members(
      ROLES.map((role) => [ROLE_IDS[role], role.toUpperCase()]),
    );
  });

  it("sets rules, thresholds and shares as configured", async () => {
    const { ruleSet, broker, splitter, fund, institutions, token } = await loadFixture(deployConsilium);
    const { levels, prohibitedPurposes, maxGrantDuration } = await ruleSet.rules();
    expect(levels.map((level) => [...level])).to.deep.equal([
      [false, false, false, false, 0n],
      [false, false, false, false, 4n],
      [true, true, false, false, 0n],
      [true, true, true, true, 2n],
    ]);
    expect(prohibitedPurposes).to.equal((1n << 27n) | (1n << 3n));
    expect(maxGrantDuration).to.equal(365n * 86_400n);
    expect([...(await broker.alertThresholds())]).to.deep.equal([10n, 3_600n, 86_400n]);
    expect([...(await broker.ruleSet())]).to.deep.equal([await ruleSet.getAddress(), 1n]);
    expect([...(await splitter.shareRules())]).to.deep.equal([3_000n, 4_000n, 3_000n, 2_000n]);
    expect(await splitter.sharesDelay()).to.equal(30n * 86_400n);
    expect(await splitter.claimWindow()).to.equal(1_095n * 86_400n);
    expect(await splitter.fund()).to.equal(await fund.getAddress());
    expect(await institutions.settlementToken()).to.equal(await token.getAddress());
  });

  it("admits the configured members in their order", async () => {
    const { members, institutions, signers } = await loadFixture(deployConsilium);
    expect(members).to.deep.equal({
      northHospital: 1,
      southHospital: 2,
      eastHospital: 3,
      researchInstitute: 4,
      regulator: 5,
    });
    expect((await institutions.profile(1)).kind).to.equal(1n);
    expect((await institutions.profile(4)).kind).to.equal(5n);
    expect((await institutions.profile(5)).kind).to.equal(6n);
    const [institution, roles] = await institutions.agentStanding(signers.northGateway);
    expect([institution, roles]).to.deep.equal([1n, BigInt(AGENT_ROLES.gateway)]);
  });
});

async function asksAuthority(to: string, data: string, from: string): Promise<boolean> {
  try {
    await ethers.provider.call({ to, data, from });
    return false;
  } catch (error) {
    const reason = (error as { data?: string }).data ?? "";
    return reason === unauthorized.encodeErrorResult("AccessManagedUnauthorized", [from]);
  }
}

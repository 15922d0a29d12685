import { network } from "hardhat";

export const { ethers, networkHelpers } = await network.create();

/** The fixture's result, from a snapshot after its first run. */
export function loadFixture<T>(fixture: () => Promise<T>): Promise<T> {
  return networkHelpers.loadFixture(fixture);
}

export const DAY = 86_400;
export const YEAR = 365 * DAY;
/** Last second that a uint40 holds. */
export const MAX_TIME = 2 ** 40 - 1;

export const ManagerRole = { OPERATOR: 1n, SUPERVISION: 2n, RULES: 3n } as const;

export const AgentRole = {
  ADMIN: 1,
  CLINICIAN: 2,
  RESEARCHER: 4,
  GATEWAY: 8,
  OFFICER: 16,
  ETHICS_REVIEWER: 32,
  LEGAL_REVIEWER: 64,
  SUPERVISOR: 128,
} as const;
/** Every role that one wallet may have: all but one of the two reviewers'. */
export const ALL_ROLES = 255 & ~64;

export const InstitutionKind = { NONE: 0, HOSPITAL: 1, RESEARCH: 5, REGULATOR: 6, DATA_TRUST: 8 } as const;
export const Standing = { NONE: 0n, ACTIVE: 1n, SUSPENDED: 2n, EXPELLED: 3n } as const;

/** A salted hash as the chain sees it: some 32 bytes. */
export function hash(text: string): string {
  return ethers.id(text);
}

/** Makes `second` the time that views see. */
export async function goTo(second: number): Promise<void> {
  await networkHelpers.time.increaseTo(second);
}

/** Makes `second` the time of the next transaction. */
export async function nextAt(second: number): Promise<void> {
  await networkHelpers.time.setNextBlockTimestamp(second);
}

/** Runs the transactions in one block, in their order; returns for each whether it succeeded. */
export async function inOneBlock(...send: (() => Promise<{ hash: string }>)[]): Promise<boolean[]> {
  const { provider } = ethers;
  await provider.send("evm_setAutomine", [false]);
  try {
    const hashes: string[] = [];
    for (const one of send) hashes.push((await one()).hash);
    await provider.send("evm_mine", []);
    const receipts = await Promise.all(hashes.map((one) => provider.getTransactionReceipt(one)));
    const blocks = new Set(receipts.map((receipt) => receipt?.blockNumber));
    if (blocks.size !== 1 || blocks.has(undefined)) throw new Error("The transactions are not in one block");
    return receipts.map((receipt) => receipt?.status === 1);
  } finally {
    await provider.send("evm_setAutomine", [true]);
  }
}

/** An access manager, a settlement token, and the registry with its roles; no member yet. */
export async function deployInstitutions() {
  const [deployer, operator, supervision, stranger, ...wallets] = await ethers.getSigners();
  if (!deployer || !operator || !supervision || !stranger) throw new Error("Too few signers");

  const manager = await ethers.deployContract("AccessManager", [deployer.address]);
  const token = await ethers.deployContract("TestToken", ["Settlement Unit", "SU", 2]);
  const registry = await ethers.deployContract("InstitutionRegistry", [manager, token]);

  await setRoles(manager, registry, {
    [String(ManagerRole.OPERATOR)]: ["admit", "accredit", "appointAgent", "dismissAgent", "releaseBond"],
    [String(ManagerRole.SUPERVISION)]: ["suspend", "reinstate", "expel", "slashBond"],
  });
  const grantRole = manager.getFunction("grantRole");
  await grantRole(ManagerRole.OPERATOR, operator.address, 0);
  await grantRole(ManagerRole.SUPERVISION, supervision.address, 0);

  return { manager, token, registry, deployer, operator, supervision, stranger, wallets };
}

/** Lets each role call the functions named. */
export async function setRoles(
  manager: { getFunction(name: string): (...args: unknown[]) => Promise<unknown> },
  target: { getAddress(): Promise<string>; interface: { getFunction(name: string): { selector: string } | null } },
  functionsOf: Record<string, string[]>,
): Promise<void> {
  for (const [role, names] of Object.entries(functionsOf)) {
    const selectors = names.map((name) => {
      const found = target.interface.getFunction(name);
      if (!found) throw new Error(`No function ${name}`);
      return found.selector;
    });
    await manager.getFunction("setTargetFunctionRole")(await target.getAddress(), selectors, BigInt(role));
  }
}

/** Two members accredited for a year: hospital 1 (non-profit, region 0) and research institute 2 (region 1), with an agent each. */
export async function deployTwoInstitutions() {
  const base = await deployInstitutions();
  const [hospitalAdmin, instituteAdmin, clinician, researcher, freeWallet, reviewer, ...rest] = base.wallets;
  if (!hospitalAdmin || !instituteAdmin || !clinician || !researcher || !freeWallet || !reviewer) {
    throw new Error("Too few signers");
  }

  const start = (await networkHelpers.time.latest()) + 10;
  const end = start + YEAR;
  const { registry, operator } = base;
  const admission = registry.connect(operator);
  await nextAt(start);
  await admission.admit(InstitutionKind.HOSPITAL, 0, true, start, end, hash("hospital"), hospitalAdmin);
  await admission.admit(InstitutionKind.RESEARCH, 1, false, start, end, hash("institute"), instituteAdmin);
  await registry.connect(hospitalAdmin).addAgent(clinician, AgentRole.CLINICIAN, start, end);
  await registry.connect(instituteAdmin).addAgent(researcher, AgentRole.RESEARCHER, start, end);

  return {
    ...base,
    hospital: 1n,
    institute: 2n,
    start,
    end,
    hospitalAdmin,
    instituteAdmin,
    clinician,
    researcher,
    freeWallet,
    reviewer,
    rest,
  };
}

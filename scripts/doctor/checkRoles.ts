import { artifacts } from "hardhat";
import { getAddress, type Address } from "viem";
import {
  ADMIN_ROLE_ID,
  CONTRACT_HOLDERS,
  HOLDER_CONTRACTS,
  isHolderName,
  ROLE_IDS,
  type Holder,
  type Role,
} from "../../deploy/roles.ts";
import { loadPermissions } from "../deployment/loadPermissions.ts";
import { readRoleHolders } from "../permissions/readRoleHolders.ts";
import { compare, ok, problem, type Check, type Finding, type Subject } from "./Finding.ts";

const ROLES = Object.keys(ROLE_IDS) as Role[];

/** Whether each role has its functions and its holders, and nobody else has any. */
export const checkRoles: Check = {
  name: "roles",
  examine: async (subject) => [...(await checkFunctions(subject)), ...(await checkHolders(subject))],
};

async function checkFunctions({ book, connection }: Subject): Promise<Finding[]> {
  const authority = await connection.ethers.getContractAt("AccessManager", book.contracts["AccessManager"]!.address);
  const findings: Finding[] = [];
  const targets = new Set<string>();
  for (const { role, contract, functions, selectors } of await loadPermissions(artifacts)) {
    const { address } = book.contracts[contract]!;
    targets.add(contract);
    const strays = [];
    for (const [index, selector] of selectors.entries()) {
      const found = await authority.getTargetFunctionRole(address, selector);
      if (found !== ROLE_IDS[role]) strays.push(`${functions[index]} (role ${found})`);
    }
    const check = `functions of ${role} in ${contract}`;
    findings.push(
      strays.length === 0
        ? ok(check, functions.join(", "))
        : problem(
            check,
            `belong to another role: ${strays.join(", ")}`,
            `Have the admin call setTargetFunctionRole for them with role ${ROLE_IDS[role]}.`,
          ),
    );
  }

  for (const contract of targets) {
    const { address } = book.contracts[contract]!;
    // There `authority` tells who decides for a patient.
    const getter = contract === "PatientRegistry" ? "accessManager" : "authority";
    const managed = await connection.ethers.getContractAt([`function ${getter}() view returns (address)`], address);
    findings.push(
      compare(
        `authority of ${contract}`,
        await managed.getFunction(getter).staticCall(),
        book.contracts["AccessManager"]!.address,
        "Find out who moved it, by its AuthorityUpdated events.",
      ),
      compare(
        `${contract} is open`,
        !(await authority.isTargetClosed(address)),
        true,
        "Have the admin call setTargetClosed(address, false) if it was not closed on purpose.",
      ),
    );
  }
  return findings;
}

async function checkHolders(subject: Subject): Promise<Finding[]> {
  const { book, consortium, connection } = subject;
  const { admin, ...others } = consortium.roles;
  const { address, block } = book.contracts["AccessManager"]!;
  const holders = await readRoleHolders({
    ethers: connection.ethers,
    contract: "AccessManager",
    address,
    firstBlock: block,
    logRange: connection.settings.logRange,
  });
  const addressOf = (holder: Holder): Address =>
    isHolderName(holder) ? book.contracts[HOLDER_CONTRACTS[holder]]!.address : holder;
  const names = new Map<bigint, string>([
    [ADMIN_ROLE_ID, "admin"],
    ...ROLES.map((role): [bigint, string] => [ROLE_IDS[role], role]),
  ]);
  const wanted: Record<string, Address[]> = { admin: [addressOf(admin)] };
  for (const [role, names] of Object.entries(others)) wanted[role] = names.map(addressOf);
  for (const [role, contracts] of Object.entries(CONTRACT_HOLDERS)) {
    wanted[role] = [...(wanted[role] ?? []), ...contracts.map((name) => getAddress(book.contracts[name]!.address))];
  }

  const findings = [...names].map(([id, name]) => {
    const found = holders.get(id) ?? new Set<Address>();
    const missing = wanted[name]!.filter((holder) => !found.has(holder));
    const excess = [...found].filter((holder) => !wanted[name]!.includes(holder));
    const check = `holders of ${name}`;
    if (missing.length + excess.length === 0) return ok(check, [...found].join(", "));
    const parts = [
      ...(missing.length > 0 ? [`${missing.join(", ")} should hold it and does not`] : []),
      ...(excess.length > 0 ? [`${excess.join(", ")} holds it and should not`] : []),
    ];
    return problem(
      check,
      parts.join("; "),
      `Have the admin call grantRole or revokeRole with role ${id}, or, if it is meant so, write it into config/${consortium.name}/roles.json.`,
    );
  });
  const strangers = [...holders].filter(([id, set]) => !names.has(id) && set.size > 0);
  findings.push(
    strangers.length === 0
      ? ok("other roles", "none is held")
      : problem(
          "other roles",
          strangers.map(([id, set]) => `role ${id} is held by ${[...set].join(", ")}`).join("; "),
          "Find out what they are for; have the admin revoke them if nobody knows.",
        ),
  );
  return findings;
}

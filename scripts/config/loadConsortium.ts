import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { getAddress, type Address } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import type { ZodError } from "zod";
import { isHolderName, type Holder } from "../../deploy/roles.ts";
import { ConfigError } from "../errors.ts";
import { ROOT } from "../paths.ts";
import { findSeatFaults } from "./findSeatFaults.ts";
import { GROUPS, SCHEMAS, type Consortium } from "./schemas.ts";

export type LoadConsortiumParameters = {
  /** Folder below `directory`. */
  name: string;
  directory?: string;
};

type FileName = keyof typeof SCHEMAS;

/** Reads and validates `config/<name>/*.json`; all faults of all files are reported at once. */
export function loadConsortium({ name, directory = join(ROOT, "config") }: LoadConsortiumParameters): Consortium {
  const folder = join(directory, name);
  if (!existsSync(folder)) {
    const known = existsSync(directory) ? readdirSync(directory).join(", ") : "none";
    throw new ConfigError([`config/${name}: there is no such consortium; known: ${known}`]);
  }

  const faults: string[] = [];
  const read = <File extends FileName>(file: File): Consortium[File] | undefined => {
    const label = `config/${name}/${file}.json`;
    const { value, fault } = readJson(join(folder, `${file}.json`));
    if (fault !== undefined) return void faults.push(`${label}: ${fault}`);
    const result = SCHEMAS[file].safeParse(value);
    if (!result.success) return void faults.push(...describeIssues(label, result.error));
    return result.data as Consortium[File];
  };
  const consortium = {
    name,
    chain: read("chain"),
    roles: read("roles"),
    rules: read("rules"),
    governance: read("governance"),
    shares: read("shares"),
    members: read("members"),
  } as Consortium;
  if (faults.length === 0) faults.push(...findSeatFaults(consortium));
  if (faults.length === 0 && !consortium.chain.test) faults.push(...findTestKeys(consortium));
  if (faults.length > 0) throw new ConfigError(faults);
  return consortium;
}

function readJson(path: string): { value?: unknown; fault?: string } {
  if (!existsSync(path)) return { fault: "the file is missing" };
  try {
    return { value: JSON.parse(readFileSync(path, "utf8")) };
  } catch (error) {
    return { fault: `it is no JSON: ${(error as Error).message}` };
  }
}

function describeIssues(label: string, error: ZodError): string[] {
  return error.issues.map(({ path, message }) => `${label}: ${describePath(path)} ${message}`);
}

/** As in JavaScript, e.g. `levels[2].reviews`. */
function describePath(path: PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text === "" ? "the file" : text.replace(/^\./, "");
}

/** Whoever holds a role by a key that everybody knows holds it together with everybody. */
function findTestKeys({ name, roles, governance, members }: Consortium): string[] {
  const known = new Set(testAddresses());
  const holders: [string, Holder][] = [
    ["roles.json: admin", roles.admin],
    ...(["operator", "supervision", "rules"] as const).flatMap((role) =>
      roles[role].map((holder, index): [string, Holder] => [`roles.json: ${role}[${index}]`, holder]),
    ),
    ...GROUPS.flatMap((group) =>
      governance.seats[group].map(({ holder }, index): [string, Address] => [
        `governance.json: seats.${group}[${index}].holder`,
        holder,
      ]),
    ),
    ...members.map((member, index): [string, Address] => [
      `members.json: [${index}].administrator`,
      member.administrator,
    ]),
  ];
  return holders
    .filter(([, holder]) => !isHolderName(holder) && known.has(holder))
    .map(
      ([label, holder]) =>
        `config/${name}/${label} ${holder} is a publicly known test key; only a test chain may use it`,
    );
}

/** The accounts that Hardhat, Anvil and Ganache-like nodes give out. */
function testAddresses(): Address[] {
  const mnemonic = "test test test test test test test test test test test junk";
  return Array.from({ length: 20 }, (_, index) =>
    getAddress(mnemonicToAccount(mnemonic, { addressIndex: index }).address),
  );
}

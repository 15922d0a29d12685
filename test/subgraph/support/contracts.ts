import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Interface, type EventFragment, type ParamType } from "ethers";
import { ROOT } from "../../../scripts/paths.ts";

const ARTIFACTS = {
  AccessManager: "@openzeppelin/contracts/access/manager/AccessManager.sol",
  InstitutionRegistry: "contracts/identity/InstitutionRegistry.sol",
  PatientRegistry: "contracts/identity/PatientRegistry.sol",
  RecordRegistry: "contracts/records/RecordRegistry.sol",
  ConsentRegistry: "contracts/consent/ConsentRegistry.sol",
  StudyRegistry: "contracts/access/StudyRegistry.sol",
  AccessBroker: "contracts/access/AccessBroker.sol",
  PatientHealthFund: "contracts/revenue/PatientHealthFund.sol",
  RevenueSplitter: "contracts/revenue/RevenueSplitter.sol",
};

export type ContractName = keyof typeof ARTIFACTS;

/** The contracts whose events the subgraph indexes. */
export const CONTRACTS = Object.keys(ARTIFACTS) as ContractName[];

/** Declared by OpenZeppelin's EIP712 for domains that change; ours never do. */
const NEVER_EMITTED = "EIP712DomainChanged";

export function readAbi(contract: ContractName): Record<string, unknown>[] {
  const path = join(ROOT, "artifacts", ARTIFACTS[contract], `${contract}.json`);
  return (JSON.parse(readFileSync(path, "utf8")) as { abi: Record<string, unknown>[] }).abi;
}

/** All events that a contract can emit. */
export function eventsOf(contract: ContractName): EventFragment[] {
  const events: EventFragment[] = [];
  new Interface(readAbi(contract)).forEachEvent((event) => {
    if (event.name !== NEVER_EMITTED) events.push(event);
  });
  return events;
}

/** The address that a contract has in the tests of the mappings. */
export function addressOf(contract: ContractName): string {
  return `0x${"c0".repeat(19)}${(CONTRACTS.indexOf(contract) + 1).toString(16).padStart(2, "0")}`;
}

/** The mapping's file of a contract, without its ending. */
export function mappingOf(contract: ContractName): string {
  return contract[0]!.toLowerCase() + contract.slice(1);
}

/** An event as a manifest names it. */
export function manifestSignature(event: EventFragment): string {
  const inputs = event.inputs.map((input) => (input.indexed === true ? "indexed " : "") + typeOf(input));
  return `${event.name}(${inputs.join(",")})`;
}

/** A type with tuples written out and without the word for them. */
export function typeOf(input: ParamType): string {
  if (input.isArray()) return `${typeOf(input.arrayChildren)}[${input.arrayLength === -1 ? "" : (input.arrayLength ?? "")}]`;
  if (input.isTuple()) return `(${input.components.map(typeOf).join(",")})`;
  return input.type;
}

import type { EventFragment, ParamType } from "ethers";
import { eventsOf } from "../../../scripts/generateManifest.ts";

/** The contracts whose events the subgraph indexes. */
export const CONTRACTS = [
  "AccessManager",
  "InstitutionRegistry",
  "PatientRegistry",
  "RecordRegistry",
  "ConsentRegistry",
  "StudyRegistry",
  "AccessBroker",
  "PatientHealthFund",
  "HealthPoints",
  "RevenueSplitter",
  "Supervision",
  "EmergencyAccess",
  "TimelockController",
  "ConsiliumGovernor",
  "CommitteeSeats",
  "StandardsGroup",
  "TechnologyGroup",
  "EthicsGroup",
  "SupervisionGroup",
  "ContributionLedger",
  "GuardianOrders",
] as const;

export type ContractName = (typeof CONTRACTS)[number];

/** Their events by name. */
export const EVENTS = new Map<ContractName, Map<string, EventFragment>>();
for (const contract of CONTRACTS) {
  EVENTS.set(contract, new Map((await eventsOf(contract)).map((event) => [event.name, event])));
}

/** The address that a contract has in the tests of the mappings. */
export function addressOf(contract: ContractName): `0x${string}` {
  return `0x${"c0".repeat(19)}${(CONTRACTS.indexOf(contract) + 1).toString(16).padStart(2, "0")}`;
}

export function hasTuple(event: EventFragment): boolean {
  return event.inputs.some((input) => typeOf(input).includes("("));
}

/** Name of the event that carries one with tuples, which `gnd test` cannot encode, as bytes. */
export function rawName(event: EventFragment): string {
  return `Raw${event.name}`;
}

/** A type with tuples written out and without the word for them. */
export function typeOf(input: ParamType): string {
  return input.format("sighash");
}

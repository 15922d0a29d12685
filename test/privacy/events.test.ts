import { readFileSync } from "node:fs";
import { expect } from "chai";
import { artifacts } from "hardhat";

/*
 * Every member of the consortium reads every event, for ever. So each field of each event stands in allowedEventFields.json with
 * the reason why it may be shown, by "What the chain may show" in docs. A new field fails here until somebody has reviewed it.
 */

interface AbiParameter {
  name: string;
  type: string;
  components?: readonly AbiParameter[];
}

interface AbiItem {
  type: string;
  name?: string;
  inputs?: readonly AbiParameter[];
}

const ALLOWED = JSON.parse(readFileSync(new URL("allowedEventFields.json", import.meta.url), "utf8")) as Record<
  string,
  string
>;

/** Field types in which anything at all could be written. Each of these was looked at with particular care. */
const OPEN_FIELDS = [
  "AccessManager.OperationScheduled.data:bytes",
  "AccessManager.RoleLabel.label:string",
  "ConsiliumGovernor.ProposalCreated.calldatas:bytes[]",
  "ConsiliumGovernor.ProposalCreated.description:string",
  "ConsiliumGovernor.ProposalCreated.signatures:string[]",
  "ConsiliumGovernor.VoteCast.reason:string",
  "ConsiliumGovernor.VoteCastWithParams.params:bytes",
  "ConsiliumGovernor.VoteCastWithParams.reason:string",
  "EthicsGroup.ActionProposed.data:bytes",
  "PatientRegistry.DIDAttributeChanged.value:bytes",
  "StandardsGroup.ActionProposed.data:bytes",
  "StudyRegistry.StudyRegistered.terms.diseaseCodes:string[]",
  "SupervisionGroup.ActionProposed.data:bytes",
  "TechnologyGroup.ActionProposed.data:bytes",
  "TimelockController.CallExecuted.data:bytes",
  "TimelockController.CallScheduled.data:bytes",
];

async function deployableContracts(): Promise<{ name: string; abi: readonly AbiItem[] }[]> {
  const names = [...(await artifacts.getAllFullyQualifiedNames())].filter((name) =>
    name.startsWith("contracts/")
      ? !name.startsWith("contracts/mocks/")
      : /:(AccessManager|TimelockController)$/.test(name),
  );
  const all = await Promise.all(names.map((name) => artifacts.readArtifact(name)));
  return all
    .filter(({ bytecode }) => bytecode !== "0x")
    .map(({ contractName, abi }) => ({ name: contractName, abi: abi as readonly AbiItem[] }));
}

/** The fields of a parameter, those of structs one by one. */
function fieldsOf({ name, type, components }: AbiParameter, path: string): string[] {
  if (components === undefined) return [`${path}.${name}:${type}`];
  const array = type.slice("tuple".length);
  return components.flatMap((component) => fieldsOf(component, `${path}.${name}${array}`));
}

async function eventFields(): Promise<string[]> {
  return (await deployableContracts())
    .flatMap(({ name, abi }) =>
      abi
        .filter(({ type }) => type === "event")
        .flatMap((event) => event.inputs!.flatMap((input) => fieldsOf(input, `${name}.${event.name}`))),
    )
    .sort();
}

describe("what events show", () => {
  it("walks every contract of the suite", async () => {
    const names = (await deployableContracts()).filter(({ abi }) => abi.some(({ type }) => type === "event"));
    expect(names.map(({ name }) => name)).to.have.members([
      ...[
        "AccessManager",
        "InstitutionRegistry",
        "PatientRegistry",
        "GuardianOrders",
        "RecordRegistry",
        "ConsentRegistry",
      ],
      ...["StudyRegistry", "AccessBroker", "PatientHealthFund", "RevenueSplitter", "HealthPoints"],
      ...["Supervision", "EmergencyAccess", "ContributionLedger"],
      ...["TimelockController", "ConsiliumGovernor", "CommitteeSeats"],
      ...["StandardsGroup", "TechnologyGroup", "EthicsGroup", "SupervisionGroup"],
    ]);
  });

  it("is what the reviewed list allows: no field is new, none has vanished, none has another type", async () => {
    expect(await eventFields()).to.deep.equal(Object.keys(ALLOWED).sort());
  });

  it("has a reason for each field", () => {
    const bare = Object.entries(ALLOWED).filter(([, reason]) => !/^[A-Z].{15,}\.$/.test(reason));
    expect(bare).to.deep.equal([]);
  });

  it("leaves no room for free text but where it was looked at", async () => {
    const open = (await eventFields()).filter((field) => /:(string|bytes)(\[\d*\])*$/.test(field));
    expect(open).to.deep.equal(OPEN_FIELDS);
  });
});

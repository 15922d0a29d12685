import { expect } from "chai";
import { codeNames, declaredIn, interfaces, readText } from "./readDocs.ts";

const PARTS = ["Overview", "Data flow", "State", "Functions", "Events", "Errors"];

describe("docs/contracts", () => {
  it("is held against every contract with an interface", () => {
    expect(new Set(interfaces().map(({ contract }) => contract))).to.deep.equal(
      new Set([
        ...[
          "InstitutionRegistry",
          "PatientRegistry",
          "GuardianOrders",
          "RecordRegistry",
          "ConsentRegistry",
          "StudyRegistry",
        ],
        ...["RuleSet", "AccessBroker", "RevenueSplitter", "PatientHealthFund", "HealthPoints"],
        ...["Supervision", "EmergencyAccess", "ContributionLedger"],
        ...["CommitteeSeats", "ConsiliumGovernor", "WorkingGroup"],
      ]),
    );
  });

  for (const { file, contract } of interfaces()) {
    it(`names every function, event and error of ${file}`, () => {
      const names = codeNames(readText(`docs/contracts/${contract}.md`));
      const declared = declaredIn(file);
      expect(declared.length).to.be.greaterThan(2);
      const missing = declared.filter(({ name }) => !names.has(name)).map(({ kind, name }) => `${kind} ${name}`);
      expect(missing).to.deep.equal([]);
    });
  }

  it("has the same parts on every page", () => {
    for (const contract of new Set(interfaces().map((entry) => entry.contract))) {
      const headings = [...readText(`docs/contracts/${contract}.md`).matchAll(/^## (.+)$/gm)].map(([, name]) => name);
      expect(headings, contract).to.include.members(PARTS);
    }
  });
});

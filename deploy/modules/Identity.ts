import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { governance } from "./Governance.ts";

/** Members and patients. */
export const identity = buildModule("Identity", (m) => {
  const { authority } = m.useModule(governance);
  return {
    institutions: m.contract("InstitutionRegistry", [authority, m.getParameter("settlementToken")]),
    patients: m.contract("PatientRegistry", [authority]),
  };
});

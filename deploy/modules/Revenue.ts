import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { access } from "./Access.ts";
import { governance } from "./Governance.ts";
import { identity } from "./Identity.ts";

/** Revenue of studies, and the patients' fund. */
export const revenue = buildModule("Revenue", (m) => {
  const { authority } = m.useModule(governance);
  const { institutions, patients } = m.useModule(identity);
  const { studies, broker } = m.useModule(access);

  const fund = m.contract("PatientHealthFund", [authority]);
  const floor = m.getParameter("fundFloor");
  const splitter = m.contract("RevenueSplitter", [broker, institutions, patients, studies, fund, floor]);
  return { fund, splitter };
});

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
  const terms = [m.getParameter("shareRules"), m.getParameter("sharesDelay"), m.getParameter("claimWindow")];
  const registries = [broker, institutions, patients, studies];
  const splitter = m.contract("RevenueSplitter", [authority, ...registries, fund, ...terms]);
  const points = m.contract("HealthPoints", [
    authority,
    broker,
    institutions,
    patients,
    m.getParameter("pointsReward"),
  ]);
  return { fund, splitter, points };
});

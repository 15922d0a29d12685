import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { access } from "./Access.ts";
import { governance } from "./Governance.ts";
import { identity } from "./Identity.ts";
import { records as recordsModule } from "./Records.ts";
import { revenue } from "./Revenue.ts";

/** Complaints, sanctions, emergencies, which end in a sanction if they are not justified, and what members contribute. */
export const supervision = buildModule("Supervision", (m) => {
  const { authority } = m.useModule(governance);
  const { institutions, patients } = m.useModule(identity);
  const { records } = m.useModule(recordsModule);
  const { broker } = m.useModule(access);
  const { fund } = m.useModule(revenue);

  const rules = ["appealWindow", "decisionWindow", "catalogue"].map((name) => m.getParameter(name));
  const sanctions = m.contract("Supervision", [authority, institutions, patients, broker, records, fund, ...rules]);
  const emergencyRules = m.getParameter("emergencyRules");
  const partners = [institutions, patients, records, sanctions];
  const emergencies = m.contract("EmergencyAccess", [authority, ...partners, emergencyRules]);
  const facts = [institutions, records, broker, sanctions];
  const contributions = m.contract("ContributionLedger", [authority, ...facts, m.getParameter("contributionRules")]);
  return { sanctions, emergencies, contributions };
});

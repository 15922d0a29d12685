import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { consent as consentModule } from "./Consent.ts";
import { governance } from "./Governance.ts";
import { identity } from "./Identity.ts";
import { records as recordsModule } from "./Records.ts";

/** Studies, the rules, and the broker that decides by them. */
export const access = buildModule("Access", (m) => {
  const { authority } = m.useModule(governance);
  const { institutions, patients } = m.useModule(identity);
  const { records } = m.useModule(recordsModule);
  const { consents } = m.useModule(consentModule);

  const studies = m.contract("StudyRegistry", [authority, institutions]);
  const rules = m.contract("RuleSet", [m.getParameter("rules"), institutions, records, consents, studies]);
  const thresholds = m.getParameter("alertThresholds");
  const registries = [institutions, patients, records, consents, studies];
  const broker = m.contract("AccessBroker", [authority, rules, thresholds, ...registries]);
  return { studies, rules, broker };
});

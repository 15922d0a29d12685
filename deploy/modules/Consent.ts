import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { governance } from "./Governance.ts";
import { identity } from "./Identity.ts";

/** Consents of patients. */
export const consent = buildModule("Consent", (m) => {
  const { authority } = m.useModule(governance);
  const { institutions, patients } = m.useModule(identity);
  return { consents: m.contract("ConsentRegistry", [authority, patients, institutions]) };
});

import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { identity } from "./Identity.ts";

/** Anchors of records. */
export const records = buildModule("Records", (m) => {
  const { institutions, patients } = m.useModule(identity);
  return { records: m.contract("RecordRegistry", [institutions, patients]) };
});

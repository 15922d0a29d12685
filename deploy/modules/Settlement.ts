import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** A settlement token for chains to try things on; anyone may mint it. */
export const testSettlement = buildModule("Settlement", (m) => ({
  token: m.contract("TestToken", ["Settlement Unit", "SU", 2]),
}));

import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** Who may administer; the deployer may until the top module hands over. */
export const governance = buildModule("Governance", (m) => ({
  authority: m.contract("AccessManager", [m.getAccount(0)]),
}));

import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { id } from "ethers";
import { zeroHash, type Address } from "viem";
import { governance } from "./Governance.ts";
import { identity } from "./Identity.ts";

/** The arguments of `admit`. */
export type Admission = readonly [number, number, boolean, number, number, string, Address];

/** Members with seats; the first one's id is 1. */
export type Founder = { key: string; admission: Admission };

export type FirstSeat = { institution: number; group: number; holder: Address };

export type CommitteesParameters = { deployer: Address; founders: Founder[]; seats: FirstSeat[] };

/**
 * Seats, the governor with its timelock, the working groups, and what two of them order together. A function, since the number of
 * steps depends on the number of founders: members that have a seat are admitted first, since who is no member has no vote to admit
 * anyone.
 */
export function committeesModule({ deployer, founders, seats: firstSeats }: CommitteesParameters) {
  return buildModule("Committees", (m) => {
    const { authority } = m.useModule(governance);
    const { institutions, patients } = m.useModule(identity);

    // One after the other, since members are numbered in order of admission.
    const admissions: ReturnType<typeof m.call>[] = [];
    for (const { key, admission } of founders) {
      admissions.push(
        m.call(institutions, "admit", [...admission], { id: `admit_${key}`, after: admissions.slice(-1) }),
      );
    }
    const seats = m.contract("CommitteeSeats", [authority, institutions, firstSeats], { after: admissions });

    const timelock = m.contract("TimelockController", [m.getParameter("timelockDelay"), [], [], deployer]);
    const governor = m.contract("ConsiliumGovernor", [
      seats,
      timelock,
      m.getParameter("votingDelay"),
      m.getParameter("votingPeriod"),
      m.getParameter("quorumPercent"),
    ]);
    // Only by a proposal is anything scheduled, cancelled or executed.
    const granted = (["PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE"] as const).map((role) =>
      m.call(timelock, "grantRole", [id(role), governor], { id: `timelock_${role}` }),
    );
    m.call(timelock, "renounceRole", [zeroHash, deployer], { id: "timelock_renounced", after: granted });

    const ethicsGroup = m.contract("EthicsGroup", [seats]);
    const supervisionGroup = m.contract("SupervisionGroup", [seats]);
    return {
      seats,
      timelock,
      governor,
      standardsGroup: m.contract("StandardsGroup", [seats]),
      technologyGroup: m.contract("TechnologyGroup", [seats]),
      ethicsGroup,
      supervisionGroup,
      guardianOrders: m.contract("GuardianOrders", [patients, ethicsGroup, supervisionGroup]),
    };
  });
}

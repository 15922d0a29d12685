import { id } from "ethers";
import { zeroAddress, zeroHash, type Address } from "viem";
import { GROUPS } from "../config/schemas.ts";
import { readAdmitted } from "../deployment/admitMembers.ts";
import { moduleParameters } from "../deployment/moduleParameters.ts";
import { memberMetadataHash } from "../deployment/memberMetadataHash.ts";
import { readEvents } from "../deployment/readEvents.ts";
import { readRoleHolders } from "../permissions/readRoleHolders.ts";
import { compare, type Check, type Finding, type Subject } from "./Finding.ts";

/** Whether the timelock answers to the governor alone, votes go as configured, and seats are whose they should be. */
export const checkGovernance: Check = {
  name: "governance",
  examine: async (subject) => [
    ...(await checkTimelock(subject)),
    ...(await checkVoting(subject)),
    ...(await checkSeats(subject)),
  ],
};

async function checkTimelock({ book, connection }: Subject): Promise<Finding[]> {
  const { TimelockController, ConsiliumGovernor } = book.contracts;
  const { address, block } = TimelockController!;
  const holders = await readRoleHolders({
    ethers: connection.ethers,
    contract: "TimelockController",
    address,
    firstBlock: block,
    logRange: connection.settings.logRange,
  });
  const governor = ConsiliumGovernor!.address;
  const wanted: [string, string, Address][] = [
    ["admin", zeroHash, address],
    ...(["proposer", "canceller", "executor"] as const).map((role): [string, string, Address] => [
      role,
      id(`${role.toUpperCase()}_ROLE`),
      governor,
    ]),
  ];
  return wanted.map(([name, role, holder]) =>
    compare(
      `${name} of the timelock`,
      [...(holders.get(BigInt(role)) ?? [])],
      [holder],
      "Propose grantRole or revokeRole on the timelock, and find out by its events who changed it.",
    ),
  );
}

async function checkVoting({ book, consortium, connection: { ethers } }: Subject): Promise<Finding[]> {
  const { TimelockController, ConsiliumGovernor, CommitteeSeats } = book.contracts;
  const governor = await ethers.getContractAt("ConsiliumGovernor", ConsiliumGovernor!.address);
  const timelock = await ethers.getContractAt("TimelockController", TimelockController!.address);
  const { Committees: wanted } = moduleParameters(consortium, zeroAddress);
  const mend = (change: string): string =>
    `Propose ${change}, or write what holds now into config/${consortium.name}/governance.json.`;
  const fixed = "Find out which proposal changed it, by the governor's events.";
  return [
    compare("timelock of the governor", await governor.timelock(), TimelockController!.address, fixed),
    compare("seats of the governor", await governor.token(), CommitteeSeats!.address, fixed),
    compare("voting delay, seconds", await governor.votingDelay(), wanted!["votingDelay"], mend("setVotingDelay")),
    compare("voting period, seconds", await governor.votingPeriod(), wanted!["votingPeriod"], mend("setVotingPeriod")),
    compare(
      "quorum, percent",
      await governor["quorumNumerator()"](),
      wanted!["quorumPercent"],
      mend("updateQuorumNumerator"),
    ),
    compare("timelock delay, seconds", await timelock.getMinDelay(), wanted!["timelockDelay"], mend("updateDelay")),
  ];
}

async function checkSeats({ book, consortium, connection }: Subject): Promise<Finding[]> {
  const { ethers, settings } = connection;
  const { CommitteeSeats, InstitutionRegistry } = book.contracts;
  const seats = await ethers.getContractAt("CommitteeSeats", CommitteeSeats!.address);
  const registry = await ethers.getContractAt("InstitutionRegistry", InstitutionRegistry!.address);
  const ids = await readAdmitted({
    ethers,
    registry,
    firstBlock: InstitutionRegistry!.block,
    logRange: settings.logRange,
  });
  const keys = new Map(
    consortium.members.flatMap((member) => {
      const number = ids.get(memberMetadataHash(member));
      return number === undefined ? [] : [[number, member.key] as const];
    }),
  );

  const held = new Map<string, { group: number; seat: string }>();
  const { address, block } = CommitteeSeats!;
  for (const log of await readEvents({ ethers, address, fromBlock: block, logRange: settings.logRange })) {
    const event = seats.interface.parseLog(log);
    if (event?.name !== "SeatGranted" && event?.name !== "SeatEnded") continue;
    const { institution, holder, group } = event.args as unknown as Record<string, bigint>;
    const key = `${institution} ${group}`;
    const seat = `${keys.get(Number(institution)) ?? `member ${institution}`} ${holder}`;
    if (event.name === "SeatGranted") held.set(key, { group: Number(group), seat });
    else held.delete(key);
  }

  // Whether a member is in at all is another check.
  const admitted = new Set(keys.values());
  return GROUPS.map((name, number) =>
    compare(
      `seats of ${name}`,
      [...held.values()].flatMap(({ group, seat }) => (group === number ? [seat] : [])).sort(),
      consortium.governance.seats[name]
        .filter(({ member }) => admitted.has(member))
        .map(({ member, holder }) => `${member} ${holder}`)
        .sort(),
      `Propose grantSeat or endSeat, or write the seats into config/${consortium.name}/governance.json.`,
    ),
  );
}

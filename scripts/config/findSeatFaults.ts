import { type Holder } from "../../deploy/roles.ts";
import { GROUPS, type Consortium, type GroupName } from "./schemas.ts";

/** What is wrong with seats that only shows beside members and roles. Nobody may be able to decide alone. */
export function findSeatFaults({ name, governance, members, roles }: Consortium): string[] {
  const label = `config/${name}/governance.json:`;
  const seats = GROUPS.flatMap((group) => governance.seats[group].map((seat, index) => ({ group, index, ...seat })));
  const faults: string[] = [];

  const memberOf = new Map<string, string>();
  for (const { group, index, member, holder } of seats) {
    const path = `${label} seats.${group}[${index}]`;
    if (!members.some(({ key }) => key === member)) faults.push(`${path}.member ${member} is in no members.json`);
    const other = memberOf.get(holder);
    if (other !== undefined && other !== member)
      faults.push(`${path}.holder ${holder} holds a seat of ${other} already`);
    memberOf.set(holder, other ?? member);
  }

  const held = new Set<Holder>([roles.admin, ...roles.operator, ...roles.supervision, ...roles.rules]);
  for (const group of GROUPS) {
    const count = governance.seats[group].length;
    if (held.has(holderOf(group)) && count < 2)
      faults.push(`${label} seats.${group} must be two or more: the group holds a role`);
  }
  if (!held.has("timelock")) return faults;

  const quorum = Math.max(2, Math.ceil((seats.length * governance.quorumPercent) / 100));
  if (seats.length < quorum)
    faults.push(`${label} seats are ${seats.length}, and ${quorum} votes are needed: nothing could be decided`);
  for (const { key } of members) {
    const votes = seats.filter(({ member }) => member === key).length;
    if (votes >= quorum)
      faults.push(`${label} seats give ${key} ${votes} votes, and ${quorum} are enough: it could decide alone`);
  }
  return faults;
}

function holderOf(group: GroupName): `${GroupName}Group` {
  return `${group}Group`;
}

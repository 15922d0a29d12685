import type { CommitteesParameters } from "../../deploy/modules/Committees.ts";
import { GROUPS, type Consortium } from "../config/schemas.ts";
import { admission } from "./admitMembers.ts";

/** The members that have a seat, in their order, and the seats with the ids that these members will get. */
export function foundingSeats({ governance, members }: Consortium): Omit<CommitteesParameters, "deployer"> {
  const seated = GROUPS.flatMap((name, group) => governance.seats[name].map((seat) => ({ group, ...seat })));
  const founders = members.filter(({ key }) => seated.some(({ member }) => member === key));
  return {
    founders: founders.map((member) => ({ key: member.key, admission: admission(member) })),
    seats: seated.map(({ group, member, holder }) => ({
      institution: founders.findIndex(({ key }) => key === member) + 1,
      group,
      holder,
    })),
  };
}

import type { Hex } from "viem";
import type { CohortMember } from "@consilium/sdk";
import { readEvents } from "./session/readEvents.ts";
import type { Session } from "./session/Session.ts";

export type ReadUncountedParameters = { agreement: Hex; study: Hex; institution: number };

/** Deliveries by a custodian under a study's grants that no one has had counted as units of the agreement yet. */
export async function readUncounted(
  session: Session,
  { agreement, study, institution: custodian }: ReadUncountedParameters,
): Promise<{ grant: Hex; member: CohortMember }[]> {
  const ofStudy = new Set(
    [
      ...(await readEvents(session, "AccessBroker", "AccessDecided")),
      ...(await readEvents(session, "AccessBroker", "CohortDecided")),
    ].flatMap(({ args }) => (args.study === study ? [args.request] : [])),
  );
  const counted = await readEvents(session, "RevenueSplitter", "DeliveryCounted", { agreement, custodian });
  const known = new Set(counted.map(({ args }) => `${args.grant}${args.record}`));
  const delivered = await readEvents(session, "AccessBroker", "DeliveryLogged", { custodian });
  return delivered.flatMap(({ args: { grant, patient, consent, batch, record } }) => {
    const key = `${grant}${record}`;
    // One record may be delivered more than once; it counts once.
    if (known.has(key) || !ofStudy.has(grant)) return [];
    known.add(key);
    return [{ grant, member: { study, patient, consent, batch, record } }];
  });
}

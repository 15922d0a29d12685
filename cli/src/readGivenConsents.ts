import type { Address, Hex } from "viem";
import { detailsHash } from "@consilium/sdk";
import type { ConsentDetails, ConsentTerms } from "@consilium/sdk";
import { UsageError } from "./errors.ts";
import { readEvents } from "./session/readEvents.ts";
import type { Session } from "./session/Session.ts";

/** A consent, or all of a patient, as they were given on the chain; the newest first. */
export async function readGivenConsents(
  session: Session,
  of: { consent?: Hex; patient?: Address },
): Promise<{ terms: ConsentTerms; details: ConsentDetails }[]> {
  const events = await readEvents(session, "ConsentRegistry", "ConsentGiven", of);
  if (events.length === 0 && of.consent !== undefined) {
    throw new UsageError(`Consent ${of.consent} was never given.`, {
      mend: "See `consilium consent list --patient DID`.",
    });
  }
  return events.reverse().map(({ args: { patient, institution, agent, study, policy, epoch, details } }) => {
    return { terms: { patient, institution, agent, study, policy, epoch, details: detailsHash(details) }, details };
  });
}

import type { Address, Hex } from "viem";
import { detailsHash } from "@consilium/sdk";
import type { ConsentTerms } from "@consilium/sdk";
import { UsageError } from "./errors.ts";
import { readEvents } from "./session/readEvents.ts";
import type { Session } from "./session/Session.ts";

/** The terms of a consent, or of all of a patient, as they were given on the chain; the newest first. */
export async function readConsentTerms(
  session: Session,
  of: { consent?: Hex; patient?: Address },
): Promise<ConsentTerms[]> {
  const events = await readEvents(session, "ConsentRegistry", "ConsentGiven", of);
  if (events.length === 0 && of.consent !== undefined) {
    throw new UsageError(`Consent ${of.consent} was never given.`, {
      mend: "See `consilium consent list --patient DID`.",
    });
  }
  return events.reverse().map(({ args: { patient, institution, agent, study, policy, epoch, details } }) => {
    return { patient, institution, agent, study, policy, epoch, details: detailsHash(details) };
  });
}

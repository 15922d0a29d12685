import { isAddressEqual, type Address, type Hex } from "viem";
import { CohortError } from "../errors.ts";
import type { CohortMember } from "./AccessRequest.ts";
import { CohortTree } from "./CohortTree.ts";

/** What AccessDecided tells of an approved request. */
export type SingleGrantEvent = CohortMember & { request: Hex; askHash: Hex };

/** What CohortDecided and its CohortMembersGranted, in their order, tell. */
export type CohortGrantEvents = {
  request: Hex;
  study: Hex;
  root: Hex;
  parts: { batch: Hex; consents: readonly Hex[]; records: readonly Hex[] }[];
};

/** A member of a grant with its proof: what deliveries, receipts and claims are made with. */
export type GrantMember = { grant: Hex; member: CohortMember; proof: Hex[] };

/**
 * The one member of a single grant; its ask is its proof.
 *
 * @example
 * const { id, grant } = await sendRequest(suite, request);
 * expect(rebuildGrant({ ...memberOf(request), request: id, askHash: askHash(researcher, request) })).to.deep.equal(grant);
 */
export function rebuildGrant({ request, askHash, ...event }: SingleGrantEvent): GrantMember {
  const { study, patient, consent, batch, record } = event;
  return { grant: request, member: { study, patient, consent, batch, record }, proof: [askHash] };
}

export type RebuildCohortParameters = CohortGrantEvents & {
  /**
   * Whose record it is: of a consent ConsentGiven tells it, of a published record RecordsIndexed. A cohort's events do not name patients.
   */
  patientOf: (member: { consent: Hex; batch: Hex; record: Hex }) => Address | undefined;
};

/**
 * The members of a cohort with their proofs, from events alone, so that any patient can claim without help.
 *
 * @throws CohortError if a patient is not known, or the members do not make the cohort's root.
 * @example
 * const { granted, id } = await sendCohort(suite, cohort);
 * const parts = [{ batch: batch.id, consents: [consent.id], records: [batch.leaf(0)] }];
 * const root = new CohortTree(granted.map(({ member }) => member)).root;
 * expect(rebuildCohort({ request: id, study, root, parts, patientOf: () => patient })).to.deep.equal(granted);
 */
export function rebuildCohort({ request, study, root, parts, patientOf }: RebuildCohortParameters): GrantMember[] {
  const members = parts.flatMap(({ batch, consents, records }) =>
    records.map((record, index): CohortMember => {
      const consent = consents[index]!;
      const patient = patientOf({ consent, batch, record });
      if (patient === undefined) {
        throw new CohortError(`It is not known whose record ${record} is.`, {
          mend: "Read ConsentGiven and RecordsIndexed from the first block on; ask the custodian about a record without either.",
        });
      }
      return { study, patient, consent, batch, record };
    }),
  );
  const tree = new CohortTree(members);
  if (tree.root !== root) {
    throw new CohortError("The members do not make the cohort's root.", {
      mend: "Pass all CohortMembersGranted events of the request, in their order.",
    });
  }
  return members.map((member, index) => ({ grant: request, member, proof: tree.proof(index) }));
}

/**
 * Those of a patient.
 *
 * @example
 * const { granted } = await sendCohort(suite, cohort);
 * expect(ofPatient(granted, patient)).to.have.lengthOf(1);
 */
export function ofPatient(members: readonly GrantMember[], patient: Address): GrantMember[] {
  return members.filter(({ member }) => isAddressEqual(member.patient, patient));
}

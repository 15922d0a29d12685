import { zeroAddress, zeroHash } from "viem";
import { consentId } from "../consent/consentId.ts";
import type { ConsentTerms } from "../consent/ConsentTerms.ts";
import { recordLeaf, type AnchoredRecord } from "../records/recordLeaf.ts";
import type { AccessRequest, CohortMember, CohortPart, CohortRequest } from "./AccessRequest.ts";

type Asked = Pick<CohortMember, "study" | "batch"> & { record: AnchoredRecord; consent: ConsentTerms };

/**
 * The member that a request for one record asks for.
 *
 * @example
 * expect(memberOf(request).record).to.equal(batch.leaf(0));
 */
export function memberOf({ study, batch, record, consent }: Pick<AccessRequest, keyof Asked>): CohortMember {
  return {
    study,
    patient: record.patient,
    consent: consent.patient === zeroAddress ? zeroHash : consentId(consent),
    batch,
    record: recordLeaf(record),
  };
}

/**
 * The members that a cohort request asks for, part after part.
 *
 * @example
 * expect(membersOf(cohort).map(({ consent }) => consent)).to.deep.equal([consent.id]);
 */
export function membersOf({ study, parts }: CohortRequest): CohortMember[] {
  return parts.flatMap(({ batch, records, consents }: CohortPart) =>
    records.map((record, i) => memberOf({ study, batch, record, consent: consents[i]! })),
  );
}

import { zeroAddress, zeroHash } from "viem";
import { FhirConsentError } from "../../errors.ts";
import { decodePolicyWord } from "../../policy/decodePolicyWord.ts";
import { isWellFormedPolicy } from "../../policy/isWellFormedPolicy.ts";
import type { PolicyFields } from "../../policy/PolicyFields.ts";
import type { FhirResource } from "../../records/FhirResource.ts";
import type { ConsentScope } from "../ConsentTerms.ts";
import { CONFIDENTIALITY_OF_LEVEL, OBLIGATION_OF_GRADE, POLICY_EXTENSION, SYSTEMS } from "./codes.ts";
import { writePeriod } from "./fhirPeriod.ts";

interface Coding {
  system: string;
  code: string;
}

export type TermsToFhirConsentParameters = Omit<ConsentScope, "epoch"> & {
  /** When the patient was asked, as FHIR's dateTime; left out if not named. */
  dateTime?: string;
};

/**
 * Writes a consent's terms as a Consent resource of FHIR R4: all is denied but what one nested provision permits. Purposes, categories,
 * level, sensitivities, de-identification and validity are FHIR's own elements; what FHIR has no word for (DUO, recipients, regions,
 * flags, the study) stands in a modifier extension, which a reader that does not know it must not pass over.
 * `fhirConsentToTerms` reads back the very same terms.
 *
 * @throws FhirConsentError if the policy is not well formed, has bits without a meaning, or ends after the year 9999.
 * @example
 * const resource = termsToFhirConsent(consent.terms);
 * expect(fhirConsentToTerms(resource).terms.policy).to.equal(consent.terms.policy);
 */
export function termsToFhirConsent(parameters: TermsToFhirConsentParameters): FhirResource {
  const { patient, institution, agent, study, policy, dateTime } = parameters;
  const fields = decodePolicyWord(policy);
  if (!isWellFormedPolicy(policy) || fields.unknownBits !== 0n) {
    throw new FhirConsentError("The policy is not well formed, or has bits without a meaning.", {
      mend: "Write only words that encodePolicyWord makes, with a purpose, a category and a period.",
    });
  }
  const actors = [
    ...(institution === 0 ? [] : [actorOf(SYSTEMS.institution, String(institution))]),
    ...(agent === zeroAddress ? [] : [actorOf(SYSTEMS.uri, `did:ethr:${agent}`)]),
  ];
  return {
    resourceType: "Consent",
    status: "active",
    scope: { coding: [{ system: SYSTEMS.scope, code: "patient-privacy" }] },
    category: [{ coding: [{ system: "http://loinc.org", code: "59284-0" }] }],
    patient: { identifier: { system: SYSTEMS.uri, value: `did:ethr:${patient}` } },
    ...(dateTime !== undefined && { dateTime }),
    policyRule: { coding: [{ system: SYSTEMS.actCode, code: "OPTOUT" }] },
    provision: {
      provision: [
        {
          modifierExtension: [{ url: POLICY_EXTENSION, extension: partsOf(fields, study) }],
          type: "permit",
          period: writePeriod(fields),
          ...(actors.length > 0 && { actor: actors }),
          action: ["access", "use"].map((code) => ({ coding: [{ system: SYSTEMS.action, code }] })),
          securityLabel: labelsOf(fields),
          purpose: fields.purposes.map((code): Coding => ({ system: SYSTEMS.actReason, code })),
          class: fields.categories.map((code): Coding => ({ system: SYSTEMS.category, code })),
        },
      ],
    },
  };
}

function labelsOf({ level, sensitivities, deidentification }: PolicyFields): Coding[] {
  const obligation = OBLIGATION_OF_GRADE[deidentification];
  return [
    { system: SYSTEMS.confidentiality, code: CONFIDENTIALITY_OF_LEVEL[level]! },
    ...[...sensitivities, ...(obligation === undefined ? [] : [obligation])].map((code) => ({
      system: SYSTEMS.actCode,
      code,
    })),
  ];
}

/** What FHIR lacks. The version stands first, so that the list is never empty. */
function partsOf({ duoUses, modifiers, recipients, regions, flags, deidentification }: PolicyFields, study: string) {
  const part = (url: string, values: readonly (string | number)[]) =>
    values.map((value) => ({ url, valueString: String(value) }));
  return [
    ...part("version", [1]),
    ...part("duoUse", duoUses),
    ...part("modifier", modifiers),
    ...part("recipient", recipients),
    ...part("region", regions),
    ...part("flag", flags),
    ...part("deidentification", deidentification === OBLIGATION_OF_GRADE.length - 1 ? [deidentification] : []),
    ...part("study", study === zeroHash ? [] : [study]),
  ];
}

function actorOf(system: string, value: string) {
  return {
    role: { coding: [{ system: SYSTEMS.participation, code: "IRCP" }] },
    reference: { identifier: { system, value } },
  };
}

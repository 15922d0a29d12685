import { getAddress, isAddress, isHex, zeroAddress, zeroHash } from "viem";
import type { Address } from "viem";
import { encodePolicyWord } from "../../policy/encodePolicyWord.ts";
import type { PolicyFields } from "../../policy/PolicyFields.ts";
import { isObject, objectsIn, toResource } from "../../records/FhirResource.ts";
import type { FhirResource } from "../../records/FhirResource.ts";
import type { ConsentScope } from "../ConsentTerms.ts";
import { SYSTEMS } from "./codes.ts";
import { cannotExpress, codingsOf, requireOnly } from "./elements.ts";
import { readPeriod } from "./fhirPeriod.ts";
import { readParts } from "./readParts.ts";
import { readCategories, readLabels, readPurposes } from "./readProvision.ts";

export interface FhirConsentToTermsOptions {
  /** The patient's DID; needed where the resource names the patient in another way, and must be the same where it does not. */
  patient?: Address;
  /**
   * What a Consent of another system leaves open, as the patient was asked besides: recipients, regions, DUO uses and conditions, flags. None
   * unless named, so that nobody may receive anything.
   */
  open?: Partial<Pick<PolicyFields, "duoUses" | "modifiers" | "recipients" | "regions" | "flags">>;
}

export interface FhirConsentToTermsReturnType {
  /** For `createConsent`, which adds epoch, notice and salt. */
  terms: Omit<ConsentScope, "epoch">;
  /** Where the terms allow less than the resource does, in words; show it to whoever signs. */
  narrowed: string[];
}

const PROVISION = ["id", "modifierExtension", "type", "period", "actor", "action", "securityLabel", "purpose", "class"];
const ROOT = ["id", "type", "provision"];
const ACTIONS = ["access", "use"];

/**
 * Reads a Consent resource of FHIR R4 into a consent's terms. The terms never allow more than the resource: what they cannot express is
 * an error, and where they can only allow less, `narrowed` says so.
 *
 * - One permission: either the root provision of type `permit`, or one nested `permit` where all else is denied. A nested `deny` is an
 *   exception, which a policy word has not.
 * - Purposes are codes of v3-ActReason, none of which stands for its descendants.
 * - Categories are this project's own codes, or types of resources, where all types of a category are named.
 * - A confidentiality label is a high-water mark: `U`, `M`, `N`, `V` are levels 0 to 3, `L` and `R` are narrowed to the level below.
 * - Without such a label the level is 2: level 3 needs a label, since it needs a separate consent.
 * - `period` must name both ends; a day without a time zone counts only while it is that day everywhere.
 * - Rules about single records, clinical codes or the time of data (`data`, `code`, `dataPeriod`) are none of a policy word.
 *
 * @param resource The resource, or its JSON text.
 * @throws FhirConsentError for what cannot be expressed, with the element's name and never its content.
 * @throws ResourceError, JsonError as `parseJson`.
 * @example
 * const { terms, narrowed } = fhirConsentToTerms({
 *   resourceType: "Consent",
 *   status: "active",
 *   scope: { coding: [{ code: "research" }] },
 *   patient: { identifier: { value: `did:ethr:${patient}` } },
 *   provision: {
 *     type: "permit",
 *     period: { start: "2026-01-01T00:00:00Z", end: "2026-12-31T23:59:59Z" },
 *     securityLabel: [{ system: "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", code: "N" }],
 *     purpose: [{ system: "http://terminology.hl7.org/CodeSystem/v3-ActReason", code: "HRESCH" }],
 *     class: ["ImagingStudy", "Media"].map((code) => ({ system: "http://hl7.org/fhir/resource-types", code })),
 *   },
 * }, { open: { recipients: ["research"], regions: [0] } });
 * expect(decodePolicyWord(terms.policy).categories).to.deep.equal(["imaging"]);
 * expect(narrowed).to.deep.equal([]);
 */
export function fhirConsentToTerms(
  resource: FhirResource | string,
  { patient, open = {} }: FhirConsentToTermsOptions = {},
): FhirConsentToTermsReturnType {
  const consent = toResource(resource);
  requireConsent(consent);
  const provision = permissionOf(consent);
  requireOnly(provision, PROVISION, "provision");
  requireActions(provision);

  const narrowed: string[] = [];
  const { narrowed: isShorter, ...validity } = readPeriod(isObject(provision["period"]) ? provision["period"] : {});
  if (isShorter) narrowed.push("A day without a time zone counts only while it is that day everywhere.");
  const parts = readParts(provision["modifierExtension"]);
  if (parts === undefined && (open.recipients === undefined || open.regions === undefined)) {
    narrowed.push(
      "The resource does not restrict recipients and regions; the terms admit those named besides, or none.",
    );
  }
  const policy = encodePolicyWord({
    ...(parts?.fields ?? open),
    purposes: readPurposes(provision["purpose"]),
    categories: readCategories(provision["class"], narrowed),
    ...readLabels(provision["securityLabel"], parts?.fields.deidentification, narrowed),
    ...validity,
  });
  return {
    terms: { patient: patientOf(consent, patient), ...actorsOf(provision), study: parts?.study ?? zeroHash, policy },
    narrowed,
  };
}

function requireConsent(consent: FhirResource): void {
  if (consent.resourceType !== "Consent") throw cannotExpress("resourceType");
  if (consent["status"] !== "active") throw cannotExpress("status");
  if (consent["modifierExtension"] !== undefined || consent["implicitRules"] !== undefined) {
    throw cannotExpress("modifierExtension or implicitRules");
  }
  const scopes = codingsOf(consent["scope"], "scope").map(({ code }) => code);
  if (!scopes.some((code) => code === "patient-privacy" || code === "research")) throw cannotExpress("scope");
}

/** The one permission of a consent that denies all else. */
function permissionOf({ provision: root, policyRule }: FhirResource): Record<string, unknown> {
  if (!isObject(root)) throw cannotExpress("provision");
  if (root["provision"] === undefined) {
    if (root["type"] !== "permit") throw cannotExpress("provision.type");
    return root;
  }
  requireOnly(root, ROOT, "provision");
  const nested = objectsIn(root["provision"]);
  const rules = policyRule === undefined ? [] : codingsOf(policyRule, "policyRule").map(({ code }) => code);
  const deniesAllElse = root["type"] === "deny" || (root["type"] === undefined && rules.join() === "OPTOUT");
  if (!deniesAllElse || nested.length !== 1 || nested[0]!["type"] !== "permit") {
    throw cannotExpress("provision.provision");
  }
  return nested[0]!;
}

/** None means all; less than both would not allow what a grant is for. */
function requireActions({ action }: Record<string, unknown>): void {
  if (action === undefined) return;
  const codes = objectsIn(action).flatMap((concept) => codingsOf(concept, "action").map(({ code }) => code));
  if (!ACTIONS.every((code) => codes.includes(code))) throw cannotExpress("action");
}

function patientOf({ patient }: FhirResource, given: Address | undefined): Address {
  const identifier = isObject(patient) && isObject(patient["identifier"]) ? patient["identifier"]["value"] : undefined;
  const named = didAddress(identifier);
  if (named !== undefined && given !== undefined && named !== getAddress(given)) throw cannotExpress("patient");
  const address = named ?? given;
  if (address === undefined) throw cannotExpress("patient");
  return getAddress(address);
}

/** A recipient of the consortium, by number, or a wallet, by its DID. */
function actorsOf({ actor }: Record<string, unknown>): { institution: number; agent: Address } {
  const found: { institution: number; agent: Address } = { institution: 0, agent: zeroAddress };
  for (const { role, reference } of objectsIn(actor)) {
    const roles = codingsOf(role, "actor.role").map(({ code }) => code);
    const identifier = isObject(reference) && isObject(reference["identifier"]) ? reference["identifier"] : {};
    const { system, value } = identifier as { system?: unknown; value?: unknown };
    const agent = didAddress(value);
    if (roles.join() !== "IRCP") throw cannotExpress("actor.role");
    if (system === SYSTEMS.institution && /^[1-9]\d{0,9}$/.test(String(value)) && found.institution === 0) {
      found.institution = Number(value);
    } else if (system === SYSTEMS.uri && agent !== undefined && found.agent === zeroAddress) found.agent = agent;
    else throw cannotExpress("actor.reference");
  }
  if (actor !== undefined && found.institution === 0 && found.agent === zeroAddress) throw cannotExpress("actor");
  if (found.institution >= 2 ** 32) throw cannotExpress("actor.reference");
  return found;
}

function didAddress(value: unknown): Address | undefined {
  const last = typeof value === "string" && value.startsWith("did:ethr:") ? value.split(":").at(-1)! : "";
  return isHex(last) && isAddress(last, { strict: false }) ? getAddress(last) : undefined;
}

import { ResourceError } from "../errors.ts";
import { FIELDS, LEVELS, namesOf, SENSITIVITIES } from "../policy/bits.ts";
import type { Category, Sensitivity } from "../policy/bits.ts";
import { isObject, objectsIn, toResource } from "./FhirResource.ts";
import type { FhirResource } from "./FhirResource.ts";

export interface ClassifyResourceReturnType {
  category: Category;
  /** 0 public to 3 core. */
  level: number;
  /** In the order of their bits. */
  sensitivities: Sensitivity[];
}

interface Coding {
  system: string | undefined;
  code: string;
}

interface LevelOfParameters {
  resource: FhirResource;
  category: Category;
  labels: readonly Coding[];
  sensitivities: readonly Sensitivity[];
}

/** Category of each resource type. Types about no person's care (StructureDefinition, Binary, …) have none. */
export const CATEGORY_OF_TYPE = byType({
  identity: "Patient RelatedPerson Person Practitioner PractitionerRole Organization Location",
  recordSummary:
    "Composition DocumentReference DocumentManifest Encounter EpisodeOfCare CarePlan CareTeam Goal Appointment " +
    "Communication CommunicationRequest QuestionnaireResponse Flag List Consent",
  diagnoses: "Condition ClinicalImpression DetectedIssue RiskAssessment FamilyMemberHistory AdverseEvent",
  labs: "Observation DiagnosticReport Specimen",
  imaging: "ImagingStudy Media",
  prescriptions:
    "MedicationRequest MedicationStatement MedicationDispense MedicationAdministration Medication NutritionOrder",
  procedures: "Procedure ServiceRequest",
  allergyAndImmunisation: "AllergyIntolerance Immunization ImmunizationEvaluation ImmunizationRecommendation",
  vitalsAndDevices: "Device DeviceMetric DeviceRequest DeviceUseStatement BodyStructure VisionPrescription",
  genomics: "MolecularSequence",
  claims:
    "Claim ClaimResponse ExplanationOfBenefit Coverage CoverageEligibilityRequest CoverageEligibilityResponse " +
    "Account ChargeItem Invoice PaymentNotice",
});

const ACT_CODE_SYSTEMS = [
  "http://terminology.hl7.org/CodeSystem/v3-ActCode",
  "http://hl7.org/fhir/v3/ActCode",
  "urn:oid:2.16.840.1.113883.5.4",
];
const CONFIDENTIALITY_SYSTEMS = [
  "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
  "http://hl7.org/fhir/v3/Confidentiality",
  "urn:oid:2.16.840.1.113883.5.25",
];
const INLINE_LABEL = "http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label";
const GENOMICS_PROFILE = "http://hl7.org/fhir/uv/genomics-reporting/";

const LEVEL_OF_CONFIDENTIALITY = new Map<string, number>([
  ["U", LEVELS.public],
  ["L", LEVELS.internal],
  ["M", LEVELS.internal],
  ["N", LEVELS.sensitive],
  ["R", LEVELS.core],
  ["V", LEVELS.core],
]);

/** HL7 codes that say the same as one of ours, or something narrower; a wider one counts as all that it covers. */
const SENSITIVITIES_OF_CODE = new Map<string, readonly Sensitivity[]>([
  ...namesOf(SENSITIVITIES).map((name): [string, Sensitivity[]] => [name, [name]]),
  ["MH", ["PSY"]],
  ["PSYTHPN", ["PSY"]],
  ["COGN", ["PSY"]],
  ["DVD", ["PSY"]],
  ["EMOTDIS", ["PSY"]],
  ["SUD", ["ETH"]],
  ["ETHUD", ["ETH"]],
  ["OPIOIDUD", ["ETH"]],
  ["BH", ["PSY", "ETH"]],
  ["SPI", ["PSY", "ETH"]],
  ["MST", ["SDV"]],
]);

/** The last bit whose sensitivity makes a record core; those after it do not by themselves. */
const LAST_CORE_SENSITIVITY = SENSITIVITIES.SCA.bit;

/**
 * Classifies a FHIR R4 resource: category by its type, level and sensitivities by the security labels it carries.
 *
 * - Category: an Observation of category `vital-signs` is vitals, any other is labs; one with the genetics section (v2-0074 `GE`)
 *   or a genomics-reporting profile is genomics, as is such a DiagnosticReport. Other reports are labs, radiology's too.
 * - Level: 2 unless a confidentiality label says otherwise (the highest counts); never less than 3 with genomics or a
 *   sensitivity of bits 184-192.
 * - Labels are read from `meta.security` and inline DS4P labels, of the resource and of what it contains. Only the resource's
 *   own `meta.security` can lower the level.
 *
 * Not detected: sensitive content without a label. No clinical code is looked up (an HIV test without the label HIV is an
 * ordinary lab result), nor free text, nor what a referenced resource says. A custodian runs its own security labelling first;
 * this function only reads what that left in the resource.
 *
 * @param resource The resource, or its JSON text.
 * @throws ResourceError if it is no resource, or its type has no category.
 * @throws JsonError if the text is not acceptable JSON.
 * @example
 * const { category, level } = classifyResource({ resourceType: "Condition" });
 * expect([category, level]).to.deep.equal(["diagnoses", 2]);
 */
export function classifyResource(resource: FhirResource | string): ClassifyResourceReturnType {
  const parsed = toResource(resource);
  const category = categoryOf(parsed);
  const labels = labelsIn(parsed);
  const sensitivities = sensitivitiesOf(labels);
  return { category, level: levelOf({ resource: parsed, category, labels, sensitivities }), sensitivities };
}

/**
 * Whether sensitivities make a record core (level 3) whatever else is said of it.
 *
 * @example
 * expect(isCoreSensitive(["HIV"])).to.equal(true);
 * expect(isCoreSensitive(["EMP"])).to.equal(false);
 */
export function isCoreSensitive(sensitivities: readonly Sensitivity[]): boolean {
  return sensitivities.some((name) => SENSITIVITIES[name].bit <= LAST_CORE_SENSITIVITY);
}

/**
 * Sensitivities as a 32-bit number, the policy word's field.
 *
 * @example
 * expect(sensitivityMask(["HIV", "SEX"])).to.equal(0b101);
 */
export function sensitivityMask(sensitivities: readonly Sensitivity[]): number {
  return sensitivities.reduce(
    (mask, name) => (mask | (1 << (SENSITIVITIES[name].bit - FIELDS.sensitivities.offset))) >>> 0,
    0,
  );
}

function categoryOf(resource: FhirResource): Category {
  const { resourceType } = resource;
  const category = CATEGORY_OF_TYPE.get(resourceType);
  if (category === undefined) {
    throw new ResourceError("The resource's type belongs to no category.", {
      mend: "Leave it out of the batch: only the types that docs/hashing.md lists are records of a patient.",
    });
  }
  if (category !== "labs") return category;
  if (isGenomic(resource)) return "genomics";
  return resourceType === "Observation" && sectionsOf(resource).includes("vital-signs") ? "vitalsAndDevices" : "labs";
}

function isGenomic(resource: FhirResource): boolean {
  const profiles = isObject(resource["meta"]) ? resource["meta"]["profile"] : undefined;
  return (
    sectionsOf(resource).includes("GE") ||
    (Array.isArray(profiles) && profiles.some((profile) => String(profile).startsWith(GENOMICS_PROFILE)))
  );
}

/** Codes of the resource's own `category`. */
function sectionsOf(resource: FhirResource): string[] {
  return objectsIn(resource["category"]).flatMap((concept) => codingsIn(concept["coding"]).map(({ code }) => code));
}

function levelOf({ resource, category, labels, sensitivities }: LevelOfParameters): number {
  if (category === "genomics" || isCoreSensitive(sensitivities)) return LEVELS.core;
  const own = isObject(resource["meta"]) ? codingsIn(resource["meta"]["security"]) : [];
  const explicit = own.filter(({ system }) => system !== undefined).flatMap(confidentialityOf);
  const base = explicit.length === 0 ? LEVELS.sensitive : Math.max(...explicit);
  return Math.max(base, ...labels.flatMap(confidentialityOf).filter((level) => level > LEVELS.sensitive));
}

function confidentialityOf({ system, code }: Coding): number[] {
  const level = isOf(system, CONFIDENTIALITY_SYSTEMS) ? LEVEL_OF_CONFIDENTIALITY.get(code) : undefined;
  return level === undefined ? [] : [level];
}

function sensitivitiesOf(labels: readonly Coding[]): Sensitivity[] {
  const found = new Set(
    labels.flatMap(({ system, code }) =>
      isOf(system, ACT_CODE_SYSTEMS) ? (SENSITIVITIES_OF_CODE.get(code) ?? []) : [],
    ),
  );
  return namesOf(SENSITIVITIES).filter((name) => found.has(name));
}

/** A label without a system counts as ours, but only to raise: too high a level can be mended, too low a one cannot. */
function isOf(system: string | undefined, systems: readonly string[]): boolean {
  return system === undefined || systems.includes(system);
}

function labelsIn(value: unknown): Coding[] {
  if (Array.isArray(value)) return value.flatMap(labelsIn);
  if (!isObject(value)) return [];
  const meta = isObject(value["meta"]) ? codingsIn(value["meta"]["security"]) : [];
  const inline = value["url"] === INLINE_LABEL ? codingsIn([value["valueCoding"]]) : [];
  return [...meta, ...inline, ...Object.values(value).flatMap(labelsIn)];
}

function codingsIn(value: unknown): Coding[] {
  return objectsIn(value).flatMap(({ system, code }) =>
    typeof code === "string" ? { system: typeof system === "string" ? system : undefined, code } : [],
  );
}

function byType(types: Record<Category, string>): Map<string, Category> {
  const categories = Object.keys(types) as Category[];
  return new Map(categories.flatMap((category) => types[category].split(" ").map((type) => [type, category] as const)));
}

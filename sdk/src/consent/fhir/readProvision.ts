import { CATEGORIES, DEIDENTIFICATION, LEVELS, namesOf, PURPOSES, SENSITIVITIES } from "../../policy/bits.ts";
import type { Category, Purpose, Sensitivity } from "../../policy/bits.ts";
import type { PolicyFields } from "../../policy/PolicyFields.ts";
import { CATEGORY_OF_TYPE } from "../../records/classifyResource.ts";
import { CONFIDENTIALITY_OF_LEVEL, NARROWER_LEVELS, OBLIGATION_OF_GRADE, SAME_SENSITIVITY, SYSTEMS } from "./codes.ts";
import { cannotExpress, codingList } from "./elements.ts";

/** Types counted as another category's, some of whose resources are of this one, by `classifyResource`. */
const SHARED_TYPES: Partial<Record<Category, readonly string[]>> = {
  vitalsAndDevices: ["Observation"],
  genomics: ["Observation", "DiagnosticReport"],
};

/** Purposes of use; a resource without any would permit all, which a policy word must name. */
export function readPurposes(purpose: unknown): Purpose[] {
  const codes = codingList(purpose, "provision.purpose");
  if (codes.length === 0) throw cannotExpress("provision.purpose");
  return codes.map(({ system, code }) => {
    if (system !== SYSTEMS.actReason || !Object.hasOwn(PURPOSES, code)) throw cannotExpress("provision.purpose");
    return code as Purpose;
  });
}

/** Categories, by our own codes or by the types of resources that make up a category. */
export function readCategories(classes: unknown, narrowed: string[]): Category[] {
  const element = "provision.class";
  const found = new Set<Category>();
  const types = new Set<string>();
  for (const { system, code } of codingList(classes, element)) {
    if (system === SYSTEMS.category && Object.hasOwn(CATEGORIES, code)) found.add(code as Category);
    else if (system === SYSTEMS.resourceTypes && CATEGORY_OF_TYPE.has(code)) types.add(code);
    else throw cannotExpress(element);
  }
  const whole = namesOf(CATEGORIES).filter((category) => {
    const own = [...CATEGORY_OF_TYPE].filter(([, one]) => one === category).map(([type]) => type);
    return types.size > 0 && [...own, ...(SHARED_TYPES[category] ?? [])].every((type) => types.has(type));
  });
  // A category must not stand for more types than are named; what completes none cannot be said at all.
  if ([...types].some((type) => !whole.includes(CATEGORY_OF_TYPE.get(type)!))) throw cannotExpress(element);
  const left = namesOf(SHARED_TYPES as Record<Category, never>).filter((category) => !whole.includes(category));
  if (types.has("Observation") && left.length > 0) {
    narrowed.push(`Of observations and reports, those of ${left.join(" and ")} are left out.`);
  }
  for (const category of whole) found.add(category);
  if (found.size === 0) throw cannotExpress(element);
  return namesOf(CATEGORIES).filter((category) => found.has(category));
}

type Labelled = Pick<PolicyFields, "level" | "sensitivities" | "deidentification">;

/** Level, sensitivities and de-identification, by the labels that the permission is limited to. */
export function readLabels(labels: unknown, grade: number | undefined, narrowed: string[]): Labelled {
  const element = "provision.securityLabel";
  const levels: number[] = [];
  const sensitivities = new Set<Sensitivity>();
  const grades: number[] = grade === undefined ? [] : [grade];
  for (const { system, code } of labels === undefined ? [] : codingList(labels, element)) {
    const ofGrade = OBLIGATION_OF_GRADE.indexOf(code);
    if (system === SYSTEMS.confidentiality) levels.push(levelOf(code, narrowed));
    else if (system !== SYSTEMS.actCode) throw cannotExpress(element);
    else if (ofGrade > 0) grades.push(ofGrade);
    else if (Object.hasOwn(SENSITIVITIES, code)) sensitivities.add(code as Sensitivity);
    else if (Object.hasOwn(SAME_SENSITIVITY, code)) sensitivities.add(SAME_SENSITIVITY[code]!);
    else throw cannotExpress(element);
  }
  if (levels.length > 1 || grades.length > 1) throw cannotExpress(element);
  if (levels.length === 0) narrowed.push("Without a label of confidentiality the terms end at level 2.");
  return {
    level: levels[0] ?? LEVELS.sensitive,
    sensitivities: [...sensitivities],
    deidentification: grades[0] ?? DEIDENTIFICATION.identified,
  };
}

function levelOf(code: string, narrowed: string[]): number {
  const level = (CONFIDENTIALITY_OF_LEVEL as readonly string[]).indexOf(code);
  if (level >= 0) return level;
  const narrower = Object.hasOwn(NARROWER_LEVELS, code) ? NARROWER_LEVELS[code] : undefined;
  if (narrower === undefined) throw cannotExpress("provision.securityLabel");
  narrowed.push(`The label ${code} lies between two levels: the terms end at level ${narrower}.`);
  return narrower;
}

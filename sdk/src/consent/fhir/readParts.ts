import type { Hex } from "viem";
import { isHash } from "viem";
import { DEIDENTIFICATION, DUO_USES, FLAGS, MODIFIERS, RECIPIENTS, REGION_COUNT } from "../../policy/bits.ts";
import type { Bit } from "../../policy/bits.ts";
import type { EncodePolicyWordParameters } from "../../policy/encodePolicyWord.ts";
import { objectsIn } from "../../records/FhirResource.ts";
import { POLICY_EXTENSION } from "./codes.ts";
import { cannotExpress } from "./elements.ts";

const ELEMENT = "provision.modifierExtension";

/** The parts of a policy word that FHIR lacks, from our modifier extension; undefined if there is none. Any other is refused. */
export function readParts(extensions: unknown): { fields: EncodePolicyWordParameters; study?: Hex } | undefined {
  if (extensions === undefined) return undefined;
  const [ours, ...others] = objectsIn(extensions);
  if (ours?.["url"] !== POLICY_EXTENSION || others.length > 0) throw cannotExpress(ELEMENT);
  const values = new Map<string, string[]>();
  for (const { url, valueString } of objectsIn(ours["extension"])) {
    if (typeof url !== "string" || typeof valueString !== "string") throw cannotExpress(ELEMENT);
    values.set(url, [...(values.get(url) ?? []), valueString]);
  }
  const take = (url: string): string[] => {
    const found = values.get(url) ?? [];
    values.delete(url);
    return found;
  };
  const names = <name extends string>(url: string, table: Record<name, Bit>): name[] =>
    take(url).map((value) => {
      if (!Object.hasOwn(table, value)) throw cannotExpress(ELEMENT);
      return value as name;
    });

  if (take("version").join() !== "1") throw cannotExpress(`${ELEMENT} (its version)`);
  const fields: EncodePolicyWordParameters = {
    duoUses: names("duoUse", DUO_USES),
    modifiers: names("modifier", MODIFIERS),
    recipients: names("recipient", RECIPIENTS),
    regions: take("region").map((value) => {
      if (!/^\d$/.test(value) || Number(value) >= REGION_COUNT) throw cannotExpress(ELEMENT);
      return Number(value);
    }),
    flags: names("flag", FLAGS),
  };
  const [grade, ...moreGrades] = take("deidentification");
  if (moreGrades.length > 0 || (grade !== undefined && grade !== String(DEIDENTIFICATION.computeOnly))) {
    throw cannotExpress(ELEMENT);
  }
  if (grade !== undefined) fields.deidentification = DEIDENTIFICATION.computeOnly;
  const [study, ...moreStudies] = take("study");
  if (moreStudies.length > 0 || (study !== undefined && !isHash(study)) || values.size > 0)
    throw cannotExpress(ELEMENT);
  return { fields, ...(study !== undefined && { study: study }) };
}

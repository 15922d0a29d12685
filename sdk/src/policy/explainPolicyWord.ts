import {
  CATEGORIES,
  DEIDENTIFICATION,
  DUO_USES,
  FLAGS,
  LEVELS,
  MODIFIERS,
  PURPOSES,
  RECIPIENTS,
  REGION_COUNT,
  SENSITIVITIES,
} from "./bits.ts";
import type { Bit, Flag } from "./bits.ts";
import { decodePolicyWord } from "./decodePolicyWord.ts";
import type { PolicyFields } from "./PolicyFields.ts";

/**
 * Says in plain English what a consent's policy word allows, one sentence a line, for showing to the patient who signs it.
 *
 * @param word The policy word; any 256-bit number, so that what is found on a chain can be shown too.
 * @throws PolicyWordError if `word` is no 256-bit number.
 */
export function explainPolicyWord(word: bigint): string {
  const fields = decodePolicyWord(word);
  return [
    `Purposes: ${listOf(PURPOSES, fields.purposes)}.`,
    `Kinds of use (DUO): ${listOf(DUO_USES, fields.duoUses)}.`,
    `Conditions (DUO): ${listOf(MODIFIERS, fields.modifiers)}.`,
    `Data: ${listOf(CATEGORIES, fields.categories)}, up to level ${fields.level} (${nameOf(LEVELS, fields.level)}).`,
    `Sensitive matters: ${explainSensitivities(fields)}.`,
    `Form: ${explainDeidentification(fields)}.`,
    `Recipients: ${listOf(RECIPIENTS, fields.recipients)}.`,
    `Regions: ${explainRegions(fields)}.`,
    `Validity: from ${timeOf(fields.validFrom)} until ${timeOf(fields.validUntil)}.`,
    ...explainFlags(fields),
    ...(fields.unknownBits === 0n ? [] : ["Warning: some bits have no known meaning; do not sign this."]),
  ].join("\n");
}

function explainSensitivities({ sensitivities }: PolicyFields): string {
  return sensitivities.length === Object.keys(SENSITIVITIES).length ? "all" : listOf(SENSITIVITIES, sensitivities);
}

function explainDeidentification({ deidentification }: PolicyFields): string {
  const name = nameOf(DEIDENTIFICATION, deidentification);
  return deidentification === DEIDENTIFICATION.identified ? "identified data is allowed" : `at least ${name}`;
}

function explainRegions({ regions }: PolicyFields): string {
  if (regions.length === REGION_COUNT) return "all";
  return regions.length === 0 ? "none" : regions.join(", ");
}

function explainFlags({ flags }: PolicyFields): string[] {
  const rest = flags.filter((flag: Flag) => flag !== "autoApprove");
  return [
    flags.includes("autoApprove")
      ? "Asking: a request that matches is approved without asking; level 3 is reviewed all the same."
      : "Asking: every request waits for an answer.",
    ...(rest.length === 0 ? [] : [`Besides: ${listOf(FLAGS, rest)}.`]),
  ];
}

function listOf<name extends string>(table: Record<name, Bit>, names: readonly name[]): string {
  if (names.length === 0) return "none";
  return names.map((name) => table[name].label).join("; ");
}

function nameOf(table: Record<string, number>, value: number): string {
  return Object.keys(table).find((name) => table[name] === value) ?? "no such value";
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

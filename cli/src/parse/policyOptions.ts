import type { Command } from "commander";
import { Option } from "commander";
import { DEIDENTIFICATION, duoToPolicyWord, encodePolicyWord, presetPolicy } from "@consilium/sdk";
import type { DuoTag, EncodePolicyWordParameters, PresetName } from "@consilium/sdk";
import { UsageError } from "../errors.ts";
import { collect, parseCount, parseTime, timeOf, type TimeText } from "./parsers.ts";

const PRESETS: PresetName[] = [
  "careOnly",
  "careAndPublicHealth",
  "nonProfitDiseaseResearch",
  "allEthicalResearch",
  "askMeEachTime",
];
const FORMS = Object.keys(DEIDENTIFICATION) as (keyof typeof DEIDENTIFICATION)[];

/** What is allowed, or asked for, as the options of a command say it. */
export type PolicyOptions = {
  preset?: PresetName;
  separate?: boolean;
  purpose?: string[];
  duo?: string[];
  disease?: string[];
  use?: string[];
  condition?: string[];
  category?: string[];
  level?: number;
  sensitivity?: string[];
  form?: keyof typeof DEIDENTIFICATION;
  recipient?: string[];
  region?: string[];
  flag?: string[];
  from?: TimeText;
  until?: TimeText;
};

/** Adds the options by which a policy is put together; `forConsent` adds those that only a patient decides. */
export function addPolicyOptions(command: Command, forConsent: boolean): Command {
  if (forConsent) {
    command
      .addOption(new Option("--preset <name>", "start from a ready rule").choices(PRESETS))
      .option("--separate", "with the preset: also sensitive data, about which you were asked separately");
  }
  command
    .option("--purpose <code>", "HL7 purpose of use, such as TREAT or DSRCH; several times or by commas", collect)
    .option("--duo <code>", "GA4GH DUO code, such as DUO:0000007; several times", collect)
    .option("--disease <code>", "disease of DUO:0000007, such as ICD10:E11.2; several times", collect)
    .option("--use <name>", "DUO use by its name in docs/policy-word.md", collect)
    .option("--condition <name>", "DUO condition by its name, such as NPU", collect)
    .option("--category <name>", "kind of record, such as labs; several times", collect)
    .option("--level <number>", "highest level, 0 to 3", parseCount)
    .addOption(new Option("--form <name>", "de-identification of the data").choices(FORMS));
  if (forConsent) {
    command
      .option("--sensitivity <code>", "sensitive matters that are allowed, such as PSY", collect)
      .option("--recipient <kind>", "kind of member that may use it, such as hospital", collect)
      .option("--region <index>", "region 0 to 7", collect);
  }
  command
    .option("--flag <name>", "such as autoApprove; several times", collect)
    .option("--from <time>", "start: a day, or a period from now; now unless said", parseTime);
  const until = ["--until <time>", "end: a day such as 2027-01-31, or a period such as 365d"] as const;
  // A consent's end may stand in a file.
  return forConsent ? command.option(...until, parseTime) : command.requiredOption(...until, parseTime);
}

/**
 * The policy word that the options describe: the preset's, with what else is named on top.
 *
 * @throws PolicyWordError or DuoError for a name, code or number that there is not.
 */
export function policyOf(options: PolicyOptions, now: number): bigint {
  const { preset, separate = false, duo = [], until } = options;
  if (until === undefined) throw new UsageError("No end is named.", { mend: "Name one by --until, such as 365d." });
  const validFrom = options.from === undefined ? now : timeOf(options.from, now);
  const validUntil = timeOf(until, now);
  if (separate && preset === undefined) {
    throw new UsageError("--separate goes with --preset.", { mend: "Name a preset, or --sensitivity and --flag." });
  }
  const base = preset === undefined ? 0n : presetPolicy({ preset, validFrom, validUntil, separateConsent: separate });
  const fields = encodePolicyWord({ ...fieldsOf(options), ...(preset === undefined && { validFrom, validUntil }) });
  const tags = duo.map(
    (code) => ({ code, ...(code === "DUO:0000007" && { diseases: options.disease ?? [] }) }) as DuoTag,
  );
  return base | fields | (tags.length === 0 ? 0n : duoToPolicyWord(tags, { validFrom }).word);
}

/** The fields without the times. */
export function fieldsOf(options: PolicyOptions): EncodePolicyWordParameters {
  const { purpose, use, condition, category, level, sensitivity, form, recipient, region, flag } = options;
  return {
    ...(purpose && { purposes: purpose }),
    ...(use && { duoUses: use }),
    ...(condition && { modifiers: condition }),
    ...(category && { categories: category }),
    ...(level !== undefined && { level }),
    ...(sensitivity && { sensitivities: sensitivity }),
    ...(form && { deidentification: DEIDENTIFICATION[form] }),
    ...(recipient && { recipients: recipient }),
    ...(region && { regions: region.map(Number) }),
    ...(flag && { flags: flag }),
    // Names are checked where the word is put together.
  } as EncodePolicyWordParameters;
}

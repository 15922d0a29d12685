import type { Command } from "commander";
import { localeOption } from "./localeOption.ts";
import { parseAddress, parseCount, parseHash } from "./parsers.ts";
import { addPolicyOptions } from "./policyOptions.ts";

/** Adds the options by which a consent is drawn up, to be given or signed. */
export function addConsentOptions(command: Command): Command {
  return addPolicyOptions(
    command
      .option("--file <consent.json>", "a FHIR R4 Consent that says what is allowed")
      .option("--patient <did>", "the patient, where a guardian or delegate gives it", parseAddress)
      .option("--member <id>", "only this member may use it", parseCount)
      .option("--wallet <address>", "only this wallet may use it", parseAddress)
      .option("--study <id>", "only this study may use it", parseHash)
      .option("--notice <file>", "the notice that you were shown; its salted hash goes on the chain")
      .option("--previous <id>", "the consent that this one renews", parseHash)
      .addOption(localeOption()),
    true,
  );
}

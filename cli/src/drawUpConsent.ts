import type { Address, Hex } from "viem";
import { createConsent, explainPolicyWord, fhirConsentToTerms, isWellFormedPolicy } from "@consilium/sdk";
import type { ConsentScope, CreateConsentReturnType, Locale } from "@consilium/sdk";
import { UsageError } from "./errors.ts";
import { keepDocument } from "./keepDocument.ts";
import { fieldsOf, policyOf, type PolicyOptions } from "./parse/policyOptions.ts";
import { readDocument } from "./readDocument.ts";
import { readEpoch } from "./readEpoch.ts";
import { readText } from "./readText.ts";
import type { Session } from "./session/Session.ts";

const NOTICE = "You decide who may use your health data, and can withdraw at any time.";

export type ConsentOptions = PolicyOptions & {
  file?: string;
  patient?: Address;
  member?: number;
  wallet?: Address;
  study?: Hex;
  notice?: string;
  previous?: Hex;
  locale: Locale;
};

/** What a FHIR Consent says by itself, so that no option may say otherwise. */
const SAID_BY_FILE = [
  ...["preset", "separate", "purpose", "duo", "disease", "category", "level", "sensitivity", "form"],
  ...["from", "until", "member", "wallet", "study"],
] as (keyof ConsentOptions)[];

/**
 * Draws up a consent by the options of a command or by a FHIR Consent, and shows in words what it allows, before any key is used.
 *
 * @throws UsageError if it would allow nothing, or file and options contradict each other. Otherwise as `policyOf` and `fhirConsentToTerms`.
 */
export async function drawUpConsent(session: Session, options: ConsentOptions): Promise<CreateConsentReturnType> {
  const { io } = session;
  const scope = options.file === undefined ? await scopeOf(session, options) : await readScope(session, options);
  if (!isWellFormedPolicy(scope.policy)) {
    throw new UsageError("This rule would allow nothing, or contradicts itself.", {
      mend: "Name purposes, uses, categories, recipients and regions, or a --preset.",
    });
  }
  io.note(explainPolicyWord(scope.policy, options.locale));
  return createConsent({
    ...scope,
    epoch: await readEpoch(session, scope.patient),
    notice: keepDocument(session, options.notice === undefined ? NOTICE : readDocument(io, options.notice)),
    ...(options.previous && { previous: options.previous }),
  });
}

type Scope = Pick<ConsentScope, "patient" | "policy"> & Partial<ConsentScope>;

async function scopeOf(session: Session, options: ConsentOptions): Promise<Scope> {
  return {
    policy: policyOf(options, await session.now()),
    patient: options.patient ?? (await session.key()).address,
    ...(options.member !== undefined && { institution: options.member }),
    ...(options.wallet && { agent: options.wallet }),
    ...(options.study && { study: options.study }),
  };
}

async function readScope(session: Session, options: ConsentOptions): Promise<Scope> {
  const said = SAID_BY_FILE.filter((name) => options[name] !== undefined);
  if (said.length > 0) {
    throw new UsageError(`--${said[0]} cannot go with --file, which says so itself.`, {
      mend: "Besides the file name only recipients, regions, uses, conditions and flags, where it leaves them open.",
    });
  }
  const { duoUses, modifiers, recipients, regions, flags } = fieldsOf(options);
  const open = { duoUses, modifiers, recipients, regions, flags };
  const { terms, narrowed } = fhirConsentToTerms(readText(session.io, options.file!), {
    patient: options.patient ?? (await session.key()).address,
    open: Object.fromEntries(Object.entries(open).filter(([, value]) => value !== undefined)),
  });
  for (const text of narrowed) session.io.note(text);
  return terms;
}

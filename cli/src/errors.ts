import { BaseError } from "@consilium/sdk";

/** An option, value or file that the command cannot use. */
export class UsageError extends BaseError {}

/** A key source that is missing, malformed, readable by others, or does not open; or its holder declined. */
export class KeySourceError extends BaseError {}

/** The consortium's rules or the patient's consent do not allow it. */
export class DeniedError extends BaseError {}

/** What was delivered does not match what was anchored. */
export class UnverifiedError extends BaseError {}

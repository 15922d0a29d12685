/** What every error of the SDK tells besides its message. */
export interface BaseErrorOptions {
  /** What the caller can do about it, as one sentence. */
  mend: string;
  cause?: unknown;
}

/**
 * Root of all errors that the SDK throws on purpose. `shortMessage` is one line without any content of a record, so it
 * can be logged; the whole `message` adds what to do and where docs/errors.md explains it.
 */
export class BaseError extends Error {
  readonly shortMessage: string;
  readonly mend: string;
  /** Path within the project's documentation. */
  readonly docs: string;

  constructor(shortMessage: string, options: BaseErrorOptions) {
    const docs = `docs/errors.md#${new.target.name.toLowerCase()}`;
    super(
      `${shortMessage}\nWhat to do: ${options.mend}\nSee ${docs}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = new.target.name;
    this.shortMessage = shortMessage;
    this.mend = options.mend;
    this.docs = docs;
  }
}

/** An error that the same call, made again later, may not meet. Everything else fails again however often it is tried. */
export class RetryableError extends BaseError {}

/** A policy word's field holds a value outside its bounds, or a name that its table lacks. */
export class PolicyWordError extends BaseError {
  constructor(field: string, value: unknown) {
    super(`The policy word's field "${field}" cannot hold ${String(value)}.`, {
      mend: "Use the names and bounds of the tables in docs/policy-word.md.",
    });
  }
}

/** DUO tags that contradict themselves, lack a parameter, or do not belong to the word they are held against. */
export class DuoError extends BaseError {}

/** No I-JSON: no JSON at all, a key twice in one object, a lone surrogate, a number out of range, or nested too deeply. */
export class JsonError extends BaseError {
  constructor(reason: string, cause?: unknown) {
    super(`The JSON is not acceptable: ${reason}.`, {
      mend: "Have the source system write the document again; do not repair it by hand, or its meaning may change.",
      cause,
    });
  }
}

/** A FHIR resource that cannot be classified, canonicalised or dated. The message never quotes its content. */
export class ResourceError extends BaseError {}

/** A document that is not a FHIR Bundle whose every entry carries a resource. */
export class BundleError extends BaseError {}

/** A record's parts, meta word or batch are outside their bounds. */
export class RecordError extends BaseError {}

/** The encrypted bytes do not open with this key: another key, or changed bytes. */
export class RecordDecryptionError extends BaseError {
  constructor(cause?: unknown) {
    super("The encrypted record does not open with this key.", {
      mend: "Check that key and bytes belong to the same record; if they do, report the failed verification on the chain.",
      cause,
    });
  }
}

/** A cohort without members, or a position outside it. */
export class CohortError extends BaseError {}

/** A patient's account cannot be derived from these parameters. */
export class DerivationError extends BaseError {}

/** The wallet's holder declined to sign. */
export class SignatureRefusedError extends BaseError {
  constructor(primaryType: string, cause: unknown) {
    super(`The wallet declined to sign ${primaryType}.`, {
      mend: "Nothing was signed or sent. Ask again only if the holder wants to.",
      cause,
    });
  }
}

/** The wallet could not be reached. */
export class SignerUnavailableError extends RetryableError {
  constructor(primaryType: string, cause: unknown) {
    super(`The wallet that should sign ${primaryType} did not answer.`, {
      mend: "Check the wallet's connection and try again.",
      cause,
    });
  }
}

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

/** What should be sent for a signer is no signed act of this suite. The message never quotes it. */
export class RelayError extends BaseError {
  constructor(reason: string, cause?: unknown) {
    super(`This cannot be sent for a signer: ${reason}.`, {
      mend: "Ask the signer for the file as it was written, and check that it is for this network.",
      cause,
    });
  }
}

/** The chain that answers is not the one of the address book. */
export class ChainMismatchError extends BaseError {
  constructor(actual: number, expected: number) {
    super(`The chain has id ${actual}, but the address book is of chain ${expected}.`, {
      mend: "Check the URL, and that the address book is the one of this network.",
    });
  }
}

/** The chain could not be reached. */
export class ChainUnavailableError extends RetryableError {
  constructor(cause: unknown) {
    super("The chain does not answer.", {
      mend: "Check that the node runs and that its URL is right, and try again.",
      cause,
    });
  }
}

/** The address book lacks a contract. */
export class ContractMissingError extends BaseError {
  constructor(contract: string) {
    super(`The address book has no ${contract}.`, {
      mend: "Use the address book that the deployment wrote; deploy again if it was interrupted.",
    });
  }
}

/** The suite was opened for reading only. */
export class WalletMissingError extends BaseError {
  constructor() {
    super("There is no wallet to send from.", { mend: "Pass an account to openSuite." });
  }
}

/** A contract refused a call. `error` is the contract's own, `args` its values. */
export class CallRevertedError extends BaseError {
  readonly error: string;
  readonly args: readonly unknown[];

  constructor(error: string, args: readonly unknown[], cause: unknown) {
    const values = args.map((value) => String(value)).join(", ");
    super(`The contract refuses: ${error}${args.length === 0 ? "" : `(${values})`}.`, {
      mend: `Look ${error} up in docs/errors.md.`,
      cause,
    });
    this.error = error;
    this.args = args;
  }
}

/** The wallet's holder declined to send. */
export class TransactionRefusedError extends BaseError {
  constructor(cause: unknown) {
    super("The wallet declined to send the transaction.", {
      mend: "Nothing was sent. Ask again only if the holder wants to.",
      cause,
    });
  }
}

/** A transaction was sent, and it is not known what became of it. */
export class TransactionUnconfirmedError extends BaseError {
  readonly hash: string;

  constructor(hash: string, isTimeout: boolean, cause: unknown) {
    const what = isTimeout ? "is not mined yet" : "could not be followed";
    super(`The transaction ${hash} was sent and ${what}.`, {
      mend: "Look for its receipt before sending the act again, or it may be done twice.",
      cause,
    });
    this.hash = hash;
  }
}

/** The index refused a query. */
export class IndexError extends BaseError {
  constructor(messages: readonly string[]) {
    super(`The index refuses the query: ${messages.join("; ")}.`, {
      mend: "Check the variables by docs/audit-queries.md, and that the index is of this version of the suite.",
    });
  }
}

/** The index could not be reached, or answers no GraphQL. */
export class IndexUnavailableError extends RetryableError {
  constructor(reason: string, cause?: unknown) {
    super(`The index does not answer: ${reason}.`, {
      mend: "Check that the index runs and that its address is right, and try again.",
      cause,
    });
  }
}

/** An answer of the index that is cut off, so that it must not pass for the whole. */
export class IncompleteAnswerError extends BaseError {
  constructor(field: string) {
    super(`The index's list "${field}" is longer than an answer can hold.`, {
      mend: "Narrow the question by its variables, or ask for that list by a query of its own.",
    });
  }
}

/** What the index or the chain knows does not suffice to make a request. */
export class RequestError extends BaseError {}

/** A FHIR Consent that a consent's terms cannot express, or terms that FHIR cannot. The message never quotes its content. */
export class FhirConsentError extends BaseError {}

/** An envelope cannot be sealed, or does not open: another key, chain, grant or record, another version, or changed bytes. */
export class EnvelopeError extends BaseError {
  constructor(reason: string, cause?: unknown) {
    super(`${reason}.`, {
      mend: "Check that the key is the one registered when the record was fetched, and fetch it again.",
      cause,
    });
  }
}

/** A wallet has no usable encryption key on the chain, or what should become one is none. */
export class EncryptionKeyError extends BaseError {}

/** A custodian's gateway refuses. `name` of the gateway's own error is in `refusal`, the checks that failed in `failed`. */
export class GatewayRefusalError extends BaseError {
  /** Of HTTP. */
  readonly status: number;
  readonly refusal: string;
  readonly failed: readonly string[];

  constructor(problem: { status: number; name: string; detail: string; mend: string; failed: readonly string[] }) {
    super(`The gateway refuses: ${problem.detail}`, { mend: problem.mend });
    this.status = problem.status;
    this.refusal = problem.name;
    this.failed = problem.failed;
  }
}

/** A custodian's gateway cannot be reached, or cannot answer now. */
export class GatewayUnavailableError extends RetryableError {
  constructor(reason: string, cause?: unknown) {
    super(`The gateway does not deliver now: ${reason.replace(/\.$/, "")}.`, {
      mend: "Check its address, and try again in a while; nothing was delivered.",
      cause,
    });
  }
}

/** What a gateway handed over is not the record that was anchored. */
export class ParcelError extends BaseError {
  readonly failures: readonly string[];

  constructor(failures: readonly string[], receipt: string) {
    super(`What was handed over is not the anchored record: ${failures.join(", ")}.`, {
      mend: `Do not use it. The failed receipt is on the chain (${receipt}); ask the custodian, and report it if it stays so.`,
    });
    this.failures = failures;
  }
}

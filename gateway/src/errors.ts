import { BaseError, RetryableError } from "@consilium/sdk";

/** The vault's database, folder or address is none that can be opened. */
export class VaultError extends BaseError {}

/** The key file is missing, readable by others, malformed, or another vault's. */
export class MasterKeyError extends BaseError {}

/** Database or store of bytes did not answer. */
export class VaultUnavailableError extends RetryableError {
  constructor(part: "database" | "store", cause: unknown) {
    super(`The vault's ${part} did not answer.`, {
      mend: `Check that the ${part} runs and can be reached, then do the same again: what was done is not done twice.`,
      cause,
    });
  }
}

/** What opens the record is destroyed. */
export class RecordDestroyedError extends BaseError {
  constructor(leaf: string) {
    super(`The record ${leaf} is destroyed.`, {
      mend: "Nothing brings it back; take it out of the request.",
    });
  }
}

/** An entry of the delivery log was changed, removed or put in between. */
export class LogTamperedError extends BaseError {
  constructor(entry: number) {
    super(`The delivery log does not hold together at entry ${entry}.`, {
      mend: "Keep a copy of the database as evidence, find who had access to it, and restore the log from a backup.",
    });
  }
}

/** The vault anchored on another chain, contract, or as another custodian. */
export class VaultChainError extends BaseError {}

/** A fact of a log entry is free text, or no name. */
export class LogEntryError extends BaseError {
  constructor(fact: string) {
    super(`The delivery log does not take the fact "${fact}".`, {
      mend: "Pass one word, hexadecimal, a whole number or a boolean: the log has no place for free text.",
    });
  }
}

/** No stored record has this leaf, or is in the state that the act needs. */
export class RecordUnknownError extends BaseError {
  constructor(leaf: string) {
    super(`The vault keeps no record ${leaf}.`, {
      mend: "Check the leaf, and that this is the vault of the record's custodian.",
    });
  }
}

/** The store has lost a record's encrypted bytes. */
export class BytesMissingError extends BaseError {
  constructor(name: string) {
    super(`The store lacks the encrypted bytes ${name}.`, {
      mend: "Restore them from the store's backup under this name; `record verify` then tells whether they are the right ones.",
    });
  }
}

/** A file of an import, or what was asked of the import, makes it stop. */
export class ImportError extends BaseError {}

/** Settings of the gateway that are missing or out of bounds; each fault is named with its field. */
export class SettingsError extends BaseError {
  constructor(faults: readonly string[]) {
    super(faults.join("\n"), { mend: "Mend the named fields; docs/gateway.md explains them." });
  }
}

/** The gateway's wallet is no GATEWAY agent of a member in standing. */
export class GatewayAgentError extends BaseError {
  constructor(wallet: string) {
    super(`The wallet ${wallet} is no GATEWAY agent of a member in standing.`, {
      mend: "Have the custodian's administrator add it as an agent with that role, or use the wallet that has it.",
    });
  }
}

/** The gateway cannot listen where its settings say. */
export class ListenError extends BaseError {
  constructor(where: string, cause: NodeJS.ErrnoException) {
    const why: Record<string, string> = {
      EADDRINUSE: "something listens there already",
      EACCES: "the system does not allow it",
    };
    super(`The gateway cannot listen at ${where}: ${why[cause.code ?? ""] ?? "this machine has no such address"}.`, {
      mend: "Stop what runs there, or name another host or port in the gateway's settings; port 0 takes any that is free.",
      cause,
    });
  }
}

/** The message of a sign-in is not this gateway's, its nonce is used up or unknown, or its signature is not the wallet's. */
export class SignInError extends BaseError {
  constructor(reason: string) {
    super(`The sign-in is refused: ${reason}.`, {
      mend: "Ask for a fresh nonce and sign a message with it, for this gateway's own address and chain.",
    });
  }
}

/** No session, or one that is over. */
export class SessionError extends BaseError {
  constructor() {
    super("There is no session of this token.", { mend: "Sign in again; sessions are short, and end with a restart." });
  }
}

/** The wallet may not fetch under this grant. */
export class RequesterError extends BaseError {
  constructor(reason: string) {
    super(`The wallet may not fetch: ${reason}.`, {
      mend: "Fetch with the wallet that sent the request or opened the emergency, while it is an agent in standing of the same member.",
    });
  }
}

/** The chain says that the grant is not in force for this record. `failed` names the checks. */
export class GrantRefusedError extends BaseError {
  readonly failed: readonly string[];

  constructor(reason: string, failed: readonly string[] = []) {
    super(`The grant is not in force for this record: ${reason}.`, {
      mend: "See which checks failed; ask again on the chain once they hold.",
    });
    this.failed = failed;
  }
}

/** The chain says that the emergency does not open this record, or no more. `failed` names the checks. */
export class EmergencyRefusedError extends BaseError {
  readonly failed: readonly string[];

  constructor(reason: string, failed: readonly string[] = []) {
    super(`The emergency does not open this record: ${reason}.`, {
      mend: "See which checks failed; open another emergency if there still is one.",
    });
    this.failed = failed;
  }
}

/** The record holds something that the consent does not cover. It is not said what. */
export class SensitivityError extends BaseError {
  constructor() {
    super("The consent does not cover all that the record holds.", {
      mend: "Ask the patient's side for a consent with more sensitivities, or do without the record.",
    });
  }
}

/** The terms given are not those of the grant's consent. */
export class ConsentTermsError extends BaseError {
  constructor() {
    super("The terms are not those of the grant's consent.", {
      mend: "Pass the terms as ConsentGiven has them; their hash is the consent's id.",
    });
  }
}

/** The consent has parameters beyond its policy word, to which the gateway cannot hold anybody. */
export class ConsentParametersError extends BaseError {
  constructor() {
    super("The consent has parameters that this gateway cannot enforce.", {
      mend: "Ask the custodian to hand over in person by these parameters, or the patient's side for a consent without them.",
    });
  }
}

/** The vault holds no record with this leaf. */
export class RecordNotHereError extends BaseError {
  constructor() {
    super("This custodian holds no such record.", {
      mend: "Ask the custodian that the record's meta names, at its own gateway.",
    });
  }
}

/** The chain's latest block is too old to decide by. */
export class ChainStaleError extends RetryableError {
  constructor(seconds: number) {
    super(`The chain's latest block is ${seconds} seconds old.`, {
      mend: "Check that the node follows the chain, and try again; nothing is delivered on old knowledge.",
    });
  }
}

/** More is asked for at a time than the gateway takes. */
export class GatewayBusyError extends RetryableError {
  constructor() {
    super("The gateway has too much to do.", { mend: "Try again in a while." });
  }
}

/** What came over HTTP is none of what the gateway understands. */
export class BadRequestError extends BaseError {
  constructor(reason: string) {
    super(`The call is not understood: ${reason}.`, { mend: "Call it as /openapi.json describes." });
  }
}

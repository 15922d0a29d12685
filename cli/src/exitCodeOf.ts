import {
  BaseError,
  CallRevertedError,
  ChainMismatchError,
  FhirConsentError,
  GatewayRefusalError,
  JsonError,
  RelayError,
  RetryableError,
  SignatureRefusedError,
  TransactionRefusedError,
  WalletMissingError,
} from "@consilium/sdk";
import { CommanderError } from "commander";
import { DeniedError, KeySourceError, UnverifiedError, UsageError } from "./errors.ts";
import { EXIT_CODES, type ExitCode } from "./ExitCode.ts";
import { ConfigError } from "../../scripts/errors.ts";

type ErrorClass = abstract new (...args: never[]) => Error;

const CLASSES: [ExitCode, ErrorClass[]][] = [
  [EXIT_CODES.usage, [UsageError, ConfigError, ChainMismatchError, FhirConsentError, JsonError, RelayError]],
  [EXIT_CODES.denied, [DeniedError]],
  [EXIT_CODES.unreachable, [RetryableError]],
  [EXIT_CODES.key, [KeySourceError, SignatureRefusedError, TransactionRefusedError, WalletMissingError]],
  [EXIT_CODES.refused, [CallRevertedError]],
  [EXIT_CODES.unverified, [UnverifiedError]],
];

/** A grant or emergency that is not in force is the policy's no, though a contract or a gateway says it. */
const DENIALS = [
  ...["GrantNotInForce", "EmergencyNotInForce", "RequesterSuspended", "AccessPaused"],
  ...["GrantRefusedError", "EmergencyRefusedError", "SensitivityError"],
];

/** The gateway's, by name: its package is loaded by those commands alone that need it. */
const FAULTY_SETTINGS = ["ListenError"];

/** The number by which a failed command ends. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage;
  if (error instanceof GatewayRefusalError && DENIALS.includes(error.refusal)) return EXIT_CODES.denied;
  if (error instanceof CallRevertedError && DENIALS.includes(error.error)) return EXIT_CODES.denied;
  if (error instanceof BaseError && FAULTY_SETTINGS.includes(error.name)) return EXIT_CODES.usage;
  const found = CLASSES.find(([, classes]) => classes.some((type) => error instanceof type));
  return found?.[0] ?? EXIT_CODES.failed;
}

import { BaseError, ChainUnavailableError, EncryptionKeyError, TransactionUnconfirmedError } from "@consilium/sdk";
import * as errors from "../errors.ts";

/** A refusal as RFC 9457 has it, sent as application/problem+json. */
export interface Problem {
  /** `urn:consilium:error:` and the name under which docs/errors.md explains it. */
  type: string;
  title: string;
  status: number;
  detail: string;
  /** What the caller can do. */
  mend: string;
  /** Names of the checks that failed. */
  failed?: readonly string[];
}

type ErrorClass = abstract new (...args: never[]) => BaseError;

const STATUS: readonly (readonly [number, readonly ErrorClass[]])[] = [
  [400, [errors.BadRequestError, errors.ConsentTermsError]],
  [401, [errors.SignInError, errors.SessionError]],
  [
    403,
    [
      ...[errors.RequesterError, errors.GrantRefusedError, errors.EmergencyRefusedError],
      ...[errors.SensitivityError, errors.ConsentParametersError],
    ],
  ],
  [404, [errors.RecordNotHereError]],
  [409, [EncryptionKeyError]],
  [410, [errors.RecordDestroyedError]],
  [
    503,
    [
      ...[errors.ChainStaleError, errors.GatewayBusyError, errors.GatewayAgentError, errors.VaultUnavailableError],
      ...[ChainUnavailableError, TransactionUnconfirmedError],
    ],
  ],
];

const TITLES: Record<number, string> = {
  400: "Bad request",
  401: "Not signed in",
  403: "Refused",
  404: "Not found",
  405: "Method not allowed",
  408: "Too slow",
  409: "No encryption key",
  410: "Destroyed",
  413: "Too large",
  415: "Media type not supported",
  429: "Too many calls",
  500: "Internal error",
  503: "Not available now",
};

/** What is told of an error to the outside. Of one that was not raised on purpose: nothing but that it happened. */
export function problemOf(error: unknown): Problem {
  const status =
    error instanceof BaseError ? STATUS.find(([, types]) => types.some((type) => error instanceof type)) : undefined;
  if (status !== undefined && error instanceof BaseError) {
    const { name, shortMessage: detail, mend } = error;
    const isByChecks = error instanceof errors.GrantRefusedError || error instanceof errors.EmergencyRefusedError;
    const failed = isByChecks && error.failed.length > 0 ? error.failed : undefined;
    return { ...problem(status[0], name, detail, mend), ...(failed !== undefined && { failed }) };
  }
  const code = statusCodeOf(error);
  if (code === 429) return problem(code, "GatewayBusyError", "There were too many calls.", "Call more slowly.");
  if (code >= 400 && code < 500) return httpProblem(code);
  return problem(500, "Error", "Something went wrong inside the gateway.", "Tell the custodian the call's id.");
}

/** A refusal by HTTP's own rules. */
export function httpProblem(status: number): Problem {
  const detail = `The call is not understood: ${(TITLES[status] ?? "bad request").toLowerCase()}.`;
  return problem(status, "BadRequestError", detail, "Call it as /openapi.json describes.");
}

function problem(status: number, name: string, detail: string, mend: string): Problem {
  return { type: `urn:consilium:error:${name}`, title: TITLES[status] ?? "Refused", status, detail, mend };
}

function statusCodeOf(error: unknown): number {
  const { statusCode } = (typeof error === "object" && error !== null ? error : {}) as { statusCode?: unknown };
  return typeof statusCode === "number" ? statusCode : 500;
}

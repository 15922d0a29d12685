import { GatewayRefusalError, GatewayUnavailableError } from "../errors.ts";

/** How long a gateway may take for an answer's head, milliseconds: a delivery waits for a block. */
const TIMEOUT = 120_000;

export interface CallGatewayParameters {
  /** The gateway's address. */
  url: string;
  path: string;
  body?: unknown;
  /** Of a session. */
  token?: string;
}

/**
 * Calls a custodian's gateway.
 *
 * @throws GatewayRefusalError with what the gateway says, if it refuses.
 * @throws GatewayUnavailableError if it cannot be reached, or cannot answer now; trying again may help.
 */
export async function callGateway({ url, path, body, token }: CallGatewayParameters): Promise<Uint8Array> {
  let response: Response;
  let bytes: Uint8Array;
  try {
    response = await fetch(new URL(path, url), {
      method: "POST",
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // A token must not follow to wherever else.
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new GatewayUnavailableError("it cannot be reached, or broke off", error);
  }
  if (response.ok) return bytes;
  const { type, detail, mend, failed } = problemIn(bytes);
  const name = type.split(":").at(-1) ?? "Error";
  if (response.status === 429 || response.status >= 500) throw new GatewayUnavailableError(detail);
  throw new GatewayRefusalError({ status: response.status, name, detail, mend, failed });
}

interface Problem {
  type: string;
  detail: string;
  mend: string;
  failed: string[];
}

/** A refusal as RFC 9457 has it; whatever else answers is no gateway. */
function problemIn(bytes: Uint8Array): Problem {
  let value: Partial<Record<keyof Problem, unknown>> = {};
  try {
    value = Object(JSON.parse(new TextDecoder().decode(bytes))) as typeof value;
  } catch {
    // Told by the defaults.
  }
  const text = (name: keyof Problem, otherwise: string): string =>
    typeof value[name] === "string" ? value[name] : otherwise;
  return {
    type: text("type", "Error"),
    detail: text("detail", "What answers is no gateway."),
    mend: text("mend", "Check the gateway's address."),
    failed: Array.isArray(value.failed) ? value.failed.map(String) : [],
  };
}

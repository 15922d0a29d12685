import type { Address, Hex } from "viem";
import { createSiweMessage } from "viem/siwe";
import { GatewayUnavailableError } from "../errors.ts";
import { callGateway } from "./callGateway.ts";

/** Whatever signs a text: a viem LocalAccount, or a wallet's client. */
export interface TextSigner {
  address: Address;
  signMessage(parameters: { message: string }): Promise<Hex>;
}

export interface SignInToGatewayParameters {
  /** The gateway's address, https but on loopback. */
  url: string;
  chainId: number;
  signer: TextSigner;
}

/** A session at a gateway. */
export interface GatewaySession {
  url: string;
  /** Whoever has it can fetch, but only what opens with the wallet's encryption key. */
  token: string;
  /** When it ends, unix milliseconds. */
  expiresAt: number;
}

const LIFETIME = 240_000;

/**
 * Signs in to a custodian's gateway by wallet (ERC-4361). What is signed names the gateway that is called, whatever that says of
 * itself, so that a gateway cannot pass a signature on to another.
 *
 * @throws GatewayRefusalError if the wallet is no agent in standing.
 * @throws GatewayUnavailableError if the gateway cannot be reached.
 * @example
 * const session = await signInToGateway({ url: gatewayUrl, chainId: suite.chainId, signer });
 * expect(session.url).to.equal(gatewayUrl);
 */
export async function signInToGateway({ url, chainId, signer }: SignInToGatewayParameters): Promise<GatewaySession> {
  const { host, origin } = new URL(url);
  const { nonce } = jsonIn<{ nonce: string }>(await callGateway({ url, path: "/v1/nonces" }));
  const now = Date.now();
  const message = createSiweMessage({
    address: signer.address,
    chainId,
    domain: host,
    uri: origin,
    nonce,
    version: "1",
    statement: "Sign in to fetch records that were granted.",
    issuedAt: new Date(now),
    expirationTime: new Date(now + LIFETIME),
  });
  const signature = await signer.signMessage({ message });
  const answer = await callGateway({ url, path: "/v1/sessions", body: { message, signature } });
  const { token, expiresIn } = jsonIn<{ token: string; expiresIn: number }>(answer);
  return { url, token, expiresAt: now + expiresIn * 1_000 };
}

/** An answer's JSON. */
export function jsonIn<value>(bytes: Uint8Array): value {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as value;
  } catch (error) {
    throw new GatewayUnavailableError("what answers is no gateway", error);
  }
}

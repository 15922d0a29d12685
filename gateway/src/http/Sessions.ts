import { createHash, randomBytes } from "node:crypto";
import type { Address } from "viem";
import { generateSiweNonce, parseSiweMessage, verifySiweMessage } from "viem/siwe";
import type { Hex } from "viem";
import { askChain, type Suite } from "@consilium/sdk";
import { SessionError, SignInError } from "../errors.ts";
import { ExpiringMap } from "./ExpiringMap.ts";

/** How long a nonce waits for its signature, and how far in the future a message may expire. Milliseconds. */
const NONCE_LIFETIME = 300_000;
const MAX_NONCES = 20_000;
const MAX_SESSIONS = 20_000;

export interface SignIn {
  /** An ERC-4361 message. */
  message: string;
  /** Of a wallet's key, or of a contract wallet (ERC-1271, ERC-6492). */
  signature: Hex;
}

/** Who signed in by wallet, in memory: a restart ends all sessions, and nothing of them is on disk. */
export class Sessions {
  readonly #suite: Suite;
  readonly #publicUrl: () => URL;
  readonly #nonces = new ExpiringMap<true>(NONCE_LIFETIME, MAX_NONCES);
  readonly #wallets: ExpiringMap<Address>;

  constructor(suite: Suite, publicUrl: () => URL, seconds: number) {
    this.#suite = suite;
    this.#publicUrl = publicUrl;
    this.#wallets = new ExpiringMap(seconds * 1_000, MAX_SESSIONS);
  }

  /** A nonce that one sign-in can use, within five minutes. */
  makeNonce(): string {
    const nonce = generateSiweNonce();
    this.#nonces.set(nonce, true);
    return nonce;
  }

  /**
   * Checks a sign-in; its nonce is used up, whatever comes of it.
   *
   * @throws SignInError if the message is not this gateway's, or the signature not the wallet's.
   */
  async check({ message, signature }: SignIn): Promise<Address> {
    const { address, nonce, chainId, uri, expirationTime, version } = parseSiweMessage(message);
    if (nonce === undefined || this.#nonces.take(nonce) === undefined) {
      throw new SignInError("its nonce was used, has expired or was never given");
    }
    const { origin, host } = this.#publicUrl();
    if (address === undefined || version !== "1") throw new SignInError("it is no message of ERC-4361");
    if (chainId !== this.#suite.chainId) throw new SignInError("it is for another chain");
    if (uri === undefined || !URL.canParse(uri) || new URL(uri).origin !== origin) {
      throw new SignInError("it is for another gateway");
    }
    const expiresIn = (expirationTime?.getTime() ?? Number.NaN) - Date.now();
    if (!(expiresIn > 0 && expiresIn <= NONCE_LIFETIME)) {
      throw new SignInError("it does not expire within five minutes, or has expired");
    }
    const isValid = await askChain(() =>
      verifySiweMessage(this.#suite.client, { message, signature, address, domain: host, nonce }),
    );
    if (!isValid) throw new SignInError("the signature is not the wallet's, or the domain not this gateway's");
    return address;
  }

  /** Opens a session; only the hash of its token is kept. */
  open(wallet: Address): string {
    const token = randomBytes(32).toString("base64url");
    this.#wallets.set(hashOf(token), wallet);
    return token;
  }

  /**
   * The wallet of a session, by the Authorization header.
   *
   * @throws SessionError if there is none, or it is over.
   */
  walletOf(authorization: string | undefined): Address {
    const token = /^Bearer ([\w-]{43})$/.exec(authorization ?? "")?.[1];
    const wallet = token === undefined ? undefined : this.#wallets.get(hashOf(token));
    if (wallet === undefined) throw new SessionError();
    return wallet;
  }
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("base64");
}

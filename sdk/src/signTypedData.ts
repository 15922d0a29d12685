import { BaseError as ViemError, HttpRequestError, SocketClosedError, TimeoutError, WebSocketRequestError } from "viem";
import type { Address, Hex } from "viem";
import { SignatureRefusedError, SignerUnavailableError } from "./errors.ts";

/** A deployed contract as an EIP-712 domain. */
export interface ContractDomain {
  chainId: number;
  verifyingContract: Address;
}

/** EIP-712 typed data in the form that wallets take. */
export interface TypedMessage {
  domain: ContractDomain & { name: string; version: string };
  types: Record<string, readonly { name: string; type: string }[]>;
  primaryType: string;
  message: Record<string, unknown>;
}

/** Whatever signs typed data: a viem LocalAccount, or a WalletClient with its account. */
export interface TypedDataSigner {
  signTypedData(typedData: TypedMessage): Promise<Hex>;
}

const USER_REJECTED = 4001;

/**
 * Has a wallet sign typed data.
 *
 * @throws SignatureRefusedError if its holder declines.
 * @throws SignerUnavailableError if it cannot be reached; trying again may help.
 * @example
 * const typedData = withdrawConsentTypedData({ chainId: 1, verifyingContract: ANY, consent: consent.id, deadline: DEADLINE });
 * expect(await signTypedData(account, typedData)).to.match(/^0x[0-9a-f]{130}$/);
 */
export async function signTypedData(wallet: TypedDataSigner, typedData: TypedMessage): Promise<Hex> {
  try {
    return await wallet.signTypedData(typedData);
  } catch (error) {
    if (isCausedBy(error, isRefusal)) throw new SignatureRefusedError(typedData.primaryType, error);
    if (isCausedBy(error, isTransportError)) throw new SignerUnavailableError(typedData.primaryType, error);
    throw error;
  }
}

function isCausedBy(error: unknown, test: (error: unknown) => boolean): boolean {
  if (error instanceof ViemError) return error.walk(test) !== null;
  return test(error);
}

function isRefusal(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === USER_REJECTED;
}

function isTransportError(error: unknown): boolean {
  return [HttpRequestError, SocketClosedError, TimeoutError, WebSocketRequestError].some(
    (type) => error instanceof type,
  );
}

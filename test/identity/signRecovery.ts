import type { TypedDataDomain, Wallet } from "ethers";
import type { PatientRegistry } from "../../types/index.js";
import type { Setup } from "./acts.ts";
import { ethers, MAX_UINT256 } from "./fixtures.ts";

export interface SignRecoveryParameters {
  identity: string;
  newOwner: string;
  setup: Setup;
  /** Who signs. */
  signers: Wallet[];
  /** Whom the call names, where that differs. */
  named?: string[];
  nonce?: bigint;
  deadline?: bigint;
  domain?: TypedDataDomain;
}

export async function domainOf(registry: PatientRegistry): Promise<TypedDataDomain> {
  return {
    name: "Consilium Patients",
    version: "1",
    chainId: (await ethers.provider.getNetwork()).chainId,
    verifyingContract: await registry.getAddress(),
  };
}

/** The arguments of `startRecovery`, signed by helpers. */
export async function signRecovery(
  registry: PatientRegistry,
  { identity, newOwner, setup, signers, named, nonce, deadline = MAX_UINT256, domain }: SignRecoveryParameters,
): Promise<[string, string, Setup, string[], bigint, string[]]> {
  const types = {
    Recover: [
      { type: "address", name: "identity" },
      { type: "address", name: "newOwner" },
      { type: "uint256", name: "nonce" },
      { type: "uint256", name: "deadline" },
    ],
  };
  const message = { identity, newOwner, nonce: nonce ?? (await registry.recoveryNonce(identity)), deadline };
  const fullDomain = { ...(await domainOf(registry)), ...domain };
  const signatures = await Promise.all(signers.map((signer) => signer.signTypedData(fullDomain, types, message)));
  return [identity, newOwner, setup, named ?? signers.map((signer) => signer.address), deadline, signatures];
}

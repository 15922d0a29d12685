import type { Wallet } from "ethers";
import type { PatientRegistry } from "../../types/index.js";
import { domainOf } from "./signRecovery.ts";

export interface SignMandateParameters {
  registry: PatientRegistry;
  signer: Wallet;
  identity: string;
  delegate: Wallet;
  word: bigint;
  deadline: number;
}

/** Signs a mandate, whether or not the signer may give it. */
export async function signMandate(parameters: SignMandateParameters): Promise<string> {
  const { registry, signer, identity, delegate, word, deadline } = parameters;
  const types = {
    GiveMandate: [
      { type: "address", name: "identity" },
      { type: "address", name: "delegate" },
      { type: "uint256", name: "mandate" },
      { type: "uint256", name: "nonce" },
      { type: "uint256", name: "deadline" },
    ],
  };
  const nonce = await registry.nonce(signer);
  const message = { identity, delegate: delegate.address, mandate: word, nonce, deadline };
  return signer.signTypedData(await domainOf(registry), types, message);
}

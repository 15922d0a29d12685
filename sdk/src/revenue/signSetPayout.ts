import type { Address } from "viem";
import type { Signer, SignedForm } from "../consent/signConsent.ts";
import { signTypedData } from "../signTypedData.ts";
import type { ContractDomain, TypedDataSigner, TypedMessage } from "../signTypedData.ts";

/** Where a patient's revenue shall go, with the RevenueSplitter's domain. */
export interface SetPayoutParameters extends ContractDomain {
  patient: Address;
  /** Zero: the DID's owner again. */
  to: Address;
  /** That of `payout(patient)`, see `actNonce`. */
  nonce: bigint;
  /** Last second at which the signature can be used, unix seconds. */
  deadline: bigint;
}

/** What `setPayoutBySignature` takes. */
export interface SignedPayout extends SignedForm {
  patient: Address;
  to: Address;
}

/**
 * Typed data by which a patient's side says where revenue goes.
 *
 * @example
 * const typedData = setPayoutTypedData({ chainId: 1, verifyingContract: ANY, patient: ANY, to: ANY, nonce: 0n, deadline: 1n });
 * expect(typedData.primaryType).to.equal("SetPayout");
 */
export function setPayoutTypedData(parameters: SetPayoutParameters): TypedMessage {
  const { chainId, verifyingContract, patient, to, nonce, deadline } = parameters;
  return {
    domain: { name: "Consilium Revenue", version: "1", chainId, verifyingContract },
    types: {
      SetPayout: [
        { name: "patient", type: "address" },
        { name: "to", type: "address" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "SetPayout",
    message: { patient, to, nonce, deadline },
  };
}

/**
 * Signs where a patient's revenue goes, to be relayed by anyone.
 *
 * @param wallet A viem account or wallet client, or `providerSigner`.
 * @throws SignatureRefusedError, SignerUnavailableError as `signTypedData`.
 * @example
 * const domain = contractDomain(suite, "RevenueSplitter");
 * const nonce = await actNonce(suite, "SetPayout", account.address);
 * const signed = await signSetPayout(account, {
 *   ...domain, patient: account.address, to: ANY, nonce, deadline: DEADLINE, signer: account.address,
 * });
 * await sendCall(suite, relayCall("SetPayout", signed));
 */
export async function signSetPayout(
  wallet: TypedDataSigner,
  { signer, ...parameters }: SetPayoutParameters & Signer,
): Promise<SignedPayout> {
  const { patient, to, deadline } = parameters;
  const signature = await signTypedData(wallet, setPayoutTypedData(parameters));
  return { patient, to, signer, deadline, signature };
}

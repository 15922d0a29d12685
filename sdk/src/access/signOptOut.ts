import type { Address } from "viem";
import type { Signer, SignedForm } from "../consent/signConsent.ts";
import { signTypedData } from "../signTypedData.ts";
import type { ContractDomain, TypedDataSigner, TypedMessage } from "../signTypedData.ts";

/** Categories that a patient keeps closed to emergencies, with the EmergencyAccess's domain. */
export interface OptOutParameters extends ContractDomain {
  patient: Address;
  /** Categories, see `categoryMask`. */
  categories: number;
  /** That of `optOutOf`. */
  nonce: bigint;
  /** Last second at which the signature can be used, unix seconds. */
  deadline: bigint;
}

/** What `setOptOutBySignature` takes. */
export interface SignedOptOut extends SignedForm {
  patient: Address;
  categories: number;
}

/**
 * Typed data by which a patient's side opts out of emergency access.
 *
 * @example
 * const typedData = optOutTypedData({ chainId: 1, verifyingContract: ANY, patient, categories: categoryMask(["labs"]), nonce: 0n, deadline: DEADLINE });
 * expect(typedData.primaryType).to.equal("SetOptOut");
 */
export function optOutTypedData(parameters: OptOutParameters): TypedMessage {
  const { chainId, verifyingContract, patient, categories, nonce, deadline } = parameters;
  return {
    domain: { name: "Consilium Emergency", version: "1", chainId, verifyingContract },
    types: {
      SetOptOut: [
        { name: "patient", type: "address" },
        { name: "categories", type: "uint16" },
        { name: "nonce", type: "uint64" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "SetOptOut",
    message: { patient, categories, nonce, deadline },
  };
}

/**
 * Signs an opt-out, to be relayed by anyone.
 *
 * @param wallet A viem account or wallet client.
 * @throws SignatureRefusedError, SignerUnavailableError as `signTypedData`.
 * @example
 * const domain = contractDomain(suite, "EmergencyAccess");
 * const optOut = { patient: account.address, categories: categoryMask(["labs"]), deadline: DEADLINE, signer: account.address };
 * const nonce = await actNonce(suite, "SetOptOut", account.address);
 * await sendCall(suite, relayCall("SetOptOut", await signOptOut(account, { ...domain, ...optOut, nonce })));
 */
export async function signOptOut(
  wallet: TypedDataSigner,
  { signer, ...parameters }: OptOutParameters & Signer,
): Promise<SignedOptOut> {
  const { patient, categories, deadline } = parameters;
  const signature = await signTypedData(wallet, optOutTypedData(parameters));
  return { patient, categories, signer, deadline, signature };
}

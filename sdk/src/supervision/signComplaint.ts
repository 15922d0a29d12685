import type { Address, Hex } from "viem";
import type { Signer, SignedForm } from "../consent/signConsent.ts";
import { signTypedData } from "../signTypedData.ts";
import type { ContractDomain, TypedDataSigner, TypedMessage } from "../signTypedData.ts";

/** A complaint of a patient's side, with the domain of the contract Supervision. */
export interface ComplaintParameters extends ContractDomain {
  patient: Address;
  /** The institution complained of. */
  accused: number;
  /** Salted hash of the text, see `commitDocument`. */
  textHash: Hex;
  /** Last second at which the signature can be used, unix seconds. */
  deadline: bigint;
}

/** What `complainBySignature` takes. */
export interface SignedComplaint extends SignedForm {
  patient: Address;
  accused: number;
  textHash: Hex;
}

/** Typed data by which a patient's side complains of an institution. */
export function complaintTypedData(parameters: ComplaintParameters): TypedMessage {
  const { chainId, verifyingContract, patient, accused, textHash, deadline } = parameters;
  return {
    domain: { name: "Consilium Supervision", version: "1", chainId, verifyingContract },
    types: {
      Complain: [
        { name: "patient", type: "address" },
        { name: "accused", type: "uint32" },
        { name: "textHash", type: "bytes32" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "Complain",
    message: { patient, accused, textHash, deadline },
  };
}

/**
 * Signs a complaint, to be relayed by anyone.
 *
 * @param wallet A viem account or wallet client.
 * @throws SignatureRefusedError, SignerUnavailableError as `signTypedData`.
 */
export async function signComplaint(
  wallet: TypedDataSigner,
  { signer, ...parameters }: ComplaintParameters & Signer,
): Promise<SignedComplaint> {
  const { patient, accused, textHash, deadline } = parameters;
  const signature = await signTypedData(wallet, complaintTypedData(parameters));
  return { patient, accused, textHash, signer, deadline, signature };
}

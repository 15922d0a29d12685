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

/**
 * Typed data by which a patient's side complains of an institution.
 *
 * @example
 * const typedData = complaintTypedData({ chainId: 1, verifyingContract: ANY, patient, accused: 1, textHash: HASH, deadline: DEADLINE });
 * expect(typedData.primaryType).to.equal("Complain");
 */
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
 * @example
 * const domain = contractDomain(suite, "Supervision");
 * const complaint = { patient: account.address, accused: 1, textHash: HASH, deadline: DEADLINE, signer: account.address };
 * await sendCall(suite, relayCall("Complain", await signComplaint(account, { ...domain, ...complaint })));
 */
export async function signComplaint(
  wallet: TypedDataSigner,
  { signer, ...parameters }: ComplaintParameters & Signer,
): Promise<SignedComplaint> {
  const { patient, accused, textHash, deadline } = parameters;
  const signature = await signTypedData(wallet, complaintTypedData(parameters));
  return { patient, accused, textHash, signer, deadline, signature };
}

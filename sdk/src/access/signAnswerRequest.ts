import type { Hex } from "viem";
import type { Signer, SignedForm } from "../consent/signConsent.ts";
import { signTypedData } from "../signTypedData.ts";
import type { ContractDomain, TypedDataSigner, TypedMessage } from "../signTypedData.ts";

/** An answer to a waiting request, with the AccessBroker's domain. */
export interface AnswerRequestParameters extends ContractDomain {
  /** The request's id. */
  request: Hex;
  approved: boolean;
  /** Last second at which the signature can be used, unix seconds. */
  deadline: bigint;
}

/** What `answerBySignature` takes besides requester and request. */
export interface SignedAnswer extends SignedForm {
  approved: boolean;
}

/**
 * Typed data by which a patient's side answers a request that waits for it.
 *
 * @example
 * const typedData = answerRequestTypedData({ chainId: 1, verifyingContract: ANY, request: HASH, approved: true, deadline: DEADLINE });
 * expect(typedData.primaryType).to.equal("AnswerRequest");
 */
export function answerRequestTypedData(parameters: AnswerRequestParameters): TypedMessage {
  const { chainId, verifyingContract, request, approved, deadline } = parameters;
  return {
    domain: { name: "Consilium Access", version: "1", chainId, verifyingContract },
    types: {
      AnswerRequest: [
        { name: "request", type: "bytes32" },
        { name: "approved", type: "bool" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "AnswerRequest",
    message: { request, approved, deadline },
  };
}

/**
 * Signs an answer to a request, to be relayed by anyone.
 *
 * @param wallet A viem account or wallet client.
 * @throws SignatureRefusedError, SignerUnavailableError as `signTypedData`.
 * @example
 * const domain = contractDomain(suite, "AccessBroker");
 * const signed = await signAnswerRequest(account, { ...domain, request: HASH, approved: true, deadline: DEADLINE, signer: account.address });
 * expect(signed.approved).to.equal(true);
 */
export async function signAnswerRequest(
  wallet: TypedDataSigner,
  { signer, ...parameters }: AnswerRequestParameters & Signer,
): Promise<SignedAnswer> {
  const signature = await signTypedData(wallet, answerRequestTypedData(parameters));
  return { approved: parameters.approved, signer, deadline: parameters.deadline, signature };
}

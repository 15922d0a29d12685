import type { Address, Hex } from "viem";
import type { Signer, SignedForm } from "../consent/signConsent.ts";
import { signTypedData } from "../signTypedData.ts";
import type { ContractDomain, TypedDataSigner, TypedMessage } from "../signTypedData.ts";

/** Points that a patient redeems at a member, with the domain of the contract HealthPoints. */
export interface RedeemPointsParameters extends ContractDomain {
  patient: Address;
  /** Id of the member. */
  institution: number;
  /** Number of points. */
  points: bigint;
  /** Salted hash of what they are redeemed for, see `commitDocument`. */
  referenceHash: Hex;
  /** That of `nonceOf(patient)`, see `actNonce`. */
  nonce: bigint;
  /** Last second at which the signature can be used, unix seconds. */
  deadline: bigint;
}

/** What `redeemBySignature` takes. */
export interface SignedRedemption extends SignedForm {
  patient: Address;
  institution: number;
  points: bigint;
  referenceHash: Hex;
}

/**
 * Typed data by which a patient's side redeems points.
 *
 * @example
 * const typedData = redeemPointsTypedData({
 *   chainId: 1, verifyingContract: ANY, patient: ANY, institution: 1, points: 5n, referenceHash: HASH, nonce: 0n, deadline: 1n,
 * });
 * expect(typedData.primaryType).to.equal("RedeemPoints");
 */
export function redeemPointsTypedData(parameters: RedeemPointsParameters): TypedMessage {
  const { chainId, verifyingContract, patient, institution, points, referenceHash, nonce, deadline } = parameters;
  return {
    domain: { name: "Consilium Points", version: "1", chainId, verifyingContract },
    types: {
      RedeemPoints: [
        { name: "patient", type: "address" },
        { name: "institution", type: "uint32" },
        { name: "points", type: "uint256" },
        { name: "referenceHash", type: "bytes32" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "RedeemPoints",
    message: { patient, institution, points, referenceHash, nonce, deadline },
  };
}

/**
 * Signs a redemption of points, to be relayed by anyone.
 *
 * @param wallet A viem account or wallet client, or `providerSigner`.
 * @throws SignatureRefusedError, SignerUnavailableError as `signTypedData`.
 * @example
 * const signed = await signRedeemPoints(account, {
 *   ...contractDomain(suite, "HealthPoints"),
 *   patient: account.address, institution: 1, points: 5n, referenceHash: HASH, nonce: 0n, deadline: DEADLINE, signer: account.address,
 * });
 * expect(relayCall("RedeemPoints", signed).functionName).to.equal("redeemBySignature");
 */
export async function signRedeemPoints(
  wallet: TypedDataSigner,
  { signer, ...parameters }: RedeemPointsParameters & Signer,
): Promise<SignedRedemption> {
  const { patient, institution, points, referenceHash, deadline } = parameters;
  const signature = await signTypedData(wallet, redeemPointsTypedData(parameters));
  return { patient, institution, points, referenceHash, signer, deadline, signature };
}

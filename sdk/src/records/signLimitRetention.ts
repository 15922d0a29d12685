import type { Hex } from "viem";
import type { Signer, SignedForm } from "../consent/signConsent.ts";
import { signTypedData } from "../signTypedData.ts";
import type { ContractDomain, TypedDataSigner, TypedMessage } from "../signTypedData.ts";
import { recordLeaf, type AnchoredRecord } from "./recordLeaf.ts";

/** An earlier end of a record's retention, with the RecordRegistry's domain. */
export interface RetentionLimitParameters extends ContractDomain {
  /** Id of the record's batch. */
  batch: Hex;
  record: AnchoredRecord;
  /** First second at which the record's destruction is due, unix seconds, at least a day from now; 0 lifts the limit. */
  until: number;
  /** That of `retentionLimit`, see `actNonce`. */
  nonce: bigint;
  /** Last second at which the signature can be used, unix seconds. */
  deadline: bigint;
}

/** What `limitRetentionBySignature` takes. */
export interface SignedRetentionLimit extends SignedForm {
  batch: Hex;
  record: AnchoredRecord;
  /** Of the record in its batch. */
  proof: readonly Hex[];
  until: number;
}

/**
 * Typed data by which a patient's side ends the retention of a record earlier than its custodian anchored.
 *
 * @example
 * const limit = { batch: batch.id, record: batch.record(0), until: now + 86_400, nonce: 0n, deadline: DEADLINE };
 * const typedData = retentionLimitTypedData({ chainId: 1, verifyingContract: ANY, ...limit });
 * expect(typedData.primaryType).to.equal("LimitRetention");
 */
export function retentionLimitTypedData(parameters: RetentionLimitParameters): TypedMessage {
  const { chainId, verifyingContract, batch, record, until, nonce, deadline } = parameters;
  return {
    domain: { name: "Consilium Records", version: "1", chainId, verifyingContract },
    types: {
      LimitRetention: [
        { name: "batch", type: "bytes32" },
        { name: "record", type: "bytes32" },
        { name: "until", type: "uint40" },
        { name: "nonce", type: "uint64" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "LimitRetention",
    message: { batch, record: recordLeaf(record), until, nonce, deadline },
  };
}

/**
 * Signs an earlier end of a record's retention, to be relayed by anyone.
 *
 * @param wallet A viem account or wallet client.
 * @throws SignatureRefusedError, SignerUnavailableError as `signTypedData`.
 * @example
 * const nonce = await actNonce(suite, "LimitRetention", batch.id, 0);
 * const limit = { batch: batch.id, record: batch.record(0), proof: batch.proof(0), until: now + 30 * 86_400 };
 * const by = { signer: account.address, deadline: DEADLINE, nonce };
 * const signed = await signLimitRetention(account, { ...contractDomain(suite, "RecordRegistry"), ...limit, ...by });
 * expect(relayCall("LimitRetention", signed).functionName).to.equal("limitRetentionBySignature");
 */
export async function signLimitRetention(
  wallet: TypedDataSigner,
  { signer, proof, ...parameters }: RetentionLimitParameters & Signer & { proof: readonly Hex[] },
): Promise<SignedRetentionLimit> {
  const { batch, record, until, deadline } = parameters;
  const signature = await signTypedData(wallet, retentionLimitTypedData(parameters));
  return { batch, record, proof, until, signer, deadline, signature };
}

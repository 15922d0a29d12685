import { numberToHex, type Address, type Hex } from "viem";
import { randomSalt, type AnchoredRecord } from "@consilium/sdk";
import type { LogEntry, LogFact } from "../vault/appendLog.ts";
import type { Fetch } from "./Fetch.ts";

/** What a delivery's entry in the vault's log says, enough to revoke it later by. */
export interface DeliveryFacts extends Pick<Fetch, "grant" | "member" | "proof"> {
  record: AnchoredRecord;
  requester: Address;
  keyId: Hex;
  ciphertextHash: Hex;
}

/** The word of the log for a delivery that is about to be logged on the chain. */
export const DELIVERING = "delivering";

/**
 * The log's entry of a delivery. It bears a fresh salt, so that its hash, which goes on the chain, can be guessed from nothing; and it
 * attests that the record's sensitivities were held against the consent.
 */
export function deliveryEntry(facts: DeliveryFacts): LogEntry {
  const { grant, member, proof, record, requester, keyId, ciphertextHash } = facts;
  return {
    ...{ event: DELIVERING, time: Math.floor(Date.now() / 1_000), grant },
    ...{ ...member, commitment: record.commitment, meta: numberToHex(record.meta) },
    ...Object.fromEntries(proof.map((node, index) => [`proof${index}`, node])),
    ...{ requester, keyId, ciphertextHash, sensitivitiesChecked: true, salt: randomSalt() },
  };
}

/** What to revoke, read back from such an entry. */
export function readDelivery(entry: LogEntry): Pick<DeliveryFacts, "grant" | "member" | "proof" | "record"> {
  const hex = (name: string): Hex => entry[name] as LogFact as Hex;
  const proof = Object.keys(entry)
    .filter((name) => /^proof\d+$/.test(name))
    .sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)))
    .map(hex);
  const [study, patient, consent, batch, record] = ["study", "patient", "consent", "batch", "record"].map(hex);
  return {
    grant: hex("grant"),
    member: { study: study!, patient: patient!, consent: consent!, batch: batch!, record: record! },
    proof,
    record: { patient: patient!, commitment: hex("commitment"), meta: BigInt(hex("meta")) },
  };
}

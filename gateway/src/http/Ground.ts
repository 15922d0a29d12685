import type { Hex } from "viem";
import type { BaseError, Call, CallRevertedError, RecordOpening, RegisteredKey } from "@consilium/sdk";
import type { LogEntry } from "../vault/appendLog.ts";
import type { KeptRecord } from "../vault/KeptRecord.ts";
import type { Moment } from "./latestBlock.ts";

/** What a delivery relies on: a grant, or an emergency. */
export interface Ground {
  kind: "grant" | "emergency";
  /** Of the grant or emergency. */
  id: Hex;
  /** The contract that knows it. */
  contract: "AccessBroker" | "EmergencyAccess";
  /** Leaf of the record asked for. */
  record: Hex;
  /**
   * Asks the chain, at one block, whether the record may be handed over.
   *
   * @returns The key to seal to.
   */
  check(kept: KeptRecord, at: Moment): Promise<RegisteredKey>;
  /** Throws if the record holds what must not leave on this ground. */
  checkOpening(opening: RecordOpening): void;
  /** What our log says of the delivery before the chain is told; with a fresh salt, since its hash goes on the chain. */
  entry(kept: KeptRecord, keyId: Hex): LogEntry;
  /** By which the chain logs the delivery. */
  call(kept: KeptRecord, evidenceHash: Hex): Call;
  /** What the chain's refusal of that call is told as. */
  refusal(reverted: CallRevertedError): BaseError;
}

import { numberToHex } from "viem";
import { abis, addressOf, askChain, callOf, failedCheckMask, memberLeaf, randomSalt, type Suite } from "@consilium/sdk";
import { appendLog, type LogEntry } from "../vault/appendLog.ts";
import { readLog } from "../vault/readLog.ts";
import type { Vault } from "../vault/Vault.ts";
import { checkGrant } from "./checkFetch.ts";
import { DELIVERING, readDelivery } from "./deliveryEntry.ts";
import { latestBlock } from "./latestBlock.ts";
import { sendLogged } from "./sendLogged.ts";
import type { Settings } from "./Settings.ts";
import type { Turns } from "./Turns.ts";

/** What may hold again by itself is no end: nothing is delivered meanwhile, and no revocation attested. */
const PASSING = failedCheckMask("REQUESTER_STANDING", "CUSTODIAN_STANDING", "STUDY_LAPSED");

type Delivery = ReturnType<typeof readDelivery>;

export interface KeyRevokerParameters {
  suite: Suite;
  vault: Vault;
  settings: Pick<Settings, "blockAgeSeconds" | "receiptSeconds">;
  sending: Turns;
}

/**
 * Ends what was delivered: once the chain says that a grant is over for a record (consent withdrawn or expired, grant revoked or over,
 * record destroyed), attests there that no key is held for its recipient any more. Envelopes are never kept, so nothing but the right
 * to a new one is left to end. What is outstanding is read from the vault's log: a restart forgets nothing.
 */
export class KeyRevoker {
  readonly #parameters: KeyRevokerParameters;
  /** Deliveries by grant and leaf that were not revoked since, as their entries of the log. */
  readonly #outstanding = new Map<string, LogEntry>();
  #read = 0;

  constructor(parameters: KeyRevokerParameters) {
    this.#parameters = parameters;
  }

  /**
   * Looks through all that is outstanding, once; not twice at a time, or both would attest the same. An attestation whose end a kill cut off is made again: there may be two, never none.
   *
   * @returns How many were revoked now.
   * @throws ChainStaleError, ChainUnavailableError, TransactionUnconfirmedError; the next run goes on.
   */
  async run(): Promise<number> {
    await this.#readOn();
    const { suite, settings } = this.#parameters;
    if (this.#outstanding.size === 0) return 0;
    const at = await latestBlock(suite, settings.blockAgeSeconds);
    let count = 0;
    for (const [key, entry] of this.#outstanding) {
      const delivery = readDelivery(entry);
      const failed = await checkGrant(suite, delivery, delivery.record, at);
      if ((failed & ~PASSING) === 0n) continue;
      // A try that the chain refused, or a kill cut off before it, delivered nothing.
      if (await isDelivered(suite, delivery, at.number)) {
        await this.#revoke(delivery, failed);
        count++;
      }
      this.#outstanding.delete(key);
    }
    return count;
  }

  async #revoke({ grant, member, proof, record }: Delivery, failed: bigint): Promise<void> {
    const { suite, vault, settings, sending } = this.#parameters;
    const subject = { grant, record: member.record };
    const now = (): number => Math.floor(Date.now() / 1_000);
    const { hash } = await appendLog(vault, {
      ...{ event: "revoking", time: now(), ...subject, failed: numberToHex(failed), salt: randomSalt() },
    });
    const call = callOf("AccessBroker", "logKeyRevocation", [grant, member, proof, record, hash]);
    const transaction = await sendLogged({ suite, turns: sending, call, seconds: settings.receiptSeconds });
    await appendLog(vault, { event: "revoked", time: now(), ...subject, transaction });
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const entries = await readLog(this.#parameters.vault, { after: this.#read });
      if (entries.length === 0) return;
      for (const { sequence, entry } of entries) {
        const key = `${String(entry["grant"])}:${String(entry["record"])}`;
        if (entry.event === DELIVERING) this.#outstanding.set(key, entry);
        if (entry.event === "revoked") this.#outstanding.delete(key);
        this.#read = sequence;
      }
    }
  }
}

async function isDelivered(suite: Suite, { grant, member }: Delivery, blockNumber: bigint): Promise<boolean> {
  const custodian = await askChain(() =>
    suite.client.readContract({
      address: addressOf(suite, "AccessBroker"),
      abi: abis.AccessBroker,
      functionName: "deliveredBy",
      args: [grant, memberLeaf(member)],
      blockNumber,
    }),
  );
  return custodian !== 0;
}

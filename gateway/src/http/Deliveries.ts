import type { Readable } from "node:stream";
import { bytesToHex, numberToHex, type Address, type Hex } from "viem";
import {
  addressOf,
  BaseError,
  CallRevertedError,
  sealEnvelope,
  WalletMissingError,
  type AnchoredRecord,
  type RecordParts,
  type Suite,
} from "@consilium/sdk";
import { RecordNotHereError } from "../errors.ts";
import { appendLog } from "../vault/appendLog.ts";
import type { KeptRecord } from "../vault/KeptRecord.ts";
import type { Vault } from "../vault/Vault.ts";
import type { EmergencyFetch } from "./EmergencyFetch.ts";
import type { Fetch } from "./Fetch.ts";
import type { Ground } from "./Ground.ts";
import { groundOfEmergency } from "./groundOfEmergency.ts";
import { groundOfGrant } from "./groundOfGrant.ts";
import { latestBlock } from "./latestBlock.ts";
import { sendLogged } from "./sendLogged.ts";
import type { Settings } from "./Settings.ts";
import { Turns } from "./Turns.ts";

export interface DeliveriesParameters {
  suite: Suite;
  vault: Vault;
  settings: Settings;
  /** Who sends transactions, one at a time. */
  sending: Turns;
}

/** What leaves the custodian. */
export interface Parcel {
  head: ParcelHead;
  /** The encrypted bytes. */
  bytes: Readable;
}

/** All of a delivery but the bytes; `meta` as hexadecimal number, the envelope as hexadecimal bytes. */
export interface ParcelHead {
  transaction: Hex;
  /** Of the batch. */
  root: Hex;
  record: Omit<AnchoredRecord, "meta"> & { meta: Hex };
  proof: readonly Hex[];
  parts: RecordParts;
  envelope: Hex;
}

/** Hands records over: the one path by which a key leaves. */
export class Deliveries {
  readonly #parameters: DeliveriesParameters;
  readonly #gateway: Address;
  readonly #turns: Turns;

  constructor(parameters: DeliveriesParameters) {
    const { suite, settings } = parameters;
    if (suite.wallet === undefined) throw new WalletMissingError();
    this.#parameters = parameters;
    this.#gateway = suite.wallet.account.address;
    this.#turns = new Turns(settings.parallelDeliveries, settings.waitingDeliveries);
  }

  /**
   * Checks a fetch on the chain at the latest block and against the consent, seals the envelope, has the chain log the delivery, and
   * only then gives it out. What ends the grant before that transaction is mined makes it fail, and nothing leaves.
   *
   * @throws BaseError of `gateway/src/errors.ts` or of the SDK, by which nothing was delivered.
   */
  deliver(requester: Address, fetch: Fetch): Promise<Parcel> {
    const { suite } = this.#parameters;
    return this.#take(requester, groundOfGrant({ suite, gateway: this.#gateway, requester, fetch }));
  }

  /**
   * The same in an emergency, for the clinician who opened it; no consent is asked for.
   *
   * @throws BaseError as `deliver`.
   */
  deliverInEmergency(requester: Address, fetch: EmergencyFetch): Promise<Parcel> {
    const { suite } = this.#parameters;
    return this.#take(requester, groundOfEmergency({ suite, gateway: this.#gateway, requester, fetch }));
  }

  #take(requester: Address, ground: Ground): Promise<Parcel> {
    return this.#turns.take(async () => {
      try {
        return await this.#deliver(ground);
      } catch (error) {
        const why = error instanceof BaseError ? error.name : "Error";
        await this.#append("refused", ground, { requester, why });
        throw error;
      }
    });
  }

  async #deliver(ground: Ground): Promise<Parcel> {
    const { suite, vault, settings } = this.#parameters;
    const kept = await vault.findRecord(ground.record);
    if (kept === undefined) throw new RecordNotHereError();
    const at = await latestBlock(suite, settings.blockAgeSeconds);
    const { publicKey, id: keyId } = await ground.check(kept, at);

    const opening = await kept.opening();
    ground.checkOpening(opening);
    const contract = addressOf(suite, ground.contract);
    const context = { chainId: suite.chainId, contract, id: ground.id, record: kept.leaf };
    const envelope = await sealEnvelope({ context, publicKey, opening });

    const bytes = await kept.openBytes();
    try {
      const transaction = await this.#log(ground, kept, keyId);
      return { head: headOf(kept, transaction, envelope), bytes };
    } catch (error) {
      bytes.destroy();
      throw error;
    }
  }

  /** Writes the delivery into our log, then into the chain's, then what came of it into ours. */
  async #log(ground: Ground, kept: KeptRecord, keyId: Hex): Promise<Hex> {
    const { suite, vault, sending, settings } = this.#parameters;
    const { hash: evidenceHash } = await appendLog(vault, ground.entry(kept, keyId));
    const call = ground.call(kept, evidenceHash);
    const transaction = await sendLogged({ suite, turns: sending, call, seconds: settings.receiptSeconds }).catch(
      (error: unknown) => {
        throw error instanceof CallRevertedError ? ground.refusal(error) : error;
      },
    );
    // It may have been destroyed while the block was waited for: then it stays, whatever the chain's entry says.
    if ((await vault.findRecord(ground.record)) === undefined) throw new RecordNotHereError();
    await this.#append("delivered", ground, { transaction });
    return transaction;
  }

  async #append(event: string, { kind, id, record }: Ground, facts: Record<string, string>): Promise<void> {
    const time = Math.floor(Date.now() / 1_000);
    await appendLog(this.#parameters.vault, { event, time, [kind]: id, record, ...facts });
  }
}

function headOf({ root, record, proof, parts }: KeptRecord, transaction: Hex, envelope: Uint8Array): ParcelHead {
  return {
    ...{ transaction, root, record: { ...record, meta: numberToHex(record.meta) }, proof, parts },
    envelope: bytesToHex(envelope),
  };
}

import type { Readable } from "node:stream";
import { bytesToHex, numberToHex, type Address, type Hex } from "viem";
import {
  addressOf,
  BaseError,
  callOf,
  CallRevertedError,
  sealEnvelope,
  WalletMissingError,
  type AnchoredRecord,
  type RecordParts,
  type Suite,
} from "@consilium/sdk";
import { GrantRefusedError, RecordNotHereError, SensitivityError } from "../errors.ts";
import { appendLog } from "../vault/appendLog.ts";
import type { KeptRecord } from "../vault/KeptRecord.ts";
import type { Vault } from "../vault/Vault.ts";
import { allowedSensitivities, checkFetch, grantRefused } from "./checkFetch.ts";
import { deliveryEntry } from "./deliveryEntry.ts";
import type { Fetch } from "./Fetch.ts";
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
    return this.#turns.take(async () => {
      try {
        return await this.#deliver(requester, fetch);
      } catch (error) {
        const why = error instanceof BaseError ? error.name : "Error";
        await this.#append("refused", fetch, { requester, why });
        throw error;
      }
    });
  }

  async #deliver(requester: Address, fetch: Fetch): Promise<Parcel> {
    const { suite, vault, settings } = this.#parameters;
    const kept = await vault.findRecord(fetch.member.record);
    if (kept === undefined) throw new RecordNotHereError();
    const at = await latestBlock(suite, settings.blockAgeSeconds);
    const { record } = kept;
    const { publicKey, id: keyId } = await checkFetch({ suite, gateway: this.#gateway, requester, fetch, record, at });

    const opening = await kept.opening();
    const allowed = allowedSensitivities(fetch);
    if (!opening.sensitivities.every((sensitivity) => allowed.includes(sensitivity))) throw new SensitivityError();
    const { chainId } = suite;
    const context = { chainId, broker: addressOf(suite, "AccessBroker"), grant: fetch.grant, record: kept.leaf };
    const envelope = await sealEnvelope({ context, publicKey, opening });

    const bytes = await kept.openBytes();
    try {
      const transaction = await this.#log(requester, fetch, kept, keyId);
      return { head: headOf(kept, transaction, envelope), bytes };
    } catch (error) {
      bytes.destroy();
      throw error;
    }
  }

  /** Writes the delivery into our log, then into the chain's, then what came of it into ours. */
  async #log(requester: Address, fetch: Fetch, { record, parts }: KeptRecord, keyId: Hex): Promise<Hex> {
    const { suite, vault, sending, settings } = this.#parameters;
    const { grant, member, proof } = fetch;
    const { ciphertextHash } = parts;
    const facts = { grant, member, proof, record, requester, keyId, ciphertextHash };
    const { hash: evidenceHash } = await appendLog(vault, deliveryEntry(facts));
    const delivery = { ciphertextHash, evidenceHash, sensitivitiesChecked: true };
    const call = callOf("AccessBroker", "logDelivery", [grant, member, proof, record, delivery]);
    const transaction = await sendLogged({ suite, turns: sending, call, seconds: settings.receiptSeconds }).catch(
      (error: unknown) => {
        throw error instanceof CallRevertedError ? refusalOf(error) : error;
      },
    );
    // It may have been destroyed while the block was waited for: then it stays, whatever the chain's entry says.
    if ((await vault.findRecord(member.record)) === undefined) throw new RecordNotHereError();
    await this.#append("delivered", fetch, { transaction });
    return transaction;
  }

  async #append(event: string, { grant, member }: Fetch, facts: Record<string, string>): Promise<void> {
    const time = Math.floor(Date.now() / 1_000);
    await appendLog(this.#parameters.vault, { event, time, grant, record: member.record, ...facts });
  }
}

function refusalOf({ error, args }: CallRevertedError): GrantRefusedError {
  const failed = error === "GrantNotInForce" ? args[1] : undefined;
  return typeof failed === "bigint" ? grantRefused(failed) : new GrantRefusedError(`the chain says ${error}`, [error]);
}

function headOf({ root, record, proof, parts }: KeptRecord, transaction: Hex, envelope: Uint8Array): ParcelHead {
  return {
    ...{ transaction, root, record: { ...record, meta: numberToHex(record.meta) }, proof, parts },
    envelope: bytesToHex(envelope),
  };
}

import { getAbiItem, hexToBytes, isAddressEqual, size } from "viem";
import type { Address, Hex } from "viem";
import { abis } from "../abis.ts";
import { addressOf } from "../chain/addressOf.ts";
import { askChain } from "../chain/askChain.ts";
import type { Suite } from "../chain/Suite.ts";
import { EncryptionKeyError } from "../errors.ts";
import { ENVELOPE_SIZES } from "./envelopeSuite.ts";
import { encryptionKeyId } from "./generateEncryptionKey.ts";
import { ENCRYPTION_KEY_ATTRIBUTE } from "./publishEncryptionKey.ts";

/** Blocks with changes of a DID that are looked through for its key; a longer history must publish the key anew. */
const MAX_BLOCKS = 100;

/** Every event that names the one before it. */
const CHANGES = [
  getAbiItem({ abi: abis.PatientRegistry, name: "DIDOwnerChanged" }),
  getAbiItem({ abi: abis.PatientRegistry, name: "DIDDelegateChanged" }),
  getAbiItem({ abi: abis.PatientRegistry, name: "DIDAttributeChanged" }),
] as const;

/** A wallet's key as it stands on the chain. */
export interface RegisteredKey {
  id: Hex;
  publicKey: Uint8Array;
  /** Last second at which envelopes may be sealed to it, unix seconds. */
  validUntil: bigint;
}

/**
 * Reads the key that a wallet published for envelopes: the newest that is valid and not revoked. The DID's history is followed
 * backwards by the blocks that its events name (ERC-1056), so that no range of the chain is searched.
 *
 * @param at The block to read at: number and time; the latest unless said.
 * @throws EncryptionKeyError if there is none, or the wallet handed its DID over to another.
 * @throws ChainUnavailableError if the chain cannot be reached.
 * @example
 * const { publicKey, id } = await generateEncryptionKey();
 * await publishEncryptionKey(suite, { publicKey, validity: 31_536_000n });
 * expect((await readEncryptionKey(suite, researcher)).id).to.equal(id);
 */
export async function readEncryptionKey(
  suite: Suite,
  wallet: Address,
  at?: { number: bigint; timestamp: bigint },
): Promise<RegisteredKey> {
  return askChain(async () => {
    const { client } = suite;
    const { number, timestamp } = at ?? (await client.getBlock());
    const registry = { address: addressOf(suite, "PatientRegistry"), abi: abis.PatientRegistry, blockNumber: number };
    const [owner, changed] = await Promise.all([
      client.readContract({ ...registry, functionName: "identityOwner", args: [wallet] }),
      client.readContract({ ...registry, functionName: "changed", args: [wallet] }),
    ]);
    if (!isAddressEqual(owner, wallet)) throw noKey(`The wallet ${wallet} does not control its own DID any more.`);

    // The newest event on a value decides about it, so that a revoked key does not come back by its older event.
    const decided = new Set<Hex>();
    let block = changed;
    for (let step = 0; block !== 0n && step < MAX_BLOCKS; step++) {
      const logs = await client.getLogs({
        address: registry.address,
        events: CHANGES,
        fromBlock: block,
        toBlock: block,
        strict: true,
      });
      const own = logs.filter(({ args }) => isAddressEqual(args.identity, wallet));
      for (const { eventName, args } of own.toReversed()) {
        if (eventName !== "DIDAttributeChanged" || args.name !== ENCRYPTION_KEY_ATTRIBUTE) continue;
        if (decided.has(args.value)) continue;
        decided.add(args.value);
        if (size(args.value) !== ENVELOPE_SIZES.publicKey || args.validTo < timestamp) continue;
        const publicKey = hexToBytes(args.value);
        return { id: encryptionKeyId(publicKey), publicKey, validUntil: args.validTo };
      }
      block = own[0]?.args.previousChange ?? 0n;
    }
    throw noKey(`The wallet ${wallet} has no encryption key that is valid now.`);
  });
}

function noKey(message: string): EncryptionKeyError {
  return new EncryptionKeyError(message, { mend: "Have the wallet publish one with publishEncryptionKey." });
}

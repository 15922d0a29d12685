import { getContract, type Address, type Hex } from "viem";
import {
  abis,
  addressOf,
  askChain,
  CallRevertedError,
  decodeRecordMeta,
  emergencyId,
  readEncryptionKey,
  type AnchoredRecord,
  type RegisteredKey,
  type Suite,
} from "@consilium/sdk";
import { EmergencyRefusedError, GatewayAgentError, RecordNotHereError, RequesterError } from "../errors.ts";
import type { EmergencyFetch } from "./EmergencyFetch.ts";
import { later } from "./later.ts";
import type { Moment } from "./latestBlock.ts";
import { readAgent } from "./readAgent.ts";
import { refuseByChecks, refuseByRevert } from "./refuse.ts";

export interface CheckEmergencyParameters {
  suite: Suite;
  /** The gateway's own. */
  gateway: Address;
  /** Who signed in. */
  requester: Address;
  fetch: EmergencyFetch;
  /** As the vault has it. */
  record: AnchoredRecord;
  proof: readonly Hex[];
  /** The chain's latest block. */
  at: Moment;
}

/**
 * Asks the chain, at one block, whether a record may be handed to a wallet in an emergency: the wallet opened it and is still a
 * clinician of the same member, the record is ours, and the contract names no failed check (in force, members in standing, within what
 * was opened, not opted out of, neither destroyed nor superseded, nor past its retention). That the wallet is still a clinician the contract does not ask.
 *
 * @returns The key to seal to.
 * @throws RequesterError, EmergencyRefusedError, RecordNotHereError, GatewayAgentError, EncryptionKeyError if something forbids it.
 * @throws ChainUnavailableError if the chain cannot be reached.
 */
export async function checkEmergency(parameters: CheckEmergencyParameters): Promise<RegisteredKey> {
  const { suite, gateway, requester, fetch, record, at } = parameters;
  const { read } = emergencyAccessOf(suite);
  // The id is the hash over both, so that no wallet can name another's.
  if (emergencyId(requester, fetch.terms) !== fetch.emergency) {
    throw new RequesterError("it did not open this emergency by these terms");
  }
  // Asked at once, so that a transport that batches asks the node a single time; judged in their order below.
  const checked = later(checkDelivery(parameters));
  const key = later(readEncryptionKey(suite, requester, at));
  const [own, agent, { institution }] = await Promise.all([
    readAgent(suite, gateway, at.number),
    readAgent(suite, requester, at.number),
    askChain(() => read.emergency([fetch.emergency], { blockNumber: at.number })),
  ]);
  if (!own.isGateway) throw new GatewayAgentError(gateway);
  if (own.institution !== decodeRecordMeta(record.meta).custodian) throw new RecordNotHereError();
  const failed = await checked;
  if (failed !== 0n) throw refuseByChecks(EmergencyRefusedError, failed);
  if (!agent.isClinician || agent.institution !== institution) {
    throw new RequesterError("it is no clinician in standing of the member whose emergency this is");
  }
  return key;
}

/** Mask of the checks that keep the emergency from opening the record at the block. */
async function checkDelivery(parameters: CheckEmergencyParameters): Promise<bigint> {
  const { suite, requester, fetch, record, proof, at } = parameters;
  const { read } = emergencyAccessOf(suite);
  try {
    const options = { blockNumber: at.number };
    return await askChain(() => read.checkDelivery([requester, fetch.terms, fetch.batch, record, [...proof]], options));
  } catch (error) {
    if (!(error instanceof CallRevertedError)) throw error;
    throw refuseByRevert(EmergencyRefusedError, error);
  }
}

function emergencyAccessOf(suite: Suite) {
  return getContract({ address: addressOf(suite, "EmergencyAccess"), abi: abis.EmergencyAccess, client: suite.client });
}

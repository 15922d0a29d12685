import { getContract, isAddressEqual, zeroHash, type Address } from "viem";
import {
  abis,
  addressOf,
  askChain,
  CallRevertedError,
  consentId,
  decodePolicyWord,
  decodeRecordMeta,
  readEncryptionKey,
  type AnchoredRecord,
  type RegisteredKey,
  type Sensitivity,
  type Suite,
} from "@consilium/sdk";
import {
  ConsentParametersError,
  ConsentTermsError,
  GrantRefusedError,
  GatewayAgentError,
  RecordNotHereError,
  RequesterError,
} from "../errors.ts";
import type { Fetch } from "./Fetch.ts";
import { later } from "./later.ts";
import type { Moment } from "./latestBlock.ts";
import { readAgent } from "./readAgent.ts";
import { readRequester } from "./readRequester.ts";
import { refuseByChecks, refuseByRevert } from "./refuse.ts";

export interface CheckFetchParameters {
  suite: Suite;
  /** The gateway's own. */
  gateway: Address;
  /** Who signed in. */
  requester: Address;
  fetch: Fetch;
  /** As the vault has it. */
  record: AnchoredRecord;
  /** The chain's latest block. */
  at: Moment;
}

/**
 * Asks the chain, at one block, whether a record may be handed to a wallet under a grant: the grant is in force for it, the wallet sent
 * the request and is still an agent of its member, nobody is suspended, nothing is paused, and the record is ours.
 *
 * @returns The key to seal to.
 * @throws RequesterError, GrantRefusedError, RecordNotHereError, GatewayAgentError, EncryptionKeyError if something forbids it.
 * @throws ChainUnavailableError if the chain cannot be reached.
 */
export async function checkFetch(parameters: CheckFetchParameters): Promise<RegisteredKey> {
  const { suite, gateway, requester, fetch, record, at } = parameters;
  const { read } = brokerOf(suite);
  const options = { blockNumber: at.number };
  // Asked at once, so that a transport that batches asks the node a single time; judged in their order below.
  const checked = later(checkGrant(suite, fetch, record, at));
  const key = later(readEncryptionKey(suite, requester, at));
  const [own, agent, sender, grant, denials, [pausedUntil]] = await Promise.all([
    readAgent(suite, gateway, at.number),
    readAgent(suite, requester, at.number),
    fetch.decidedIn > at.number ? undefined : readRequester(suite, fetch.grant, fetch.decidedIn),
    askChain(() => read.grant([fetch.grant], options)),
    askChain(() => read.denials([requester], options)),
    askChain(() => read.pauseState(options)),
  ]);
  if (!own.isGateway) throw new GatewayAgentError(gateway);
  if (own.institution !== decodeRecordMeta(record.meta).custodian) throw new RecordNotHereError();
  if (sender === undefined || !isAddressEqual(sender, requester)) {
    throw new RequesterError("it did not send the request of this grant");
  }
  if (!agent.isRequester || agent.institution !== grant.institution) {
    throw new RequesterError("it is no agent in standing of the member that the grant is for");
  }
  if (denials.suspendedUntil > at.timestamp) throw new RequesterError("it is suspended for too many denied requests");
  if (pausedUntil > at.timestamp) throw new GrantRefusedError("access is paused", ["ACCESS_PAUSED"]);

  const failed = await checked;
  if (failed !== 0n) throw refuseByChecks(GrantRefusedError, failed);
  return key;
}

/**
 * The sensitivities that a grant's consent allows; none without a consent.
 *
 * @throws ConsentTermsError if the terms are not those whose hash the member names.
 * @throws ConsentParametersError if it has parameters, which nobody could keep to here.
 */
export function allowedSensitivities({ member, consent }: Fetch): readonly Sensitivity[] {
  if (member.consent === zeroHash) return [];
  if (consent === undefined || consentId(consent.terms) !== member.consent) throw new ConsentTermsError();
  if (consent.details.parameters !== zeroHash) throw new ConsentParametersError();
  return decodePolicyWord(consent.terms.policy).sensitivities;
}

/** Mask of the checks that keep the grant from being in force for the record at the block. */
export async function checkGrant(
  suite: Suite,
  { grant, member, proof }: Pick<Fetch, "grant" | "member" | "proof">,
  record: AnchoredRecord,
  at: Moment,
): Promise<bigint> {
  try {
    const options = { blockNumber: at.number };
    return await askChain(() => brokerOf(suite).read.checkGrant([grant, member, proof, record], options));
  } catch (error) {
    if (!(error instanceof CallRevertedError)) throw error;
    throw refuseByRevert(GrantRefusedError, error);
  }
}

function brokerOf(suite: Suite) {
  return getContract({ address: addressOf(suite, "AccessBroker"), abi: abis.AccessBroker, client: suite.client });
}

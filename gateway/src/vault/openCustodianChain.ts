import { abis, addressOf, askChain, WalletMissingError, type Suite } from "@consilium/sdk";
import { GatewayAgentError } from "../errors.ts";
import { openRecordChain, type OpenRecordChainParameters } from "./openRecordChain.ts";
import type { RecordChain } from "./RecordChain.ts";

/**
 * The RecordRegistry as `openRecordChain` opens it, for the custodian whose agent the suite's wallet is, or was: destruction goes on
 * while a custodian is suspended.
 *
 * @throws WalletMissingError if the suite was opened without a wallet.
 * @throws GatewayAgentError if the wallet never was anybody's agent.
 * @throws ChainUnavailableError if the chain does not answer.
 */
export async function openCustodianChain({
  suite,
  send,
}: {
  suite: Suite;
  send?: OpenRecordChainParameters["send"];
}): Promise<RecordChain> {
  if (suite.wallet === undefined) throw new WalletMissingError();
  const { address } = suite.wallet.account;
  const { institution } = await askChain(() =>
    suite.client.readContract({
      address: addressOf(suite, "InstitutionRegistry"),
      abi: abis.InstitutionRegistry,
      functionName: "agent",
      args: [address],
    }),
  );
  if (institution === 0) throw new GatewayAgentError(address);
  return openRecordChain({ suite, custodian: institution, send });
}

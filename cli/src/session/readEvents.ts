import type { Abi, ContractEventArgs, ContractEventName, GetContractEventsReturnType } from "viem";
import { abis, addressOf } from "@consilium/sdk";
import type { ContractName } from "@consilium/sdk";
import type { Session } from "./Session.ts";

/** All events by a contract, of one name or of any, oldest first, asked for in pieces that nodes allow. */
export async function readEvents<
  name extends ContractName,
  event extends ContractEventName<(typeof abis)[name]> | undefined = undefined,
>(
  session: Session,
  contract: name,
  eventName?: event,
  args?: event extends ContractEventName<(typeof abis)[name]> ? ContractEventArgs<(typeof abis)[name], event> : never,
): Promise<GetContractEventsReturnType<(typeof abis)[name], event, true>> {
  const suite = await session.suite();
  const last = await suite.client.getBlockNumber();
  const range = session.logRange();
  const abi: Abi = abis[contract];
  const events: unknown[] = [];
  for (let from = suite.firstBlock; from <= last; from += range) {
    const to = from + range - 1n;
    events.push(
      ...(await suite.client.getContractEvents({
        address: addressOf(suite, contract),
        abi,
        ...(eventName !== undefined && { eventName, args: args as never }),
        fromBlock: from,
        toBlock: to < last ? to : last,
        strict: true,
      })),
    );
  }
  return events as GetContractEventsReturnType<(typeof abis)[name], event, true>;
}

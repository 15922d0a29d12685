import { parseEventLogs, slice } from "viem";
import type { Address, Hex } from "viem";
import { abis, addressOf, callOf, encodeCall, randomSalt } from "@consilium/sdk";
import type { Call, Suite } from "@consilium/sdk";
import type { Outcome, Session } from "./Session.ts";

/** Contracts of the working groups, in the order of the contracts' Group. */
export const GROUP_CONTRACTS = ["StandardsGroup", "TechnologyGroup", "EthicsGroup", "SupervisionGroup"] as const;

export type GroupContract = (typeof GROUP_CONTRACTS)[number];

export type SentByRole = Outcome & {
  /** The group's action that still needs approvals; undefined if the wallet itself may make the call. */
  proposed: { group: GroupContract; action: Hex | undefined } | undefined;
};

/**
 * Makes a call that needs a role: directly if the wallet holds it, else as a proposal to the working group that holds it and in which the
 * wallet has a seat. Whoever has neither meets the contract's refusal.
 */
export async function sendByRole(session: Session, what: string, call: Call): Promise<SentByRole> {
  const suite = await session.suite();
  const { address } = await session.key();
  const target = addressOf(suite, call.contract);
  const data = encodeCall(call);
  const may = (caller: Address): Promise<boolean> => mayCall(suite, { caller, target, selector: slice(data, 0, 4) });

  const group = (await may(address)) ? undefined : await findGroup(suite, address, may);
  if (group === undefined) return { ...(await session.send(what, call)), proposed: undefined };

  const outcome = await session.send(
    `Propose to the ${group}: ${what}`,
    callOf(group, "propose", [target, data, randomSalt()]),
  );
  const [event] = parseEventLogs({ abi: abis[group], eventName: "ActionProposed", logs: outcome.receipt?.logs ?? [] });
  return { ...outcome, proposed: { group, action: event?.args.action } };
}

/** What a person is told after `sendByRole`. */
export function toldOf({ proposed }: SentByRole, done: string): string {
  if (proposed === undefined) return done;
  return `Proposed to the ${proposed.group} as action ${proposed.action}.\nAnother seat approves it by: consilium action approve ${proposed.action}\nThen anyone has it done by: consilium action execute ${proposed.action}`;
}

async function mayCall(
  suite: Suite,
  { caller, target, selector }: { caller: Address; target: Address; selector: Hex },
): Promise<boolean> {
  const [immediate] = await suite.client.readContract({
    address: addressOf(suite, "AccessManager"),
    abi: abis.AccessManager,
    functionName: "canCall",
    args: [caller, target, selector],
  });
  return immediate;
}

async function findGroup(
  suite: Suite,
  wallet: Address,
  may: (caller: Address) => Promise<boolean>,
): Promise<GroupContract | undefined> {
  for (const [number, group] of GROUP_CONTRACTS.entries()) {
    const seated = await suite.client.readContract({
      address: addressOf(suite, "CommitteeSeats"),
      abi: abis.CommitteeSeats,
      functionName: "isSeated",
      args: [wallet, number],
    });
    if (seated && (await may(addressOf(suite, group)))) return group;
  }
  return undefined;
}

import type { Command } from "commander";
import type { Hex } from "viem";
import { abis, addressOf, callOf } from "@consilium/sdk";
import { describeCalls } from "../describeCalls.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "../Io.ts";
import { parseHash } from "../parse/parsers.ts";
import { day } from "../print/day.ts";
import { table } from "../print/table.ts";
import { readEvents } from "../session/readEvents.ts";
import { GROUP_CONTRACTS, type GroupContract } from "../session/sendByRole.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";

/** What working groups were asked to do. */
export function addActionCommands(program: Command, io: Io): void {
  const action = program.command("action").description("what working groups were asked to do");

  act(action.command("list").description("lists actions that wait for approvals or execution"), io, async (session) => {
    const actions = (await readActions(session)).filter(({ executed, until }) => !executed && until !== 0);
    session.print({
      data: { actions },
      text: table(
        ["Action", "Group", "Call", "Approvals", "Until (UTC)"],
        actions.map(({ id, group, would, approvals, needed, until }) => {
          return [id, group, would, `${approvals} of ${needed}`, day(until)];
        }),
      ),
    });
  });

  const approve = action.command("approve").description("approves an action by your seat");
  act(approve.argument("<action>", "id", parseHash), io, async (session, _options, id) => {
    const { group, would } = await findAction(session, id as Hex);
    session.io.note(`It would call ${would}`);
    await session.send(`Approve the ${group}'s action ${id}`, callOf(group, "approve", [id as Hex]));
    session.report({
      data: { action: id, group },
      text: `Approved. Once a majority has: consilium action execute ${id}`,
    });
  });

  const execute = action.command("execute").description("has done what a majority of a group approved");
  act(execute.argument("<action>", "id", parseHash), io, async (session, _options, id) => {
    const { group, target, data, salt, would } = await findAction(session, id as Hex);
    session.io.note(`It would call ${would}`);
    const call = callOf(group, "execute", [target, data, salt]);
    const { receipt } = await session.send(`Execute the ${group}'s action ${id}`, call);
    session.report({ data: { action: id, group, transaction: receipt?.transactionHash }, text: "Done." });
  });
}

async function readActions(session: Session) {
  const suite = await session.suite();
  const perGroup = GROUP_CONTRACTS.map(async (group: GroupContract) => {
    // The four groups have one ABI.
    const events = await readEvents(session, group as "TechnologyGroup", "ActionProposed");
    return Promise.all(
      events.map(async ({ args: { action: id, target, data, salt } }) => {
        const [approvals, needed, until, executed] = await suite.client.readContract({
          address: addressOf(suite, group),
          abi: abis.TechnologyGroup,
          functionName: "actionState",
          args: [id],
        });
        const { call, text: would } = describeCalls(suite, { targets: [target], values: [0n], calldatas: [data] })[0]!;
        return { id, group, target, data, salt, call, would, approvals, needed, until, executed };
      }),
    );
  });
  return (await Promise.all(perGroup)).flat();
}

async function findAction(session: Session, id: Hex) {
  const found = (await readActions(session)).find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new UsageError(`No group has an action ${id}.`, { mend: "See `consilium action list`." });
}

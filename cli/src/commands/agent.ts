import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { Address } from "viem";
import { AGENT_ROLES, callOf, type AgentRole } from "@consilium/sdk";
import type { Io } from "../Io.ts";
import { parseAddress, parseCount, parseTime, timeOf, type TimeText } from "../parse/parsers.ts";
import { day } from "../print/day.ts";
import { table } from "../print/table.ts";
import { readAgent } from "../session/readAgent.ts";
import { readEvents } from "../session/readEvents.ts";
import { sendByRole, toldOf } from "../session/sendByRole.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";

/** The roles that the consortium alone appoints to. */
const OFFICIAL = AGENT_ROLES.ethicsReviewer | AGENT_ROLES.legalReviewer | AGENT_ROLES.supervisor;

type AddOptions = { role: number; until: TimeText; from?: TimeText; of?: number };

/** The wallets that act for members. */
export function addAgentCommands(program: Command, io: Io): void {
  const agent = program.command("agent").description("the wallets that act for members");

  act<{ of?: number }>(
    agent.command("list").description("lists agents").option("--of <member>", "of this member only", parseCount),
    io,
    async (session, { of }) => {
      const agents = (await readAgents(session)).filter(({ institution }) => of === undefined || institution === of);
      session.print({
        data: { agents },
        text: table(
          ["Wallet", "Member", "Roles", "From", "Until"],
          agents.map(({ wallet, institution, roles, validFrom, validUntil }) => {
            return [wallet, institution, roles.join(", "), day(validFrom), day(validUntil)];
          }),
        ),
      });
    },
  );

  act<AddOptions>(
    agent
      .command("add")
      .description("lets a wallet act for a member; reviewers and supervisors are appointed by the consortium")
      .argument("<wallet>", "address", parseAddress)
      .requiredOption("--role <role>", `one or several of ${Object.keys(AGENT_ROLES).join(", ")}`, parseRoles)
      .requiredOption("--until <time>", "end: a day, or a period from now", parseTime)
      .option("--from <time>", "start; now unless said", parseTime)
      .option("--of <member>", "appoint for this member, as the operator; otherwise for the signer's own", parseCount),
    io,
    async (session, { role, until, from, of }, wallet) => {
      const now = await session.now();
      const terms = [
        wallet as Address,
        role,
        from === undefined ? now : timeOf(from, now),
        timeOf(until, now),
      ] as const;
      const what = `Let ${wallet} act as ${namesOf(role).join(", ")}`;
      const official = of !== undefined || (role & OFFICIAL) !== 0;
      const sent = official
        ? await sendByRole(
            session,
            what,
            callOf("InstitutionRegistry", "appointAgent", [of ?? (await ownMember(session)), ...terms]),
          )
        : { ...(await session.send(what, callOf("InstitutionRegistry", "addAgent", [...terms]))), proposed: undefined };
      const { receipt, proposed } = sent;
      session.report({
        data: { wallet, roles: namesOf(role), until: terms[3], proposed, transaction: receipt?.transactionHash },
        text: toldOf(sent, `${wallet} is ${namesOf(role).join(", ")} until ${day(terms[3])}.`),
      });
    },
  );

  act<{ dismiss?: boolean }>(
    agent
      .command("revoke")
      .description("ends what a wallet may do for its member")
      .argument("<wallet>", "address", parseAddress)
      .option("--dismiss", "as the operator, whatever its member says"),
    io,
    async (session, { dismiss }, wallet) => {
      const what = `End ${wallet}'s roles`;
      const sent = dismiss
        ? await sendByRole(session, what, callOf("InstitutionRegistry", "dismissAgent", [wallet as Address]))
        : {
            ...(await session.send(what, callOf("InstitutionRegistry", "revokeAgent", [wallet as Address]))),
            proposed: undefined,
          };
      const { receipt, proposed } = sent;
      session.report({
        data: { wallet, proposed, transaction: receipt?.transactionHash },
        text: toldOf(sent, `${wallet} acts for nobody any more.`),
      });
    },
  );
}

function parseRoles(text: string, before = 0): number {
  const bits = text
    .split(",")
    .map((name) => (Object.hasOwn(AGENT_ROLES, name) ? AGENT_ROLES[name as AgentRole] : undefined));
  if (bits.includes(undefined)) throw new InvalidArgumentError(`Known roles: ${Object.keys(AGENT_ROLES).join(", ")}.`);
  return bits.reduce<number>((mask, bit) => mask | bit!, before);
}

function namesOf(mask: number): string[] {
  return Object.entries(AGENT_ROLES).flatMap(([name, bit]) => ((mask & bit) === 0 ? [] : [name]));
}

async function ownMember(session: Session): Promise<number> {
  const { address } = await session.key();
  return (await readAgent(session, address)).institution;
}

async function readAgents(session: Session) {
  const added = await readEvents(session, "InstitutionRegistry", "AgentAdded");
  const wallets = [...new Set(added.map(({ args }) => args.wallet))];
  const agents = await Promise.all(
    wallets.map(async (wallet) => {
      const { institution, roles, validFrom, validUntil } = await readAgent(session, wallet);
      return { wallet, institution, roles: namesOf(roles), validFrom, validUntil };
    }),
  );
  const now = await session.now();
  return agents.filter(({ roles, validUntil }) => roles.length > 0 && validUntil > now);
}

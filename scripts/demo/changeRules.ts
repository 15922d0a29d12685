import type { Hex } from "viem";
import { commitDocument, createProposal, randomSalt } from "@consilium/sdk";
import { call, FREE, type Call, type World } from "./World.ts";

const FOR = 1;
const DAY = 86_400;

/**
 * The members vote that no grant runs longer than half a year, and on what else is proposed with it. Days pass on the chain while they
 * do. Returns the version of the rules in force after it.
 */
export async function changeRules(world: World, ...more: Call[]): Promise<number> {
  const { connection, contracts, wallets, book } = world;
  const { broker, governor } = contracts;
  const { ethers } = connection;
  const { northAdmin, instituteAdmin, regulatorAdmin, relayer } = wallets;

  const [rules, ...registries] = book.contracts["RuleSet"]!.arguments as [object, ...string[]];
  const shorter = { ...rules, maxGrantDuration: 182 * DAY };
  const factory = await ethers.getContractFactory("RuleSet", relayer);
  const creation = await factory.getDeployTransaction(
    shorter as never,
    ...(registries as [string, string, string, string]),
  );
  const [receipt] = await world.send(() => relayer.sendTransaction({ ...creation, ...FREE }));
  const change = call(broker, "setRuleSet", [receipt!.contractAddress]);

  const calls = await Promise.all(
    [change, ...more].map(async ({ target, data }) => ({
      target: (await target.getAddress()) as Hex,
      data: data as Hex,
    })),
  );
  const { targets, values, calldatas, description } = createProposal({
    calls,
    textHash: commitDocument("No grant shall run longer than half a year.", randomSalt()),
    proposer: northAdmin.address as Hex,
  });
  const proposed: [string[], bigint[], string[]] = [[...targets], [...values], [...calldatas]];
  const rest = [...proposed, ethers.id(description)] as const;
  await world.send(() => governor.connect(northAdmin).propose(...proposed, description, FREE));
  const id = await governor.getProposalId(...rest);

  await world.elapse(Number(await governor.votingDelay()) + 1);
  await world.send(
    ...[northAdmin, instituteAdmin, regulatorAdmin].map((seat) => () => governor.connect(seat).castVote(id, FOR, FREE)),
  );
  await world.elapse(Number(await governor.votingPeriod()) + 1);
  await world.send(() => governor.connect(relayer).queue(...rest, FREE));
  await world.elapse(Number(await governor.proposalEta(id)) - (await world.now()));
  await world.send(() => governor.connect(relayer).execute(...rest, FREE));
  return Number((await broker.ruleSet()).version);
}

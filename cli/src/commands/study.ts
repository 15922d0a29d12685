import type { Command } from "commander";
import { Option } from "commander";
import { parseEventLogs, zeroHash } from "viem";
import type { Hex } from "viem";
import { abis, addressOf, callOf, categoryMask, studyId } from "@consilium/sdk";
import { UsageError } from "../errors.ts";
import type { Io } from "../Io.ts";
import { keepDocument } from "../keepDocument.ts";
import { keepFile } from "../keepFile.ts";
import { categoriesOf } from "../parse/categories.ts";
import { collect, parseCount, parseHash, parseTime, timeOf, type TimeText } from "../parse/parsers.ts";
import { addPolicyOptions, policyOf, type PolicyOptions } from "../parse/policyOptions.ts";
import { day } from "../print/day.ts";
import { table } from "../print/table.ts";
import { readAgent } from "../session/readAgent.ts";
import { readEvents } from "../session/readEvents.ts";
import { act } from "./act.ts";

/** The contracts' enums. */
const KINDS = { ethics: 0, legal: 1 } as const;
const VERDICTS = { approve: 1, reject: 2, exempt: 3 } as const;
const VERDICT_NAMES = ["none", "approved", "rejected", "exempt"];

type RegisterOptions = PolicyOptions & {
  protocol: string;
  core?: string[];
  cap: number;
  sandbox?: boolean;
  filing?: Hex;
  collaborator?: string[];
};
type ReviewOptions = { as: keyof typeof KINDS; verdict: keyof typeof VERDICTS; until: TimeText; reason: string };

/** Studies and their dual review. */
export function addStudyCommands(program: Command, io: Io): void {
  const study = program.command("study").description("studies and their review");

  const register = study
    .command("register")
    .description("registers a study; its scope by the policy options, its protocol by a salted hash")
    .requiredOption("--protocol <file>", "the protocol, JSON or text; it stays here, its salted hash goes on the chain")
    .option("--core <category>", "category of level 3 that the study may use; several times", collect)
    .option("--cap <number>", "most patients; 0: without", parseCount, 0)
    .option("--sandbox", "a trial run within the sandbox's limits")
    .option("--filing <hash>", "hash of a filing that the law asks for", parseHash)
    .option("--collaborator <member>", "id of another member that takes part; several times", collect);
  act<RegisterOptions>(addPolicyOptions(register, false), io, async (session, options) => {
    const { address } = await session.key();
    const { hash: protocolHash } = keepFile(session, options.protocol);
    const scope = policyOf(options, await session.now());
    const { receipt, result } = await session.send(
      "Register the study",
      callOf("StudyRegistry", "register", [
        {
          protocolHash,
          scope,
          coreCategories: categoryMask(categoriesOf(options.core ?? [])),
          subjectCap: options.cap,
          sandbox: options.sandbox ?? false,
          filingHash: options.filing ?? zeroHash,
          collaborators: (options.collaborator ?? []).map(Number),
          diseaseCodes: options.disease ?? [],
        },
      ]),
    );
    const [event] = parseEventLogs({
      abi: abis.StudyRegistry,
      eventName: "StudyRegistered",
      logs: receipt?.logs ?? [],
    });
    const { institution } = await readAgent(session, address);
    const id = event?.args.study ?? (result as Hex | undefined) ?? studyId(institution, protocolHash);
    session.report({
      data: { study: id, version: 1, protocolHash, transaction: receipt?.transactionHash },
      text: `Study ${id}\nIt may ask for data once an ethics and a legal reviewer have approved it.`,
    });
  });

  act<ReviewOptions>(
    study
      .command("review")
      .description("gives an ethics or a legal verdict on a study")
      .argument("<study>", "id", parseHash)
      .addOption(new Option("--as <kind>", "which review").choices(Object.keys(KINDS)).makeOptionMandatory())
      .addOption(
        new Option("--verdict <verdict>", "what you find").choices(Object.keys(VERDICTS)).makeOptionMandatory(),
      )
      .requiredOption("--until <time>", "how long it holds: a day, or a period from now", parseTime)
      .requiredOption("--reason <text>", "why, in words; its salted hash goes on the chain"),
    io,
    async (session, { as, verdict, until, reason }, text) => {
      const id = text as Hex;
      const { version } = await readStudy(session, id);
      const end = timeOf(until, await session.now());
      const { receipt } = await session.send(
        `Review study ${id}: ${verdict}, as ${as}`,
        callOf("StudyRegistry", "review", [
          id,
          version,
          KINDS[as],
          VERDICTS[verdict],
          end,
          keepDocument(session, reason),
        ]),
      );
      session.report({
        data: { study: id, version, review: as, verdict, until: end, transaction: receipt?.transactionHash },
        text: `The ${as} review of version ${version} says: ${verdict}, until ${day(end)}.`,
      });
    },
  );

  act(study.command("list").description("lists studies and their reviews"), io, async (session) => {
    const registered = await readEvents(session, "StudyRegistry", "StudyRegistered");
    const ids = [...new Set(registered.map(({ args }) => args.study))];
    const studies = await Promise.all(
      ids.map(async (id) => {
        const { sponsor, version, closed } = await readStudy(session, id);
        return {
          id,
          sponsor,
          version,
          closed,
          ethics: await readReview(session, id, "ethics"),
          legal: await readReview(session, id, "legal"),
        };
      }),
    );
    session.print({
      data: { studies },
      text: table(
        ["Study", "Sponsor", "Version", "Ethics", "Legal"],
        studies.map(({ id, sponsor, version, ethics, legal, closed }) => {
          return [closed ? `${id}\nclosed` : id, sponsor, version, ethics.verdict, legal.verdict];
        }),
      ),
    });
  });
}

type ActSession = Parameters<Parameters<typeof act>[2]>[0];

async function readStudy(session: ActSession, id: Hex) {
  const suite = await session.suite();
  const found = await suite.client.readContract({
    address: addressOf(suite, "StudyRegistry"),
    abi: abis.StudyRegistry,
    functionName: "study",
    args: [id],
  });
  if (found.version !== 0) return found;
  throw new UsageError(`There is no study ${id}.`, { mend: "See `consilium study list`." });
}

async function readReview(session: ActSession, id: Hex, kind: keyof typeof KINDS) {
  const suite = await session.suite();
  const { verdict, validUntil } = await suite.client.readContract({
    address: addressOf(suite, "StudyRegistry"),
    abi: abis.StudyRegistry,
    functionName: "reviewOf",
    args: [id, KINDS[kind]],
  });
  return { verdict: VERDICT_NAMES[verdict]!, validUntil };
}

import type { Command } from "commander";
import { Option } from "commander";
import { zeroHash } from "viem";
import type { Address, Hex } from "viem";
import { abis, addressOf, callOf } from "@consilium/sdk";
import { hashOrDocument } from "../hashOrDocument.ts";
import type { Io } from "../Io.ts";
import { parseAddress, parseHash } from "../parse/parsers.ts";
import { addShareOptions, sharesOf, type ShareOptions, type Shares } from "../parse/shareOptions.ts";
import { day } from "../print/day.ts";
import { table } from "../print/table.ts";
import { readAgreement } from "../readAgreement.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";
import { addDepositCommand } from "./deposit.ts";
import { addRevenueClaimCommands } from "./revenueClaims.ts";
import { addStatementCommand } from "./statement.ts";

/** The contracts' UnitRule. */
const UNITS = { record: 0, patient: 1, category: 2 } as const;

type OpenOptions = ShareOptions & { token: Address; unit: keyof typeof UNITS; product?: string };

/** Agreements on a study's revenue, and what is paid in and out by them; patients are paid by `claim`. */
export function addRevenueCommands(program: Command, io: Io): void {
  const revenue = program.command("revenue").description("a study's revenue, and who has a share in it");

  const open = revenue
    .command("open")
    .description("opens the agreement of a study, or of a product of it, as the study's sponsor")
    .argument("<study>", "id", parseHash)
    .requiredOption("--token <address>", "in which is paid, for ever", parseAddress)
    .addOption(
      new Option(
        "--unit <unit>",
        "record, patient or category: what the patients' share is divided by, for ever; record unless said",
      )
        .choices(Object.keys(UNITS))
        .default("record"),
    )
    .option("--product <file or hash>", "the product's description, which stays here, or its salted hash");
  act<OpenOptions>(addShareOptions(open), io, async (session, { token, unit, product, ...options }, text) => {
    const study = text as Hex;
    const shares = await chooseShares(session, options);
    const productHash = product === undefined ? zeroHash : hashOrDocument(session, product);
    const { receipt, result } = await session.send(
      `Open the agreement of study ${study}`,
      callOf("RevenueSplitter", "openAgreement", [study, productHash, token, UNITS[unit], shares]),
    );
    const agreement = result as Hex;
    session.report({
      data: { agreement, study, productHash, token, unit, shares, transaction: receipt?.transactionHash },
      text: `Agreement ${agreement}\n${tableOf(shares)}`,
    });
  });

  const propose = revenue
    .command("propose")
    .description("proposes other shares for what is deposited once the consortium's delay is over, as the sponsor")
    .argument("<agreement>", "id", parseHash);
  act<ShareOptions>(addShareOptions(propose), io, async (session, options, text) => {
    const agreement = text as Hex;
    const shares = await chooseShares(session, options);
    const { receipt } = await session.send(
      `Propose other shares of agreement ${agreement}`,
      callOf("RevenueSplitter", "proposeShares", [agreement, shares]),
    );
    const { nextEpochAt: startsAt } = await readAgreement(session, agreement);
    session.report({
      data: { agreement, shares, startsAt, transaction: receipt?.transactionHash },
      text: `They hold for deposits from ${day(startsAt)} on.\n${tableOf(shares)}`,
    });
  });

  addDepositCommand(revenue, io);
  addRevenueClaimCommands(revenue, io);
  addStatementCommand(revenue, io);
}

/** What was named, completed by the rules in force. */
async function chooseShares(session: Session, options: ShareOptions): Promise<Shares> {
  const suite = await session.suite();
  const rules = await suite.client.readContract({
    address: addressOf(suite, "RevenueSplitter"),
    abi: abis.RevenueSplitter,
    functionName: "shareRules",
  });
  return sharesOf(options, rules);
}

function tableOf({ patients, fund, custodians, payees }: Shares): string {
  const rows = [
    ["patients", patients],
    ["patient health fund", fund],
    ["custodians", custodians],
    ...payees.map(({ institution, share }) => [`member ${institution}`, share]),
  ] as [string, number][];
  return table(
    ["For", "Share"],
    rows.map(([who, share]) => [who, `${share / 100} %`]),
  );
}

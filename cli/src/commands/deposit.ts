import type { Command } from "commander";
import { erc20Abi, parseEventLogs } from "viem";
import type { Address, Hex } from "viem";
import { abis, addressOf, approveCall, callOf } from "@consilium/sdk";
import type { Call } from "@consilium/sdk";
import { UsageError } from "../errors.ts";
import { hashOrDocument } from "../hashOrDocument.ts";
import type { Io } from "../Io.ts";
import { parseHash, parseUnits } from "../parse/parsers.ts";
import { readAgreement } from "../readAgreement.ts";
import { refusalOf } from "../session/refusalOf.ts";
import type { Session } from "../session/Session.ts";
import { signPermit } from "../signPermit.ts";
import { act } from "./act.ts";

type DepositOptions = { amount: bigint; reference: string; permit?: boolean };
type Deposit = { agreement: Hex; token: Address; amount: bigint; referenceHash: Hex };

export function addDepositCommand(revenue: Command, io: Io): void {
  const deposit = revenue
    .command("deposit")
    .description("pays revenue in; approves exactly the amount before, where less is approved yet")
    .argument("<agreement>", "id", parseHash)
    .requiredOption("--amount <units>", "smallest units of the agreement's token", parseUnits)
    .requiredOption("--reference <file or hash>", "the invoice, which stays here, or its salted hash")
    .option("--permit", "approve by a signature in the same transaction, if the token takes ERC-2612 permits");
  act<DepositOptions>(deposit, io, async (session, { amount, reference, permit = false }, text) => {
    const agreement = text as Hex;
    const { token } = await readAgreement(session, agreement);
    await requireBalance(session, token, amount);
    const paying = { agreement, token, amount, referenceHash: hashOrDocument(session, reference) };
    const call = permit ? await permitted(session, paying) : await approved(session, paying);
    const receipt =
      call === undefined
        ? undefined
        : (await session.send(`Pay ${amount} units of ${token} in under agreement ${agreement}`, call)).receipt;
    const [event] = parseEventLogs({
      abi: abis.RevenueSplitter,
      eventName: "RevenueDeposited",
      logs: receipt?.logs ?? [],
    });
    session.report({
      data: { ...paying, ...event?.args, transaction: receipt?.transactionHash },
      text: `Paid in ${event?.args.amount}: ${event?.args.patientAmount} for patients, ${event?.args.fundAmount} for the fund, ${event?.args.custodianAmount} for custodians.\nReference ${paying.referenceHash}`,
    });
  });
}

/** Nothing is approved for a deposit that cannot be made. */
async function requireBalance(session: Session, token: Address, amount: bigint): Promise<void> {
  const { address } = await session.key();
  const { client } = await session.suite();
  const balance = await client.readContract({
    address: token,
    abi: erc20Abi,
    functionName: "balanceOf",
    args: [address],
  });
  if (balance >= amount) return;
  throw new UsageError(`${address} has ${balance} units of ${token}, less than ${amount}.`, {
    mend: "Pay in less, or get more of the token first.",
  });
}

/** The deposit, once the amount is approved; undefined in a dry run that shows the approval alone. */
async function approved(session: Session, paying: Deposit): Promise<Call | undefined> {
  const { agreement, token, amount, referenceHash } = paying;
  const call = callOf("RevenueSplitter", "deposit", [agreement, amount, referenceHash]);
  const suite = await session.suite();
  const allowance = await suite.client.readContract({
    address: token,
    abi: erc20Abi,
    functionName: "allowance",
    args: [(await session.key()).address, addressOf(suite, "RevenueSplitter")],
  });
  if (allowance >= amount) return call;
  // The splitter looks for payees before it asks the token.
  const refusal = await refusalOf(session, call);
  if (refusal?.error === "NobodyEnrolled") throw refusal;
  await session.send(`Let the RevenueSplitter take ${amount} units of ${token}`, approveCall(suite, { token, amount }));
  if (!session.settings.dryRun) return call;
  session.io.note("The deposit follows once this is approved; it can be tried then.");
  return undefined;
}

async function permitted(session: Session, paying: Deposit): Promise<Call> {
  const { agreement, token, amount, referenceHash } = paying;
  if (session.settings.dryRun) {
    throw new UsageError("A dry run signs nothing, and the deposit needs the permit.", {
      mend: "Try it without --permit, which shows the approval, or run it without --dry-run.",
    });
  }
  const spender = addressOf(await session.suite(), "RevenueSplitter");
  await session.requireYes(`Permit the RevenueSplitter to take ${amount} units of ${token}`);
  const { deadline, v, r, s } = await signPermit(session, { token, spender, amount });
  return callOf("RevenueSplitter", "depositWithPermit", [agreement, amount, referenceHash, deadline, v, r, s]);
}

import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { UsageError } from "../errors.ts";

const WHOLE = 10_000;

export type Payee = { institution: number; share: number };

/** Shares of an agreement, basis points. */
export type Shares = { patients: number; fund: number; custodians: number; payees: Payee[] };

export type ShareOptions = Partial<Omit<Shares, "payees">> & { payee?: Payee[] };

/** Options by which a sponsor says how revenue is shared out. */
export function addShareOptions(command: Command): Command {
  return command
    .option("--patients <basis points>", "of 10,000; the consortium's default unless said", parseShare)
    .option("--fund <basis points>", "the patient health fund's; the consortium's default unless said", parseShare)
    .option("--custodians <basis points>", "by deliveries; the consortium's default unless said", parseShare)
    .option("--payee <member=basis points>", "a processor's, by the member's id; several times", collectPayee);
}

/**
 * The shares that were named, the others by the consortium's default.
 *
 * @throws UsageError if they do not sum to 10,000.
 */
export function sharesOf({ payee = [], ...named }: ShareOptions, byDefault: Omit<Shares, "payees">): Shares {
  const { patients = byDefault.patients, fund = byDefault.fund, custodians = byDefault.custodians } = named;
  // The contract takes them in this order.
  const payees = payee.toSorted((one, other) => one.institution - other.institution);
  const sum = payees.reduce((total, { share }) => total + share, patients + fund + custodians);
  if (sum === WHOLE) return { patients, fund, custodians, payees };
  const shown = `${patients} for patients, ${fund} for the fund, ${custodians} for custodians`;
  throw new UsageError(`The shares sum to ${sum} basis points, not to ${WHOLE}: ${shown}, the rest for processors.`, {
    mend:
      sum < WHOLE
        ? `Say who gets the other ${WHOLE - sum}, such as by --payee MEMBER=${WHOLE - sum}; see \`consilium member list\`.`
        : `Take ${sum - WHOLE} away.`,
  });
}

function parseShare(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= WHOLE) return Number(text);
  throw new InvalidArgumentError("It is no number of basis points: 0 to 10000.");
}

function collectPayee(text: string, before: Payee[] = []): Payee[] {
  const [, institution, share] = /^(\d{1,10})=(\d+)$/.exec(text) ?? [];
  if (share === undefined) throw new InvalidArgumentError("Give a member's id and its basis points, such as 3=1000.");
  return [...before, { institution: Number(institution), share: parseShare(share) }];
}

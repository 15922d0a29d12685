import type { Command } from "commander";
import { Argument, Option } from "commander";
import type { Address } from "viem";
import { abis, addressOf, callOf, VIOLATIONS, violationCode, type Call, type ViolationName } from "@consilium/sdk";
import type { Io } from "../Io.ts";
import { keepFile } from "../keepFile.ts";
import { parseAddress, parseCount, parsePeriod, parseUnits } from "../parse/parsers.ts";
import { propose } from "../propose.ts";
import { readCalls } from "../readCalls.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";

/** Names of the working groups, in the order of the contracts' Group. */
const GROUPS = ["standards", "technology", "ethics", "supervision"];

type Text = { text: string };
type Drawn = { what: string; calls: Call[] };

/** The usual changes of a consortium, and any other by a file of calls. */
export function addProposalCreateCommands(proposal: Command, io: Io): void {
  const create = proposal.command("create").description("proposes a change, as the holder of a seat");
  const change = (name: string, description: string): Command =>
    create
      .command(name)
      .description(description)
      .requiredOption("--text <file>", "what is proposed and why; its salted hash goes on the chain");
  const when = <options extends object>(
    command: Command,
    draw: (options: options, operand: string, session: Session) => Drawn | Promise<Drawn>,
  ): void => {
    act<options & Text>(command, io, async (session, options, operand) =>
      propose(session, { ...(await draw(options, operand, session)), text: options.text }),
    );
  };
  const group = (): Option => new Option("--group <name>", "working group").choices(GROUPS).makeOptionMandatory();

  when(
    change("rule-set", "proposes another rule set").argument("<address>", "of a deployed RuleSet", parseAddress),
    (_options, address) => ({
      what: `rule set ${address} decides on access`,
      calls: [callOf("AccessBroker", "setRuleSet", [address as Address])],
    }),
  );

  when<{ maxDenials: number; window: number; suspension: number }>(
    change("alerts", "proposes when repeated denials suspend a requester")
      .requiredOption("--max-denials <number>", "denials that raise the alert; 0: none does", parseCount)
      .requiredOption("--window <period>", "within such a time, such as 1h", parsePeriod)
      .requiredOption("--suspension <period>", "for how long the requester is refused, such as 1d", parsePeriod),
    ({ maxDenials, window, suspension }) => ({
      what: `${maxDenials} denials within ${window} s suspend a requester for ${suspension} s`,
      calls: [callOf("AccessBroker", "setAlertThresholds", [{ maxDenials, window, suspension }])],
    }),
  );

  when<{ suspension: number; bondShare: number }>(
    change("sanction", "proposes what a violation costs from then on")
      .addArgument(new Argument("<violation>", "its code").choices(VIOLATIONS))
      .requiredOption("--suspension <period>", "for how long a member is suspended, such as 90d; 0d: not", parsePeriod)
      .requiredOption("--bond-share <number>", "share of its bond, in basis points: 3000 is 30 %", parseCount),
    ({ suspension, bondShare }, violation) => ({
      what: `${violation} costs ${suspension / 86_400} days of suspension and ${bondShare / 100} % of the bond`,
      calls: [
        callOf("Supervision", "setSanction", [violationCode(violation as ViolationName), { suspension, bondShare }]),
      ],
    }),
  );

  when<{ default: number; max: number; review: number }>(
    change("emergency-rules", "proposes how long emergencies last, and by when they are reviewed")
      .requiredOption("--default <period>", "how long one lasts unless the clinician says", parsePeriod)
      .requiredOption("--max <period>", "how long one lasts at most; 72h at most", parsePeriod)
      .requiredOption("--review <period>", "from its opening to the review's deadline; 1h to 30d", parsePeriod),
    ({ default: defaultDuration, max: maxDuration, review: reviewWindow }) => ({
      what: `emergencies last ${defaultDuration / 3_600} h, ${maxDuration / 3_600} h at most, and are reviewed within ${reviewWindow / 3_600} h`,
      calls: [callOf("EmergencyAccess", "setEmergencyRules", [{ defaultDuration, maxDuration, reviewWindow }])],
    }),
  );

  when<{ appeal: number; decision: number }>(
    change("appeal-windows", "proposes by when to appeal, and to decide an appeal, from then on; 1d to 90d each")
      .requiredOption("--appeal <period>", "from a decision on", parsePeriod)
      .requiredOption("--decision <period>", "from an appeal on", parsePeriod),
    ({ appeal, decision }) => ({
      what: `decisions can be appealed for ${appeal / 86_400} days, and appeals be decided for ${decision / 86_400}`,
      calls: [callOf("Supervision", "setAppealWindows", [appeal, decision])],
    }),
  );

  when<{ to: Address; amount: bigint; purpose: string; token?: Address }>(
    change("spend", "proposes to spend from the patient health fund")
      .requiredOption("--to <address>", "who gets it", parseAddress)
      .requiredOption("--amount <units>", "units of the token", parseUnits)
      .requiredOption("--purpose <file>", "what for; its salted hash goes on the chain")
      .option("--token <address>", "another token than the settlement token", parseAddress),
    async ({ to, amount, purpose, token }, _operand, session) => {
      const paid = token ?? (await readSettlementToken(session));
      const { hash } = keepFile(session, purpose);
      return {
        what: `the fund pays ${amount} units of ${paid} to ${to}`,
        calls: [callOf("PatientHealthFund", "spend", [paid, to, amount, hash])],
      };
    },
  );

  when<{ group: string; holder: Address }>(
    change("grant-seat", "proposes to give a member its seat in a working group")
      .argument("<member>", "id", parseCount)
      .addOption(group())
      .requiredOption("--holder <wallet>", "the wallet that votes with it", parseAddress),
    ({ group: name, holder }, member) => ({
      what: `member ${member} has a seat in ${name}, held by ${holder}`,
      calls: [callOf("CommitteeSeats", "grantSeat", [Number(member), GROUPS.indexOf(name), holder])],
    }),
  );

  when<{ group: string }>(
    change("end-seat", "proposes to end a member's seat in a working group")
      .argument("<member>", "id", parseCount)
      .addOption(group()),
    ({ group: name }, member) => ({
      what: `the seat of member ${member} in ${name} ends`,
      calls: [callOf("CommitteeSeats", "endSeat", [Number(member), GROUPS.indexOf(name)])],
    }),
  );

  when(
    change(
      "calls",
      "proposes any calls, listed with contract, function and args in a JSON file; all of them work, or none",
    ).argument("<file>", 'JSON: [{"contract": "CommitteeSeats", "function": "endSeat", "args": [3, 1]}, …]'),
    (_options, file) => {
      const calls = readCalls(io, file);
      return { what: calls.map((call) => `${call.contract}.${call.functionName}`).join(", "), calls };
    },
  );
}

async function readSettlementToken(session: Session): Promise<Address> {
  const suite = await session.suite();
  return suite.client.readContract({
    address: addressOf(suite, "InstitutionRegistry"),
    abi: abis.InstitutionRegistry,
    functionName: "settlementToken",
  });
}

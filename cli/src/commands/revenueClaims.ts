import type { Command } from "commander";
import type { Address, Hex } from "viem";
import { callOf } from "@consilium/sdk";
import type { Call } from "@consilium/sdk";
import type { Io } from "../Io.ts";
import { parseAddress, parseHash } from "../parse/parsers.ts";
import { table } from "../print/table.ts";
import { readAgreement } from "../readAgreement.ts";
import { readUncounted } from "../readUncounted.ts";
import { readAgent } from "../session/readAgent.ts";
import { refusalOf } from "../session/refusalOf.ts";
import { act } from "./act.ts";

type Claimed = { what: string; transaction?: Hex | undefined };

/** Claims of the fund and of institutions; patients' are `claim`. */
export function addRevenueClaimCommands(revenue: Command, io: Io): void {
  act(
    revenue
      .command("claim-fund")
      .description("pays the patient health fund what an agreement owes it")
      .argument("<agreement>", "id", parseHash),
    io,
    async (session, _options, text) => {
      const agreement = text as Hex;
      const { receipt } = await session.send(
        `Pay the patient health fund its share by agreement ${agreement}`,
        callOf("RevenueSplitter", "claimFund", [agreement]),
      );
      session.report({ data: { agreement, transaction: receipt?.transactionHash }, text: "The fund is paid." });
    },
  );

  act<{ to?: Address }>(
    revenue
      .command("claim-institution")
      .description(
        "pays your institution what an agreement owes it, as its administrator; counts its deliveries for revenue to come",
      )
      .argument("<agreement>", "id", parseHash)
      .option("--to <address>", "where to; your own wallet unless said", parseAddress),
    io,
    async (session, options, text) => {
      const agreement = text as Hex;
      const { address } = await session.key();
      const { to = address } = options;
      const { epoch: last, study } = await readAgreement(session, agreement);
      const claims: Claimed[] = [];
      const claim = async (what: string, call: Call): Promise<void> => {
        const refusal = await refusalOf(session, call);
        if (refusal?.error === "NothingDue") return;
        if (refusal !== undefined) throw refusal;
        const { receipt } = await session.send(what, call);
        claims.push({ what, transaction: receipt?.transactionHash });
      };
      await claim("Claim the share for deliveries", callOf("RevenueSplitter", "claimCustodian", [agreement, to]));
      for (let epoch = 1; epoch <= last; ++epoch) {
        const call = callOf("RevenueSplitter", "claimInstitution", [agreement, epoch, to]);
        await claim(`Claim the share as a processor in epoch ${epoch}`, call);
      }
      const { institution } = await readAgent(session, address);
      for (const { grant, member } of await readUncounted(session, { agreement, study, institution })) {
        const call = callOf("RevenueSplitter", "countDelivery", [agreement, grant, member]);
        const what = `Count the delivery of ${member.record} for revenue to come`;
        const { receipt } = await session.send(what, call);
        claims.push({ what, transaction: receipt?.transactionHash });
      }
      session.report({
        data: { agreement, institution, to, claims },
        text:
          claims.length === 0
            ? `Nothing is due to member ${institution}, and all its deliveries are counted.`
            : table(
                ["Done", "Transaction"],
                claims.map(({ what, transaction }) => [what, transaction ?? ""]),
              ),
      });
    },
  );
}

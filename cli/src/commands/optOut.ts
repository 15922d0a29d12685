import type { Command } from "commander";
import type { Address } from "viem";
import { actNonce, callOf, categoryMask, relayCall, signOptOut } from "@consilium/sdk";
import { UsageError } from "../errors.ts";
import type { Io } from "../Io.ts";
import { categoriesOf, labelsOf } from "../parse/categories.ts";
import { collect, parseAddress } from "../parse/parsers.ts";
import { addSignOptions, type SignOptions } from "../parse/signOptions.ts";
import { signForRelay } from "../signForRelay.ts";
import { tellSigned } from "../tellSigned.ts";
import { act } from "./act.ts";

type OptOutOptions = SignOptions & { category?: string[]; none?: boolean; patient?: Address };

/** What a patient's side keeps closed to emergencies. */
export function addOptOutCommand(emergency: Command, io: Io): void {
  const optOut = emergency
    .command("opt-out")
    .description("keeps categories closed to emergencies, from that block on; replaces what was set before")
    .option("--category <name>", "kind of record, such as labs; several times or by commas", collect)
    .option("--none", "keep nothing closed any more")
    .option("--patient <did>", "another patient than the signer, such as a child", parseAddress);
  act<OptOutOptions>(
    addSignOptions(optOut),
    io,
    async (session, { category = [], none = false, sign, deadline, ...options }) => {
      if (none === category.length > 0) {
        throw new UsageError("It is not clear what to keep closed.", { mend: "Name categories, or --none." });
      }
      const closed = categoriesOf(category);
      const categories = categoryMask(closed);
      const patient = options.patient ?? (await session.key()).address;
      const what = none ? "Keep nothing closed to emergencies" : `Keep closed to emergencies: ${labelsOf(closed)}`;
      if (sign !== undefined) {
        const nonce = await actNonce(await session.suite(), "SetOptOut", patient);
        const signed = await signForRelay(session, {
          ...{ what, contract: "EmergencyAccess", file: sign, deadline },
          sign: async (wallet, form) =>
            relayCall("SetOptOut", await signOptOut(wallet, { ...form, patient, categories, nonce })),
        });
        return tellSigned(session, { data: { patient, closed }, file: sign, ...signed });
      }
      const { receipt } = await session.send(what, callOf("EmergencyAccess", "setOptOut", [patient, categories]));
      session.report({
        data: { patient, closed, block: receipt?.blockNumber, transaction: receipt?.transactionHash },
        text: none
          ? `From block ${receipt?.blockNumber} on nothing is closed to emergencies.`
          : `From block ${receipt?.blockNumber} on closed to emergencies: ${labelsOf(closed)}`,
      });
    },
  );
}

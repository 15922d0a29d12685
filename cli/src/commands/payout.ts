import type { Command } from "commander";
import { zeroAddress } from "viem";
import type { Address } from "viem";
import { actNonce, addressOf, callOf, relayCall, signPatientAct } from "@consilium/sdk";
import { UsageError } from "../errors.ts";
import type { Io } from "../Io.ts";
import { parseAddress } from "../parse/parsers.ts";
import { addSignOptions, type SignOptions } from "../parse/signOptions.ts";
import { signForRelay } from "../signForRelay.ts";
import { tellSigned } from "../tellSigned.ts";
import { act } from "./act.ts";

type PayoutOptions = SignOptions & { to?: Address; fund?: boolean; owner?: boolean; patient?: Address };

/** Where a patient's side wants revenue paid to. */
export function addPayoutCommand(program: Command, io: Io): void {
  const payout = program
    .command("payout")
    .description(
      "as the patient or the guardian, chooses where the patient's revenue goes from now on, whoever claims it",
    )
    .option("--to <address>", "a wallet; take one for each DID, since one for several would tie them", parseAddress)
    .option("--fund", "the patient health fund: all is donated that is claimed from then on")
    .option("--owner", "the owner of the DID again")
    .option("--patient <did>", "another patient than the signer, such as a child", parseAddress);
  act<PayoutOptions>(addSignOptions(payout), io, async (session, { fund, owner, sign, deadline, ...options }) => {
    if ([options.to, fund, owner].filter((choice) => choice !== undefined).length !== 1) {
      throw new UsageError("It is not clear where revenue shall go.", {
        mend: "Name one of --to, --fund and --owner.",
      });
    }
    const suite = await session.suite();
    const identity = options.patient ?? (await session.key()).address;
    const to = options.to ?? (fund ? addressOf(suite, "PatientHealthFund") : zeroAddress);
    const goal = owner ? "the owner of the DID" : fund ? "the patient health fund" : to;
    const what = `Have the revenue of ${identity} paid to ${goal}`;
    const data = { patient: identity, to: owner ? null : to };
    if (sign !== undefined) {
      const signed = await signForRelay(session, {
        ...{ what, contract: "PatientRegistry", file: sign, deadline },
        sign: async (wallet, { signer, ...form }) => {
          const nonce = await actNonce(suite, "PatientAct", signer);
          const message = { identity, to, nonce, deadline: form.deadline };
          const signature = await signPatientAct(wallet, { ...form, act: "SetPayout", message });
          return relayCall("SetPayout", { message, signer, signature });
        },
      });
      return tellSigned(session, { data, file: sign, ...signed });
    }
    const { receipt } = await session.send(what, callOf("PatientRegistry", "setPayout", [identity, to]));
    session.report({
      data: { ...data, block: receipt?.blockNumber, transaction: receipt?.transactionHash },
      text: `From block ${receipt?.blockNumber} on revenue goes to ${goal}.`,
    });
  });
}

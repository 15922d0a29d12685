import type { Command } from "commander";
import type { Address, Hex } from "viem";
import {
  explainPolicyWord,
  parseRelay,
  relayCall,
  signGiveConsent,
  signWithdrawAllConsents,
  signWithdrawConsent,
} from "@consilium/sdk";
import { drawUpConsent, type ConsentOptions } from "../drawUpConsent.ts";
import type { Io } from "../Io.ts";
import { addConsentOptions } from "../parse/consentOptions.ts";
import { parseTime, type TimeText } from "../parse/parsers.ts";
import { readEpoch } from "../readEpoch.ts";
import { readText } from "../readText.ts";
import type { Session } from "../session/Session.ts";
import { signForRelay } from "../signForRelay.ts";
import { tellSigned } from "../tellSigned.ts";
import { act } from "./act.ts";

/** Consents that one person signs and another sends, so that patients need no gas. */
export function addSigningCommands(consent: Command, io: Io): void {
  const sign = consent
    .command("sign")
    .description("signs a consent into a file that anyone sends by `consent relay`; needs no gas")
    .argument("<file>", "where the signed consent goes")
    .option("--deadline <time>", "until when it can be sent; 30 days unless said", parseTime);
  act<ConsentOptions & { deadline?: TimeText }>(addConsentOptions(sign), io, async (session, options, file) => {
    const { id, terms, details } = await drawUpConsent(session, options);
    const { policy, patient } = terms;
    const signed = await signForRelay(session, {
      what: "Give this consent",
      contract: "ConsentRegistry",
      file,
      deadline: options.deadline,
      sign: async (wallet, form) =>
        relayCall("GiveConsent", await signGiveConsent(wallet, { ...form, terms, details })),
    });
    const explanation = explainPolicyWord(policy, options.locale);
    tellSigned(session, { data: { consent: id, patient, policy, explanation }, file, ...signed });
  });

  act(
    consent
      .command("relay")
      .description("sends what another signed into a file, by any key and at its cost")
      .argument(
        "<file>",
        "of `consent sign`, `consent withdraw --sign`, `emergency opt-out --sign` or `case complain --sign`",
      ),
    io,
    async (session, _options, file) => {
      const call = parseRelay(await session.signing(), readText(io, file));
      const { receipt } = await session.send(`Send ${call.contract}.${call.functionName} for its signer`, call);
      session.report({
        data: {
          contract: call.contract,
          function: call.functionName,
          block: receipt?.blockNumber,
          transaction: receipt?.transactionHash,
        },
        text: `Sent ${call.functionName} in block ${receipt?.blockNumber}.`,
      });
    },
  );
}

export type SignWithdrawalParameters = {
  /** The consent, unless all of a patient are withdrawn. */
  consent: Hex;
  patient: Address | undefined;
  file: string;
  deadline: TimeText | undefined;
};

/** Signs the withdrawal of one consent, or of all of `patient`. */
export async function signWithdrawal(
  session: Session,
  { consent, patient, file, deadline }: SignWithdrawalParameters,
): Promise<void> {
  const epoch = patient && (await readEpoch(session, patient));
  const signed = await signForRelay(session, {
    what: patient === undefined ? `Withdraw consent ${consent}` : "Withdraw all consents",
    contract: "ConsentRegistry",
    file,
    deadline,
    sign: async (wallet, form) =>
      patient === undefined || epoch === undefined
        ? relayCall("WithdrawConsent", await signWithdrawConsent(wallet, { ...form, consent }))
        : relayCall("WithdrawAllConsents", await signWithdrawAllConsents(wallet, { ...form, patient, epoch })),
  });
  tellSigned(session, { data: patient === undefined ? { consent } : { patient, epoch }, file, ...signed });
}

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Address } from "viem";
import { contractDomain, serializeRelay, simulateCall } from "@consilium/sdk";
import type { Call, ContractDomain, TypedDataSigner } from "@consilium/sdk";
import { timeOf, type TimeText } from "./parse/parsers.ts";
import type { Session } from "./session/Session.ts";

/** What every signed form on the ConsentRegistry names. */
export type Form = ContractDomain & { signer: Address; deadline: bigint };

export type SignForRelayParameters = {
  /** In words, for the question whether to sign. */
  what: string;
  /** Where the signed act goes. */
  file: string;
  /** Until when it can be sent. */
  deadline: TimeText;
  sign: (wallet: TypedDataSigner, form: Form) => Promise<Call>;
};

/**
 * Signs an act on the ConsentRegistry into a file that anyone may send, so that who signs needs no gas. It is tried first, as the chain
 * would take it now. In a dry run nothing is signed.
 */
export async function signForRelay(
  session: Session,
  { what, file, deadline, sign }: SignForRelayParameters,
): Promise<{ signer: Address; deadline: number }> {
  const suite = await session.signing();
  const { address: signer } = await session.key();
  const until = timeOf(deadline, await session.now());
  if (session.settings.dryRun) return { signer, deadline: until };
  await session.requireYes(`${what}, signed by ${signer}, for others to send`);
  const form = { ...contractDomain(suite, "ConsentRegistry"), signer, deadline: BigInt(until) };
  const wallet = suite.wallet!;
  const call = await sign({ signTypedData: (typedData) => wallet.signTypedData(typedData) }, form);
  await simulateCall(suite, call);
  writeFileSync(resolve(session.io.directory, file), serializeRelay(suite, call), { mode: 0o600 });
  return { signer, deadline: until };
}

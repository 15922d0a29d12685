import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Address } from "viem";
import { contractDomain, serializeRelay, simulateCall } from "@consilium/sdk";
import type { Call, ContractDomain, ContractName, TypedDataSigner } from "@consilium/sdk";
import { timeOf, type TimeText } from "./parse/parsers.ts";
import type { Session } from "./session/Session.ts";

/** What every signed form names. */
export type Form = ContractDomain & { signer: Address; deadline: bigint };

const DEADLINE = "30d" as TimeText;

export type SignForRelayParameters = {
  /** In words, for the question whether to sign. */
  what: string;
  /** Which takes it. */
  contract: ContractName;
  /** Where the signed act goes. */
  file: string;
  /** Until when it can be sent; 30 days unless said. */
  deadline: TimeText | undefined;
  sign: (wallet: TypedDataSigner, form: Form) => Promise<Call>;
};

/**
 * Signs an act into a file that anyone may send, so that who signs needs no gas. It is tried first, as the chain
 * would take it now. In a dry run nothing is signed.
 */
export async function signForRelay(
  session: Session,
  { what, contract, file, deadline = DEADLINE, sign }: SignForRelayParameters,
): Promise<{ signer: Address; deadline: number }> {
  const suite = await session.signing();
  const { address: signer } = await session.key();
  const until = timeOf(deadline, await session.now());
  if (session.settings.dryRun) return { signer, deadline: until };
  await session.requireYes(`${what}, signed by ${signer}, for others to send`);
  const form = { ...contractDomain(suite, contract), signer, deadline: BigInt(until) };
  const wallet = suite.wallet!;
  const call = await sign({ signTypedData: (typedData) => wallet.signTypedData(typedData) }, form);
  await simulateCall(suite, call);
  writeFileSync(resolve(session.io.directory, file), serializeRelay(suite, call), { mode: 0o600 });
  return { signer, deadline: until };
}

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { commitDocument, randomSalt, type VerifyRecordFailure } from "@consilium/sdk";
import { handOver, takeIn, type Granted } from "./deliverRecord.ts";
import { FREE, type World } from "./World.ts";

export type TamperWithRecordParameters = {
  granted: Granted;
  gateway: HardhatEthersSigner;
  recipient: HardhatEthersSigner;
};

/**
 * One byte of a record is changed on its way: the recipient's verification fails, and the recipient says so on the chain, in its
 * receipt and by a report. Returns what did not match.
 */
export async function tamperWithRecord(
  world: World,
  { granted, gateway, recipient }: TamperWithRecordParameters,
): Promise<VerifyRecordFailure[]> {
  const { parcel, log } = await handOver(world, gateway, granted);
  await world.send(log);
  const ciphertext = Uint8Array.from(parcel.ciphertext);
  ciphertext[ciphertext.length >> 1]! ^= 1;

  const { outcome, log: logReceipt } = await takeIn(world, recipient, granted, { ...parcel, ciphertext });
  if (outcome.valid) throw new Error("A tampered record passed its verification.");
  const evidence = commitDocument({ failures: outcome.failures }, randomSalt());
  const { batch, record } = granted.member;
  await world.send(logReceipt, () =>
    world.contracts.records.connect(recipient).reportFailedVerification(batch, record, evidence, FREE),
  );
  return outcome.failures;
}

import type { Address, Hex, HDAccount } from "viem";
import { commitDocument, randomSalt, signWithdrawConsent } from "@consilium/sdk";
import type { Granted } from "./deliverRecord.ts";
import { FREE, type World } from "./World.ts";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

/** The patient signs a withdrawal, and somebody relays it. Returns the block from which it holds. */
export async function withdrawConsent(world: World, patient: HDAccount, consent: Hex): Promise<number> {
  const { consents } = world.contracts;
  const { signer, deadline, signature } = await signWithdrawConsent(patient, {
    chainId: world.chainId,
    verifyingContract: (await consents.getAddress()) as Address,
    consent,
    deadline: BigInt((await world.now()) + 3_600),
    signer: patient.address,
  });
  const [receipt] = await world.send(() =>
    consents.connect(world.wallets.relayer).withdrawBySignature(consent, signer, deadline, signature, FREE),
  );
  return receipt!.blockNumber;
}

/** The gateway destroys the keys that it holds for recipients, and logs it. */
export async function destroyKeys(world: World, gateway: HardhatEthersSigner, grants: Granted[]): Promise<void> {
  const broker = world.contracts.broker.connect(gateway);
  await world.send(
    ...grants.map(({ id, member, proof, kept }) => () => {
      const evidence = commitDocument({ destroyed: id }, randomSalt());
      return broker.logKeyRevocation(id, member, proof, kept.record, evidence, FREE);
    }),
  );
}

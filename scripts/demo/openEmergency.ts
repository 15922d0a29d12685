import { keccak256, type Address } from "viem";
import {
  commitDocument,
  emergencyId,
  emergencyTerms,
  explainFailedChecks,
  randomSalt,
  recordLeaf,
} from "@consilium/sdk";
import type { KeptRecord } from "./importRecords.ts";
import { FREE, type World } from "./World.ts";

/**
 * A clinician of East Hospital opens an emergency for a patient of North Hospital, whose gateway hands a record over for it; then a
 * supervisor of the regulator finds it justified.
 */
export async function openEmergency(world: World, patient: Address, kept: KeptRecord): Promise<void> {
  const { emergencies } = world.contracts;
  const { eastClinician, northGateway, supervisor } = world.wallets;
  const clinician = eastClinician.address as Address;
  const terms = emergencyTerms(patient, ["labs"], commitDocument("Brought in unconscious.", randomSalt()));
  const id = emergencyId(clinician, terms);
  await world.send(() => emergencies.connect(eastClinician).open(terms, FREE));

  const { batch, record, proof, sealed } = kept;
  const named = [clinician, terms, batch.id, record, proof] as const;
  const failed = await emergencies.checkDelivery(...named);
  if (failed !== 0n) throw new Error(explainFailedChecks(failed)[0]!.text);
  const ciphertextHash = keccak256(sealed.ciphertext);
  const evidenceHash = commitDocument({ handedOver: id }, randomSalt());
  await world.send(
    () => emergencies.connect(northGateway).logEmergencyDelivery(...named, ciphertextHash, evidenceHash, FREE),
    () =>
      emergencies
        .connect(eastClinician)
        .logEmergencyReceipt(id, batch.id, recordLeaf(record), ciphertextHash, true, FREE),
  );
  const verdict = commitDocument("Nobody could be asked.", randomSalt());
  await world.send(() => emergencies.connect(supervisor).review(id, true, verdict, FREE));
}

import { isHexString } from "ethers";
import { zeroHash, type HDAccount, type Hex } from "viem";
import { commitDocument, randomSalt, signComplaint, violationCode } from "@consilium/sdk";
import { FREE, type World } from "./World.ts";

const DAY = 86_400;

/** A patient signs a complaint, and somebody else sends it. Returns its id. */
export async function complain(world: World, patient: HDAccount, accused: number): Promise<Hex> {
  const supervision = world.contracts.supervision.connect(world.wallets.relayer);
  const { textHash, signer, deadline, signature } = await signComplaint(patient, {
    chainId: world.chainId,
    verifyingContract: (await supervision.getAddress()) as Hex,
    patient: patient.address,
    accused,
    textHash: commitDocument("My results were found where they should not be.", randomSalt()),
    deadline: BigInt((await world.now()) + DAY),
    signer: patient.address,
  });
  const filed = [patient.address, accused, textHash, signer, deadline, signature] as const;
  const complaint = (await supervision.complainBySignature.staticCall(...filed)) as Hex;
  await world.send(() => supervision.complainBySignature(...filed, FREE));
  return complaint;
}

/**
 * A patient complains of the institute; North Hospital reports a leak by bad management, and a supervisor of the regulator upholds that,
 * which suspends the institute and fines its bond. Returns the suspension's end, unix seconds.
 */
export async function suspendForLeak(world: World, patient: HDAccount): Promise<bigint> {
  const { supervision, institutions, token } = world.contracts;
  const { northClinician, supervisor, instituteAdmin } = world.wallets;
  const accused = world.member("researchInstitute");
  await world.send(
    () => token.connect(instituteAdmin).mint(instituteAdmin, 1_000, FREE),
    () => token.connect(instituteAdmin).approve(institutions, 1_000, FREE),
    () => institutions.connect(instituteAdmin).depositBond(accused, 1_000, FREE),
  );

  const complaint = await complain(world, patient, accused);
  const evidence = commitDocument("The institute's results, as found.", randomSalt());
  const report = [accused, violationCode("LEAK"), evidence, complaint, zeroHash] as const;
  const reporter = supervision.connect(northClinician);
  const id = await reporter.reportViolation.staticCall(...report);
  await world.send(() => reporter.reportViolation(...report, FREE));
  const reasons = commitDocument("The institute's key was left on a shared disk.", randomSalt());
  await world.send(() => supervision.connect(supervisor).decide(id, true, reasons, FREE));
  return (await supervision.caseOf(id)).suspendedUntil;
}

/** The name of the error by which the broker refuses a request; throws if it does not. */
export async function refusalOf({ contracts }: World, act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
  } catch (error) {
    const { data } = error as { data?: unknown };
    const refusal = isHexString(data) ? contracts.broker.interface.parseError(data) : null;
    if (refusal !== null) return refusal.name;
    throw error;
  }
  throw new Error("What should have been refused was not.");
}

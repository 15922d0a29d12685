import { zeroAddress, zeroHash, type Address, type Hex } from "viem";
import { violationCode, type ViolationName } from "@consilium/sdk";
import type { TypedMessage } from "@consilium/sdk";
import { AGENT_ROLES, deployScenario, ethers, hash, loadFixture, time, type Signer } from "../access/scenario.ts";

/*
 * The scenario of the access tests, with bonds, and supervisors in four institutions:
 *
 *     north hospital reports that the research institute leaked; the regulator's supervisor decides; south's decides on the appeal.
 */

export { DAY, ethers, hash, inOneBlock, loadFixture, networkHelpers, plain, time, YEAR } from "../access/scenario.ts";
export { zeroAddress, zeroHash };

export const CaseStatus = {
  NONE: 0n,
  REPORTED: 1n,
  DISMISSED: 2n,
  UPHELD: 3n,
  APPEALED: 4n,
  APPEAL_REJECTED: 5n,
  APPEAL_GRANTED: 6n,
  APPEAL_LAPSED: 7n,
} as const;
export const Standing = { ACTIVE: 1n, SUSPENDED: 2n, EXPELLED: 3n } as const;

export const BOND = 10_000n;
/** Of the demonstration's catalogue: 90 days and 30 % of the bond. */
export const LEAK = { suspension: 90 * 86_400, fine: 3_000n };
export const APPEAL_WINDOW = 14 * 86_400;
export const DECISION_WINDOW = 30 * 86_400;
export const REASON = hash("reason");
export const EVIDENCE = hash("evidence of a violation");

export type Supervised = Awaited<ReturnType<typeof deploySupervision>>;

export async function deploySupervision() {
  const s = await loadFixture(deployScenario);
  const { institutions, token, supervision, signers, ids, consortium } = s;
  const wallets = await ethers.getSigners();
  const [southSupervisor, eastSupervisor, secondSupervisor, instituteSupervisor, northSupervisor, freeWallet] =
    wallets.slice(-6) as [Signer, Signer, Signer, Signer, Signer, Signer];
  const until = consortium.members[0]!.accreditation.until;
  const operator = institutions.connect(signers.operator);
  for (const [institution, wallet] of [
    [ids.south, southSupervisor],
    [ids.east, eastSupervisor],
    [ids.regulator, secondSupervisor],
    [ids.institute, instituteSupervisor],
    [ids.north, northSupervisor],
  ] as const) {
    await operator.appointAgent(institution, wallet, AGENT_ROLES.supervisor, s.start, until);
  }

  const payer = signers.deployer;
  await token.mint(payer, 10n * BOND);
  await token.connect(payer).approve(institutions, 10n * BOND);
  await institutions.connect(payer).depositBond(ids.institute, BOND);
  await institutions.connect(payer).depositBond(ids.north, BOND);

  let evidence = 0;

  /** North's clinician reports a violation of the institute's, or what is said instead. */
  async function report(
    violation: ViolationName = "LEAK",
    {
      by = signers.northClinician,
      accused = ids.institute,
      evidenceHash = hash(`evidence ${++evidence}`),
      complaint = zeroHash,
      grant = zeroHash,
    }: { by?: Signer; accused?: number | bigint; evidenceHash?: Hex; complaint?: Hex; grant?: Hex } = {},
  ): Promise<Hex> {
    const args = [accused, violationCode(violation), evidenceHash, complaint, grant] as const;
    const id = (await supervision.connect(by).reportViolation.staticCall(...args)) as Hex;
    await supervision.connect(by).reportViolation(...args);
    return id;
  }

  /** A report, upheld at a second; now if none is named. */
  async function uphold(
    violation: ViolationName = "LEAK",
    options: Parameters<typeof report>[1] & { at?: number } = {},
  ): Promise<{ id: Hex; at: number; suspendedUntil: number; appealUntil: number }> {
    const id = await report(violation, options);
    const at = options.at ?? (await time.latest()) + 1;
    await time.setNextBlockTimestamp(at);
    await supervision.connect(signers.supervisor).decide(id, true, REASON);
    const kept = await supervision.caseOf(id);
    return { id, at, suspendedUntil: Number(kept.suspendedUntil), appealUntil: Number(kept.appealUntil) };
  }

  async function suspendedUntil(institution: number | bigint): Promise<number> {
    return Number((await institutions.profile(institution)).suspendedUntil);
  }

  return {
    ...s,
    southSupervisor,
    eastSupervisor,
    secondSupervisor,
    instituteSupervisor,
    northSupervisor,
    freeWallet,
    until,
    report,
    uphold,
    suspendedUntil,
  };
}

/** Has one of the network's accounts sign typed data of the SDK. */
export async function signMessage(wallet: Signer, { domain, types, message }: TypedMessage): Promise<Hex> {
  return (await wallet.signTypedData(
    domain,
    types as Record<string, { name: string; type: string }[]>,
    message,
  )) as Hex;
}

export function addressOf(signer: { address: string }): Address {
  return signer.address as Address;
}

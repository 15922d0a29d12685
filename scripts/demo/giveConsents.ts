import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { zeroAddress, type Address, type HDAccount, type Hex } from "viem";
import {
  commitDocument,
  createConsent,
  encodePolicyWord,
  presetPolicy,
  randomSalt,
  signGiveConsent,
  signPatientAct,
  type CreateConsentReturnType,
  type PresetName,
  type SignedConsent,
} from "@consilium/sdk";
import { FREE, type Send, type World } from "./World.ts";

const NOTICE = "You decide who may use your health data, and can withdraw at any time.";
const YEAR = 365 * 86_400;
const HOUR = 3_600;

export type DrawUpParameters = {
  patient: Address;
  /** The rule to sign, or its name among the presets. */
  policy: PresetName | bigint;
  byGuardian?: boolean;
  /** The consent that this one renews. */
  previous?: Hex;
};

/** Draws up a standing rule for a year from now, for any institution and study that it admits. */
export async function drawUp(world: World, parameters: DrawUpParameters): Promise<CreateConsentReturnType> {
  const { patient, policy, byGuardian = false, previous } = parameters;
  const validFrom = await world.now();
  const word =
    typeof policy === "bigint" ? policy : presetPolicy({ preset: policy, validFrom, validUntil: validFrom + YEAR });
  return createConsent({
    patient,
    policy: byGuardian ? word | encodePolicyWord({ flags: ["guardianSigned"] }) : word,
    epoch: Number(await world.contracts.consents.epochOf(patient)),
    notice: commitDocument(NOTICE, randomSalt()),
    ...(previous !== undefined && { previous }),
  });
}

/** Has the patient sign a consent, for anyone to relay. */
export async function signByPatient(
  world: World,
  account: HDAccount,
  { terms, details }: CreateConsentReturnType,
): Promise<SignedConsent> {
  return signGiveConsent(account, {
    chainId: world.chainId,
    verifyingContract: (await world.contracts.consents.getAddress()) as Address,
    terms,
    details,
    deadline: BigInt((await world.now()) + HOUR),
    signer: account.address,
  });
}

export function giveDirectly(
  { contracts }: World,
  wallet: HardhatEthersSigner,
  { terms, details }: CreateConsentReturnType,
): Send {
  return () => contracts.consents.connect(wallet).give(terms, details, FREE);
}

export type AppointGuardianParameters = {
  minor: HDAccount;
  guardian: HardhatEthersSigner;
  /** First second at which the patient acts alone. */
  majority: number;
};

/** Puts a minor's consents into a guardian's hands, signed with the minor's key and relayed. */
export async function appointGuardian(world: World, parameters: AppointGuardianParameters): Promise<void> {
  const { minor, guardian, majority } = parameters;
  const { patients } = world.contracts;
  const deadline = BigInt((await world.now()) + HOUR);
  const identity = minor.address;
  const signature = await signPatientAct(minor, {
    act: "AppointGuardian",
    chainId: world.chainId,
    verifyingContract: (await patients.getAddress()) as Address,
    message: {
      identity,
      guardian: guardian.address as Address,
      coGuardian: zeroAddress,
      assentFrom: majority,
      majority,
      nonce: await patients.nonce(identity),
      deadline,
    },
  });
  await world.send(() =>
    patients
      .connect(world.wallets.relayer)
      .appointGuardianBySignature(identity, guardian, zeroAddress, majority, majority, deadline, signature, FREE),
  );
}

export type GiveConsentsParameters = { adult: HDAccount; minor: HDAccount; majority: number };

/** A patient's standing rules. */
export type Rules = { research: CreateConsentReturnType; care: CreateConsentReturnType };

/**
 * Both patients agree to non-profit disease research and to care. The adult signs, and somebody else relays and pays; for the
 * minor the guardian decides.
 */
export async function giveConsents(
  world: World,
  { adult, minor, majority }: GiveConsentsParameters,
): Promise<{ adult: Rules; minor: Rules }> {
  const { guardian, relayer } = world.wallets;
  await appointGuardian(world, { minor, guardian, majority });

  const rulesOf = async (patient: Address, byGuardian: boolean): Promise<Rules> => ({
    research: await drawUp(world, { patient, policy: "nonProfitDiseaseResearch", byGuardian }),
    care: await drawUp(world, { patient, policy: "careOnly", byGuardian }),
  });
  const rules = { adult: await rulesOf(adult.address, false), minor: await rulesOf(minor.address, true) };
  const signed = [
    await signByPatient(world, adult, rules.adult.research),
    await signByPatient(world, adult, rules.adult.care),
  ];
  await world.send(
    () => world.contracts.consents.connect(relayer).giveMany(signed, FREE),
    giveDirectly(world, guardian, rules.minor.research),
    giveDirectly(world, guardian, rules.minor.care),
  );
  return rules;
}

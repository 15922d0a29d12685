import { ZeroAddress } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Address, Hex } from "viem";
import {
  createConsent,
  encodePolicyWord,
  type CreateConsentReturnType,
  type EncodePolicyWordParameters,
  type TypedDataSigner,
} from "@consilium/sdk";
import { deployConsilium, type Consilium, ethers, loadFixture, networkHelpers } from "../fixtures/consilium.ts";
import { seededRandom } from "../utils/seededRandom.ts";

export { ethers, networkHelpers };

export const DAY = 86_400;
export const YEAR = 365 * DAY;
export const NOTICE = ethers.id("notice") as Hex;
export const REASON = ethers.id("reason") as Hex;
export const UNKNOWN = ethers.id("unknown") as Hex;
export const ZERO_HASH = ethers.ZeroHash as Hex;
/** The contracts' enums, in their order. */
export const Status = { GIVEN: 1n, RENEWED: 2n, WITHDRAWN: 3n, REVOKED: 4n, INVALIDATED: 5n, REFUSED: 6n } as const;
export const Authority = { SELF: 1n, GUARDIAN: 2n, DELEGATE: 3n, JOINT: 4n } as const;
export const LAST_EPOCH = 255;
const FOREVER = 2 ** 40 - 1;

export type Drafted = CreateConsentReturnType;
export type World = Awaited<ReturnType<typeof deployConsents>>;
export interface Draft extends Partial<EncodePolicyWordParameters> {
  patient?: Address;
  epoch?: number;
  previous?: Hex;
  institution?: number;
  agent?: Address;
  study?: Hex;
}

/** A fresh suite, a contract wallet that is a patient too, and how to draw up consents. */
export async function deployConsents() {
  const suite = await loadFixture(deployConsilium);
  const { signers, consents } = suite;
  const wallet = await ethers.deployContract("Erc1271Wallet", [signers.otherPatient.address]);
  const now = await networkHelpers.time.latest();
  const random = seededRandom("consents");
  const dataTrust = await admitDataTrust(suite);
  const patient = signers.patient.address as Address;

  const policy = (fields: Partial<EncodePolicyWordParameters> = {}): bigint =>
    encodePolicyWord({
      purposes: ["TREAT", "HRESCH"],
      duoUses: ["health"],
      categories: ["labs", "imaging"],
      level: 2,
      validFrom: 0,
      validUntil: now + YEAR,
      recipients: ["research", "hospital"],
      regions: [0],
      ...fields,
    });
  /** A consent of the patient for a year, unless told otherwise. */
  const draft = ({ epoch = 0, previous, institution, agent, study, ...rest }: Draft = {}): Drafted => {
    const { patient: of = patient, ...fields } = rest;
    return createConsent(
      {
        ...{ patient: of, policy: policy(fields), epoch, notice: NOTICE },
        ...(previous === undefined ? {} : { previous }),
        ...(institution === undefined ? {} : { institution }),
        ...(agent === undefined ? {} : { agent }),
        ...(study === undefined ? {} : { study }),
      },
      random.bytes,
    );
  };
  /** The same with a policy word as it stands. */
  const draftWord = (word: bigint): Drafted =>
    createConsent({ patient, policy: word, epoch: 0, notice: NOTICE }, random.bytes);

  return {
    ...suite,
    ...{ wallet, now, patient, policy, draft, draftWord, dataTrust },
    walletAddress: (await wallet.getAddress()) as Address,
    asPatient: consents.connect(signers.patient),
    asStranger: consents.connect(signers.stranger),
    asSupervision: consents.connect(signers.supervision),
    contract: { chainId: 20_261, verifyingContract: (await consents.getAddress()) as Address },
    give: async (one: Drafted) => consents.connect(signers.patient).give(one.terms, one.details),
    status: async (id: Hex) => (await consents.consent(id)).status,
  };
}

/** A member that holds mandates; its only agent is the wallet of that name. */
async function admitDataTrust({ institutions, signers }: Consilium): Promise<bigint> {
  const kind = 8; // DATA_TRUST
  const metadata = ethers.id("data trust");
  await institutions.connect(signers.operator).admit(kind, 0, true, 0, FOREVER, metadata, signers.dataTrust);
  return institutions.institutionCount();
}

/** A minor whose guardian has authority for ten years. */
export async function deployGuardianship() {
  const world = await deployConsents();
  const { patients, consents, signers, now, draft } = world;
  const minor = signers.minor.address as Address;
  const majority = now + 10 * YEAR;
  await patients.connect(signers.minor).appointGuardian(minor, signers.guardian, ZeroAddress, majority, majority);
  return {
    ...world,
    ...{ minor, majority },
    asGuardian: consents.connect(signers.guardian),
    asMinor: consents.connect(signers.minor),
    /** A consent as the guardian may give it. */
    draftOfGuardian: (fields: Draft = {}): Drafted =>
      draft({ patient: minor, flags: ["guardianSigned"], validUntil: now + 20 * YEAR, ...fields }),
  };
}

/** A data trust with a mandate of the patient, from tomorrow for 100 days. */
export async function deployMandate() {
  const world = await deployConsents();
  const { patients, consents, signers, now, patient, policy, draft } = world;
  const [from, until] = [now + DAY, now + 101 * DAY];
  const bounds = {
    ...({ modifiers: ["IRB"], sensitivities: ["PSY"], deidentification: 1, flags: ["recontact"] } as const),
    ...{ validFrom: from, validUntil: until },
  };
  const mandate = policy(bounds);
  await patients.connect(signers.patient).giveMandate(patient, signers.dataTrust, mandate);
  return {
    ...world,
    ...{ mandate, from, until, bounds },
    asTrust: consents.connect(signers.dataTrust),
    /** A consent as the trust may give it: the whole of its mandate, unless told otherwise. */
    draftOfTrust: ({ flags, ...fields }: Draft = {}): Drafted =>
      draft({ ...bounds, ...fields, flags: [...(flags ?? ["recontact"]), "delegateSigned"] }),
  };
}

/** A signer of the network as the SDK takes one. */
export function typedDataSigner(signer: HardhatEthersSigner): TypedDataSigner {
  return {
    signTypedData: async ({ domain, types, message }) =>
      (await signer.signTypedData(
        domain,
        Object.fromEntries(Object.entries(types).map(([name, fields]) => [name, [...fields]])),
        message,
      )) as Hex,
  };
}

/** Makes `second` the time of the next transaction. */
export async function nextAt(second: number): Promise<void> {
  await networkHelpers.time.setNextBlockTimestamp(second);
}

/** Makes `second` the time that views see. */
export async function goTo(second: number): Promise<void> {
  await networkHelpers.time.increaseTo(second);
}

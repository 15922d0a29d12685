import type { ContractTransactionResponse } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Address, Hex } from "viem";
import { signGiveConsent, signRefuseConsent, signWithdrawAllConsents, signWithdrawConsent } from "@consilium/sdk";
import type { ConsentRegistry } from "../../types/index.js";
import { typedDataSigner, type Drafted, type World } from "./consentFixtures.ts";

/** A way in which a patient can act. */
export interface Form {
  name: string;
  kind: "direct" | "signed" | "many";
  /** The patient is a contract wallet. */
  isContract: boolean;
  /** Sent by another than the one who signs. */
  isRelayed: boolean;
}

export type Act = "give" | "refuse" | "withdraw" | "withdrawAll";
export const ACTS: Act[] = ["give", "refuse", "withdraw", "withdrawAll"];

export const FORMS: Form[] = [
  { name: "direct", kind: "direct", isContract: false, isRelayed: false },
  { name: "direct, through a contract wallet", kind: "direct", isContract: true, isRelayed: false },
  { name: "signed", kind: "signed", isContract: false, isRelayed: false },
  { name: "signed and relayed", kind: "signed", isContract: false, isRelayed: true },
  { name: "signed for a contract wallet and relayed", kind: "signed", isContract: true, isRelayed: true },
];

const MANY: Form[] = [
  { name: "signed and relayed among many", kind: "many", isContract: false, isRelayed: true },
  { name: "signed for a contract wallet and relayed among many", kind: "many", isContract: true, isRelayed: true },
];

export function formsOf(act: Act): Form[] {
  return act === "give" ? [...FORMS, ...MANY] : FORMS;
}

/** What a test gets wrong on purpose. */
export interface Deviation {
  /** Whose key is used. */
  key?: HardhatEthersSigner;
  /** In whose name, if not the patient's. */
  signer?: Address;
  /** The consent that is signed, if not the one that is sent. */
  signed?: Drafted;
  /** The act that is signed, if not the one that is sent. */
  signedAct?: Act;
  /** The epoch that `withdrawAll` names, if not 0. */
  epoch?: number;
  deadline?: bigint;
  /** The deadline that is sent, if not the one that was signed. */
  sentDeadline?: bigint;
  chainId?: number;
  verifyingContract?: Address;
  /** The registry that is called, if not the one that was signed for. */
  target?: ConsentRegistry;
  alter?: (signature: Hex) => Hex;
}

const FAR = 2n ** 40n;

/** The patient of a form. */
export function patientOf({ patient, walletAddress }: World, { isContract }: Form): Address {
  return isContract ? walletAddress : patient;
}

export function keyOf({ signers }: World, { isContract }: Form): HardhatEthersSigner {
  return isContract ? signers.otherPatient : signers.patient;
}

/** Does `act` in the given form: about the consent, or for `withdrawAll` about all those of its patient. */
export async function perform(
  world: World,
  form: Form,
  act: Act,
  consent: Drafted,
  deviation: Deviation = {},
): Promise<ContractTransactionResponse> {
  const { consents, signers, wallet } = world;
  const target = deviation.target ?? consents;
  const key = deviation.key ?? keyOf(world, form);
  const patient = consent.terms.patient;
  const epoch = deviation.epoch ?? 0;

  if (form.kind === "direct") {
    const args = {
      give: [consent.terms, consent.details],
      refuse: [consent.terms],
      withdraw: [consent.id],
      withdrawAll: [patient],
    }[act];
    if (!form.isContract || deviation.key) {
      const send = target.connect(key).getFunction(act) as (...args: unknown[]) => Promise<ContractTransactionResponse>;
      return send(...args);
    }
    return wallet.connect(key).execute(target, target.interface.encodeFunctionData(act as "give", args as never));
  }

  const signer = deviation.signer ?? patientOf(world, form);
  const made = await sign(world, key, deviation.signedAct ?? act, deviation.signed ?? consent, {
    ...deviation,
    signer,
  });
  const signature = (deviation.alter ?? ((same) => same))(made);
  const deadline = deviation.sentDeadline ?? deviation.deadline ?? FAR;
  const relay = target.connect(form.isRelayed ? signers.relayer : key);
  const { terms, details, id } = consent;
  if (act === "refuse") return relay.refuseBySignature(terms, signer, deadline, signature);
  if (act === "withdraw") return relay.withdrawBySignature(id, signer, deadline, signature);
  if (act === "withdrawAll") return relay.withdrawAllBySignature(patient, epoch, signer, deadline, signature);
  const entry = { terms, details, signer, deadline, signature };
  if (form.kind === "signed") return relay.giveBySignature(entry);

  // Among others' consents that are in order.
  const others = await Promise.all(
    [0, 1].map(async () => {
      const other = world.draft({ patient: signers.helper1.address as Address });
      return signGiveConsent(typedDataSigner(signers.helper1), {
        ...world.contract,
        ...{ verifyingContract: (await target.getAddress()) as Address, deadline: FAR },
        ...other,
        signer: other.terms.patient,
      });
    }),
  );
  return relay.giveMany([...others.slice(0, 1), entry, ...others.slice(1)]);
}

/** The signature over an act, as `deviation` has it. */
export async function sign(
  { contract }: World,
  key: HardhatEthersSigner,
  act: Act,
  consent: Drafted,
  deviation: Deviation & { signer: Address },
): Promise<Hex> {
  const form = {
    chainId: deviation.chainId ?? contract.chainId,
    verifyingContract: deviation.verifyingContract ?? contract.verifyingContract,
    deadline: deviation.deadline ?? FAR,
    signer: deviation.signer,
  };
  const wallet = typedDataSigner(key);
  const { terms, details, id } = consent;
  const made = {
    give: () => signGiveConsent(wallet, { ...form, terms, details }),
    refuse: () => signRefuseConsent(wallet, { ...form, terms, details }),
    withdraw: () => signWithdrawConsent(wallet, { ...form, consent: id }),
    withdrawAll: () =>
      signWithdrawAllConsents(wallet, { ...form, patient: terms.patient, epoch: deviation.epoch ?? 0 }),
  }[act];
  return (await made()).signature;
}

import type { Address, Hex } from "viem";
import { signTypedData } from "../signTypedData.ts";
import type { ContractDomain, TypedDataSigner, TypedMessage } from "../signTypedData.ts";

/** EIP-712 types of the PatientRegistry's signed acts. */
export const PATIENT_ACT_TYPES = {
  ChangeOwner: [
    { name: "identity", type: "address" },
    { name: "newOwner", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  AddDelegate: [
    { name: "identity", type: "address" },
    { name: "delegateType", type: "bytes32" },
    { name: "delegate", type: "address" },
    { name: "validity", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  RevokeDelegate: [
    { name: "identity", type: "address" },
    { name: "delegateType", type: "bytes32" },
    { name: "delegate", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  SetAttribute: [
    { name: "identity", type: "address" },
    { name: "name", type: "bytes32" },
    { name: "value", type: "bytes" },
    { name: "validity", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  RevokeAttribute: [
    { name: "identity", type: "address" },
    { name: "name", type: "bytes32" },
    { name: "value", type: "bytes" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  AppointGuardian: [
    { name: "identity", type: "address" },
    { name: "guardian", type: "address" },
    { name: "coGuardian", type: "address" },
    { name: "assentFrom", type: "uint40" },
    { name: "majority", type: "uint40" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  GiveMandate: [
    { name: "identity", type: "address" },
    { name: "delegate", type: "address" },
    { name: "mandate", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  EndMandate: [
    { name: "identity", type: "address" },
    { name: "delegate", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  SetPayout: [
    { name: "identity", type: "address" },
    { name: "to", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  SetRecovery: [
    { name: "identity", type: "address" },
    { name: "helpers", type: "address[]" },
    { name: "threshold", type: "uint8" },
    { name: "delay", type: "uint40" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  CancelRecovery: [
    { name: "identity", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  Recover: [
    { name: "identity", type: "address" },
    { name: "newOwner", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
} as const;

/** What every signed act names. */
interface PatientAct {
  identity: Address;
  /** `nonce(signer)` of the registry; for Recover `recoveryNonce(identity)`. */
  nonce: bigint;
  /** Last second at which the signature can be used, unix seconds. */
  deadline: bigint;
}

/** Messages of the PatientRegistry's signed acts. */
export interface PatientActMessages {
  /** `newOwner` zero deactivates the identity for ever. */
  ChangeOwner: PatientAct & { newOwner: Address };
  /** `validity` in seconds. */
  AddDelegate: PatientAct & { delegateType: Hex; delegate: Address; validity: bigint };
  RevokeDelegate: PatientAct & { delegateType: Hex; delegate: Address };
  /** `validity` in seconds. */
  SetAttribute: PatientAct & { name: Hex; value: Hex; validity: bigint };
  RevokeAttribute: PatientAct & { name: Hex; value: Hex };
  /**
   * Unix seconds. `majority`: the first second at which the patient acts alone; `assentFrom`: from which nothing is given without the minor, or
   * `majority`. `coGuardian` zero: one guardian.
   */
  AppointGuardian: PatientAct & { guardian: Address; coGuardian: Address; assentFrom: number; majority: number };
  /** `mandate`: a policy word. */
  GiveMandate: PatientAct & { delegate: Address; mandate: bigint };
  EndMandate: PatientAct & { delegate: Address };
  /** Where the patient's revenue shall go; `to` zero: the DID's owner again. */
  SetPayout: PatientAct & { to: Address };
  /** `helpers` strictly ascending; `delay` in seconds. */
  SetRecovery: PatientAct & { helpers: readonly Address[]; threshold: number; delay: number };
  CancelRecovery: PatientAct;
  Recover: PatientAct & { newOwner: Address };
}

export type PatientActName = keyof PatientActMessages;

/** A signed act with the PatientRegistry's domain. */
export interface PatientActParameters<act extends PatientActName> extends ContractDomain {
  act: act;
  message: PatientActMessages[act];
}

/**
 * Typed data of a PatientRegistry act.
 *
 * @example
 * const message = { identity: patient, newOwner: ANY, nonce: 0n, deadline: DEADLINE };
 * const typedData = patientActTypedData({ chainId: 1, verifyingContract: ANY, act: "ChangeOwner", message });
 * expect(typedData.primaryType).to.equal("ChangeOwner");
 */
export function patientActTypedData<act extends PatientActName>(parameters: PatientActParameters<act>): TypedMessage {
  const { act, chainId, verifyingContract, message } = parameters;
  return {
    domain: { name: "Consilium Patients", version: "1", chainId, verifyingContract },
    types: { [act]: PATIENT_ACT_TYPES[act] },
    primaryType: act,
    message: { ...message },
  };
}

/**
 * Signs a PatientRegistry act, to be relayed by anyone.
 *
 * @param wallet A viem account or wallet client.
 * @throws SignatureRefusedError, SignerUnavailableError as `signTypedData`.
 * @example
 * const domain = contractDomain(suite, "PatientRegistry");
 * const nonce = await actNonce(suite, "PatientAct", account.address);
 * const setup = { helpers: [ANY], threshold: 1, delay: 86_400 };
 * const message = { identity: account.address, ...setup, nonce, deadline: DEADLINE };
 * const signature = await signPatientAct(account, { ...domain, act: "SetRecovery", message });
 * await sendCall(suite, relayCall("SetRecovery", { message, signer: account.address, signature }));
 */
export function signPatientAct<act extends PatientActName>(
  wallet: TypedDataSigner,
  parameters: PatientActParameters<act>,
): Promise<Hex> {
  return signTypedData(wallet, patientActTypedData(parameters));
}

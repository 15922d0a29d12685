import type { Address, Hex } from "viem";
import { encodePolicyWord, type EncodePolicyWordParameters } from "@consilium/sdk";
import type { Emitted } from "./encodeEvent.ts";
import { emit, hash, NOBODY, T, YEAR, ZERO } from "./values.ts";

export type ConsentOptions = {
  institution?: number;
  agent?: Address;
  study?: Hex;
  policy?: EncodePolicyWordParameters;
  epoch?: number;
  until?: number;
  parameters?: Hex;
  previous?: Hex;
  actor?: Address;
};

/** What consents of the tests allow unless they say otherwise. */
export const POLICY: EncodePolicyWordParameters = {
  purposes: ["HRESCH", "DSRCH"],
  duoUses: ["diseaseSpecific", "methodsDevelopment"],
  categories: ["labs"],
  level: 2,
  validFrom: T,
  validUntil: T + YEAR,
  recipients: ["research"],
  regions: [0],
  flags: ["autoApprove"],
};

/** A consent is named; its id is what the name makes. */
export function given(consent: string, patient: Address, options: ConsentOptions = {}): Emitted {
  const { institution = 0, agent = NOBODY, study = ZERO, epoch = 0, until = T + YEAR, actor = patient } = options;
  const details = [options.parameters ?? ZERO, hash(`notice of ${consent}`), options.previous ?? ZERO, 1n];
  const policy = encodePolicyWord({ ...POLICY, ...options.policy });
  const values = [hash(consent), patient, institution, agent, study, policy, epoch, until, details, actor];
  return emit("ConsentRegistry", "ConsentGiven", ...values);
}

export function refused(consent: string, patient: Address, options: ConsentOptions = {}): Emitted {
  const { institution = 0, agent = NOBODY, study = ZERO, epoch = 0, actor = patient } = options;
  const policy = encodePolicyWord({ ...POLICY, ...options.policy });
  const terms = [patient, institution, agent, study, policy, epoch, hash("details")];
  return emit("ConsentRegistry", "ConsentRefused", hash(consent), patient, terms, actor);
}

export function withdrawn(consent: string, patient: Address, actor = patient): Emitted {
  return emit("ConsentRegistry", "ConsentWithdrawn", hash(consent), patient, actor);
}

export function allWithdrawn(patient: Address, epoch: number, actor = patient): Emitted {
  return emit("ConsentRegistry", "AllConsentsWithdrawn", patient, epoch, actor);
}

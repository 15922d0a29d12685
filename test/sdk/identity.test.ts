import { expect } from "chai";
import { HDNodeWallet, TypedDataEncoder, verifyTypedData } from "ethers";
import { getAddress } from "viem";
import type { Address, Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import {
  DerivationError,
  derivePatientAccount,
  PATIENT_ACT_TYPES,
  patientActTypedData,
  signPatientAct,
} from "@consilium/sdk";
import type { PatientActMessages, PatientActName } from "@consilium/sdk";

const SEED = Uint8Array.from({ length: 64 }, (_, i) => i);
const identity: Address = getAddress(`0x${"11".repeat(20)}`);
const other: Address = getAddress(`0x${"22".repeat(20)}`);
const word: Hex = `0x${"33".repeat(32)}`;
const base = { identity, nonce: 2n ** 255n, deadline: 1_900_000_000n };

const MESSAGES: PatientActMessages = {
  ChangeOwner: { ...base, newOwner: other },
  AddDelegate: { ...base, delegateType: word, delegate: other, validity: 86_400n },
  RevokeDelegate: { ...base, delegateType: word, delegate: other },
  SetAttribute: { ...base, name: word, value: "0x1234", validity: 86_400n },
  RevokeAttribute: { ...base, name: word, value: "0x" },
  AppointGuardian: {
    ...base,
    guardian: other,
    coGuardian: identity,
    assentFrom: 1_750_000_000,
    majority: 1_850_000_000,
  },
  GiveMandate: { ...base, delegate: other, mandate: (1n << 256n) - 1n },
  EndMandate: { ...base, delegate: other },
  SetPayout: { ...base, to: other },
  SetRecovery: { ...base, helpers: [identity, other], threshold: 2, delay: 86_400 },
  CancelRecovery: base,
  Recover: { ...base, newOwner: other },
};

const TYPES: Record<PatientActName, string> = {
  ChangeOwner: "ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)",
  AddDelegate:
    "AddDelegate(address identity,bytes32 delegateType,address delegate,uint256 validity,uint256 nonce,uint256 deadline)",
  RevokeDelegate:
    "RevokeDelegate(address identity,bytes32 delegateType,address delegate,uint256 nonce,uint256 deadline)",
  SetAttribute:
    "SetAttribute(address identity,bytes32 name,bytes value,uint256 validity,uint256 nonce,uint256 deadline)",
  RevokeAttribute: "RevokeAttribute(address identity,bytes32 name,bytes value,uint256 nonce,uint256 deadline)",
  AppointGuardian:
    "AppointGuardian(address identity,address guardian,address coGuardian,uint40 assentFrom,uint40 majority,uint256 nonce,uint256 deadline)",
  GiveMandate: "GiveMandate(address identity,address delegate,uint256 mandate,uint256 nonce,uint256 deadline)",
  EndMandate: "EndMandate(address identity,address delegate,uint256 nonce,uint256 deadline)",
  SetPayout: "SetPayout(address identity,address to,uint256 nonce,uint256 deadline)",
  SetRecovery:
    "SetRecovery(address identity,address[] helpers,uint8 threshold,uint40 delay,uint256 nonce,uint256 deadline)",
  CancelRecovery: "CancelRecovery(address identity,uint256 nonce,uint256 deadline)",
  Recover: "Recover(address identity,address newOwner,uint256 nonce,uint256 deadline)",
};

describe("identity", () => {
  describe("patientActTypedData and signPatientAct", () => {
    const account = privateKeyToAccount(`0x${"77".repeat(32)}`);
    const contract = { chainId: 20_261, verifyingContract: getAddress(`0x${"c0".repeat(20)}`) };

    for (const act of Object.keys(PATIENT_ACT_TYPES) as PatientActName[]) {
      it(`sign ${act} by the agreed type under the registry's domain`, async () => {
        const parameters = { ...contract, act, message: MESSAGES[act] };
        const { domain, types, primaryType, message } = patientActTypedData(parameters);
        const copied = Object.fromEntries(Object.entries(types).map(([name, fields]) => [name, [...fields]]));
        expect(primaryType).to.equal(act);
        expect(TypedDataEncoder.from(copied).encodeType(act)).to.equal(TYPES[act]);
        expect(domain).to.deep.equal({ name: "Consilium Patients", version: "1", ...contract });
        const signature = await signPatientAct(account, parameters);
        expect(verifyTypedData(domain, copied, message, signature)).to.equal(account.address);
      });
    }
  });

  describe("derivePatientAccount", () => {
    const parameters = { seed: SEED, chainId: 20_261, institution: 7 };

    it("throws DerivationError for values out of bounds", () => {
      for (const seed of [new Uint8Array(15), new Uint8Array(65)]) {
        expect(() => derivePatientAccount({ ...parameters, seed })).to.throw(DerivationError, "seed's length");
      }
      for (const bad of [0, -1, 1.5, 2 ** 31]) {
        expect(() => derivePatientAccount({ ...parameters, chainId: bad })).to.throw(DerivationError, "chain id");
        expect(() => derivePatientAccount({ ...parameters, institution: bad })).to.throw(
          DerivationError,
          "institution id",
        );
      }
      for (const index of [-1, 0.5, 2 ** 31]) {
        expect(() => derivePatientAccount({ ...parameters, index })).to.throw(DerivationError, "index");
      }
    });

    it("follows BIP-32 along hardened steps alone", () => {
      const seed = `0x${Buffer.from(SEED).toString("hex")}`;
      const expected = HDNodeWallet.fromSeed(seed).derivePath("m/44'/60'/20261'/7'/0'");
      expect(derivePatientAccount(parameters).address).to.equal(expected.address);
    });

    it("gives one account for each institution, chain and index, the same each time", () => {
      const variants = [
        {},
        { institution: 8 },
        { institution: 2 ** 31 - 1 },
        { chainId: 1 },
        { index: 1 },
        { seed: SEED.slice(0, 16) },
      ];
      const addresses = variants.map((variant) => derivePatientAccount({ ...parameters, ...variant }).address);
      expect(new Set(addresses).size).to.equal(variants.length);
      expect(derivePatientAccount({ ...parameters, index: 0 }).address).to.equal(addresses[0]);
    });
  });
});

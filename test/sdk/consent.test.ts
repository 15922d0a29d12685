import { expect } from "chai";
import { AbiCoder, keccak256, TypedDataEncoder, verifyTypedData } from "ethers";
import {
  createWalletClient,
  custom,
  getAddress,
  HttpRequestError,
  UserRejectedRequestError,
  zeroAddress,
  zeroHash,
} from "viem";
import type { Address, Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import {
  BaseError,
  consentId,
  createConsent,
  detailsHash,
  giveConsentTypedData,
  refuseConsentTypedData,
  RetryableError,
  signGiveConsent,
  SignatureRefusedError,
  SignerUnavailableError,
  signRefuseConsent,
  signWithdrawAllConsents,
  signWithdrawConsent,
  withdrawAllConsentsTypedData,
  withdrawConsentTypedData,
} from "@consilium/sdk";
import type { TypedDataSigner, TypedMessage } from "@consilium/sdk";
import { expectRejection } from "../utils/expectRejection.ts";
import { seededRandom } from "../utils/seededRandom.ts";

const DOMAIN = { chainId: 20_261, verifyingContract: getAddress(`0x${"c0".repeat(20)}`) };
const PATIENT: Address = getAddress(`0x${"11".repeat(20)}`);
const DEADLINE = 1_900_000_000n;
const NOTICE: Hex = `0x${"ab".repeat(32)}`;

const CONSENT_FIELDS = [
  { name: "patient", type: "address" },
  { name: "institution", type: "uint32" },
  { name: "agent", type: "address" },
  { name: "study", type: "bytes32" },
  { name: "policy", type: "uint256" },
  { name: "epoch", type: "uint8" },
  { name: "details", type: "ConsentDetails" },
];
const DETAILS_FIELDS = [
  { name: "parameters", type: "bytes32" },
  { name: "notice", type: "bytes32" },
  { name: "previous", type: "bytes32" },
  { name: "salt", type: "uint256" },
];

function consent() {
  return createConsent(
    {
      patient: PATIENT,
      institution: 4_294_967_295,
      agent: getAddress(`0x${"22".repeat(20)}`),
      study: `0x${"33".repeat(32)}`,
      policy: (1n << 256n) - 1n,
      epoch: 255,
      notice: NOTICE,
      parameters: `0x${"44".repeat(32)}`,
      previous: `0x${"55".repeat(32)}`,
    },
    seededRandom("consent").bytes,
  );
}

/** Typed data hashed by ethers, an implementation of its own. */
function ethersHash({ domain, types, message }: TypedMessage): string {
  const copied = Object.fromEntries(Object.entries(types).map(([name, fields]) => [name, [...fields]]));
  return TypedDataEncoder.hash({ ...domain }, copied, message);
}

describe("consents", () => {
  describe("createConsent", () => {
    it("leaves out nothing but what was left out", () => {
      const { id, terms, details } = createConsent({ patient: PATIENT, policy: 5n, epoch: 0, notice: NOTICE });
      expect(details).to.deep.include({ parameters: zeroHash, notice: NOTICE, previous: zeroHash });
      expect(terms).to.deep.equal({
        patient: PATIENT,
        institution: 0,
        agent: zeroAddress,
        study: zeroHash,
        policy: 5n,
        epoch: 0,
        details: detailsHash(details),
      });
      expect(id).to.equal(consentId(terms));
    });

    it("makes equal terms different consents", () => {
      const parameters = { patient: PATIENT, policy: 5n, epoch: 0, notice: NOTICE };
      expect(createConsent(parameters).id).to.not.equal(createConsent(parameters).id);
    });
  });

  describe("consentId and detailsHash", () => {
    it("are the EIP-712 struct hashes, without a domain", () => {
      const { id, terms, details } = consent();
      expect(detailsHash(details)).to.equal(TypedDataEncoder.from({ ConsentDetails: DETAILS_FIELDS }).hash(details));
      const encoder = TypedDataEncoder.from({ Consent: CONSENT_FIELDS, ConsentDetails: DETAILS_FIELDS });
      expect(id).to.equal(encoder.hashStruct("Consent", { ...terms, details }));
    });

    it("change with every field", () => {
      const { id, terms, details } = consent();
      const other = {
        patient: zeroAddress,
        institution: 1,
        agent: zeroAddress,
        study: zeroHash,
        policy: 1n,
        epoch: 0,
        details: zeroHash,
      };
      const ids = Object.entries(other).map(([field, value]) => consentId({ ...terms, [field]: value }));
      const changed = { parameters: zeroHash, notice: zeroHash, previous: zeroHash, salt: 0n };
      const hashes = Object.entries(changed).map(([field, value]) => detailsHash({ ...details, [field]: value }));
      expect(new Set([id, ...ids]).size).to.equal(8);
      expect(new Set([detailsHash(details), ...hashes]).size).to.equal(5);
    });
  });

  describe("typed data", () => {
    it("hashes by the agreed types under the registry's domain", () => {
      const { id, terms, details } = consent();
      const coder = AbiCoder.defaultAbiCoder();
      const typeHash = (type: string): string => keccak256(Buffer.from(type));
      const consentType =
        "Consent(address patient,uint32 institution,address agent,bytes32 study,uint256 policy,uint8 epoch,ConsentDetails details)" +
        "ConsentDetails(bytes32 parameters,bytes32 notice,bytes32 previous,uint256 salt)";
      const domainHash = TypedDataEncoder.hashDomain({ name: "Consilium Consents", version: "1", ...DOMAIN });
      const digest = (type: string, types: string[], values: unknown[]): string =>
        keccak256(
          Buffer.concat(
            ["0x1901", domainHash, keccak256(coder.encode(["bytes32", ...types], [typeHash(type), ...values]))].map(
              (hex) => Buffer.from(hex.slice(2), "hex"),
            ),
          ),
        );

      const parameters = { ...DOMAIN, terms, details, deadline: DEADLINE };
      expect(ethersHash(giveConsentTypedData(parameters))).to.equal(
        digest(`GiveConsent(Consent consent,uint256 deadline)${consentType}`, ["bytes32", "uint256"], [id, DEADLINE]),
      );
      expect(ethersHash(refuseConsentTypedData(parameters))).to.equal(
        digest(`RefuseConsent(Consent consent,uint256 deadline)${consentType}`, ["bytes32", "uint256"], [id, DEADLINE]),
      );
      expect(ethersHash(withdrawConsentTypedData({ ...DOMAIN, consent: id, deadline: DEADLINE }))).to.equal(
        digest("WithdrawConsent(bytes32 consent,uint256 deadline)", ["bytes32", "uint256"], [id, DEADLINE]),
      );
      expect(
        ethersHash(withdrawAllConsentsTypedData({ ...DOMAIN, patient: PATIENT, epoch: 255, deadline: DEADLINE })),
      ).to.equal(
        digest(
          "WithdrawAllConsents(address patient,uint8 epoch,uint256 deadline)",
          ["address", "uint8", "uint256"],
          [PATIENT, 255, DEADLINE],
        ),
      );
    });
  });

  describe("signing", () => {
    const account = privateKeyToAccount(`0x${"77".repeat(32)}`);
    const signer = account.address;

    function signerOf(typedData: TypedMessage, signature: Hex): string {
      const types = Object.fromEntries(Object.entries(typedData.types).map(([name, fields]) => [name, [...fields]]));
      return verifyTypedData({ ...typedData.domain }, types, typedData.message, signature);
    }

    it("gives the arguments of the contracts' signed forms, signed by the account", async () => {
      const { id, terms, details } = consent();
      const parameters = { ...DOMAIN, terms, details, deadline: DEADLINE };
      const given = await signGiveConsent(account, { ...parameters, signer });
      expect(given).to.deep.include({ terms, details, signer, deadline: DEADLINE });
      expect(signerOf(giveConsentTypedData(parameters), given.signature)).to.equal(signer);

      const refused = await signRefuseConsent(account, { ...parameters, signer });
      expect(refused).to.deep.include({ terms, signer, deadline: DEADLINE });
      expect(signerOf(refuseConsentTypedData(parameters), refused.signature)).to.equal(signer);

      const withdrawal = { ...DOMAIN, consent: id, deadline: DEADLINE };
      const withdrawn = await signWithdrawConsent(account, { ...withdrawal, signer });
      expect(withdrawn).to.deep.include({ consent: id, signer, deadline: DEADLINE });
      expect(signerOf(withdrawConsentTypedData(withdrawal), withdrawn.signature)).to.equal(signer);

      const end = { ...DOMAIN, patient: PATIENT, epoch: 3, deadline: DEADLINE };
      const ended = await signWithdrawAllConsents(account, { ...end, signer });
      expect(ended).to.deep.include({ patient: PATIENT, epoch: 3, signer, deadline: DEADLINE });
      expect(signerOf(withdrawAllConsentsTypedData(end), ended.signature)).to.equal(signer);
    });

    it("takes the details' own hash, whatever hash the terms came with", async () => {
      const { terms, details } = consent();
      const parameters = { ...DOMAIN, terms: { ...terms, details: zeroHash }, details, deadline: DEADLINE, signer };
      expect((await signGiveConsent(account, parameters)).terms).to.deep.equal(terms);
    });

    it("works with a wallet client", async () => {
      const client = createWalletClient({ account, transport: custom({ request: () => Promise.reject(new Error()) }) });
      const parameters = { ...DOMAIN, consent: NOTICE, deadline: DEADLINE };
      const { signature } = await signWithdrawConsent(client, { ...parameters, signer });
      expect(signerOf(withdrawConsentTypedData(parameters), signature)).to.equal(signer);
    });

    const failing = (error: Error): TypedDataSigner => ({ signTypedData: () => Promise.reject(error) });
    const parameters = { ...DOMAIN, consent: NOTICE, deadline: DEADLINE, signer };

    it("throws SignatureRefusedError if the holder declines, which no retry mends", async () => {
      for (const refusal of [
        new UserRejectedRequestError(new Error("no")),
        Object.assign(new Error("no"), { code: 4001 }),
      ]) {
        const error = await expectRejection(signWithdrawConsent(failing(refusal), parameters), SignatureRefusedError);
        expect(error.shortMessage).to.equal("The wallet declined to sign WithdrawConsent.");
        expect(error).to.not.be.instanceOf(RetryableError);
        expect(error.cause).to.equal(refusal);
      }
    });

    it("throws SignerUnavailableError if the wallet cannot be reached, which a retry may mend", async () => {
      const unreachable = new HttpRequestError({ url: "http://wallet.example" });
      const error = await expectRejection(
        signWithdrawConsent(failing(unreachable), parameters),
        SignerUnavailableError,
      );
      expect(error).to.be.instanceOf(RetryableError);
      expect(error).to.be.instanceOf(BaseError);
      expect(error.cause).to.equal(unreachable);
    });

    it("passes every other error on", async () => {
      const error = new TypeError("unforeseen");
      expect(await expectRejection(signWithdrawConsent(failing(error), parameters), TypeError)).to.equal(error);
    });
  });
});

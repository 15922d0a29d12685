import { expect } from "chai";
import { http, zeroAddress, type Address } from "viem";
import type { CallRevertedError } from "@consilium/sdk";
import {
  ChainMismatchError,
  ChainUnavailableError,
  ContractMissingError,
  addressOf,
  callOf,
  createRequest,
  evaluateCohort,
  evaluateRequest,
  openSuite,
  sendCall,
  sendCohort,
  sendRequest,
  simulateCall,
  WalletMissingError,
  type AccessRequest,
  type Suite,
} from "@consilium/sdk";
import { freePort } from "../../scripts/stack/freePort.ts";
import { deployScenario, hash, loadFixture, RECORD, type Scenario } from "../access/scenario.ts";
import { bookOf, openAs, transport } from "./support/openScenario.ts";

describe("Requests by the SDK", () => {
  let s: Scenario;
  let suite: Suite;

  async function fixture() {
    const scenario = await deployScenario();
    return { scenario, opened: await openAs(scenario, "researcher") };
  }

  beforeEach(async () => {
    const { scenario, opened } = await loadFixture(fixture);
    [s, suite] = [scenario, opened];
  });

  function ask(record: number, consent = s.consent): AccessRequest {
    return createRequest({
      batch: s.batch.id,
      record: s.batch.record(record),
      proof: s.batch.proof(record),
      consent,
      study: s.study,
      word: { purposes: ["DSRCH"], duoUses: ["diseaseSpecific"], deidentification: 1, validUntil: s.until },
    });
  }

  describe("openSuite", () => {
    it("throws ChainMismatchError for another chain's address book", async () => {
      const book = { ...bookOf(s), chainId: 5 };
      const error = await caught(openSuite({ book, transport }));
      expect(error).to.be.instanceOf(ChainMismatchError);
      expect((error as ChainMismatchError).shortMessage)
        .to.include("20261")
        .and.include("chain 5");
    });

    it("throws ChainUnavailableError where no chain answers", async () => {
      const transport = http(`http://127.0.0.1:${await freePort()}`, { retryCount: 0 });
      expect(await caught(openSuite({ book: bookOf(s), transport }))).to.be.instanceOf(ChainUnavailableError);
    });

    it("knows addresses by name, and throws ContractMissingError for one that the book lacks", () => {
      expect(addressOf(suite, "AccessBroker")).to.equal(s.contracts["AccessBroker"]);
      expect(() => addressOf({ addresses: {} }, "AccessBroker")).to.throw(ContractMissingError, "AccessBroker");
    });
  });

  describe("evaluateRequest", () => {
    it("tells the decision and changes nothing", async () => {
      const request = ask(RECORD.labs);
      const { decision, failed, reasons, pendingReviews, until } = await evaluateRequest(suite, request);
      expect({ decision, failed, reasons, pendingReviews, until }).to.deep.equal({
        decision: "APPROVED",
        failed: 0n,
        reasons: [],
        pendingReviews: [],
        until: s.until,
      });
      expect((await sendRequest(suite, request)).decision).to.equal("APPROVED");
    });

    it("names every failed check in words", async () => {
      const { decision, reasons } = await evaluateRequest(suite, ask(RECORD.other));
      expect(decision).to.equal("DENIED");
      expect(reasons.map(({ name }) => name)).to.deep.equal(["CONSENT_PATIENT"]);
      expect(reasons[0]?.text).to.equal("The consent is another patient's: name a consent of the record's patient.");
    });

    it("answers for another requester, and throws WalletMissingError where there is none", async () => {
      const reader = await openSuite({ book: bookOf(s), transport });
      const stranger = s.signers.stranger.address as Address;
      const { reasons } = await evaluateRequest(reader, ask(RECORD.labs), stranger);
      expect(reasons.map(({ name }) => name)).to.deep.equal(["REQUESTER_STANDING"]);
      expect(await caught(evaluateRequest(reader, ask(RECORD.labs)))).to.be.instanceOf(WalletMissingError);
      expect(await caught(sendRequest(reader, ask(RECORD.labs)))).to.be.instanceOf(WalletMissingError);
    });
  });

  describe("sendRequest", () => {
    it("returns the grant of an approved request, which the chain knows", async () => {
      const answer = await sendRequest(suite, ask(RECORD.labs));
      expect(answer.ruleVersion).to.equal(1);
      const { grant, member, proof } = answer.grant!;
      expect(grant).to.equal(answer.id);
      expect(await s.broker.checkGrant(grant, member, proof, s.batch.record(RECORD.labs))).to.equal(0n);
    });

    it("returns a denial with its reasons, and no grant", async () => {
      const answer = await sendRequest(suite, ask(RECORD.other));
      expect(answer.decision).to.equal("DENIED");
      expect(answer.grant).to.equal(undefined);
      expect(answer.reasons.map(({ name }) => name)).to.deep.equal(["CONSENT_PATIENT"]);
      expect((await s.broker.grant(answer.id)).decision).to.equal(2n);
    });

    it("says who has to agree to a request that waits", async () => {
      const answer = await sendRequest(suite, ask(RECORD.core));
      expect(answer.decision).to.equal("NEEDS_REVIEW");
      expect(answer.pendingReviews).to.deep.equal(["ETHICS"]);
      expect(answer.grant).to.equal(undefined);
    });

    it("throws CallRevertedError by the contract's error for a request sent twice and for an outsider", async () => {
      const request = ask(RECORD.labs);
      const { id } = await sendRequest(suite, request);
      const twice = (await caught(sendRequest(suite, request))) as CallRevertedError;
      expect([twice.error, twice.args]).to.deep.equal(["RequestAlreadyDecided", [id]]);
      const stranger = (await caught(sendRequest(await openAs(s, "stranger"), ask(RECORD.labs)))) as CallRevertedError;
      expect([stranger.error, stranger.args]).to.deep.equal(["RequesterNotPermitted", [s.signers.stranger.address]]);
      expect(stranger.message).to.include("docs/errors.md");
    });
  });

  describe("sendCohort", () => {
    it("grants those whose checks pass, with proofs, and names the others' reasons, as evaluateCohort foretells", async () => {
      const parts = [
        s.makePart(s.batch, [RECORD.labs, RECORD.other], [s.consent, s.consent]),
        s.makePart(s.southBatch, [0], [s.consent]),
      ];
      const cohort = s.makeCohort(parts);
      const foretold = await evaluateCohort(suite, cohort);
      const answer = await sendCohort(suite, cohort);

      expect(answer.decision).to.equal("APPROVED");
      expect(answer.granted).to.have.lengthOf(2);
      expect(answer.granted.map(({ member }) => member)).to.deep.equal(foretold.granted);
      for (const { grant, member, proof } of answer.granted) {
        expect(await s.broker.isMember(grant, member, proof)).to.equal(true);
      }
      expect(
        answer.refused.map(({ member, reasons }) => [member.patient, reasons.map(({ name }) => name)]),
      ).to.deep.equal([[s.signers.otherPatient.address, ["CONSENT_PATIENT"]]]);
      expect(answer.refused).to.deep.equal(foretold.refused);
    });

    it("returns a denial as a whole", async () => {
      const cohort = s.makeCohort([s.makePart(s.batch, [RECORD.labs], [s.consent])], { study: hash("no study") });
      const foretold = await evaluateCohort(suite, cohort);
      const answer = await sendCohort(suite, cohort);
      expect([answer.decision, answer.granted]).to.deep.equal(["DENIED", []]);
      expect([answer.failed, answer.refused]).to.deep.equal([foretold.failed, foretold.refused]);
      expect(answer.failed === 0n && answer.refused.length === 0).to.equal(false);
    });

    it("throws CallRevertedError for a malformed cohort", async () => {
      const error = (await caught(sendCohort(suite, s.makeCohort([])))) as CallRevertedError;
      expect([error.error, error.args]).to.deep.equal(["CohortInvalid", [0n]]);
    });
  });

  describe("calls", () => {
    it("are tried without being sent, as anyone", async () => {
      const call = callOf("PatientRegistry", "changeOwner", [s.signers.patient.address as Address, zeroAddress]);
      await simulateCall(suite, call, s.signers.patient.address as Address);
      expect(await s.patients.isDeactivated(s.signers.patient)).to.equal(false);
      const error = (await caught(simulateCall(suite, call))) as CallRevertedError;
      expect(error.error).to.equal("NotIdentityOwner");
    });

    it("are not sent where the contract would refuse", async () => {
      const call = callOf("AccessBroker", "revokeGrant", [hash("none"), hash("reason")]);
      const sent = await suite.client.getTransactionCount({ address: suite.wallet!.account.address });
      const error = (await caught(sendCall(suite, call))) as CallRevertedError;
      expect([error.error, error.args]).to.deep.equal(["GrantUnknown", [hash("none")]]);
      expect(await suite.client.getTransactionCount({ address: suite.wallet!.account.address })).to.equal(sent);
    });
  });
});

async function caught(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown.");
}

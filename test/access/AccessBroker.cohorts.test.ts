import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import type { Address, Hex } from "viem";
import { CohortTree, MEMBER_LEAF_TYPES, cohortRequestId, consentId, recordLeaf } from "@consilium/sdk";
import type { CohortMember, CohortRequest, ConsentTerms } from "@consilium/sdk";
import {
  DAY,
  DELIVERY,
  Decision,
  NO_CONSENT,
  RECORD,
  YEAR,
  deployScenario,
  ethers,
  failedCheckMask,
  hash,
  loadFixture,
  membersOf,
  time,
  zeroHash,
  type Signer,
} from "./scenario.ts";

const REASON = hash("reason");
const ALL = [RECORD.labs, RECORD.other, RECORD.first, RECORD.second, RECORD.third] as const;

type Cohort = Awaited<ReturnType<typeof deployCohort>>;

/** Five patients of the north hospital, of whom three are of the south one too, each with a consent. */
async function deployCohort() {
  const s = await loadFixture(deployScenario);
  const { otherPatient, helper1, helper2, helper3 } = s.signers;
  const consents: ConsentTerms[] = [s.consent];
  for (const by of [otherPatient, helper1, helper2, helper3]) consents.push(await s.giveConsent({ by }));
  return { ...s, consentsOf: consents };
}

function northPart(s: Cohort, indices: readonly number[] = ALL, terms: readonly ConsentTerms[] = s.consentsOf) {
  return s.makePart(s.batch, indices, terms);
}

function southPart(s: Cohort, terms: readonly ConsentTerms[] = s.consentsOf) {
  return s.makePart(s.southBatch, [0, 1, 2], terms.slice(0, 3));
}

type Outcome = {
  decision: bigint;
  failed?: bigint;
  /** For each record's leaf that is refused: why. */
  refused?: Map<Hex, bigint>;
  by?: Signer;
  cap?: number;
};

/** Sends a cohort; checks events, foretelling, root, grant and the membership of everyone. */
async function expectCohort(s: Cohort, body: CohortRequest, outcome: Outcome): Promise<{ id: Hex; tree?: CohortTree }> {
  const { broker, signers } = s;
  const { decision, failed = 0n, refused = new Map<Hex, bigint>(), by = signers.researcher } = outcome;
  const id = cohortRequestId(by.address as Address, body);
  expect(await broker.cohortRequestId(by, body)).to.equal(id);
  const granted = failed === 0n ? membersOf(body).filter(({ record }) => !refused.has(record)) : [];
  const tree = granted.length === 0 ? undefined : new CohortTree(granted);
  const until = (body.word >> 144n) & (2n ** 40n - 1n);

  const foretold = await broker.evaluateCohort(by, body);
  expect(foretold.failed, "foretold").to.equal(failed);
  if (failed === 0n) {
    expect([...foretold.memberFailed]).to.deep.equal(
      body.parts.flatMap(({ records }) => records.map((record) => refused.get(recordLeaf(record)) ?? 0n)),
    );
  }

  const receipt = (await (await broker.connect(by).requestCohort(body)).wait())!;
  const logs = receipt.logs.map((log) => broker.interface.parseLog(log)!);
  const allRefused = failed | (decision === Decision.DENIED ? [...refused.values()].reduce((a, b) => a | b, 0n) : 0n);
  const decided = logs.find(({ name }) => name === "CohortDecided")!;
  expect([...decided.args]).to.deep.equal([
    ...[id, by.address, body.study, (await s.institutions.agent(by)).institution, decision, allRefused, 1n, body.word],
    ...[tree?.root ?? zeroHash, BigInt(granted.length), until],
  ]);

  const expected = failed !== 0n ? [] : body.parts.flatMap((part) => membersEvents(id, part, refused));
  const named = logs.filter(({ name }) => name.startsWith("CohortMembers"));
  expect(
    named.map(({ name, args }) => [
      name,
      ...args.map((arg: unknown) => (Array.isArray(arg) ? [...(arg as unknown[])] : arg)),
    ]),
  ).to.deep.equal(expected);
  if (named.length !== 0) expect(logs.indexOf(decided)).to.be.greaterThan(logs.indexOf(named.at(-1)!));

  const kept = await broker.grant(id);
  expect([kept.decision, kept.count, kept.until]).to.deep.equal([decision, BigInt(granted.length), until]);
  expect(await broker.cohortRoot(id)).to.equal(tree?.root ?? zeroHash);
  for (const member of membersOf(body)) {
    const place = granted.findIndex(({ record }) => record === member.record);
    const proof = place < 0 ? [] : tree!.proof(place);
    expect(await broker.isMember(id, member, proof)).to.equal(place >= 0);
  }
  return tree === undefined ? { id } : { id, tree };
}

function membersEvents(id: Hex, part: CohortRequest["parts"][number], refused: Map<Hex, bigint>): unknown[][] {
  const rows = part.records.map((record, i) => {
    const terms = part.consents[i]!;
    return { leaf: recordLeaf(record), consent: terms === NO_CONSENT ? zeroHash : consentId(terms) };
  });
  const [ins, outs] = [rows.filter(({ leaf }) => !refused.has(leaf)), rows.filter(({ leaf }) => refused.has(leaf))];
  const columns = (some: typeof rows): unknown[] => [some.map(({ consent }) => consent), some.map(({ leaf }) => leaf)];
  return [
    ...(ins.length === 0 ? [] : [["CohortMembersGranted", id, part.batch, ...columns(ins)]]),
    ...(outs.length === 0
      ? []
      : [["CohortMembersRefused", id, part.batch, ...columns(outs), outs.map(({ leaf }) => refused.get(leaf))]]),
  ];
}

function everyone(body: CohortRequest, failed: bigint): Map<Hex, bigint> {
  return new Map(body.parts.flatMap(({ records }) => records.map((record) => [recordLeaf(record), failed])));
}

describe("AccessBroker: cohorts", () => {
  describe("requestCohort", () => {
    it("grants all whose checks pass, under the root that package and SDK compute", async () => {
      const s = await loadFixture(deployCohort);
      const body = s.makeCohort([northPart(s)]);
      const { tree } = await expectCohort(s, body, { decision: Decision.APPROVED });
      const values = tree!.members.map((one) => [one.study, one.patient, one.consent, one.batch, one.record]);
      expect(tree!.root).to.equal(StandardMerkleTree.of(values, MEMBER_LEAF_TYPES, { sortLeaves: false }).root);
    });

    it("grants over several batches and custodians", async () => {
      const s = await loadFixture(deployCohort);
      await expectCohort(s, s.makeCohort([northPart(s), southPart(s)]), { decision: Decision.APPROVED });
    });

    for (let mask = 0; mask < 8; ++mask) {
      it(`parts granted and refused members: withdrawn by the mask ${mask.toString(2).padStart(3, "0")}`, async () => {
        const s = await loadFixture(deployCohort);
        const { otherPatient, helper1, patient } = s.signers;
        const refused = new Map<Hex, bigint>();
        for (const [i, by] of [patient, otherPatient, helper1].entries()) {
          if (((mask >> i) & 1) === 0) continue;
          await s.consents.connect(by).withdraw(consentId(s.consentsOf[i]!));
          refused.set(s.southBatch.leaf(i), failedCheckMask("CONSENT_NOT_IN_FORCE"));
        }
        const decision = mask === 7 ? Decision.DENIED : Decision.APPROVED;
        await expectCohort(s, s.makeCohort([southPart(s)]), { decision, refused });
      });
    }

    it("refuses each member for its own reasons, over two batches", async () => {
      const s = await loadFixture(deployCohort);
      const { batch, southBatch, signers } = s;
      await s.patients.connect(signers.helper2).changeOwner(signers.helper2, ethers.ZeroAddress);
      await s.records
        .connect(signers.northGateway)
        .attestDestruction(batch.id, batch.record(RECORD.third), batch.proof(RECORD.third), REASON);
      const narrow = await s.giveConsent({ by: signers.otherPatient, policy: { purposes: ["HRESCH"], level: 1 } });
      const asked = await s.giveConsent({ by: signers.helper1, policy: { flags: [] } });
      const terms = [s.consent, narrow, asked, s.consentsOf[3]!, s.consentsOf[4]!];
      const refused = new Map([
        [batch.leaf(RECORD.other), failedCheckMask("CONSENT_PURPOSE", "CONSENT_LEVEL")],
        [batch.leaf(RECORD.first), failedCheckMask("REVIEW_REQUIRED")],
        [batch.leaf(RECORD.second), failedCheckMask("PATIENT_DEACTIVATED")],
        [batch.leaf(RECORD.third), failedCheckMask("RECORD_DESTROYED")],
        [southBatch.leaf(1), failedCheckMask("CONSENT_PURPOSE", "CONSENT_LEVEL")],
        [southBatch.leaf(2), failedCheckMask("REVIEW_REQUIRED")],
      ]);
      const body = s.makeCohort([northPart(s, ALL, terms), southPart(s, terms)]);
      await expectCohort(s, body, { decision: Decision.APPROVED, refused });
    });

    it("refuses what is of another category or above the level asked for", async () => {
      const s = await loadFixture(deployCohort);
      const indices = [RECORD.labs, RECORD.core, RECORD.diagnoses];
      const body = s.makeCohort([northPart(s, indices, [s.consent, s.consent, s.consent])]);
      const refused = new Map([
        [s.batch.leaf(RECORD.core), failedCheckMask("REQUEST_SCOPE")],
        [s.batch.leaf(RECORD.diagnoses), failedCheckMask("REQUEST_SCOPE")],
      ]);
      await expectCohort(s, body, { decision: Decision.APPROVED, refused });
    });

    it("refuses a member whose consent is another patient's", async () => {
      const s = await loadFixture(deployCohort);
      const terms = [s.consentsOf[1]!, s.consentsOf[1]!];
      const body = s.makeCohort([northPart(s, [RECORD.labs, RECORD.other], terms)]);
      const refused = new Map([[s.batch.leaf(RECORD.labs), failedCheckMask("CONSENT_PATIENT")]]);
      await expectCohort(s, body, { decision: Decision.APPROVED, refused });
    });

    it("refuses a custodian's whole part while it is suspended", async () => {
      const s = await loadFixture(deployCohort);
      await s.institutions.connect(s.signers.supervision).suspend(s.ids.south, s.start + DAY, REASON);
      const refused = new Map([0, 1, 2].map((i) => [s.southBatch.leaf(i), failedCheckMask("CUSTODIAN_STANDING")]));
      await expectCohort(s, s.makeCohort([northPart(s), southPart(s)]), { decision: Decision.APPROVED, refused });
    });

    it("refuses level 3, which needs a review, as a whole", async () => {
      const s = await loadFixture(deployCohort);
      const word = s.makeRequest({ word: { level: 3 } }).word;
      const body = s.makeCohort([northPart(s, [RECORD.core], [s.consent])], { word });
      const failed = failedCheckMask("REVIEW_REQUIRED");
      await expectCohort(s, body, { decision: Decision.DENIED, refused: everyone(body, failed) });
    });

    it("needs no review where a custodian asks for its own level 1, and needs one where another does", async () => {
      const s = await loadFixture(deployCohort);
      const word = s.makeRequest({ word: { ...s.careWord, level: 1 } }).word;
      const body = s.makeCohort([northPart(s, [RECORD.internal], [NO_CONSENT])], { word, study: zeroHash });
      await expectCohort(s, body, { decision: Decision.APPROVED, by: s.signers.northClinician });
      const failed = failedCheckMask("REVIEW_REQUIRED");
      await expectCohort(s, body, {
        decision: Decision.DENIED,
        by: s.signers.southClinician,
        refused: everyone(body, failed),
      });
    });

    it("needs no consent for level 0", async () => {
      const s = await loadFixture(deployCohort);
      const word = s.makeRequest({ word: { level: 0 } }).word;
      const body = s.makeCohort([northPart(s, [RECORD.public], [NO_CONSENT])], { word });
      await expectCohort(s, body, { decision: Decision.APPROVED });
    });

    it("denies as a whole what fails for the request as a whole, and names no member", async () => {
      const s = await loadFixture(deployCohort);
      const body = s.makeCohort([northPart(s)], { study: zeroHash });
      await expectCohort(s, body, { decision: Decision.DENIED, failed: failedCheckMask("STUDY_MISSING") });
      const officer = s.makeCohort([northPart(s)]);
      await expectCohort(s, officer, {
        decision: Decision.DENIED,
        failed: failedCheckMask("REQUESTER_ROLE"),
        by: s.signers.officer,
      });
    });

    it("holds the whole cohort against the cap", async () => {
      const s = await loadFixture(deployCohort);
      const study = await s.addStudy({ subjectCap: 6 });
      await expectCohort(s, s.makeCohort([northPart(s)], { study }), { decision: Decision.APPROVED });
      expect(await s.broker.subjectsOf(study)).to.equal(5n);
      const three = s.makeCohort([southPart(s)], { study });
      await expectCohort(s, three, { decision: Decision.DENIED, failed: failedCheckMask("STUDY_CAP") });
      expect(await s.broker.subjectsOf(study)).to.equal(5n);
      const one = s.makeCohort([s.makePart(s.southBatch, [0], [s.consent])], { study });
      await expectCohort(s, one, { decision: Decision.APPROVED });
      expect(await s.broker.subjectsOf(study)).to.equal(6n);
      const last = s.makeCohort([s.makePart(s.southBatch, [0], [s.consent])], { study });
      await expectCohort(s, last, { decision: Decision.DENIED, failed: failedCheckMask("STUDY_CAP") });
    });

    it("counts the granted alone against the cap", async () => {
      const s = await loadFixture(deployCohort);
      const study = await s.addStudy({ subjectCap: 5 });
      await s.consents.connect(s.signers.patient).withdraw(consentId(s.consent));
      const refused = new Map([[s.batch.leaf(RECORD.labs), failedCheckMask("CONSENT_NOT_IN_FORCE")]]);
      await expectCohort(s, s.makeCohort([northPart(s)], { study }), { decision: Decision.APPROVED, refused });
      expect(await s.broker.subjectsOf(study)).to.equal(4n);
    });

    it("counts a denied cohort as one denial", async () => {
      const s = await loadFixture(deployCohort);
      await expectCohort(s, s.makeCohort([northPart(s)], { study: zeroHash }), {
        decision: Decision.DENIED,
        failed: failedCheckMask("STUDY_MISSING"),
      });
      expect((await s.broker.denials(s.signers.researcher)).count).to.equal(1n);
    });
  });

  describe("shape", () => {
    const cases: [string, (s: Cohort) => CohortRequest["parts"], number][] = [
      ["no part", () => [], 0],
      ["a part without records", (s) => [{ ...northPart(s), records: [], consents: [] }], 0],
      ["fewer consents than records", (s) => [{ ...northPart(s), consents: s.consentsOf.slice(1) }], 0],
      ["more consents than records", (s) => [{ ...northPart(s), consents: [...s.consentsOf, s.consent] }], 0],
      ["a batch twice", (s) => [northPart(s), northPart(s)], 1],
      ["batches descending", (s) => s.makeCohort([northPart(s), southPart(s)]).parts.toReversed(), 1],
      ["the zero batch", (s) => [{ ...northPart(s), batch: zeroHash }], 0],
      [
        "a bad second part",
        (s) =>
          s
            .makeCohort([northPart(s), southPart(s)])
            .parts.map((part, i) => (i === 1 ? { ...part, consents: [] } : part)),
        1,
      ],
    ];
    for (const [name, partsOf, index] of cases) {
      it(`reverts for ${name}`, async () => {
        const s = await loadFixture(deployCohort);
        const body = s.makeCohort([], { parts: partsOf(s) });
        await expect(s.broker.connect(s.signers.researcher).requestCohort(body))
          .to.be.revertedWithCustomError(s.broker, "CohortInvalid")
          .withArgs(index);
        await expect(s.broker.evaluateCohort(s.signers.researcher, body))
          .to.be.revertedWithCustomError(s.broker, "CohortInvalid")
          .withArgs(index);
      });
    }

    it("decides on what an offset points to, wherever that is, as the rules do", async () => {
      const s = await loadFixture(deployCohort);
      const { broker, signers } = s;
      const good = s.makeCohort([northPart(s, [RECORD.labs])]);
      const bad = { ...good, parts: [{ ...good.parts[0]!, records: [s.batch.record(RECORD.other)] }] };
      for (const [shown, meant, decision] of [
        [good, bad, Decision.DENIED],
        [bad, good, Decision.APPROVED],
      ] as const) {
        const data = broker.interface.encodeFunctionData("requestCohort", [shown]);
        const tail = ethers.AbiCoder.defaultAbiCoder()
          .encode(
            ["tuple(address,bytes32,uint256)[]"],
            [meant.parts[0]!.records.map(({ patient, commitment, meta }) => [patient, commitment, meta])],
          )
          .slice(2 + 64);
        // Behind the selector: the body's offset, four words of it, the number of parts and the offset of the first.
        const part = 0x20 + 0x80 + 0x20 + 0x20;
        const offset = ethers.toBeHex((data.length - 2) / 2 - 4 - part, 32).slice(2);
        const at = 2 + 2 * (4 + part + 0x20);
        const moved = data.slice(0, at) + offset + data.slice(at + 64) + tail;
        await signers.researcher.sendTransaction({ to: broker, data: moved });
        const by = signers.researcher.address as Address;
        expect((await broker.grant(cohortRequestId(by, meant))).decision).to.equal(decision);
        expect((await broker.grant(cohortRequestId(by, shown))).decision).to.equal(
          decision === Decision.DENIED ? 0n : Decision.DENIED,
        );
      }
    });

    const malformed: [string, (part: CohortRequest["parts"][number]) => Partial<CohortRequest["parts"][number]>][] = [
      ["a hash too many", ({ proof }) => ({ proof: [...proof, zeroHash] })],
      ["a hash too few", ({ proof }) => ({ proof: proof.slice(1) })],
      ["a flag too many", ({ proofFlags }) => ({ proofFlags: [...proofFlags, true] })],
      ["a flag too few", ({ proofFlags }) => ({ proofFlags: proofFlags.slice(1) })],
      ["flags turned round", ({ proofFlags }) => ({ proofFlags: proofFlags.map((flag) => !flag) })],
      ["no flags", () => ({ proofFlags: [] })],
      ["nothing", () => ({ proof: [], proofFlags: [] })],
      [
        "another order",
        ({ records, consents }) => ({ records: records.toReversed(), consents: consents.toReversed() }),
      ],
      [
        "a record twice",
        ({ records, consents }) => ({
          records: [records[0]!, ...records.slice(0, -1)],
          consents: [consents[0]!, ...consents.slice(0, -1)],
        }),
      ],
      [
        "a record twice and a flag for it",
        ({ records, consents, proofFlags }) => ({
          records: [records[0]!, ...records],
          consents: [consents[0]!, ...consents],
          proofFlags: [true, ...proofFlags],
        }),
      ],
      ["another batch's proof", () => ({ batch: hash("batch") })],
    ];
    for (const [name, change] of malformed) {
      it(`refuses every member of a multiproof with ${name}`, async () => {
        const s = await loadFixture(deployCohort);
        const part = northPart(s);
        const body = s.makeCohort([{ ...part, ...change(part) }]);
        const failed = failedCheckMask("RECORD_NOT_ANCHORED");
        await expectCohort(s, body, { decision: Decision.DENIED, refused: everyone(body, failed) });
      });
    }

    it("refuses the records of one batch shown as another's", async () => {
      const s = await loadFixture(deployCohort);
      const body = s.makeCohort([{ ...northPart(s), batch: s.southBatch.id }]);
      const failed = failedCheckMask("RECORD_NOT_ANCHORED");
      await expectCohort(s, body, { decision: Decision.DENIED, refused: everyone(body, failed) });
    });
  });

  describe("requester", () => {
    it("reverts for a stranger and a suspended member, and logs nothing", async () => {
      const s = await loadFixture(deployCohort);
      const body = s.makeCohort([northPart(s)]);
      await s.institutions.connect(s.signers.supervision).suspend(s.ids.institute, s.start + DAY, REASON);
      for (const by of [s.signers.stranger, s.signers.researcher]) {
        await expect(s.broker.connect(by).requestCohort(body))
          .to.be.revertedWithCustomError(s.broker, "RequesterNotPermitted")
          .withArgs(by.address);
        const foretold = await s.broker.evaluateCohort(by, body);
        expect(foretold.failed).to.equal(failedCheckMask("REQUESTER_STANDING"));
      }
    });

    it("reverts when the id was decided, approved or denied", async () => {
      const s = await loadFixture(deployCohort);
      const approved = s.makeCohort([northPart(s)]);
      const denied = s.makeCohort([northPart(s)], { study: zeroHash });
      for (const body of [approved, denied]) {
        const by = s.broker.connect(s.signers.researcher);
        await by.requestCohort(body);
        await expect(by.requestCohort(body))
          .to.be.revertedWithCustomError(s.broker, "RequestAlreadyDecided")
          .withArgs(await s.broker.cohortRequestId(s.signers.researcher, body));
      }
    });
  });

  describe("grant", () => {
    it("lets each granted member be delivered by its own custodian, and no refused one", async () => {
      const s = await loadFixture(deployCohort);
      const { broker, signers, batch, southBatch } = s;
      await s.consents.connect(signers.helper1).withdraw(consentId(s.consentsOf[2]!));
      const failed = failedCheckMask("CONSENT_NOT_IN_FORCE");
      const refused = new Map([
        [batch.leaf(RECORD.first), failed],
        [southBatch.leaf(2), failed],
      ]);
      const body = s.makeCohort([northPart(s), southPart(s)]);
      const { id, tree } = await expectCohort(s, body, { decision: Decision.APPROVED, refused });
      const records = new Map([...batch.records, ...southBatch.records].map((record) => [recordLeaf(record), record]));
      for (const [place, member] of tree!.members.entries()) {
        const [own, other] =
          member.batch === batch.id
            ? [signers.northGateway, signers.southGateway]
            : [signers.southGateway, signers.northGateway];
        const args = [id, member, tree!.proof(place), records.get(member.record)!, DELIVERY] as const;
        await expect(broker.connect(own).logDelivery(...args)).to.emit(broker, "DeliveryLogged");
        await expect(broker.connect(other).logDelivery(...args))
          .to.be.revertedWithCustomError(broker, "GrantPartyOnly")
          .withArgs(id, other.address);
      }
      const member: CohortMember = membersOf(body).find(({ record }) => record === batch.leaf(RECORD.first))!;
      for (const proof of [[], tree!.proof(0), tree!.proof(1)]) {
        await expect(
          broker.connect(signers.northGateway).logDelivery(id, member, proof, batch.record(RECORD.first), DELIVERY),
        )
          .to.be.revertedWithCustomError(broker, "MemberNotInGrant")
          .withArgs(id, member.record);
      }
    });

    it("ends for one member by that one's withdrawal, and stays for the others", async () => {
      const s = await loadFixture(deployCohort);
      const body = s.makeCohort([northPart(s)]);
      const { id, tree } = await expectCohort(s, body, { decision: Decision.APPROVED });
      await s.consents.connect(s.signers.helper3).withdraw(consentId(s.consentsOf[4]!));
      const records = new Map(s.batch.records.map((record) => [recordLeaf(record), record]));
      for (const [place, member] of tree!.members.entries()) {
        const failed = await s.broker.checkGrant(id, member, tree!.proof(place), records.get(member.record)!);
        const isWithdrawn = member.patient === s.signers.helper3.address;
        expect(failed).to.equal(isWithdrawn ? failedCheckMask("CONSENT_NOT_IN_FORCE") : 0n);
      }
    });

    it("takes no inner node of the tree for a member", async () => {
      const s = await loadFixture(deployCohort);
      const body = s.makeCohort([northPart(s)]);
      const { id, tree } = await expectCohort(s, body, { decision: Decision.APPROVED });
      for (const [place, member] of tree!.members.entries()) {
        const wrong = { ...member, record: tree!.proof(place)[0]! };
        expect(await s.broker.isMember(id, wrong, tree!.proof(place).slice(1))).to.equal(false);
        expect(await s.broker.isMember(id, member, tree!.proof(place).slice(1))).to.equal(false);
      }
    });

    it("ends at its last second for all", async () => {
      const s = await loadFixture(deployCohort);
      const body = s.makeCohort([northPart(s, [RECORD.labs], [s.consent])]);
      const { id, tree } = await expectCohort(s, body, { decision: Decision.APPROVED });
      const record = s.batch.record(RECORD.labs);
      for (const [second, failed] of [
        [s.until - 1, 0n],
        [s.until, failedCheckMask("GRANT_EXPIRED")],
        [s.until + YEAR / 2, failedCheckMask("GRANT_EXPIRED")],
      ] as const) {
        await time.increaseTo(second);
        expect(await s.broker.checkGrant(id, tree!.members[0]!, [], record)).to.equal(failed);
      }
    });
  });
});

import { SimpleMerkleTree, StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import { AbiCoder, keccak256, TypedDataEncoder, verifyTypedData } from "ethers";
import { concat, getAddress, zeroHash } from "viem";
import type { Address, Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import {
  answerRequestTypedData,
  askHash,
  CohortError,
  cohortRequestId,
  CohortTree,
  consentId,
  custodianDue,
  MEMBER_LEAF_TYPES,
  memberLeaf,
  memberOf,
  NO_CONSENT,
  ofPatient,
  positionDue,
  rebuildCohort,
  rebuildGrant,
  recordLeaf,
  requestId,
  reviewKindsIn,
  signAnswerRequest,
  studyId,
} from "@consilium/sdk";
import type { AccessRequest, CohortMember, CohortRequest } from "@consilium/sdk";

const coder = AbiCoder.defaultAbiCoder();
const bytes32 = (byte: string): Hex => `0x${byte.repeat(32)}`;
const address = (byte: string): Address => getAddress(`0x${byte.repeat(20)}`);

const REQUESTER = address("99");
const RECORD = { patient: address("11"), commitment: bytes32("22"), meta: 33n };
const CONSENT = { ...NO_CONSENT, patient: address("11"), policy: 44n, epoch: 5 };

const REQUEST: AccessRequest = {
  study: bytes32("55"),
  word: 66n,
  salt: 77n,
  batch: bytes32("88"),
  record: RECORD,
  proof: [bytes32("aa")],
  consent: CONSENT,
};

const COHORT: CohortRequest = {
  study: bytes32("55"),
  word: 66n,
  salt: 77n,
  parts: [
    {
      batch: bytes32("01"),
      records: [RECORD, { ...RECORD, meta: 34n }],
      consents: [CONSENT, { ...CONSENT, policy: 45n }],
      proof: [bytes32("aa"), bytes32("bb")],
      proofFlags: [true, false],
    },
    { batch: bytes32("02"), records: [RECORD], consents: [CONSENT], proof: [], proofFlags: [] },
  ],
};

function member(i: number): CohortMember {
  const byte = (i + 1).toString(16).padStart(2, "0");
  return {
    study: bytes32("55"),
    patient: address(byte),
    consent: bytes32(byte),
    batch: bytes32("88"),
    record: bytes32(byte),
  };
}

describe("access", () => {
  describe("requestId", () => {
    it("is the root of the member's leaf and the ask, which proves the member", () => {
      const ask = keccak256(coder.encode(["address", "uint256", "uint256"], [REQUESTER, 66n, 77n])) as Hex;
      const leaf = memberLeaf({
        study: REQUEST.study,
        patient: RECORD.patient,
        consent: consentId(CONSENT),
        batch: REQUEST.batch,
        record: recordLeaf(RECORD),
      });
      const id = requestId(REQUESTER, REQUEST);
      expect(askHash(REQUESTER, REQUEST)).to.equal(ask);
      expect(id).to.equal(keccak256(concat([leaf, ask].toSorted())));
      expect(SimpleMerkleTree.verify(id, leaf, [ask])).to.equal(true);
    });

    it("has no consent where the terms name no patient", () => {
      expect(memberOf({ ...REQUEST, consent: NO_CONSENT }).consent).to.equal(zeroHash);
    });

    it("changes with everything but the proof", () => {
      const id = requestId(REQUESTER, REQUEST);
      expect(requestId(REQUESTER, { ...REQUEST, proof: [] })).to.equal(id);
      const others = [
        requestId(address("98"), REQUEST),
        requestId(REQUESTER, { ...REQUEST, study: bytes32("56") }),
        requestId(REQUESTER, { ...REQUEST, word: 67n }),
        requestId(REQUESTER, { ...REQUEST, salt: 78n }),
        requestId(REQUESTER, { ...REQUEST, batch: bytes32("89") }),
        requestId(REQUESTER, { ...REQUEST, record: { ...RECORD, meta: 34n } }),
        requestId(REQUESTER, { ...REQUEST, consent: { ...CONSENT, policy: 45n } }),
      ];
      expect(new Set([id, ...others]).size).to.equal(8);
    });
  });

  describe("cohortRequestId", () => {
    it("is the hash of requester, what is asked for, and the leaves of all members", () => {
      const [one, other] = COHORT.parts;
      const leaves = [
        { ...REQUEST, batch: one!.batch, record: one!.records[0]!, consent: one!.consents[0]! },
        { ...REQUEST, batch: one!.batch, record: one!.records[1]!, consent: one!.consents[1]! },
        { ...REQUEST, batch: other!.batch, record: other!.records[0]!, consent: other!.consents[0]! },
      ].map((asked) => memberLeaf(memberOf(asked)));
      const parts = keccak256(concat(leaves));
      const encoded = coder.encode(
        ["address", "bytes32", "uint256", "uint256", "bytes32"],
        [REQUESTER, COHORT.study, 66n, 77n, parts],
      );
      expect(cohortRequestId(REQUESTER, COHORT)).to.equal(keccak256(encoded));
    });

    it("changes with every part, and with the requester", () => {
      const ids = [
        cohortRequestId(REQUESTER, COHORT),
        cohortRequestId(address("98"), COHORT),
        cohortRequestId(REQUESTER, { ...COHORT, parts: COHORT.parts.slice(0, 1) }),
        cohortRequestId(REQUESTER, { ...COHORT, parts: [] }),
      ];
      expect(new Set(ids).size).to.equal(4);
    });
  });

  describe("studyId", () => {
    it("is the hash of sponsor and protocol", () => {
      const protocol = bytes32("ee");
      expect(studyId(4_294_967_295, protocol)).to.equal(
        keccak256(coder.encode(["uint32", "bytes32"], [4_294_967_295, protocol])),
      );
    });
  });

  describe("CohortTree", () => {
    it("throws CohortError without members, and for a position that is none", () => {
      expect(() => new CohortTree([])).to.throw(CohortError, "empty");
      const tree = new CohortTree([member(0), member(1)]);
      for (const index of [-1, 2, 0.5]) expect(() => tree.proof(index)).to.throw(CohortError, `no member ${index}`);
    });

    for (const size of [1, 2, 3, 17, 50]) {
      it(`has root and proofs of the standard tree for ${size}, in the order given`, () => {
        const members = Array.from({ length: size }, (_, i) => member(i)).reverse();
        const values = members.map(({ study, patient, consent, batch, record }) => [
          study,
          patient,
          consent,
          batch,
          record,
        ]);
        const standard = StandardMerkleTree.of(values, MEMBER_LEAF_TYPES, { sortLeaves: false });
        const tree = new CohortTree(members);
        expect(tree.root).to.equal(standard.root);
        for (const [i, value] of values.entries()) {
          expect(memberLeaf(members[i] ?? member(0))).to.equal(standard.leafHash(value));
          expect(tree.proof(i)).to.deep.equal(standard.getProof(i));
          expect(StandardMerkleTree.verify(tree.root, MEMBER_LEAF_TYPES, value, tree.proof(i))).to.equal(true);
        }
      });
    }
  });

  describe("a grant from its events", () => {
    const patient = address("11");
    const parts = [
      { batch: bytes32("01"), consents: [bytes32("0a"), bytes32("0b")], records: [bytes32("a1"), bytes32("a2")] },
      { batch: bytes32("02"), consents: [bytes32("0c")], records: [bytes32("a3")] },
    ];
    const members = parts.flatMap(({ batch, consents, records }) =>
      records.map((record, i): CohortMember => ({
        study: bytes32("55"),
        patient,
        consent: consents[i]!,
        batch,
        record,
      })),
    );
    const cohort = { request: bytes32("77"), study: bytes32("55"), root: new CohortTree(members).root, parts };

    it("has a cohort's members in order, with proofs that lead to its root", () => {
      const rebuilt = rebuildCohort({ ...cohort, patientOf: () => patient });
      expect(rebuilt.map(({ member: one }) => one)).to.deep.equal(members);
      for (const { grant, member: one, proof } of rebuilt) {
        expect(grant).to.equal(cohort.request);
        expect(SimpleMerkleTree.verify(cohort.root, memberLeaf(one), proof)).to.equal(true);
      }
    });

    it("names what it lacks: a patient, or a member", () => {
      const unknown = ({ record }: { record: Hex }) => (record === bytes32("a2") ? undefined : patient);
      expect(() => rebuildCohort({ ...cohort, patientOf: unknown })).to.throw(CohortError, bytes32("a2"));
      const short = { ...cohort, parts: parts.slice(0, 1) };
      expect(() => rebuildCohort({ ...short, patientOf: () => patient })).to.throw(CohortError, "root");
    });

    it("has a single grant's member, proven by the ask", () => {
      const [one] = members as [CohortMember];
      const askHash = bytes32("ee");
      const rebuilt = rebuildGrant({ ...one, request: bytes32("78"), askHash });
      expect(rebuilt).to.deep.equal({ grant: bytes32("78"), member: one, proof: [askHash] });
    });

    it("picks a patient's members, whatever the address's case", () => {
      const rebuilt = rebuildCohort({ ...cohort, patientOf: () => patient });
      expect(ofPatient(rebuilt, patient.toLowerCase() as Address)).to.have.lengthOf(3);
      expect(ofPatient(rebuilt, address("12"))).to.deep.equal([]);
    });
  });

  describe("revenue", () => {
    const one = 2n ** 64n;

    it("owes a patient whole units since the enrolment, less what was settled", () => {
      const position = { accruedPerUnit: 10n * one + one / 2n, enrolledAt: 3n * one + 1n };
      expect(positionDue({ ...position, settled: 0n })).to.equal(7n);
      expect(positionDue({ ...position, settled: 7n })).to.equal(0n);
      expect(positionDue({ ...position, enrolledAt: 3n * one + one / 2n + 1n, settled: 0n })).to.equal(6n);
    });

    it("owes a custodian what was due, and each unit's accrual since", () => {
      const account = { accruedPerUnit: 5n * one, settledAt: 3n * one, units: 4n };
      expect(custodianDue({ ...account, due: one + one / 2n })).to.equal(9n);
      expect(custodianDue({ ...account, units: 0n, due: one - 1n })).to.equal(0n);
    });
  });

  describe("answers", () => {
    const account = privateKeyToAccount(`0x${"77".repeat(32)}`);
    const domain = { chainId: 20_261, verifyingContract: address("c0") };
    const types = {
      AnswerRequest: [
        { name: "request", type: "bytes32" },
        { name: "approved", type: "bool" },
        { name: "deadline", type: "uint256" },
      ],
    };

    for (const approved of [true, false]) {
      it(`are signed under the broker's domain, ${approved}`, async () => {
        const parameters = { ...domain, request: bytes32("12"), approved, deadline: 9n };
        const signed = await signAnswerRequest(account, { ...parameters, signer: account.address });
        expect(signed).to.deep.include({ approved, signer: account.address, deadline: 9n });
        const full = { name: "Consilium Access", version: "1", ...domain };
        const message = { request: bytes32("12"), approved, deadline: 9n };
        expect(verifyTypedData(full, types, message, signed.signature)).to.equal(account.address);
        expect(answerRequestTypedData(parameters)).to.deep.include({ domain: full, message });
        expect(TypedDataEncoder.from(types).encodeType("AnswerRequest")).to.equal(
          "AnswerRequest(bytes32 request,bool approved,uint256 deadline)",
        );
      });
    }
  });

  describe("reviewKindsIn", () => {
    it("reads a mask of bits 1 << kind", () => {
      expect(reviewKindsIn(0)).to.deep.equal([]);
      expect(reviewKindsIn(0b010)).to.deep.equal(["ETHICS"]);
      expect(reviewKindsIn(0b111)).to.deep.equal(["PATIENT", "ETHICS", "CUSTODIAN"]);
    });
  });
});

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { zeroHash } from "viem";
import {
  BaseError,
  claimCall,
  collectRequest,
  consentId,
  decodeRecordMeta,
  IndexUnavailableError,
  readClaims,
  readGrant,
  recordLeaf,
  sendCall,
  type Suite,
} from "@consilium/sdk";
import { deployApproved, hash, loadFixture, RECORD } from "../access/scenario.ts";
import { connection } from "../fixtures/consilium.ts";
import { openAs } from "./support/openScenario.ts";

type Answer = Record<string, unknown>;

/** What an honest index says of an approved request, by query; each test has one of the answers falsified. */
function honest(s: Awaited<ReturnType<typeof deployApproved>>, consentBlock: number) {
  const { batch, ids, id, study, member, proof } = s;
  const constant = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  const records = batch.records.map((record, position) => {
    const { category, ...meta } = decodeRecordMeta(record.meta);
    const { patient, commitment } = record;
    const text = (time: number) => (time === 0 ? null : `${time}`);
    return {
      ...{ position, leaf: recordLeaf(record), patient: { id: patient.toLowerCase() }, commitment, level: meta.level },
      ...{ category: constant(category), dataFrom: text(meta.dataFrom), dataUntil: `${meta.dataUntil}` },
      retentionUntil: text(meta.retentionUntil),
    };
  });
  const access = {
    ...{ id: `${id}${batch.id.slice(2)}${member.record.slice(2)}`, position: 0, leaf: member.record },
    ...{ patient: { id: member.patient.toLowerCase() }, batch: { id: batch.id }, consent: { id: member.consent } },
  };
  const enrolments = [{ agreement: { id: study, unitRule: "RECORD" }, patient: null, access: null }];
  return {
    Batches: { records: [{ batch: { id: batch.id, published: true, custodian: { number: ids.north } } }] },
    Records: { page: records },
    Given: { consentGivens: [{ block: `${consentBlock}` }] },
    Request: { request: { isCohort: false, study: { id: study }, decisions: [{ askHash: proof[0] }] } },
    Members: { page: [access] },
    Claims: { page: [{ ...access, request: { id, enrolments } }] },
  };
}

type Answers = ReturnType<typeof honest>;

/** An adversary in the index's place. */
describe("An index that lies", () => {
  let server: Server;
  let graphUrl: string;
  let answers: Answers;
  let suite: Suite;
  let s: Awaited<ReturnType<typeof deployApproved>>;

  before(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString()));
      request.on("end", () => {
        const { query } = JSON.parse(body) as { query: string };
        const [, name, variable] = /^query (\w+)\(\$(\w+)/.exec(query)!;
        const asked = name !== "Accesses" ? name : variable === "patient" ? "Claims" : "Members";
        response.end(JSON.stringify({ data: answers[asked as keyof Answers] }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    graphUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });

  after(() => server.close());

  beforeEach(async () => {
    s = await loadFixture(deployApproved);
    suite = await openAs(s, "researcher");
    const [given] = await s.consents.queryFilter(s.consents.filters.ConsentGiven(consentId(s.consent)));
    answers = honest(s, given!.blockNumber);
    // There is revenue, so that claims have something to tell.
    const { splitter, token, signers, study, id, member, proof } = s;
    const shares = { patients: 7_000, fund: 3_000, custodians: 0, payees: [] };
    await splitter.connect(signers.researcher).openAgreement(study, zeroHash, token, 0, shares);
    await splitter.enroll(study, { grant: id, member, proof });
    await token.mint(signers.relayer, 1_000);
    await token.connect(signers.relayer).approve(splitter, 1_000);
    await splitter.connect(signers.relayer).deposit(study, 1_000, hash("deposit"));
  });

  const collect = () =>
    collectRequest(suite, graphUrl, {
      ...{ record: s.member.record, consent: consentId(s.consent), study: s.study },
      word: { purposes: ["DSRCH"], validUntil: s.start + 86_400 },
    });
  const grant = () => readGrant(suite, graphUrl, s.id);
  const claims = () => readClaims(suite, graphUrl, s.member.patient);

  async function expectRefused(read: () => Promise<unknown>, reason: RegExp): Promise<void> {
    const outcome: unknown = await read().catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(BaseError);
    expect((outcome as BaseError).shortMessage).to.match(reason);
  }

  it("is believed where it tells what the chain proves", async () => {
    expect((await collect()).proof).to.deep.equal(s.batch.proof(RECORD.labs));
    expect(await grant()).to.deep.equal([{ grant: s.id, member: s.member, proof: s.proof }]);
    const first = await claims();
    expect(first).to.deep.equal([{ agreement: s.study, entitlement: (await grant())[0], due: 700n }]);

    // The first claim proves it; later ones need no proof.
    await s.splitter.claim(s.study, first[0]!.entitlement);
    await s.token.connect(s.signers.relayer).approve(s.splitter, 1_000);
    await s.token.mint(s.signers.relayer, 1_000);
    await s.splitter.connect(s.signers.relayer).deposit(s.study, 1_000, hash("deposit"));
    const [later] = await claims();
    expect([later!.entitlement.proof, later!.due]).to.deep.equal([[], 700n]);
    await sendCall(suite, claimCall(later!));
  });

  it("is not believed about a record's batch", async () => {
    const [first, ...others] = answers.Records.page;
    const [{ batch }] = answers.Batches.records as [Answers["Batches"]["records"][number]];
    const unfit = /does not fit its id/;
    const lies: [Partial<Record<keyof Answers, Answer>>, RegExp][] = [
      [{ Records: { page: [{ ...first, patient: others.at(-1)!.patient }, ...others] } }, unfit],
      [{ Records: { page: [{ ...first, level: 0 }, ...others] } }, unfit],
      [{ Records: { page: [first, ...others.slice(1)] } }, unfit],
      [{ Records: { page: others } }, unfit],
      [{ Records: { page: [] } }, /batch is empty/],
      [{ Records: { page: [{ ...first, category: "GOSSIP" }, ...others] } }, unfit],
      [{ Records: { page: [{ ...first, patient: { id: "0x12" } }, ...others] } }, /has not the form/],
      [{ Records: { page: [{ ...first, dataUntil: "soon" }, ...others] } }, /"dataUntil"|bounds|NaN/],
      [{ Records: {} }, /has not the form/],
      [{ Batches: { records: [{ batch: { ...batch, id: hash("another") } }] } }, unfit],
      [{ Batches: { records: [{ batch: { ...batch, custodian: { number: s.ids.south } } }] } }, unfit],
      [{ Batches: { records: [{ batch: { ...batch, published: false } }] } }, /No published batch/],
      [{ Batches: { records: [{ batch }, { batch }] } }, /Several batches/],
      [{ Batches: { records: [{}] } }, /has not the form/],
    ];
    const truth = answers;
    for (const [lie, reason] of lies) {
      answers = { ...truth, ...lie } as Answers;
      await expectRefused(collect, reason);
    }
  });

  it("is not believed about a consent", async () => {
    const latest = await connection.ethers.provider.getBlockNumber();
    const truth = answers;
    for (const [given, reason] of [
      [[{ block: `${latest}` }], /does not fit its id/],
      [[], /was never given/],
      [[{ block: "yesterday" }], /has not the form/],
    ] as const) {
      answers = { ...truth, Given: { consentGivens: given } } as unknown as Answers;
      await expectRefused(collect, reason);
    }
  });

  it("is not believed about the members of a grant", async () => {
    const [access] = answers.Members.page as [Answers["Members"]["page"][number]];
    const request = answers.Request.request;
    const others = /are not the chain's/;
    const lies: [Partial<Record<keyof Answers, Answer>>, RegExp][] = [
      [{ Members: { page: [{ ...access, patient: { id: s.signers.otherPatient.address.toLowerCase() } }] } }, others],
      [{ Members: { page: [{ ...access, leaf: s.batch.leaf(RECORD.core) }] } }, others],
      [{ Members: { page: [{ ...access, consent: null }] } }, others],
      [{ Members: { page: [access, { ...access, position: 1, leaf: s.batch.leaf(RECORD.core) }] } }, others],
      [{ Members: { page: [{ ...access, patient: null }] } }, /does not know whose/],
      [{ Members: { page: [{ ...access, patient: { id: "nobody" } }] } }, /has not the form/],
      [{ Members: { page: [] } }, /knows of no grant/],
      [{ Request: { request: null } }, /knows of no grant/],
      [{ Request: { request: { ...request, study: null } } }, others],
      [{ Request: { request: { ...request, isCohort: true } } }, others],
      [{ Request: { request: { ...request, decisions: [{ askHash: hash("another") }] } } }, others],
      [{ Request: { request: { ...request, decisions: [] } } }, /has not the form|are not the chain's/],
    ];
    const truth = answers;
    for (const [lie, reason] of lies) {
      answers = { ...truth, ...lie } as Answers;
      await expectRefused(grant, reason);
      await expectRefused(claims, reason);
    }
  });

  it("is not believed about what a patient can claim", async () => {
    const truth = answers;
    const [claim] = truth.Claims.page as [Answers["Claims"]["page"][number]];
    answers = { ...truth, Claims: { page: [{ ...claim, leaf: s.batch.leaf(RECORD.core) }] } };
    await expectRefused(claims, /has no such record/);

    // Nor to another patient, as whose it passes the access off.
    answers = truth;
    const other = s.signers.otherPatient.address as `0x${string}`;
    await expectRefused(() => readClaims(suite, graphUrl, other), /has no such record/);

    // The amount is the chain's alone: there is no such agreement.
    const enrolments = [{ agreement: { id: hash("none"), unitRule: "RECORD" }, patient: null, access: null }];
    answers = { ...truth, Claims: { page: [{ ...claim, request: { id: s.id, enrolments } }] } };
    expect(await claims()).to.deep.equal([]);
  });

  it("is asked again about claims where it took in a block between two pages", async () => {
    const truth = answers;
    let times = 0;
    answers = {
      ...truth,
      get Members() {
        return times++ === 0 ? { page: [] } : truth.Members;
      },
    };
    expect((await claims()).map(({ due }) => due)).to.deep.equal([700n]);
    expect(times).to.equal(2);
  });

  it("is not believed if it answers nothing", async () => {
    answers = {} as Answers;
    for (const read of [collect, grant, claims]) {
      expect(await read().catch((error: unknown) => error)).to.be.instanceOf(IndexUnavailableError);
    }
  });
});

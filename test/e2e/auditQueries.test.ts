import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { custom, getAddress, http, type Hex } from "viem";
import {
  askAudit,
  auditQuestions,
  claimCall,
  collectRequest,
  consentId,
  openSuite,
  queryIndex,
  readClaims,
  readGrant,
  simulateCall,
  type AuditVariables,
} from "@consilium/sdk";
import { toJson } from "../../cli/src/print/toJson.ts";
import { readStatement } from "../../cli/src/readStatement.ts";
import { openWorld, type World } from "../../scripts/demo/World.ts";
import { ROOT } from "../../scripts/paths.ts";
import { callRpc } from "../../scripts/stack/callRpc.ts";
import { deployToStack, type DeployToStackReturnType } from "../../scripts/stack/deployToStack.ts";
import { startStack, type Stack } from "../../scripts/stack/startStack.ts";
import { waitForIndex } from "../../scripts/waitForIndex.ts";
import { openTerminal, type Ran, type Terminal } from "../cli/support/openTerminal.ts";
import { QUESTIONS } from "./expected/index.ts";
import type { Facts } from "./expected/Question.ts";
import { lower, readChain } from "./support/Chain.ts";
import { grantsOfChain } from "./support/grantsOfChain.ts";
import { readRequests } from "./support/readRequests.ts";
import { playScenario } from "./support/scenario.ts";

/** One stack for all: the chain of the demonstration, with a real graph-node beside it. */
describe("The index, end to end", function () {
  this.timeout(900_000);

  let directory: string;
  let stack: Stack;
  let world: World;
  let facts: Facts;

  before(async () => {
    mkdirSync(join(ROOT, ".consilium"), { recursive: true });
    directory = mkdtempSync(join(ROOT, ".consilium/e2e-"));
    chmodSync(directory, 0o755); // PostgreSQL may have to run as another user than ours.
    let deployed: DeployToStackReturnType;
    stack = await startStack({
      directory,
      prepare: async (chainUrl) => (deployed = await deployToStack({ chainUrl, directory, onProgress: () => {} })),
    });

    const { chainUrl, graphUrl } = stack;
    const mine = async (): Promise<void> => void (await callRpc(chainUrl, "evm_mine"));
    world = await openWorld({ chainUrl, book: deployed!.book, members: deployed!.members, mine });
    await playScenario(world, async (seconds) => {
      await callRpc(chainUrl, "evm_increaseTime", [seconds]);
      await mine();
    });

    const chain = await readChain(world);
    facts = { chain, requests: await readRequests(chain) };
    await waitForIndex(graphUrl, chain.head);
  });

  after(async () => {
    await world?.connection.close();
    await stack?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it("holds every event of the chain, each as a log of its own", async () => {
    const { chain } = facts;
    const wanted = countBy(chain.all.map(({ emitter, name }) => `${emitter} ${name}`));
    const { eventCounts } = await queryIndex<{ eventCounts: { emitter: string; name: string; count: string }[] }>(
      stack.graphUrl,
      "{ eventCounts(first: 1000) { emitter name count } }",
    );
    expect(new Map(eventCounts.map(({ emitter, name, count }) => [`${emitter} ${name}`, Number(count)]))).to.deep.equal(
      wanted,
    );

    const { events } = await queryIndex<{ events: { id: string; __typename: string; emitter: string }[] }>(
      stack.graphUrl,
      "{ events(first: 1000) { id __typename emitter } }",
    );
    expect(chain.all.length).to.be.lessThan(1_000);
    expect(canonical(events.map(({ id, __typename, emitter }) => [id, __typename, emitter]))).to.deep.equal(
      canonical(chain.all.map(({ id, contract, name, emitter }) => [id, logOf(contract, name), emitter])),
    );
  });

  it("tells of each payee what is owed, to the unit, and proves it by events alone", async () => {
    const { chain } = facts;
    const { splitter } = chain.contracts;
    const [opened] = chain.events("AgreementOpened");
    const study = lower(opened!.args["study"]);
    const statement = await readStatement({ graphUrl: stack.graphUrl, study });
    const lines = statement.filter(({ agreement }) => agreement === study);

    const enrolled = new Set(chain.events("GrantEnrolled").map(({ args }) => lower(args["grant"])));
    const expected: string[] = [];
    for (const entitlement of grantsOfChain(chain, study).filter(({ grant }) => enrolled.has(lower(grant)))) {
      const { grant, member } = entitlement;
      const owed = await splitter.dueToMember(study, grant, member);
      expect(owed).to.be.greaterThan(0n);
      // The proof holds: the chain would pay.
      await splitter.claim.staticCall(study, entitlement);
      const access = lower(`${grant}${member.batch.slice(2)}${member.record.slice(2)}`);
      expected.push(dueLine("patient", lower(member.patient), access, owed));
    }
    const custodians = new Set(chain.events("DeliveryCounted").map(({ args }) => args["custodian"] as bigint));
    for (const custodian of custodians) {
      expected.push(dueLine("custodian", `${custodian}`, null, await splitter.dueToCustodian(study, custodian)));
    }
    const [, payees] = await splitter.epochOf(study, 1);
    for (const { institution } of payees) {
      expected.push(
        dueLine("processor", `${institution}`, null, await splitter.dueToInstitution(study, 1, institution)),
      );
    }
    expected.push(dueLine("fund", "null", null, await splitter.dueToFund(study)));

    expect(lines.map(({ kind, payee, access, owed }) => dueLine(kind, `${payee}`, access, owed))).to.have.members(
      expected,
    );
    expect(statement.every(({ owed }) => owed > 0n)).to.equal(true);

    // The product's, by category.
    const [category] = chain.events("CategoryEnrolled");
    const { agreement: product, grant, patient, batch, record } = category!.args.toObject() as Record<string, string>;
    const standing = grantsOfChain(chain, study).find(
      (one) => one.grant === grant && one.member.batch === batch && one.member.record === record,
    )!;
    const access = lower(`${grant}${batch!.slice(2)}${record!.slice(2)}`);
    const due = await splitter.dueToMember(product!, grant!, standing.member);
    const ofProduct = statement.filter(({ agreement }) => agreement === lower(product));
    expect(
      ofProduct.map(({ kind, payee, owed, ...line }) => dueLine(kind, `${payee}`, line.access, owed)),
    ).to.have.members([
      dueLine("patient", lower(patient), access, due),
      dueLine("fund", "null", null, await splitter.dueToFund(product!)),
    ]);

    // By the command line, with the DID as people write it.
    const terminal = openTerminal();
    try {
      const words = `revenue statement --study ${study} --patient ${getAddress(patient!)} --graph ${stack.graphUrl} --json`;
      const { code, err, json } = await terminal.run(words);
      expect(code, err).to.equal(0);
      const theirs = statement.filter(({ payee }) => payee === lower(patient));
      expect(theirs).not.to.deep.equal([]);
      expect(json).to.deep.equal(JSON.parse(toJson({ study, lines: theirs })));
    } finally {
      terminal.close();
    }
  });

  it("gives the SDK what grants, claims and requests are made of, as the chain proves", async () => {
    const { chain } = facts;
    const { connection, book } = world;
    const suite = await openSuite({ book, transport: custom(connection.provider) });

    const ids = new Set(chain.events("AgreementOpened").map(({ args }) => lower(args["study"])));
    const grants = [...ids].flatMap((study) => grantsOfChain(chain, study));
    for (const id of new Set(grants.map(({ grant }) => grant))) {
      const members = grants.filter(({ grant }) => grant === id).map(({ member, proof }) => ({ ...member, proof }));
      const read = (await readGrant(suite, stack.graphUrl, id)).map(({ member, proof }) => ({ ...member, proof }));
      expect(canonical(read)).to.deep.equal(canonical(members));
    }

    const patients = new Set(grants.map(({ member }) => member.patient));
    const claims = (await Promise.all([...patients].map((one) => readClaims(suite, stack.graphUrl, one)))).flat();
    expect(claims).to.not.deep.equal([]);
    for (const claim of claims) await simulateCall(suite, claimCall(claim), [...patients][0]);
    const owed = (await Promise.all([...ids].map((study) => readStatement({ graphUrl: stack.graphUrl, study }))))
      .flat()
      .filter(({ kind }) => kind === "patient");
    expect(sum(claims.map(({ due }) => due))).to.equal(sum(owed.map((line) => line.owed)));

    const { accesses } = await queryIndex<{ accesses: { leaf: Hex; consent: { id: Hex } }[] }>(
      stack.graphUrl,
      "{ accesses(where: { consent_not: null, batch_: { published: true } }, first: 1000) { leaf consent { id } } }",
    );
    expect(accesses).to.not.deep.equal([]);
    for (const { leaf, consent } of accesses) {
      const word = { purposes: ["TREAT"], validUntil: 0 } as const;
      const {
        batch,
        record,
        proof,
        consent: terms,
      } = await collectRequest(suite, stack.graphUrl, {
        record: leaf,
        consent: consent.id,
        word: { ...word, purposes: [...word.purposes] },
      });
      expect(await chain.contracts.records.verify(batch, record, proof)).to.equal(true);
      expect(consentId(terms)).to.equal(consent.id);
    }
  });

  it("is asked every question that the documents answer", () => {
    expect(auditQuestions.map(({ question }) => question)).to.deep.equal(Object.keys(QUESTIONS).map(Number));
  });

  for (const { question, title, variables: declared } of auditQuestions) {
    it(`answers question ${question} as the chain does: ${title}`, async () => {
      const { variables, answer, alwaysEmpty = [] } = QUESTIONS[question]!;
      const answered = new Map<string, number>();
      for (const values of variables(facts)) {
        expect([...Object.keys(declared), "skip"]).to.include.members(Object.keys(values));
        const indexed = await askAudit(stack.graphUrl, question, values as unknown as AuditVariables[typeof question]);
        expect(canonical(indexed), JSON.stringify(values)).to.deep.equal(canonical(await answer(facts, values)));
        for (const [field, value] of Object.entries(indexed)) {
          const entries = Array.isArray(value) ? value.length : Number(value !== null);
          answered.set(field, (answered.get(field) ?? 0) + entries);
        }
      }
      const empty = [...answered].filter(([, entries]) => entries === 0).map(([field]) => field);
      expect(empty).to.have.members(alwaysEmpty);
    });
  }

  describe("on the command line", () => {
    let terminal: Terminal;

    before(() => {
      terminal = openTerminal();
    });

    after(() => terminal?.close());

    async function consilium(words: string): Promise<Ran["json"]> {
      const { chainUrl, graphUrl } = stack;
      const options = ["--network", "local", "--root", directory, "--rpc", chainUrl, "--graph", graphUrl, "--json"];
      const ran = await terminal.run([...words.split(" "), ...options], { transport: (url) => http(url) });
      expect(ran.code, ran.err).to.equal(0);
      return ran.json;
    }

    it("answers questions with variables, as asked and in a report", async () => {
      const [{ id: patient }] = await patientsOwed();
      for (const [question, values] of [
        [1, { patient }],
        [16, { since: "0" }],
      ] as const) {
        const words = Object.entries(values).map(([name, value]) => `${name}=${value}`);
        const { answer } = await consilium(`audit ${question} ${words.join(" ")}`);
        expect(canonical(answer)).to.deep.equal(canonical(await QUESTIONS[question]!.answer(facts, values)));
        expect(JSON.stringify(answer)).to.include("id");
      }

      const { from, to, answers } = await consilium("audit report --from 2020-01-01 --to 2090-01-01");
      expect([from, to]).to.deep.equal([1_577_836_800, 3_786_912_000]);
      const [since, until] = [`${from}`, `${to}`];
      const period = { since, until, before: until };
      expect(answers).to.have.lengthOf.at.least(5);
      for (const { question, answer } of answers as { question: keyof AuditVariables; answer: object }[]) {
        const { variables } = auditQuestions.find((one) => one.question === question)!;
        const values = Object.fromEntries(Object.keys(variables).map((name) => [name, period[name as "since"]]));
        expect(canonical(answer), `question ${question}`).to.deep.equal(
          canonical(await QUESTIONS[question]!.answer(facts, values)),
        );
      }
    });

    it("lists complaints, cases and proposals as the chain has them", async () => {
      const { chain } = facts;
      const ids = (name: string, field: string): unknown[] =>
        chain.events(name).map(({ args }) => (typeof args[field] === "bigint" ? `${args[field]}` : lower(args[field])));
      const { cases } = await consilium("case list");
      expect(cases.map(({ id }: { id: Hex }) => id)).to.have.members(ids("ViolationReported", "id")).and.not.be.empty;
      const [first] = chain.events("ViolationReported");
      const accused = Number(first!.args["accused"]);
      const against = (await consilium(`case list --against ${accused}`))["cases"];
      const ofThem = chain.events("ViolationReported").filter(({ args }) => Number(args["accused"]) === accused);
      expect(against.map(({ id }: { id: Hex }) => id)).to.have.members(ofThem.map(({ args }) => lower(args["id"])));
      const shown = await consilium(`case show ${lower(first!.args["id"])}`);
      expect(shown.history[0].event).to.equal("ViolationReported");

      const { complaints } = await consilium("case complaints");
      expect(complaints.map(({ id }: { id: Hex }) => id)).to.have.members(ids("ComplaintFiled", "complaint")).and.not.be
        .empty;
      const { proposals } = await consilium("proposal list");
      expect(proposals.map(({ number }: { number: string }) => number)).to.have.members(
        ids("ProposalCreated", "proposalId"),
      );
      const executed = proposals.filter(({ state }: { state: string }) => state === "executed");
      expect(executed.map(({ number }: { number: string }) => number)).to.have.members(
        ids("ProposalExecuted", "proposalId"),
      ).and.not.be.empty;
    });

    it("shows patients who used their data, and claims what is due to them", async () => {
      const [{ id: patient, due }] = await patientsOwed();
      const log = await consilium(`access log --patient ${patient}`);
      expect(canonical(log)).to.deep.equal(
        canonical({ patient: getAddress(patient), ...(await QUESTIONS[1]!.answer(facts, { patient })) }),
      );

      // Last of all, since it changes what the facts were read from.
      const { patients, token } = facts.chain.contracts;
      const payout = await patients.payoutAddress(patient);
      const before = await token.balanceOf(payout);
      const relayer = `--key rpc:${stack.chainUrl}#${await world.wallets.relayer.getAddress()}`;
      const { claims } = await consilium(`claim --patient ${patient} --yes ${relayer}`);
      const outcomes = (claims as { what: string; outcome: string }[]).filter(({ what }) => what === "revenue");
      expect(outcomes.map(({ outcome }) => outcome)).to.include("claimed");
      expect((await token.balanceOf(payout)) - before).to.equal(due);

      expect((await patientsOwed()).map(({ id }) => id)).to.not.include(patient);
    });
  });

  /** Patients to whom the chain owes revenue, by the events and the contract alone. */
  async function patientsOwed(): Promise<[{ id: Hex; due: bigint }, ...{ id: Hex; due: bigint }[]]> {
    const { splitter } = facts.chain.contracts;
    const owed = new Map<Hex, bigint>();
    for (const { args } of facts.chain.events("AgreementOpened")) {
      for (const { grant, member } of grantsOfChain(facts.chain, lower(args["study"]))) {
        const patient = lower(member.patient);
        const due = await splitter.dueToMember(args["agreement"] as Hex, grant, member);
        if (due > 0n) owed.set(patient, (owed.get(patient) ?? 0n) + due);
      }
    }
    return [...owed].map(([id, due]) => ({ id, due })) as [{ id: Hex; due: bigint }];
  }
});

function sum(amounts: bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

/** What a money line of the chain is, in the statement's words. */
function dueLine(kind: string, payee: string, access: string | null, owed: bigint): string {
  return `${kind} ${payee} ${access ?? ""} ${owed}`;
}

/** The access manager's log entities have the names that the timelock's events have too. */
function logOf(contract: string, name: string): string {
  return contract === "TimelockController" && name.startsWith("Role") ? `Timelock${name}` : name;
}

function countBy(keys: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** The same whatever the order of lists and fields: what comes at the same second has no order of its own. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(canonical).sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, entry]): [string, unknown] => [name, canonical(entry)])
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

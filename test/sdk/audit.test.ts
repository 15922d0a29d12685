import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { expect } from "chai";
import {
  askAudit,
  auditQuestions,
  IncompleteAnswerError,
  IndexError,
  IndexUnavailableError,
  institutionKey,
  queryIndex,
} from "@consilium/sdk";
import { auditFile } from "../../scripts/audit/auditFile.ts";
import { ROOT } from "../../scripts/paths.ts";
import { freePort } from "../../scripts/stack/freePort.ts";

type Asked = { query: string; variables: Record<string, unknown> };

/** What a real index answers is held against the chain in test/e2e; here stands one that misbehaves, or has more than a page. */
describe("Audit questions", () => {
  let server: Server;
  let url: string;
  let asked: Asked[];
  let answer: (asked: Asked) => { status?: number; body: unknown };

  before(async () => {
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.on("end", () => {
        const query = JSON.parse(text) as Asked;
        asked.push(query);
        const { status = 200, body } = answer(query);
        response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
      });
    });
    const port = await freePort();
    url = `http://127.0.0.1:${port}/`;
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  });

  after(() => server.close());

  beforeEach(() => {
    asked = [];
  });

  it("are those of the documents, with the types of the index's schema; else run `npm run generate:audit`", () => {
    expect(readFileSync(join(ROOT, "sdk/src/audit/auditQuestions.ts"), "utf8")).to.equal(auditFile());
  });

  it("are listed with title and variables", () => {
    const [first] = auditQuestions;
    expect([first?.question, first?.title, first?.variables]).to.deep.equal([
      1,
      "Who accessed my data, when, for what, on which basis?",
      { patient: "String!" },
    ]);
    expect(institutionKey(258)).to.equal("0x00000102");
  });

  describe("queryIndex", () => {
    it("throws IndexError for what the index answers as errors with status 200", async () => {
      answer = () => ({ body: { errors: [{ message: "no such field" }, { message: "nor this" }] } });
      const error = await caught(queryIndex(url, "{ a }"));
      expect(error).to.be.instanceOf(IndexError);
      expect(error.message).to.include("no such field; nor this");
    });

    it("throws IndexUnavailableError for anything that is no GraphQL, and where nothing answers", async () => {
      for (const [status, body] of [
        [502, "<html>"],
        [200, "null"],
        [200, '{"data":null}'],
        [200, "{}"],
      ] as const) {
        answer = () => ({ status, body });
        expect(await caught(queryIndex(url, "{ a }")), body).to.be.instanceOf(IndexUnavailableError);
      }
      const nowhere = `http://127.0.0.1:${await freePort()}/`;
      expect(await caught(queryIndex(nowhere, "{ a }"))).to.be.instanceOf(IndexUnavailableError);
    });

    it("sends bigints as decimal text", async () => {
      answer = () => ({ body: { data: { a: 1 } } });
      expect(await queryIndex(url, "{ a }", { now: 2n ** 60n })).to.deep.equal({ a: 1 });
      expect(asked[0]?.variables).to.deep.equal({ now: "1152921504606846976" });
    });
  });

  describe("askAudit", () => {
    const META = { data: { _meta: { block: { number: 42 } } } };
    const consents = (count: number, from = 0) =>
      Array.from({ length: count }, (_, index) => ({ id: from + index, purposes: [], regions: [] }));

    it("pages on as of one block until the answer is whole", async () => {
      answer = ({ query, variables }) => {
        if (query.includes("_meta")) return { body: META };
        const skip = variables["skip"] as number;
        return { body: { data: { consents: consents(skip === 2_000 ? 7 : 1_000, skip) } } };
      };
      const patient = "0xABCDEFabcdefABCDEFabcdefABCDEFabcdefABCD";
      const { consents: all } = await askAudit(url, 3, { patient, now: 5 });
      expect(all.map(({ id }) => Number(id))).to.deep.equal(Array.from({ length: 2_007 }, (_, index) => index));
      expect(asked.slice(1).map(({ variables }) => variables)).to.deep.equal(
        [0, 1_000, 2_000].map((skip) => ({ patient: patient.toLowerCase(), now: 5, block: { number: 42 }, skip })),
      );
    });

    it("asks as of the block named", async () => {
      answer = () => ({ body: { data: { consents: [] } } });
      await askAudit(url, 3, { patient: "0x00", now: 5 }, 9);
      expect(asked.map(({ variables }) => variables["block"])).to.deep.equal([{ number: 9 }]);
    });

    it("throws IncompleteAnswerError where a list that cannot be paged may be cut off", async () => {
      const failed = [{ id: "0x00", cases: Array.from({ length: 100 }, () => ({})) }];
      answer = () => ({ body: { data: { withoutNotice: [], failed } } });
      const error = await caught(askAudit(url, 9, {}, 1));
      expect(error).to.be.instanceOf(IncompleteAnswerError);
      expect(error.message).to.include("failed.cases");
    });
  });
});

async function caught(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("Nothing was thrown.");
}

import { globSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { expect } from "chai";
import ts from "typescript";
import { keccak256, toHex, type Address, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import * as sdk from "@consilium/sdk";
import { ROOT } from "../../scripts/paths.ts";
import { freePort } from "../../scripts/stack/freePort.ts";
import { hash, loadFixture, YEAR } from "../access/scenario.ts";
import { connection } from "../fixtures/consilium.ts";
import { deployKept, grant, KEPT, runGateway, signIn, type Running } from "../gateway/gatewayFixtures.ts";
import { removeHomes } from "../gateway/vaultFixtures.ts";
import { checkExamples } from "./support/checkExamples.ts";
import { bookOf, openAs, transport } from "./support/openScenario.ts";

type Example = { name: string; code: string };

/** The examples of docstrings, by what they explain. */
function readExamples(): Example[] {
  const files = globSync("sdk/src/**/*.ts", { cwd: ROOT }).map((file) => readFileSync(join(ROOT, file), "utf8"));
  return files.flatMap((text) =>
    [...text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport (?:async )?(?:function|class|const) (\w+)/g)].flatMap(
      ([, comment, name]) => {
        const [, code] = comment!.split("@example\n");
        return code === undefined ? [] : [{ name: name!, code: code.replace(/^ \* ?/gm, "") }];
      },
    ),
  );
}

const EXAMPLES = readExamples();
const AsyncFunction = (async () => {}).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<void>;

describe("Examples of the SDK", () => {
  let server: Server;
  let graphUrl: string;
  let gateway: Running | undefined;
  let closeVault: (() => Promise<void>) | undefined;

  before(async () => {
    // Stands for an index at block 7 that knows one consent; a real one is asked in test/e2e.
    const answer = { data: { _meta: { block: { number: 7 } }, consents: [{ status: "GIVEN" }], page: [] } };
    server = createServer((_request, response) => response.end(JSON.stringify(answer)));
    const port = await freePort();
    graphUrl = `http://127.0.0.1:${port}/`;
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  });

  after(async () => {
    server.close();
    await gateway?.stop();
    await closeVault?.();
    removeHomes();
  });

  /** What the examples find there. */
  async function scene() {
    const s = await deployKept();
    const { signers, study, batch, start } = s;
    const [patient, researcher] = [signers.patient.address as Address, signers.researcher.address as Address];
    const account = privateKeyToAccount(keccak256(toHex("example")));
    const policy = sdk.encodePolicyWord({ ...s.researchPolicy, validUntil: start + YEAR });
    const draw = (who: Address) => sdk.createConsent({ patient: who, policy, epoch: 0, notice: hash("notice") });
    const consent = draw(patient);
    await s.consents.connect(signers.patient).give(consent.terms, consent.details);
    const suite = await openAs(s, "researcher");
    const ownConsent = draw(account.address);
    const signed = await sdk.signGiveConsent(account, {
      ...sdk.contractDomain(suite, "ConsentRegistry"),
      ...ownConsent,
      deadline: 2n ** 40n,
      signer: account.address,
    });
    gateway = await runGateway(s);
    const { member, decidedIn } = await grant(s, KEPT.labs, { consent: consent.terms, details: consent.details });
    const { opening } = (await s.vault.findRecord(member.member.record))!;
    closeVault = () => s.vault.close();
    return {
      ...{ member, decidedIn, opening: await opening(), privateKey: s.key.privateKey },
      context: {
        chainId: suite.chainId,
        contract: sdk.addressOf(suite, "AccessBroker"),
        id: member.grant,
        record: member.member.record,
      },
      gatewayUrl: gateway.url,
      session: await signIn(s, gateway.url),
      signer: {
        address: researcher,
        signMessage: async ({ message }: { message: string }) => (await signers.researcher.signMessage(message)) as Hex,
      },
      suite,
      book: bookOf(s),
      transport,
      provider: connection.provider,
      graphUrl,
      ...{ patient, researcher, account, study, batch, consent, ownConsent },
      signedByGuardian: signed,
      signedByMinor: signed,
      request: s.makeRequest({ consent: consent.terms }),
      cohort: s.makeCohort([s.makePart(batch, [0], [consent.terms])]),
      now: start,
      ANY: signers.helper1.address,
      HASH: hash("example"),
      ATTRIBUTE: hash("attribute"),
      DEADLINE: 2n ** 40n,
    };
  }

  it("stand at every function and class that the SDK exports", () => {
    const explained = new Set(EXAMPLES.map(({ name }) => name));
    const isError = (value: unknown): boolean =>
      value === sdk.BaseError || (typeof value === "function" && value.prototype instanceof sdk.BaseError);
    const exported = Object.entries(sdk).filter(([, value]) => typeof value === "function" && !isError(value));
    expect(exported.map(([name]) => name).filter((name) => !explained.has(name))).to.deep.equal([]);
  });

  it("are such that TypeScript takes them", () => {
    expect(checkExamples(EXAMPLES)).to.deep.equal([]);
  });

  for (const { name, code } of EXAMPLES) {
    it(`runs that of ${name}`, async () => {
      const values = { ...sdk, ...(await loadFixture(scene)), expect };
      const body = ts.transpile(`async function example() {\n${code}\n}`, { target: ts.ScriptTarget.ES2022 });
      await new AsyncFunction(...Object.keys(values), `${body}\nawait example();`)(...Object.values(values));
    });
  }
});

import { expect } from "chai";
import { zeroHash, type Address, type Hex } from "viem";
import {
  emergencyId,
  emergencyTerms,
  fetchRecord,
  GatewayRefusalError,
  sendCohort,
  signInToGateway,
  type CohortPart,
} from "@consilium/sdk";
import { AGENT_ROLES, ethers, networkHelpers } from "../access/scenario.ts";
import { ListenError } from "@consilium/gateway";
import { eachGateway, fetching, KEPT, runGateway, signIn, type Kept, type Running } from "./gatewayFixtures.ts";
import { expectRejection } from "../utils/expectRejection.ts";

describe("gateway's service", () => {
  let kept: Kept;
  let running: Running;
  eachGateway((opened) => ({ kept, running } = opened));

  const get = (path: string): Promise<Response> => fetch(new URL(path, running.url));

  it("signs a contract wallet in by its owner's signature, and by nobody else's", async () => {
    const { signers, institutions } = kept;
    const wallet = await ethers.deployContract("Erc1271Wallet", [signers.helper1]);
    const address = (await wallet.getAddress()) as Address;
    await institutions.connect(signers.instituteAdmin).addAgent(address, AGENT_ROLES.researcher, 0, kept.until);
    const signInBy = (signer: typeof signers.helper1) =>
      signInToGateway({
        ...{ url: running.url, chainId: kept.researcher.chainId },
        signer: { address, signMessage: async ({ message }) => (await signer.signMessage(message)) as Hex },
      });
    expect((await signInBy(signers.helper1)).token).to.match(/^[\w-]{43}$/);
    const error = await expectRejection(signInBy(signers.helper2), GatewayRefusalError);
    expect(error.refusal).to.equal("SignInError");
  });

  it("hands a cohort's member over if it is its own record, and no other custodian's", async () => {
    const found = (await kept.vault.findRecord(kept.leaves[KEPT.labs]!))!;
    const { consent, southBatch, makeCohort, makePart } = kept;
    const part: CohortPart = {
      ...{ batch: found.batch, records: [found.record], consents: [consent] },
      ...{ proof: found.proof, proofFlags: found.proof.map(() => false) },
    };
    const { granted } = await sendCohort(kept.researcher, makeCohort([part, makePart(southBatch, [0], [consent])]));
    expect(granted).to.have.lengthOf(2);
    const decidedIn = await kept.researcher.client.getBlockNumber({ cacheTime: 0 });
    const session = await signIn(kept, running.url);
    const isOurs = ({ member }: (typeof granted)[number]): boolean => member.record === found.leaf;
    const take = (member: (typeof granted)[number]) =>
      fetchRecord(
        kept.researcher,
        fetching(
          { member, consent: { terms: consent, details: kept.detailsOf(consent) }, decidedIn },
          session,
          kept.key,
        ),
      );

    expect(JSON.parse((await take(granted.find(isOurs)!)).content)).to.include({ id: "kept0" });
    const error = await expectRejection(take(granted.find((one) => !isOurs(one))!), GatewayRefusalError);
    expect(error.refusal).to.equal("RecordNotHereError");
    const ours = granted.find(isOurs)!;
    const swapped = { ...ours, proof: granted.find((one) => !isOurs(one))!.proof };
    expect((await expectRejection(take(swapped), GatewayRefusalError)).failed).to.deep.equal(["MemberNotInGrant"]);
  });

  it("takes an emergency for no grant, though it is open", async () => {
    const { signers } = kept;
    const clinician = signers.southClinician.address as Address;
    const terms = emergencyTerms(signers.patient.address as Address, ["labs"], ethers.id("reason") as Hex);
    await kept.emergencies.connect(signers.southClinician).open(terms);
    const decidedIn = await kept.researcher.client.getBlockNumber({ cacheTime: 0 });
    const { batch, leaf } = (await kept.vault.findRecord(kept.leaves[KEPT.labs]!))!;
    const member = { study: zeroHash, patient: terms.patient, consent: zeroHash, batch, record: leaf };
    const session = await signIn(kept, running.url, "southClinician");
    const asked = {
      member: { grant: emergencyId(clinician, terms), member, proof: [] },
      consent: { terms: kept.consent, details: kept.detailsOf(kept.consent) },
      decidedIn,
    };
    const error = await expectRejection(
      fetchRecord(kept.researcher, fetching(asked, session, kept.key)),
      GatewayRefusalError,
    );
    expect(error.refusal).to.equal("RequesterError");
  });

  it("says that it runs whatever its wallet is, and that it is ready only while the wallet is in standing", async () => {
    expect([(await get("/healthz")).status, (await get("/readyz")).status]).to.deep.equal([200, 200]);
    const until = (await networkHelpers.time.latest()) + 1_000;
    await kept.institutions.connect(kept.signers.supervision).suspend(kept.ids.north, until, ethers.id("reason"));
    const [health, ready] = [await get("/healthz"), await get("/readyz")];
    expect(await health.json()).to.deep.equal({ status: "ok" });
    expect(ready.status).to.equal(503);
    expect(await ready.json()).to.include({ type: "urn:consilium:error:GatewayAgentError" });
    await networkHelpers.time.increaseTo(until);
    expect((await get("/readyz")).status).to.equal(200);
  });

  it("says what to do where its port is taken, or its host is none of the machine's", async () => {
    const port = Number(new URL(running.url).port);
    for (const settings of [{ port }, { host: "192.0.2.1" }]) {
      const error: unknown = await runGateway(kept, settings).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(ListenError);
      expect((error as ListenError).mend).to.include("port 0");
    }
  });

  describe("its description", () => {
    type Content = Record<string, { schema?: object }>;
    interface Operation {
      summary?: string;
      security?: Record<string, string[]>[];
      requestBody?: { content: Content };
      responses: Record<string, { description?: string; content?: Content }>;
    }
    interface Description {
      openapi: string;
      info: { title?: string; version?: string };
      components: { securitySchemes: Record<string, { type: string }> };
      paths: Record<string, Record<string, Operation>>;
    }
    const describeService = async (): Promise<Description> =>
      (await (await get("/openapi.json")).json()) as Description;
    const operations = ({ paths }: Description) =>
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
      );

    it("names every call, and the gateway knows all that it names", async () => {
      const named = operations(await describeService());
      expect(named.map(({ method, path }) => `${method} ${path}`)).to.have.members([
        ...["get /healthz", "get /readyz", "post /v1/nonces", "post /v1/sessions"],
        ...["post /v1/deliveries", "post /v1/emergency-deliveries"],
      ]);
      for (const { method, path, responses } of named) {
        const { status } = await fetch(new URL(path, running.url), { method: method.toUpperCase() });
        expect(Object.keys(responses), `${path} answers ${status}`).to.include(String(status));
      }
    });

    it("is of the form that OpenAPI 3 asks for", async () => {
      const described = await describeService();
      expect(described.openapi).to.match(/^3\.0\.\d$/);
      expect(described.info).to.include.keys("title", "version");
      expect(JSON.stringify(described)).to.not.include('"$ref"');
      for (const { path, summary, security = [], requestBody, responses } of operations(described)) {
        expect(path).to.match(/^\//);
        expect(summary).to.be.a("string");
        for (const name of security.flatMap((one) => Object.keys(one))) {
          expect(described.components.securitySchemes).to.have.property(name);
        }
        if (requestBody !== undefined) expect(requestBody.content).to.have.nested.property("application/json.schema");
        for (const [status, { description, content = {} }] of Object.entries(responses)) {
          expect(status).to.match(/^[1-5]\d\d$/);
          expect(description).to.be.a("string");
          const types = Object.keys(content);
          if (status.startsWith("2")) expect(types).to.have.lengthOf(1);
          else expect(types).to.deep.equal(["application/problem+json"]);
          for (const { schema } of Object.values(content)) expect(schema).to.be.an("object");
        }
      }
    });

    it("tells the parcel's type apart from refusals, and that a session is needed for it", async () => {
      const { paths } = await describeService();
      const delivery = paths["/v1/deliveries"]!["post"]!;
      expect(Object.keys(delivery.responses["200"]!.content!)).to.deep.equal(["application/vnd.consilium.parcel"]);
      expect(delivery.security).to.deep.equal([{ session: [] }]);
    });
  });
});

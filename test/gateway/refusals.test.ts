import { expect } from "chai";
import { connect } from "node:net";
import { once } from "node:events";
import { Readable } from "node:stream";
import { createSiweMessage } from "viem/siwe";
import { zeroHash, type Address } from "viem";
import {
  fetchRecord,
  GatewayRefusalError,
  GatewayUnavailableError,
  generateEncryptionKey,
  ParcelError,
  revokeEncryptionKey,
  type FetchRecordParameters,
} from "@consilium/sdk";
import { destroyRecords, readLog } from "@consilium/gateway";
import { hash, loadFixture, networkHelpers } from "../access/scenario.ts";
import {
  deployKept,
  fetching,
  grant,
  KEPT,
  limitRetention,
  runGateway,
  signIn,
  type Granted,
  type Kept,
  type Running,
} from "./gatewayFixtures.ts";
import { removeHomes } from "./vaultFixtures.ts";

describe("gateway's refusals", () => {
  let kept: Kept;
  let running: Running;
  let granted: Granted;

  async function deployGranted() {
    const before = await deployKept();
    return { ...before, granted: await grant(before, KEPT.labs), sensitive: await grant(before, KEPT.sensitive) };
  }
  let sensitive: Granted;

  beforeEach(async () => {
    const fixture = await loadFixture(deployGranted);
    ({ granted, sensitive } = fixture);
    kept = fixture;
    running = await runGateway(kept, { receiveSeconds: 0.5, bodyBytes: 4_096 });
  });
  afterEach(() => running.stop());
  after(async () => {
    await kept.vault.close();
    removeHomes();
  });

  const caught = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );

  /** Refused with that error, and nothing logged on the chain, and nothing of a patient or record told. */
  async function expectRefused(work: Promise<unknown>, refusal: string, failed: string[] = []): Promise<void> {
    const error = await caught(work);
    expect(error).to.be.instanceOf(GatewayRefusalError);
    const { refusal: name, failed: checks, message } = error as GatewayRefusalError;
    expect([name, checks]).to.deep.equal([refusal, failed]);
    expectNothingIn(message);
    await expectNoDelivery();
  }

  async function expectNoDelivery(): Promise<void> {
    expect(await kept.broker.queryFilter(kept.broker.filters.DeliveryLogged())).to.deep.equal([]);
  }

  function expectNothingIn(text: string): void {
    expect(text.toLowerCase()).to.not.include(kept.signers.patient.address.slice(2).toLowerCase());
    expect(text).to.not.match(/kept\d|Observation|EMP|Bearer/);
  }

  const fetchIt = async (change: Partial<FetchRecordParameters> = {}): Promise<unknown> =>
    fetchRecord(kept.researcher, { ...fetching(granted, await signIn(kept, running.url), kept.key), ...change });

  /** Calls the gateway without the SDK. */
  const call = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(new URL(path, running.url), {
      method: "POST",
      ...init,
      headers: { "content-type": "application/json", ...(init.headers as Record<string, string>) },
    });

  /** A call's status and the name of its error. */
  async function problem(response: Response): Promise<[number, string]> {
    const text = await response.text();
    expectNothingIn(text);
    expect(response.headers.get("content-type")).to.match(/^application\/problem\+json/);
    return [response.status, (JSON.parse(text) as { type: string }).type.replace("urn:consilium:error:", "")];
  }

  describe("of a sign-in", () => {
    async function message(change: Partial<Parameters<typeof createSiweMessage>[0]> = {}): Promise<string> {
      const { nonce } = (await (await call("/v1/nonces", { headers: {}, body: "{}" })).json()) as { nonce: string };
      const { host, origin } = new URL(running.url);
      return createSiweMessage({
        address: kept.signers.researcher.address as Address,
        ...{ chainId: kept.researcher.chainId, domain: host, uri: origin, nonce, version: "1" },
        expirationTime: new Date(Date.now() + 60_000),
        ...change,
      });
    }
    const send = async (text: string, by = kept.signers.researcher): Promise<Response> =>
      call("/v1/sessions", { body: JSON.stringify({ message: text, signature: await by.signMessage(text) }) });

    it("a second time with the same signature", async () => {
      const text = await message();
      expect((await send(text)).status).to.equal(201);
      expect(await problem(await send(text))).to.deep.equal([401, "SignInError"]);
    });

    it("by another wallet's signature", async () => {
      expect(await problem(await send(await message(), kept.signers.officer))).to.deep.equal([401, "SignInError"]);
    });

    const changes: [string, () => Partial<Parameters<typeof createSiweMessage>[0]>][] = [
      ["for another domain", () => ({ domain: "gateway.example" })],
      ["for another URI", () => ({ uri: "https://gateway.example" })],
      ["for another chain", () => ({ chainId: 1 })],
      ["with a nonce of its own making", () => ({ nonce: "1234567890abcdef" })],
      ["that has expired", () => ({ expirationTime: new Date(Date.now() - 1_000) })],
      ["that hardly ever expires", () => ({ expirationTime: new Date(Date.now() + 3_600_000) })],
    ];
    for (const [name, change] of changes) {
      it(name, async () => {
        expect(await problem(await send(await message(change())))).to.deep.equal([401, "SignInError"]);
      });
    }

    it("by a wallet that is nobody's agent", async () => {
      await expectRefused(signIn(kept, running.url, "stranger"), "RequesterError");
    });
  });

  describe("of a fetch", () => {
    it("without a session, or with a made-up one, before its body is read", async () => {
      for (const headers of [{}, { authorization: "Bearer x" }, { authorization: `Bearer ${"A".repeat(43)}` }]) {
        const response = await call("/v1/deliveries", { headers, body: "no JSON" });
        expect(await problem(response)).to.deep.equal([401, "SessionError"]);
      }
    });

    it("under another's grant, a colleague's too", async () => {
      const session = await signIn(kept, running.url, "officer");
      await expectRefused(fetchIt({ session }), "RequesterError");
      const foreign = await signIn(kept, running.url, "otherResearcher");
      await expectRefused(fetchIt({ session: foreign }), "RequesterError");
    });

    it("that names another block of decision, or one to come", async () => {
      await expectRefused(fetchIt({ decidedIn: granted.decidedIn - 1n }), "RequesterError");
      await expectRefused(fetchIt({ decidedIn: granted.decidedIn + 1_000n }), "RequesterError");
    });

    it("after the grant's last second", async () => {
      await networkHelpers.time.increaseTo(kept.until);
      await expectRefused(fetchIt(), "GrantRefusedError", ["GRANT_EXPIRED"]);
    });

    it("whose grant ends in the very block that would log it, though the latest block is before its end", async () => {
      const session = await signIn(kept, running.url);
      await networkHelpers.time.increaseTo(kept.until - 1);
      running.rpc.before = async ({ method }) => {
        if (method === "eth_sendTransaction") await networkHelpers.time.setNextBlockTimestamp(kept.until);
      };
      await expectRefused(fetchIt({ session }), "GrantRefusedError", ["GRANT_EXPIRED"]);
    });

    it("in the block after the consent was withdrawn", async () => {
      const session = await signIn(kept, running.url);
      await kept.consents.connect(kept.signers.patient).withdraw(granted.member.member.consent);
      await expectRefused(fetchIt({ session }), "GrantRefusedError", ["CONSENT_NOT_IN_FORCE"]);
    });

    it("when the consent is withdrawn between check and log", async () => {
      running.rpc.before = async ({ method }) => {
        if (method !== "eth_sendTransaction") return;
        running.rpc.before = () => undefined;
        await kept.consents.connect(kept.signers.patient).withdraw(granted.member.member.consent);
      };
      await expectRefused(fetchIt(), "GrantRefusedError", ["CONSENT_NOT_IN_FORCE"]);
    });

    describe("of a record whose retention the patient's side ended earlier,", () => {
      let end: number;

      beforeEach(async () => {
        end = await limitRetention(kept, KEPT.labs);
      });

      it("not the second before that end", async () => {
        const session = await signIn(kept, running.url);
        await networkHelpers.time.increaseTo(end - 2);
        await networkHelpers.time.setNextBlockTimestamp(end - 1);
        expect(await fetchIt({ session })).to.have.property("content");
      });

      for (const [name, second] of [
        ["at", 0],
        ["a second after", 1],
      ] as const) {
        it(`${name} that end, though it is not destroyed yet`, async () => {
          await networkHelpers.time.increaseTo(end + second);
          await expectRefused(fetchIt(), "GrantRefusedError", ["RETENTION_ENDED"]);
        });
      }

      it("when that end comes in the very block that would log it", async () => {
        const session = await signIn(kept, running.url);
        await networkHelpers.time.increaseTo(end - 1);
        running.rpc.before = async ({ method }) => {
          if (method === "eth_sendTransaction") await networkHelpers.time.setNextBlockTimestamp(end);
        };
        await expectRefused(fetchIt({ session }), "GrantRefusedError", ["RETENTION_ENDED"]);
      });
    });

    it("after the grant was revoked", async () => {
      await kept.broker.connect(kept.signers.supervisor).revokeGrant(granted.member.grant, hash("reason"));
      await expectRefused(fetchIt(), "GrantRefusedError", ["GRANT_REVOKED"]);
    });

    it("by an agent who was dismissed, or whose member is suspended, since signing in", async () => {
      const session = await signIn(kept, running.url);
      const { institutions, signers, ids } = kept;
      const until = (await networkHelpers.time.latest()) + 1_000;
      await institutions.connect(signers.supervision).suspend(ids.institute, until, hash("reason"));
      await expectRefused(fetchIt({ session }), "RequesterError");
      await networkHelpers.time.increaseTo(until);
      await institutions.connect(signers.instituteAdmin).revokeAgent(signers.researcher);
      await expectRefused(fetchIt({ session }), "RequesterError");
    });

    it("while the custodian is suspended", async () => {
      const session = await signIn(kept, running.url);
      const until = (await networkHelpers.time.latest()) + 1_000;
      await kept.institutions.connect(kept.signers.supervision).suspend(kept.ids.north, until, hash("reason"));
      expect(await caught(fetchIt({ session }))).to.be.instanceOf(GatewayUnavailableError);
      await expectNoDelivery();
    });

    it("while access is paused", async () => {
      const until = (await networkHelpers.time.latest()) + 1_000;
      await kept.broker.connect(kept.signers.supervision).pauseAccess(until, hash("reason"));
      await expectRefused(fetchIt(), "GrantRefusedError", ["ACCESS_PAUSED"]);
    });

    it("with a tampered proof, or another member's", async () => {
      const { member } = granted;
      await expectRefused(fetchIt({ member: { ...member, proof: [hash("other")] } }), "GrantRefusedError", [
        "MemberNotInGrant",
      ]);
      const swapped = { ...member, member: { ...member.member, record: kept.leaves[KEPT.moreLabs]! } };
      await expectRefused(fetchIt({ member: swapped }), "GrantRefusedError", ["MemberNotInGrant"]);
    });

    it("of a record that another custodian holds", async () => {
      const record = kept.southBatch.leaf(0);
      const member = { ...granted.member, member: { ...granted.member.member, record } };
      await expectRefused(fetchIt({ member }), "RecordNotHereError");
    });

    it("of a record with more sensitivities than the consent allows, without naming them", async () => {
      const { member, decidedIn } = sensitive;
      await expectRefused(fetchIt({ member, decidedIn }), "SensitivityError");
      expectNothingIn(running.lines.join(""));
    });

    it("with the terms of another consent than the grant's", async () => {
      const { member, decidedIn } = sensitive;
      const terms = await kept.giveConsent({ policy: { sensitivities: ["EMP"] } });
      const consent = { terms, details: kept.detailsOf(terms) };
      await expectRefused(fetchIt({ member, decidedIn, consent }), "ConsentTermsError");
      await expectRefused(fetchIt({ member, decidedIn, consent: undefined }), "ConsentTermsError");
    });

    it("under a consent whose parameters it could not keep to, or with details that hide them", async () => {
      const terms = await kept.giveConsent({ parameters: hash("parameters") });
      const { member, decidedIn, consent } = await grant(kept, KEPT.labs, { consent: terms });
      await expectRefused(fetchIt({ member, decidedIn, consent }), "ConsentParametersError");
      const hidden = { terms, details: { ...consent.details, parameters: zeroHash } };
      await expectRefused(fetchIt({ member, decidedIn, consent: hidden }), "ConsentTermsError");
    });

    it("not under a consent that allows the sensitivities", async () => {
      const consent = await kept.giveConsent({ policy: { sensitivities: ["EMP"] } });
      const allowed = await grant(kept, KEPT.sensitive, { consent });
      const fetched = await fetchRecord(kept.researcher, fetching(allowed, await signIn(kept, running.url), kept.key));
      expect(fetched.content).to.include("EMP");
    });

    it("by a wallet without a key that is valid", async () => {
      await revokeEncryptionKey(kept.researcher, kept.key.publicKey);
      await expectRefused(fetchIt(), "EncryptionKeyError");
    });

    it("of a record that was destroyed", async () => {
      const doomed = await grant(kept, KEPT.doomed);
      await destroyRecords(kept.vault, { leaves: [kept.leaves[KEPT.doomed]!], reason: "error" });
      const { member, decidedIn } = doomed;
      await expectRefused(fetchIt({ member, decidedIn }), "RecordDestroyedError");
    });

    it("of a record that is destroyed while it is checked, or while its delivery is logged", async () => {
      const destroyAt = (step: string, index: number): void => {
        running.rpc.before = async ({ method }) => {
          if (method !== step) return;
          running.rpc.before = () => undefined;
          await destroyRecords(kept.vault, { leaves: [kept.leaves[index]!], reason: "withdrawal" });
        };
      };
      const { member, decidedIn } = await grant(kept, KEPT.fading);
      destroyAt("eth_getLogs", KEPT.fading);
      await expectRefused(fetchIt({ member, decidedIn }), "RecordDestroyedError");
      const late = await grant(kept, KEPT.late);
      destroyAt("eth_sendTransaction", KEPT.late);
      const error = await caught(fetchIt({ member: late.member, decidedIn: late.decidedIn }));
      expect((error as GatewayRefusalError).refusal).to.equal("RecordDestroyedError");
      const { entry } = (await readLog(kept.vault)).at(-1)!;
      expect([entry.event, entry["why"]]).to.deep.equal(["refused", "RecordDestroyedError"]);
    });

    it("of which its own log tells without naming a patient", async () => {
      await expectRefused(fetchIt({ decidedIn: 0n }), "RequesterError");
      const entries = await readLog(kept.vault);
      const { time, ...last } = entries.at(-1)!.entry;
      expect(time).to.be.a("number");
      const { grant: id, member } = granted.member;
      const requester = kept.signers.researcher.address;
      expect(last).to.deep.equal({
        event: "refused",
        grant: id,
        record: member.record,
        requester,
        why: "RequesterError",
      });
    });
  });

  describe("of what is no call", () => {
    const paths = ["/v1/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/v1/deliveries/..%2f..%2fvault", "/%00", "/v1"];
    for (const path of paths) {
      it(`at ${path}`, async () => {
        const [status] = await problem(await call(path, { method: "GET", headers: {} }));
        expect(status).to.equal(404);
      });
    }

    it("with too large a body, unknown or malformed fields, or no JSON", async () => {
      const { token } = await signIn(kept, running.url);
      const headers = { authorization: `Bearer ${token}` };
      const send = (body: string, type = "application/json") =>
        call("/v1/deliveries", { headers: { ...headers, "content-type": type }, body });
      expect((await problem(await send(JSON.stringify({ fill: "x".repeat(5_000) }))))[0]).to.equal(413);
      expect((await problem(await send("x", "text/plain")))[0]).to.equal(415);
      expect((await problem(await send("{")))[0]).to.equal(400);
      expect(await problem(await send(JSON.stringify({ grant: "../../x" })))).to.deep.equal([400, "BadRequestError"]);
      expect(await problem(await send('{"__proto__":{"a":1}}'))).to.deep.equal([400, "BadRequestError"]);
    });

    it("that comes too slowly", async () => {
      const { hostname, port } = new URL(running.url);
      const socket = connect(Number(port), hostname);
      const chunks: Buffer[] = [];
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      socket.write(
        "POST /v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{",
      );
      await once(socket, "close");
      expect(Buffer.concat(chunks).toString()).to.match(/^HTTP\/1.1 408 /);
    });
  });

  describe("of what it cannot know", () => {
    it("while the chain is down, and goes on when it is back", async () => {
      const session = await signIn(kept, running.url);
      await running.rpc.down();
      expect(await caught(fetchIt({ session }))).to.be.instanceOf(GatewayUnavailableError);
      expect((await problem(await call("/readyz", { method: "GET", headers: {} })))[0]).to.equal(503);
      expect((await call("/healthz", { method: "GET", headers: {} })).status).to.equal(200);
      await running.rpc.up();
      expect(await fetchIt({ session })).to.have.property("content");
      expect((await call("/readyz", { method: "GET", headers: {} })).status).to.equal(200);
    });

    it("while its node fails at sending, which is nobody's refusal", async () => {
      const session = await signIn(kept, running.url);
      running.rpc.before = ({ method }) => {
        if (method === "eth_sendTransaction")
          throw Object.assign(new Error("no disk"), { code: -32_603, data: "full" });
      };
      expect(await caught(fetchIt({ session }))).to.be.instanceOf(GatewayUnavailableError);
      await expectNoDelivery();
    });

    it("while its node is behind", async () => {
      const session = await signIn(kept, running.url);
      running.rpc.alter = ({ method }, result) =>
        method === "eth_getBlockByNumber" ? { ...(result as object), timestamp: "0x10" } : result;
      expect(await caught(fetchIt({ session }))).to.be.instanceOf(GatewayUnavailableError);
      await expectNoDelivery();
    });
  });

  describe("of the client", () => {
    it("to open with another key, which it logs as a failed receipt", async () => {
      const { privateKey } = await generateEncryptionKey();
      const error = await caught(fetchIt({ privateKey }));
      expect(error).to.be.instanceOf(ParcelError);
      expect((error as ParcelError).failures).to.deep.equal(["envelope"]);
      const [receipt] = await kept.broker.queryFilter(kept.broker.filters.ReceiptLogged());
      expect(receipt?.args.verified).to.equal(false);
    });

    it("to take tampered bytes, which it logs as a failed receipt", async () => {
      const leaf = kept.leaves[KEPT.labs]!;
      const adversary = Object.create(kept.vault) as Kept["vault"];
      adversary.findRecord = async (given) => {
        const found = (await kept.vault.findRecord(given))!;
        return given === leaf
          ? { ...found, openBytes: () => Promise.resolve(Readable.from([Buffer.from("other")])) }
          : found;
      };
      const other = await runGateway(kept, {}, adversary);
      try {
        const session = await signIn(kept, other.url);
        const error = await caught(fetchIt({ session }));
        expect(error).to.be.instanceOf(ParcelError);
        expect((error as ParcelError).failures).to.include.members(["ciphertext", "decryption"]);
      } finally {
        await other.stop();
      }
    });
  });

  it("never puts a token, signature, patient or key into the log", async () => {
    const session = await signIn(kept, running.url);
    await fetchIt({ session });
    const log = running.lines.join("");
    expect(log).to.include(granted.member.grant);
    expect(log).to.not.include(session.token);
    expect(log).to.not.include(granted.member.member.record.slice(2));
    expectNothingIn(log);
  });
});

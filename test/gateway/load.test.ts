import { expect } from "chai";
import { fetchRecord, type GatewaySession } from "@consilium/sdk";
import { attestDestructions, checkLog, destroyRecords, readLog } from "@consilium/gateway";
import { loadFixture, networkHelpers } from "../access/scenario.ts";
import {
  deployKept,
  fetching,
  grant,
  KEPT,
  deliveryBody,
  recordChainOf,
  runGateway,
  signIn,
  type Granted,
  type Kept,
  type Running,
} from "./gatewayFixtures.ts";
import { removeHomes } from "./vaultFixtures.ts";

describe("gateway under way", () => {
  let kept: Kept;
  let granted: Granted;
  const running: Running[] = [];

  async function deployGranted() {
    const before = await deployKept();
    return { ...before, granted: await grant(before, KEPT.labs) };
  }

  beforeEach(async () => {
    const fixture = await loadFixture(deployGranted);
    [kept, granted] = [fixture, fixture.granted];
  });
  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop();
  });
  after(async () => {
    await kept.vault.close();
    removeHomes();
  });

  async function run(...settings: Parameters<typeof runGateway> extends [Kept, ...infer rest] ? rest : never) {
    const one = await runGateway(kept, ...settings);
    running.push(one);
    return one;
  }

  /** Fetches without opening: what the gateway alone does. */
  function post({ url, token }: GatewaySession, one: Granted): Promise<Response> {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    return fetch(new URL("/v1/deliveries", url), { method: "POST", headers, body: deliveryBody(one) });
  }

  const deliveries = async (): Promise<number> =>
    (await kept.broker.queryFilter(kept.broker.filters.DeliveryLogged())).length;

  it("answers 1,000 fetches at once, each delivered and logged or told to come back", async () => {
    const { url } = await run({ parallelDeliveries: 8, waitingDeliveries: 42 });
    const session = await signIn(kept, url);
    const first = await checkLog(kept.vault);
    const statuses = await Promise.all(
      Array.from({ length: 1_000 }, async () => {
        const response = await post(session, granted);
        await response.arrayBuffer();
        return response.status;
      }),
    );
    const delivered = statuses.filter((status) => status === 200).length;
    expect(delivered).to.be.at.least(50);
    expect(statuses.filter((status) => status === 503)).to.have.lengthOf(1_000 - delivered);
    expect(await deliveries()).to.equal(delivered);
    const last = await checkLog(kept.vault);
    expect(last.sequence - first.sequence).to.equal(2 * delivered);
  });

  it("refuses more calls a minute than it is set to take", async () => {
    const { url } = await run({ callsPerMinute: 5 });
    const statuses: number[] = [];
    for (let count = 0; count < 6; count++) statuses.push((await fetch(new URL("/healthz", url))).status);
    expect(statuses).to.deep.equal([200, 200, 200, 200, 200, 429]);
  });

  it("finishes what is under way when it is stopped, and takes nothing more", async () => {
    const one = await run();
    const session = await signIn(kept, one.url);
    const reached = new Promise<void>((resolve) => {
      one.rpc.before = ({ method }) => {
        if (method === "eth_sendTransaction") resolve();
      };
    });
    const fetched = fetchRecord(kept.researcher, fetching(granted, session, kept.key));
    await reached;
    const stopped = one.gateway.stop();
    expect(await fetched).to.have.property("content");
    await stopped;
    expect(await fetch(one.url).catch((error: unknown) => error)).to.be.instanceOf(Error);
  });

  it("revokes the keys of deliveries whose consent was withdrawn, once, and after a restart too", async () => {
    const first = await run();
    await fetchRecord(kept.researcher, fetching(granted, await signIn(kept, first.url), kept.key));
    expect(await first.gateway.revokeKeys()).to.equal(0);

    const second = await run();
    await kept.consents.connect(kept.signers.patient).withdraw(granted.member.member.consent);
    expect(await second.gateway.revokeKeys()).to.equal(1);
    expect(await second.gateway.revokeKeys()).to.equal(0);
    expect(await (await run()).gateway.revokeKeys()).to.equal(0);

    const { broker } = kept;
    const revoked = await broker.queryFilter(broker.filters.KeyRevocationLogged(granted.member.grant));
    expect(revoked).to.have.lengthOf(1);
    const entries = await readLog(kept.vault);
    const { entry, hash } = entries.findLast((one) => one.entry.event === "revoking")!;
    expect(hash).to.equal(revoked[0]?.args.evidenceHash);
    expect(entry.grant).to.equal(granted.member.grant);
  });

  it("revokes by itself at its regular look", async () => {
    const one = await run({ revocationSeconds: 1 });
    await fetchRecord(kept.researcher, fetching(granted, await signIn(kept, one.url), kept.key));
    await networkHelpers.time.increaseTo(kept.until);
    const { broker } = kept;
    const revocations = () => broker.queryFilter(broker.filters.KeyRevocationLogged(granted.member.grant));
    while ((await revocations()).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await one.gateway.revokeKeys()).to.equal(0);
    const log = one.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(log.filter(({ msg }) => msg === "keys revoked").map(({ revoked }) => revoked)).to.deep.equal([1]);
    expect(log.find(({ everySeconds }) => everySeconds !== undefined)).to.include({ everySeconds: 1 });
  });

  it("revokes a key once, however many look at a time", async () => {
    const one = await run();
    await fetchRecord(kept.researcher, fetching(granted, await signIn(kept, one.url), kept.key));
    await kept.consents.connect(kept.signers.patient).withdraw(granted.member.member.consent);
    const counts = await Promise.all([one.gateway.revokeKeys(), one.gateway.revokeKeys()]);
    expect(counts).to.deep.equal([1, 0]);
  });

  it("attests no revocation of what the chain refused to log", async () => {
    const one = await run();
    const session = await signIn(kept, one.url);
    one.rpc.before = async ({ method }) => {
      if (method !== "eth_sendTransaction") return;
      one.rpc.before = () => undefined;
      await kept.consents.connect(kept.signers.patient).withdraw(granted.member.member.consent);
    };
    expect((await post(session, granted)).status).to.equal(403);
    expect(await one.gateway.revokeKeys()).to.equal(0);
    const { broker } = kept;
    expect(await broker.queryFilter(broker.filters.KeyRevocationLogged())).to.deep.equal([]);
  });

  it("revokes after the record's destruction was attested", async () => {
    const doomed = await grant(kept, KEPT.doomed);
    const one = await run();
    await fetchRecord(kept.researcher, fetching(doomed, await signIn(kept, one.url), kept.key));
    await destroyRecords(kept.vault, { leaves: [kept.leaves[KEPT.doomed]!], reason: "withdrawal" });
    await attestDestructions({ vault: kept.vault, chain: await recordChainOf(kept) });
    expect(await one.gateway.revokeKeys()).to.equal(1);
  });
});

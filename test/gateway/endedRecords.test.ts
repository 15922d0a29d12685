import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import type { Hex } from "viem";
import { ChainUnavailableError, fetchRecord, GatewayRefusalError } from "@consilium/sdk";
import {
  addRecords,
  destroyEnded,
  GatewayAgentError,
  openCustodianChain,
  readLog,
  VaultUnavailableError,
} from "@consilium/gateway";
import { networkHelpers } from "../access/scenario.ts";
import { openAs } from "../sdk/support/openScenario.ts";
import { expectRejection } from "../utils/expectRejection.ts";
import { dieAndGoOn } from "./dieAndGoOn.ts";
import {
  deployKept,
  fetching,
  grant,
  KEPT,
  limitRetention,
  recordChainOf,
  runGateway,
  signIn,
  type Kept,
  type Running,
} from "./gatewayFixtures.ts";
import { addition, observation, removeHomes, withVault } from "./vaultFixtures.ts";

const { time } = networkHelpers;
const NOTHING = { destroyed: 0, attested: { batches: 0, records: 0 } };

describe("gateway, of records whose retention is over,", () => {
  let kept: Kept;
  let running: Running[];

  beforeEach(async () => {
    kept = await deployKept();
    running = [];
  });
  afterEach(async () => {
    for (const one of running) await one.stop();
    await kept.vault.close();
  });
  after(removeHomes);

  async function run(...settings: Parameters<typeof runGateway> extends [Kept, ...infer rest] ? rest : never) {
    const one = await runGateway(kept, ...settings);
    running.push(one);
    return one;
  }

  const destroyed = async (): Promise<number[]> => {
    const rows = await kept.vault.database.query("SELECT sequence FROM record WHERE secret IS NULL ORDER BY sequence");
    return rows.map(({ sequence }) => Number(sequence) - 1);
  };
  /** Keeps a record, behind the others, whose retention is over as it was imported. */
  const addPast = () =>
    addRecords(kept.vault, [addition(observation("past"), { retentionUntil: Math.floor(Date.now() / 1_000) })]);
  const attested = async (): Promise<Hex[]> => {
    const events = await kept.records.queryFilter(kept.records.filters.RecordDestroyed());
    return events.map(({ args }) => args.leaf as Hex);
  };
  const logOf = ({ lines }: Running) => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const told = (one: Running, message: string) => logOf(one).filter(({ msg }) => msg === message);
  const done = (one: Running) => told(one, "records destroyed, or their destruction attested");
  const failed = (one: Running) => told(one, "not all destroyed and attested");
  /** Waits for what the gateway does by itself. */
  const until = async (isSo: () => unknown): Promise<void> => {
    while (!(await isSo())) await setTimeout(10);
  };

  it("destroys and attests none the second before, and each at its very second", async () => {
    const { gateway } = await run();
    const end = await limitRetention(kept, KEPT.doomed);
    await time.increaseTo(end - 1);
    expect(await gateway.destroyEnded()).to.deep.equal(NOTHING);
    expect(await destroyed()).to.deep.equal([]);
    await time.increaseTo(end);
    expect(await gateway.destroyEnded()).to.deep.equal({ destroyed: 1, attested: { batches: 0, records: 1 } });
    expect(await destroyed()).to.deep.equal([KEPT.doomed]);
    expect(await attested()).to.deep.equal([kept.leaves[KEPT.doomed]]);
    expect(await gateway.destroyEnded()).to.deep.equal(NOTHING);
  });

  it("destroys by itself at its start, and again at its regular look, and tells nothing but numbers", async () => {
    await time.increaseTo(await limitRetention(kept, KEPT.doomed));
    const one = await run({ destructionSeconds: 1 });
    await until(() => done(one).length === 1);
    await time.increaseTo(await limitRetention(kept, KEPT.fading));
    await until(() => done(one).length === 2);
    expect(await attested()).to.deep.equal([kept.leaves[KEPT.doomed], kept.leaves[KEPT.fading]]);

    const counts = { destroyed: 1, attestedBatches: 0, attestedRecords: 1 };
    for (const line of done(one)) {
      expect(line).to.have.all.keys("level", "time", "pid", "hostname", "msg", ...Object.keys(counts));
      expect(line).to.include(counts);
    }
    const text = one.lines.join("").toLowerCase();
    for (const word of [kept.signers.patient.address.slice(2), ...kept.leaves.map((leaf) => leaf.slice(2))]) {
      expect(text).to.not.include(word.toLowerCase());
    }
  });

  it("destroys none by itself where it is set to 0", async () => {
    await time.increaseTo(await limitRetention(kept, KEPT.doomed));
    const one = await run({ destructionSeconds: 0 });
    // A run that was begun would come first.
    expect(await one.gateway.destroyEnded()).to.deep.include({ destroyed: 1 });
    expect(done(one)).to.have.lengthOf(1);
  });

  it("destroys while the chain is out what is over by the import, and the rest when it answers again", async () => {
    await time.increaseTo(await limitRetention(kept, KEPT.doomed));
    const one = await run({ destructionSeconds: 1 });
    await until(() => done(one).length === 1);
    await one.rpc.down();
    await time.increaseTo(await limitRetention(kept, KEPT.fading));
    await addPast();
    await until(async () => (await destroyed()).length === 2);
    await until(() => failed(one).length > 0);
    expect(failed(one)[0]).to.include({ refusal: `urn:consilium:error:${ChainUnavailableError.name}` });
    expect(await destroyed()).to.deep.equal([KEPT.doomed, kept.leaves.length]);
    expect(await attested()).to.have.lengthOf(1);

    await one.rpc.up();
    await until(async () => (await attested()).length === 2);
    expect(await destroyed()).to.deep.equal([KEPT.doomed, KEPT.fading, kept.leaves.length]);
  });

  it("says what went wrong without its message, and goes on to serve", async () => {
    const one = await run();
    kept.vault.database.scrub = () => Promise.reject(new VaultUnavailableError("database", new Error("secret")));
    await expectRejection(one.gateway.destroyEnded(), VaultUnavailableError);
    const late = await run({ destructionSeconds: 3_600 });
    await until(() => failed(late).length > 0);
    expect(failed(late)[0]).to.include({ refusal: "urn:consilium:error:VaultUnavailableError" });
    expect(late.lines.join("")).to.not.include("secret");
    expect((await fetch(new URL("/healthz", late.url))).status).to.equal(200);
  });

  it("goes on while the custodian is suspended, and attests once it is not", async () => {
    const { gateway } = await run();
    await time.increaseTo(await limitRetention(kept, KEPT.doomed));
    const end = (await time.latest()) + 1_000;
    await kept.institutions.connect(kept.signers.supervision).suspend(kept.ids.north, end, kept.leaves[0]!);
    expect(await gateway.destroyEnded().catch((error: Error) => error.name)).to.equal("CallRevertedError");
    expect(await destroyed()).to.deep.equal([KEPT.doomed]);
    expect(await attested()).to.deep.equal([]);
    await time.increaseTo(end);
    expect(await gateway.destroyEnded()).to.deep.equal({ destroyed: 0, attested: { batches: 0, records: 1 } });
  });

  it("delivers while an attestation waits for its block", async () => {
    await time.increaseTo(await limitRetention(kept, KEPT.doomed));
    const granted = await grant(kept, KEPT.labs);
    const { gateway, url, rpc } = await run();
    const session = await signIn(kept, url);
    const [held, release] = holdFirst(rpc, "eth_getTransactionReceipt");
    const destruction = gateway.destroyEnded();
    await held;
    expect(await fetchRecord(kept.researcher, fetching(granted, session, kept.key))).to.have.property("content");
    expect(await kept.vault.database.query("SELECT id FROM record WHERE attested_at IS NOT NULL")).to.deep.equal([]);
    release();
    expect(await destruction).to.deep.equal({ destroyed: 1, attested: { batches: 0, records: 1 } });
  });

  it("sends an attestation and a delivery's log one after the other", async () => {
    await time.increaseTo(await limitRetention(kept, KEPT.doomed));
    const granted = await grant(kept, KEPT.labs);
    const { gateway, url, rpc } = await run();
    const session = await signIn(kept, url);
    const sent: string[] = [];
    const [held, release] = holdFirst(rpc, "eth_sendTransaction");
    rpc.alter = ({ method }, result) => {
      if (method === "eth_sendTransaction") sent.push("one");
      return result;
    };
    const destruction = gateway.destroyEnded();
    await held;
    const fetched = fetchRecord(kept.researcher, fetching(granted, session, kept.key));
    await until(async () => (await readLog(kept.vault)).at(-1)?.entry.event === "delivering");
    // Several questions to the node, all of them after what a delivery out of turn would have sent.
    expect((await fetch(new URL("/readyz", url))).status).to.equal(200);
    expect(sent).to.deep.equal([]);
    release();
    expect(await fetched).to.have.property("content");
    expect(await destruction).to.deep.include({ destroyed: 1 });
    expect(sent).to.deep.equal(["one", "one"]);
  });

  it("stops a delivery of theirs that is logged already and has not left", async () => {
    const granted = await grant(kept, KEPT.labs);
    const end = await limitRetention(kept, KEPT.labs);
    const { gateway, url, rpc } = await run();
    const session = await signIn(kept, url);
    const [held, release] = holdFirst(rpc, "eth_getTransactionReceipt");
    const fetched = expectRejection(
      fetchRecord(kept.researcher, fetching(granted, session, kept.key)),
      GatewayRefusalError,
    );
    await held;
    await time.increaseTo(end);
    expect(await gateway.destroyEnded()).to.deep.equal({ destroyed: 1, attested: { batches: 0, records: 1 } });
    release();
    expect((await fetched).refusal).to.equal("RecordDestroyedError");
  });

  it("is stopped between two attestations, and goes on at its next start", async () => {
    const ends = [await limitRetention(kept, KEPT.doomed), await limitRetention(kept, KEPT.fading)];
    await time.increaseTo(Math.max(...ends));
    const first = await runGateway(kept, { destructionSeconds: 3_600 });
    const [held, release] = holdFirst(first.rpc, "eth_sendTransaction");
    await held;
    const stopped = first.stop();
    release();
    await stopped;
    expect(await attested()).to.deep.equal([kept.leaves[KEPT.doomed]]);
    expect([done(first), failed(first)]).to.deep.equal([[], []]);
    expect(await kept.vault.database.query("SELECT id FROM record WHERE attested_at IS NOT NULL")).to.have.lengthOf(1);

    const second = await run({ destructionSeconds: 3_600 });
    await until(() => done(second).length === 1);
    expect(await attested()).to.deep.equal([kept.leaves[KEPT.doomed], kept.leaves[KEPT.fading]]);
  });

  describe("by the very steps of `record destroy --overdue`,", () => {
    it("destroys and attests each once, whatever step a run dies at", async () => {
      const chain = await recordChainOf(kept);
      await time.increaseTo(await limitRetention(kept, KEPT.doomed));
      await addPast();
      const deaths = await dieAndGoOn({ vault: kept.vault, chain }, (dying) =>
        destroyEnded({ vault: dying.vault, openChain: () => Promise.resolve(dying.chain) }),
      );
      expect(deaths).to.be.greaterThan(20);
      expect(await destroyed()).to.deep.equal([KEPT.doomed, kept.leaves.length]);
      expect(await attested()).to.deep.equal([kept.leaves[KEPT.doomed]]);
    });

    it("ends between the bytes of two records when it is asked to, and goes on", async () => {
      const chain = await recordChainOf(kept);
      const ends = [await limitRetention(kept, KEPT.doomed), await limitRetention(kept, KEPT.fading)];
      await time.increaseTo(Math.max(...ends));
      const { blobs } = kept.vault;
      const stopping = new AbortController();
      const remove = blobs.delete.bind(blobs);
      blobs.delete = async (name) => {
        await remove(name);
        stopping.abort(new Error("stopped"));
      };
      const job = { vault: kept.vault, openChain: () => Promise.resolve(chain) };
      const ended = destroyEnded({ ...job, signal: stopping.signal });
      expect(await ended.catch((error: Error) => error.message)).to.equal("stopped");
      const withBytes = "SELECT id FROM record WHERE secret IS NULL AND blob IS NOT NULL";
      expect(await kept.vault.database.query(withBytes)).to.have.lengthOf(1);
      expect(await destroyEnded(job)).to.deep.equal({ destroyed: 0, attested: { batches: 0, records: 2 } });
      expect(await kept.vault.database.query(withBytes)).to.deep.equal([]);
    });

    it("asks no chain for a vault that anchored nothing, and ties it to none", async () => {
      await withVault(async (vault) => {
        await addRecords(vault, [addition(observation("past"), { retentionUntil: 1 })]);
        const openChain = () => Promise.reject(new Error("asked"));
        expect(await destroyEnded({ vault, openChain })).to.deep.equal({ ...NOTHING, destroyed: 1 });
        expect(await vault.database.query("SELECT value FROM setting WHERE name = 'chain'")).to.deep.equal([]);
      });
    });

    it("takes the wallet's own institution for the custodian, and refuses a wallet that was nobody's agent", async () => {
      expect((await openCustodianChain({ suite: await openAs(kept, "northGateway") })).custodian).to.equal(
        Number(kept.ids.north),
      );
      await expectRejection(openCustodianChain({ suite: await openAs(kept, "stranger") }), GatewayAgentError);
    });
  });
});

/** Holds the first call of a method back: a promise of its coming, and what lets it go. */
function holdFirst(rpc: Running["rpc"], held: string): [Promise<void>, () => void] {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const come = new Promise<void>((resolve) => {
    rpc.before = async ({ method }) => {
      if (method !== held) return;
      rpc.before = () => undefined;
      resolve();
      await released;
    };
  });
  return [come, () => release()];
}

import { Writable } from "node:stream";
import { http, numberToHex, type Address, type Hex } from "viem";
import {
  createRequest,
  generateEncryptionKey,
  openSuite,
  publishEncryptionKey,
  sendRequest,
  signInToGateway,
  type ConsentDetails,
  type ConsentTerms,
  type EncryptionKey,
  type GatewaySession,
  type GrantMember,
  type Suite,
} from "@consilium/sdk";
import {
  addRecords,
  anchorPending,
  openRecordChain,
  openVault,
  startGateway,
  type Gateway,
  type SettingsInput,
  type Vault,
} from "@consilium/gateway";
import { deployScenario, loadFixture, networkHelpers, type Scenario } from "../access/scenario.ts";
import { type SignerName } from "../fixtures/consilium.ts";
import { bookOf, openAs } from "../sdk/support/openScenario.ts";
import { startRpc, type Rpc } from "./startRpc.ts";
import { addition, newHome, observation, removeHomes } from "./vaultFixtures.ts";

/** Records of the hospital's vault, by their order there. */
export const KEPT = { labs: 0, moreLabs: 1, sensitive: 2, doomed: 3, fading: 4, late: 5 } as const;

/** A label that raises no level: what is said of it is for the gateway alone to enforce. */
const EMPLOYEE = { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "EMP" };

/** A grant of a record, with all that its fetching takes. */
export interface Granted {
  member: GrantMember;
  consent: { terms: ConsentTerms; details: ConsentDetails };
  decidedIn: bigint;
}

export type Kept = Awaited<ReturnType<typeof deployKept>>;

/** The scenario with a hospital's vault whose records are anchored, and a researcher with a published key. */
export async function deployKept() {
  const s = await loadFixture(deployScenario);
  const { home, parameters } = await newHome();
  const vault = await openVault(parameters);
  const patient = s.signers.patient.address as Address;
  const resources = Object.values(KEPT).map((index) =>
    observation(`kept${index}`, index === KEPT.sensitive ? { meta: { security: [EMPLOYEE] } } : {}),
  );
  await addRecords(
    vault,
    resources.map((resource) => addition(resource, { patient })),
  );
  await anchorPending({ vault, chain: await recordChainOf(s) });
  const rows = await vault.database.query<{ leaf: Hex }>("SELECT leaf FROM record ORDER BY sequence");

  const researcher = await openAs(s, "researcher");
  const key = await generateEncryptionKey();
  await publishEncryptionKey(researcher, { publicKey: key.publicKey, validity: 31_536_000n });
  return { ...s, vault, home, leaves: rows.map(({ leaf }) => leaf), researcher, key };
}

/** The hospital's way to the RecordRegistry. */
export async function recordChainOf(s: Scenario) {
  return openRecordChain({ suite: await openAs(s, "northGateway"), custodian: s.ids.north });
}

/** Has a wallet ask for a record of the vault; the answer must be a grant. */
export async function grant(
  kept: Kept,
  index: number,
  {
    consent = kept.consent,
    details,
    suite = kept.researcher,
  }: { consent?: ConsentTerms; details?: ConsentDetails; suite?: Suite } = {},
): Promise<Granted> {
  const found = (await kept.vault.findRecord(kept.leaves[index]!))!;
  const request = createRequest({
    ...{ batch: found.batch, record: found.record, proof: found.proof, consent, study: kept.study },
    word: { purposes: ["DSRCH"], duoUses: ["diseaseSpecific"], deidentification: 1, validUntil: kept.until },
  });
  const { grant: member, reasons } = await sendRequest(suite, request);
  if (member === undefined) throw new Error(`No grant: ${reasons.map(({ text }) => text).join(" ")}`);
  const given = { terms: consent, details: details ?? kept.detailsOf(consent) };
  return { member, consent: given, decidedIn: await suite.client.getBlockNumber({ cacheTime: 0 }) };
}

/** Has the patient's side end the retention of a record of the vault in two days. Returns the second. */
export async function limitRetention(kept: Kept, index: number): Promise<number> {
  const { batch, record, proof } = (await kept.vault.findRecord(kept.leaves[index]!))!;
  const until = (await networkHelpers.time.latest()) + 2 * 86_400;
  await kept.records.connect(kept.signers.patient).limitRetention(batch, record, [...proof], until);
  return until;
}

/** A gateway of the hospital's, with its node and its log's lines. */
export interface Running {
  gateway: Gateway;
  url: string;
  rpc: Rpc;
  lines: string[];
  stop(): Promise<void>;
}

/** Starts a gateway of the hospital, on a node of its own. */
export async function runGateway(
  kept: Kept,
  settings: SettingsInput = {},
  vault: Vault = kept.vault,
): Promise<Running> {
  const rpc = await startRpc();
  const suite = await openSuite({
    book: bookOf(kept),
    transport: http(rpc.url, { batch: true, retryCount: 0, timeout: 5_000 }),
    account: kept.signers.northGateway.address as Address,
    freeGas: true,
    pollingInterval: 5,
  });
  const lines: string[] = [];
  const logTo = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const gateway = await startGateway({
    ...{ suite, vault, logTo },
    settings: { port: 0, callsPerMinute: 100_000, revocationSeconds: 0, destructionSeconds: 0, ...settings },
  }).catch(async (error: unknown) => {
    await rpc.down();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await gateway.stop();
    await rpc.down();
  };
  return { gateway, url: gateway.url, rpc, lines, stop };
}

/** Signs a wallet in. */
export function signIn(kept: Kept, url: string, name: SignerName = "researcher"): Promise<GatewaySession> {
  const signer = kept.signers[name];
  return signInToGateway({
    url,
    chainId: kept.researcher.chainId,
    signer: {
      address: signer.address as Address,
      signMessage: async ({ message }) => (await signer.signMessage(message)) as Hex,
    },
  });
}

/** What `fetchRecord` takes. */
export function fetching(granted: Granted, session: GatewaySession, { privateKey }: EncryptionKey) {
  const { member, consent, decidedIn } = granted;
  return { session, member, consent, decidedIn, privateKey };
}

/** The body of a call for a delivery, as a client without the SDK writes it. */
export function deliveryBody({ member: { grant: id, member, proof }, consent, decidedIn }: Granted): string {
  const { terms, details } = consent;
  const opened = { ...details, salt: numberToHex(details.salt, { size: 32 }) };
  const written = { ...terms, policy: numberToHex(terms.policy), details: opened };
  return JSON.stringify({ grant: id, decidedIn: Number(decidedIn), member, proof, consent: written });
}

/** Opens a hospital with a running gateway for each test anew, and closes both after it. */
export function eachGateway(onOpen: (opened: { kept: Kept; running: Running }) => void): void {
  let close: () => Promise<void>;
  beforeEach(async () => {
    const kept = await deployKept();
    const running = await runGateway(kept);
    close = async () => {
      await running.stop();
      await kept.vault.close();
    };
    onOpen({ kept, running });
  });
  afterEach(() => close());
  after(removeHomes);
}

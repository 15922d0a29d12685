import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { custom, type Address } from "viem";
import { openSuite, type FhirResource, type SuiteBook } from "@consilium/sdk";
import {
  addRecords,
  createMasterKey,
  openRecordChain,
  openVault,
  readMasterKey,
  type Addition,
  type AdditionOutcome,
  type OpenVaultParameters,
  type Vault,
} from "@consilium/gateway";
import { connection, deployConsilium, ethers, loadFixture } from "../fixtures/consilium.ts";

export const PATIENT: Address = "0x71C7656EC7ab88b098defB751B7401B5f6d8976F";
export const OTHER_PATIENT: Address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

/** Places for vaults, removed by `removeHomes`. */
const homes: string[] = [];

/** Where a new vault may be, with its key made. */
export async function newHome(): Promise<{ home: string; keyFile: string; parameters: OpenVaultParameters }> {
  const home = mkdtempSync(join(tmpdir(), "consilium-vault-"));
  homes.push(home);
  const keyFile = join(home, "key");
  await createMasterKey(keyFile);
  const masterKey = await readMasterKey(keyFile);
  const database = `sqlite:${join(home, "vault.sqlite")}`;
  return { home, keyFile, parameters: { database, blobs: join(home, "blobs"), masterKey } };
}

export function removeHomes(): void {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
}

/** A vault in a home of its own, closed after `work`. */
export async function withVault(work: (vault: Vault) => Promise<void>): Promise<void> {
  const vault = await openVault((await newHome()).parameters);
  try {
    await work(vault);
  } finally {
    await vault.close();
  }
}

/** A laboratory record of nobody. */
export function observation(id: string, changes: Partial<FhirResource> = {}): FhirResource {
  return {
    resourceType: "Observation",
    id,
    status: "final",
    code: { text: "Glucose" },
    subject: { reference: "Patient/1" },
    effectiveDateTime: "2024-03-01",
    ...changes,
  };
}

export function addition(resource: FhirResource, changes: Partial<Addition> = {}): Addition {
  return { patient: PATIENT, resource, content: JSON.stringify(resource), retentionUntil: 0, ...changes };
}

/** Adds as many different records. */
export function addObservations(
  vault: Vault,
  count: number,
  changes: Partial<Addition> = {},
): Promise<AdditionOutcome[]> {
  return addRecords(
    vault,
    Array.from({ length: count }, (_, index) => addition(observation(`o${index}`), changes)),
  );
}

/** The way to the node: a test can have calls of a method fail, before they are done or after. */
export const wire: { cut: { method: string; when: "before" | "after"; error: Error } | undefined } = { cut: undefined };

const wired = {
  request: async (call: Parameters<typeof connection.provider.request>[0]): Promise<unknown> => {
    const isCut = wire.cut?.method === call.method;
    if (isCut && wire.cut?.when === "before") throw wire.cut.error;
    const answer: unknown = await connection.provider.request(call);
    if (isCut) throw wire.cut!.error;
    return answer;
  },
};

export async function deployForVault() {
  const suite = await loadFixture(deployConsilium);
  const custodian = Number(suite.members["northHospital"]);
  const opened = await openSuite({
    book: bookOf(suite.contracts, Number((await ethers.provider.getNetwork()).chainId)),
    transport: custom(wired, { retryCount: 0 }),
    account: suite.signers.northGateway.address as Address,
    freeGas: true,
    pollingInterval: 20,
  });
  return { ...suite, custodian, chain: openRecordChain({ suite: opened, custodian }) };
}

function bookOf(contracts: Record<string, Address>, chainId: number): SuiteBook {
  const entries = Object.entries(contracts).map(([name, address]) => [name, { address, block: 0 }] as const);
  return { network: "test", chainId, contracts: Object.fromEntries(entries) };
}

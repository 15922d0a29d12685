import Table from "cli-table3";
import { Command, InvalidArgumentError } from "commander";
import { MaxUint256, ZeroHash } from "ethers";
import { privateKeyToAccount } from "viem/accounts";
import type { Address, Hex } from "viem";
import {
  CohortTree,
  cohortRequestId,
  createConsent,
  encodePolicyWord,
  membersOf,
  presetPolicy,
  RecordBatch,
  signGiveConsent,
  type CohortRequest,
  type ConsentTerms,
  type GrantMember,
  type SignedConsent,
} from "@consilium/sdk";
import { connection, deployConsilium, networkHelpers, type Consilium } from "../../test/fixtures/consilium.ts";
import { runCommand } from "../runCommand.ts";
import { approveStudy } from "./approveStudy.ts";
import { gasOf, hashOf } from "./measureOurs.ts";

const YEAR = 365 * 86_400;
/** In one transaction: what half a block of 60 million gas has room for, beyond which the base fee would rise from zero. */
const COHORT = 1_400;
const CONSENTS = 600;
const CLAIMS = 20;

type Options = { patients: number; claims: number; json: boolean };
type Step = { step: string; transactions: number; entries: number; gas: number; gasEach: number; seconds: number };

async function run({ patients, claims, json }: Options): Promise<void> {
  const suite = await deployConsilium();
  const study = await approveStudy(suite, { protocol: "protocol of a large study" });
  const { splitter, token, signers } = suite;
  const steps = new Meter();
  const accounts = Array.from({ length: patients }, (_, n) => privateKeyToAccount(hashOf(`patient ${n}`)));

  const grants: GrantMember[][] = [];
  for (let first = 0; first < patients; first += COHORT) {
    const group = accounts.slice(first, first + COHORT);
    const terms = await giveConsents(suite, group, steps);
    grants.push(await grantCohort(suite, study, group, terms, steps));
    console.error(`${Math.min(first + COHORT, patients).toLocaleString("en")} patients granted`);
  }

  await splitter.connect(signers.researcher).openAgreement(study, ZeroHash, token, 0, {
    patients: 6_000,
    fund: 3_000,
    custodians: 0,
    payees: [{ institution: 4, share: 1_000 }],
  });
  for (const [one] of grants) await steps.measure("enrol a grant", 1, () => splitter.enroll(study, one!));
  await token.mint(signers.relayer, 10n ** 15n);
  await token.connect(signers.relayer).approve(splitter, MaxUint256);
  const deposit = () => splitter.connect(signers.relayer).deposit(study, 10n ** 12n, hashOf("invoice"));
  await steps.measure("deposit for all", patients, deposit);

  const all = grants.flat();
  // Spread evenly, by a fixed stride.
  const sample = Array.from(
    { length: Math.min(claims, patients) },
    (_, n) => all[Math.floor((n * patients) / claims)]!,
  );
  for (let first = 0; first < sample.length; first += CLAIMS) {
    const part = sample.slice(first, first + CLAIMS);
    await steps.measure("claim, first", part.length, () => splitter.claimMany(study, part));
  }
  const unit = (10n ** 12n * 6_000n) / 10_000n / BigInt(patients);
  for (const { member } of sample) {
    const paid = await token.balanceOf(member.patient);
    if (paid !== unit) throw new Error(`A patient was paid ${paid}, not ${unit}.`);
  }
  await steps.measure("deposit for all, again", patients, deposit);
  for (let first = 0; first < sample.length; first += CLAIMS) {
    const part = sample.slice(first, first + CLAIMS).map((one) => ({ ...one, proof: [] }));
    await steps.measure("claim, later", part.length, () => splitter.claimMany(study, part));
  }

  const depth = Math.max(...grants.map(([one]) => one!.proof.length));
  if (json) console.log(JSON.stringify({ patients, depth, steps: steps.all() }, null, 2));
  else console.log(`${tableOf(steps.all())}\nDepth of the proofs: ${depth}.`);
}

async function giveConsents(
  { consents, signers }: Consilium,
  accounts: ReturnType<typeof privateKeyToAccount>[],
  steps: Meter,
): Promise<ConsentTerms[]> {
  const now = await networkHelpers.time.latest();
  const policy = presetPolicy({ preset: "allEthicalResearch", validFrom: 0, validUntil: now + YEAR });
  const domain = {
    chainId: connection.networkConfig.chainId!,
    verifyingContract: (await consents.getAddress()) as Address,
  };
  const all: ConsentTerms[] = [];
  for (let first = 0; first < accounts.length; first += CONSENTS) {
    const forms = await Promise.all(
      accounts.slice(first, first + CONSENTS).map(async (account): Promise<SignedConsent> => {
        const { terms, details } = createConsent({
          patient: account.address,
          policy,
          epoch: 0,
          notice: hashOf("notice"),
        });
        const deadline = BigInt(now + YEAR);
        const { patient, institution, agent, study, policy: word, epoch } = terms;
        const scope = { patient, institution, agent, study, policy: word, epoch };
        all.push(terms);
        return signGiveConsent(account, { ...domain, terms: scope, details, deadline, signer: account.address });
      }),
    );
    await steps.measure("consent", forms.length, () => consents.connect(signers.relayer).giveMany(forms));
  }
  const order = new Map(accounts.map(({ address }, index) => [address, index]));
  return all.sort((one, other) => order.get(one.patient)! - order.get(other.patient)!);
}

async function grantCohort(
  { records, broker, signers, members }: Consilium,
  study: Hex,
  accounts: ReturnType<typeof privateKeyToAccount>[],
  terms: ConsentTerms[],
  steps: Meter,
): Promise<GrantMember[]> {
  const now = await networkHelpers.time.latest();
  const batch = new RecordBatch(
    members["northHospital"]!,
    accounts.map(({ address }) => ({
      patient: address,
      commitment: hashOf(`record of ${address}`),
      level: 2,
      category: "labs" as const,
      dataFrom: 0,
      dataUntil: now,
      retentionUntil: 0,
    })),
  );
  await steps.measure("anchor", accounts.length, () =>
    records.connect(signers.northGateway).anchor(batch.root, accounts.length, 0, hashOf("manifest")),
  );
  const { indices, records: asked, proof, proofFlags } = batch.multiProof(accounts.map((_, index) => index));
  const word = encodePolicyWord({
    purposes: ["HRESCH"],
    duoUses: ["diseaseSpecific"],
    categories: ["labs"],
    level: 2,
    validUntil: now + 30 * 86_400,
    deidentification: 1,
  });
  const request: CohortRequest = {
    study,
    word,
    salt: 1n,
    parts: [{ batch: batch.id, records: asked, consents: indices.map((index) => terms[index]!), proof, proofFlags }],
  };
  await steps.measure("grant in cohorts", accounts.length, () =>
    broker.connect(signers.researcher).requestCohort(request),
  );
  const grant = cohortRequestId(signers.researcher.address as Address, request);
  const { count } = await broker.grant(grant);
  if (Number(count) !== accounts.length) throw new Error(`The cohort has ${count} members.`);
  const cohort = membersOf(request);
  const tree = new CohortTree(cohort);
  return cohort.map((member, index) => ({ grant, member, proof: tree.proof(index) }));
}

/** Adds up gas and time by step. */
class Meter {
  readonly #steps = new Map<string, Omit<Step, "gasEach">>();

  async measure(step: string, entries: number, send: () => Parameters<typeof gasOf>[0]): Promise<void> {
    const start = performance.now();
    const gas = await gasOf(send());
    const sum = this.#steps.get(step) ?? { step, transactions: 0, entries: 0, gas: 0, seconds: 0 };
    sum.transactions += 1;
    sum.entries += entries;
    sum.gas += gas;
    sum.seconds += (performance.now() - start) / 1_000;
    this.#steps.set(step, sum);
  }

  all(): Step[] {
    return [...this.#steps.values()].map((sum) => ({ ...sum, gasEach: Math.round(sum.gas / sum.entries) }));
  }
}

function tableOf(steps: Step[]): string {
  const table = new Table({
    head: ["step", "transactions", "entries", "gas", "gas each", "seconds"],
    colAligns: ["left", "right", "right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  const format = (value: number): string => value.toLocaleString("en");
  for (const { step, transactions, entries, gas, gasEach, seconds } of steps) {
    table.push([step, format(transactions), format(entries), format(gas), format(gasEach), seconds.toFixed(1)]);
  }
  return table.toString();
}

function parseCount(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is no number from 1 on.");
}

await runCommand(
  new Command("bench:revenue")
    .description(
      "Grants a study's cohorts, deposits once and claims, on the simulated chain; tells gas and time of each step.",
    )
    .option("--patients <n>", "patients in the study", parseCount, 100_000)
    .option("--claims <n>", "patients who claim", parseCount, 1_000)
    .option("--json", "print the steps as JSON", false)
    .action(run),
);

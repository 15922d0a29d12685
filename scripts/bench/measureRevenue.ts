import { join } from "node:path";
import { concat, keccak256, MaxUint256, toBeHex, ZeroHash } from "ethers";
import type { Address, Hex } from "viem";
import { CohortTree, type CohortMember } from "@consilium/sdk";
import { ethers, type Consilium } from "../../test/fixtures/consilium.ts";
import type { GasKey } from "./bars.ts";
import { approveStudy } from "./approveStudy.ts";
import { compilePeer } from "./compilePeer.ts";
import { gasOf, hashOf } from "./measureOurs.ts";

const YEAR = 365 * 86_400;
/** Of the proofs: a grant of 65,536 records. */
const DEPTH = 16;
const CLAIMS = 20;

type RevenueKey = Extract<GasKey, `revenue.${string}`>;
type Entitlement = { grant: Hex; member: CohortMember; proof: Hex[] };

/**
 * Measures the splitter with shares of all kinds and 16 processors. A grant of 65,536 records does not fit in one transaction of the
 * broker, so a stand-in names its root; the splitter asks the broker at enrolment alone.
 */
export async function measureRevenue(suite: Consilium): Promise<Record<RevenueKey, number>> {
  const { token, signers } = suite;
  const study = await approveStudy(suite, { protocol: "protocol of revenue" });
  const entitlements = deepGrant(study);
  const { splitter, root } = await deploySplitter(suite, entitlements);
  const figures: Partial<Record<RevenueKey, number>> = {};

  await splitter.connect(signers.researcher).openAgreement(study, ZeroHash, token, 0, {
    patients: 4_000,
    fund: 3_000,
    custodians: 2_000,
    payees: [1, 2, 3, 4, 5].map((institution) => ({ institution, share: 200 })),
  });
  await splitter.enroll(study, entitlements[0]!);
  await splitter.countDelivery(study, root, entitlements[0]!.member);
  await token.mint(signers.relayer, 10n ** 15n);
  await token.connect(signers.relayer).approve(splitter, MaxUint256);
  const deposit = () => splitter.connect(signers.relayer).deposit(study, 10n ** 12n, hashOf("invoice"));

  figures["revenue.deposit.first"] = await gasOf(deposit());
  figures["revenue.deposit.later"] = await gasOf(deposit());
  const [single, ...many] = entitlements;
  figures["revenue.claim.first"] = await gasOf(splitter.claim(study, single!));
  await splitter.claimMany(study, many);
  await gasOf(deposit());
  const known = ({ grant, member }: Entitlement) => ({ grant, member, proof: [] });
  figures["revenue.claim.later"] = await gasOf(splitter.claim(study, known(single!)));
  figures["revenue.claimMany20.each"] = await gasOf(splitter.claimMany(study, many.map(known)), CLAIMS);
  return figures as Record<RevenueKey, number>;
}

/** The first 32 members of a grant of 65,536, of whom 21 are looked at: beyond their own tree the siblings are any hashes. */
function deepGrant(study: Hex): Entitlement[] {
  const members = Array.from({ length: 32 }, (_, n): CohortMember => {
    const patient = ethers.getAddress(keccak256(toBeHex(n + 1)).slice(0, 42)) as Address;
    return {
      study,
      patient,
      consent: hashOf(`consent ${n}`),
      batch: hashOf("batch"),
      record: hashOf(`record ${n}`),
    };
  });
  const tree = new CohortTree(members);
  const siblings = Array.from({ length: DEPTH - 5 }, (_, n) => hashOf(`sibling ${n}`));
  return members.slice(0, CLAIMS + 1).map((member, n) => ({
    grant: hashOf("grant"),
    member,
    proof: [...tree.proof(n), ...siblings],
  }));
}

/** The root to which a proof leads. */
export function foldProof(leaf: Hex, proof: Hex[]): Hex {
  return proof.reduce<Hex>((node, sibling) => {
    const pair = node < sibling ? [node, sibling] : [sibling, node];
    return keccak256(concat(pair)) as Hex;
  }, leaf);
}

async function deploySplitter(suite: Consilium, [first]: Entitlement[]) {
  const { authority, institutions, patients, studies, fund, signers } = suite;
  const root = foldProof(new CohortTree([first!.member]).root, first!.proof);
  const file = join(import.meta.dirname, "contracts/RootBroker.sol");
  const { abi, bytecode } = compilePeer({ file, contract: "RootBroker" });
  const factory = new ethers.ContractFactory(abi as never, bytecode, signers.relayer);
  const broker = await factory.deploy(root, 2 ** DEPTH);
  const registries = [broker, institutions, patients, studies];
  const shareRules = { fundFloor: 3_000, patients: 4_000, fund: 3_000, custodians: 2_000 };
  const terms = [shareRules, 30 * 86_400, 3 * YEAR];
  const splitter = await ethers.deployContract("RevenueSplitter", [authority, ...registries, fund, ...terms]);
  return { splitter, root: first!.grant };
}

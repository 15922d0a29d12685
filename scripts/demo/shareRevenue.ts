import { zeroHash, type Hex } from "viem";
import { commitDocument, randomSalt } from "@consilium/sdk";
import type { Granted } from "./deliverRecord.ts";
import { FREE, type World } from "./World.ts";

/** IRevenueSplitter.UnitRule: one unit for each granted record. */
const RECORD = 0;

export type ShareRevenueParameters = {
  study: Hex;
  /** Units of the settlement token. */
  amount: bigint;
  /** Grants of the study, each once, whose members are paid. */
  grants: Granted[][];
  /** Those whose delivery was logged. */
  delivered: Granted[];
};

/** The institute opens the study's agreement with the shares by default and pays revenue in; patients, hospitals and the fund are paid what is theirs. */
export async function shareRevenue(world: World, parameters: ShareRevenueParameters): Promise<void> {
  const { study, amount, grants, delivered } = parameters;
  const { points, splitter, token } = world.contracts;
  const { researcher, relayer, northAdmin, instituteAdmin } = world.wallets;
  const { patients, fund, custodians } = await splitter.shareRules();
  const processor = { institution: world.member("researchInstitute"), share: 10_000n - patients - fund - custodians };

  await world.send(
    () =>
      splitter
        .connect(researcher)
        .openAgreement(study, zeroHash, token, RECORD, { patients, fund, custodians, payees: [processor] }, FREE),
    () => token.connect(researcher).mint(researcher, amount, FREE),
    () => token.connect(researcher).approve(splitter, amount, FREE),
  );
  await world.send(
    ...grants.map(
      ([first]) =>
        () =>
          splitter.connect(relayer).enroll(study, entitlementOf(first!), FREE),
    ),
    ...delivered.map(
      ({ id, member }) =>
        () =>
          splitter.connect(relayer).countDelivery(study, id, member, FREE),
    ),
  );
  const reference = commitDocument({ deposit: 1 }, randomSalt());
  await world.send(() => splitter.connect(researcher).deposit(study, amount, reference, FREE));

  await world.send(
    () => splitter.connect(relayer).claimMany(study, grants.flat().map(entitlementOf), FREE),
    ...delivered.map(
      ({ id, member, proof }) =>
        () =>
          points.connect(relayer).claim(id, member, proof, FREE),
    ),
    () => splitter.connect(northAdmin).claimCustodian(study, northAdmin, FREE),
    () => splitter.connect(instituteAdmin).claimInstitution(study, 1, instituteAdmin, FREE),
    () => splitter.connect(relayer).claimFund(study, FREE),
  );
}

function entitlementOf({ id, member, proof }: Granted) {
  return { grant: id, member, proof };
}

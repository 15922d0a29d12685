import { zeroHash, type Hex } from "viem";
import { commitDocument, randomSalt } from "@consilium/sdk";
import type { Granted } from "./deliverRecord.ts";
import { FREE, type World } from "./World.ts";

/** Basis points of a study's revenue. */
const SHARES = { patients: 4_000, fund: 3_000, custodians: 2_000, processor: 1_000 } as const;

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

/** The institute opens the study's agreement and pays revenue in; patients, hospitals and the fund are paid what is theirs. */
export async function shareRevenue(world: World, parameters: ShareRevenueParameters): Promise<void> {
  const { study, amount, grants, delivered } = parameters;
  const { points, splitter, token } = world.contracts;
  const { researcher, relayer, northAdmin, instituteAdmin } = world.wallets;

  await world.send(
    () =>
      splitter.connect(researcher).openAgreement(
        study,
        zeroHash,
        token,
        RECORD,
        {
          patients: SHARES.patients,
          fund: SHARES.fund,
          custodians: SHARES.custodians,
          payees: [{ institution: world.member("researchInstitute"), share: SHARES.processor }],
        },
        FREE,
      ),
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

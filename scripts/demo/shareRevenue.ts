import type { Hex } from "viem";
import { commitDocument, randomSalt } from "../../sdk/src/index.ts";
import type { Granted } from "./deliverRecord.ts";
import { FREE, type World } from "./World.ts";

/** Basis points of a study's revenue. */
const SHARES = { patients: 4_000, fund: 3_000, custodian: 1_500 } as const;

export type ShareRevenueParameters = {
  study: Hex;
  /** Units of the settlement token. */
  amount: bigint;
  /** Grants of the study, each once, whose members are paid. */
  grants: Granted[][];
};

/** The institute opens the study's agreement and pays revenue in; patients, hospitals and the fund are paid what is theirs. */
export async function shareRevenue(world: World, { study, amount, grants }: ShareRevenueParameters): Promise<void> {
  const { splitter, token } = world.contracts;
  const { researcher, relayer, northAdmin, southAdmin } = world.wallets;
  const payees = [world.member("northHospital"), world.member("southHospital")].sort((one, other) => one - other);

  await world.send(
    () =>
      splitter.connect(researcher).openAgreement(
        study,
        token,
        SHARES.patients,
        SHARES.fund,
        payees.map((institution) => ({ institution, share: SHARES.custodian })),
        FREE,
      ),
    () => token.connect(researcher).mint(researcher, amount, FREE),
    () => token.connect(researcher).approve(splitter, amount, FREE),
  );
  await world.send(
    ...grants.map(
      ([first]) =>
        () =>
          splitter.connect(relayer).enroll(first!.id, first!.member, first!.proof, FREE),
    ),
  );
  const reference = commitDocument({ deposit: 1 }, randomSalt());
  await world.send(() => splitter.connect(researcher).deposit(study, amount, reference, FREE));

  await world.send(
    ...grants.flat().map(
      ({ id, member, proof }) =>
        () =>
          splitter.connect(relayer).claim(id, member, proof, FREE),
    ),
    () => splitter.connect(northAdmin).claimInstitution(study, northAdmin, FREE),
    () => splitter.connect(southAdmin).claimInstitution(study, southAdmin, FREE),
    () => splitter.connect(relayer).claimFund(study, FREE),
  );
}

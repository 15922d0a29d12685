import type { Address, Hex } from "viem";
import { rebuildCohort, rebuildGrant, type GrantMember } from "@consilium/sdk";
import { lower, type Chain, type ChainEvent } from "./Chain.ts";
import { givenOf } from "./lookUp.ts";

/** All members of a study's grants with their proofs, from events alone. */
export function grantsOfChain(chain: Chain, study: Hex): GrantMember[] {
  const isOfStudy = ({ args }: ChainEvent): boolean => lower(args["study"]) === study && args["decision"] === 1n;
  const single = chain
    .events("AccessDecided")
    .filter(isOfStudy)
    .map(({ args }) => rebuildGrant(args.toObject() as Parameters<typeof rebuildGrant>[0]));
  const cohorts = chain.events("CohortDecided").filter(isOfStudy);
  return [...single, ...cohorts.flatMap((cohort) => membersOf(chain, cohort))];
}

function membersOf(chain: Chain, { args }: ChainEvent): GrantMember[] {
  const parts = chain
    .events("CohortMembersGranted")
    .filter((part) => part.args["request"] === args["request"])
    .map((part) => ({
      batch: part.args["batch"] as Hex,
      consents: [...(part.args["consents"] as Hex[])],
      records: [...(part.args["records"] as Hex[])],
    }));
  return rebuildCohort({
    request: args["request"] as Hex,
    study: args["study"] as Hex,
    root: args["root"] as Hex,
    parts,
    patientOf: ({ consent }) => givenOf(chain, consent)?.args["patient"] as Address | undefined,
  });
}

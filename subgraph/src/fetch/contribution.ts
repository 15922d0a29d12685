import { BigInt } from "@graphprotocol/graph-ts";
import { Contribution, Institution } from "../../generated/schema";

/** One star until its points and the rules say otherwise. */
export function fetchContribution(institution: Institution): Contribution {
  let contribution = Contribution.load(institution.id);
  if (contribution === null) {
    contribution = new Contribution(institution.id);
    contribution.institution = institution.id;
    contribution.earned = BigInt.zero();
    contribution.deducted = BigInt.zero();
    contribution.stars = 1;
    contribution.deliveries = 0;
    contribution.accepted = 0;
    institution.contribution = contribution.id;
    institution.save();
  }
  return contribution;
}

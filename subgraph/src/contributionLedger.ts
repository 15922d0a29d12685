import { BigInt } from "@graphprotocol/graph-ts";
import {
  ContributionCredited as ContributionCreditedEvent,
  ContributionRulesChanged as ContributionRulesChangedEvent,
  PointsDeducted as PointsDeductedEvent,
  PointsRestored as PointsRestoredEvent,
} from "../generated/ContributionLedger/ContributionLedger";
import {
  Case,
  Contribution,
  ContributionCredited,
  ContributionRule,
  ContributionRulesChanged,
  Institution,
  PointsDeducted,
  PointsRestored,
} from "../generated/schema";
import { fetchAccess } from "./fetch/access";
import { fetchContribution } from "./fetch/contribution";
import { fetchInstitution } from "./fetch/institution";
import { logId, stamp } from "./util/log";
import { bytes4 } from "./util/values";

export { handleAuthorityUpdated } from "./accessManager";

/** No act of the custodian's: anyone calls. */
export function handleContributionCredited(event: ContributionCreditedEvent): void {
  const custodian = fetchInstitution(event.params.custodian);
  const access = fetchAccess(event.params.grant, event.params.batch, event.params.record);
  const contribution = fetchContribution(custodian);
  contribution.earned = event.params.earned;
  contribution.stars = event.params.stars;
  contribution.deliveries += 1;
  if (event.params.accepted) contribution.accepted += 1;
  contribution.save();

  const log = new ContributionCredited(logId(event));
  stamp(log, "ContributionCredited", event);
  log.custodian = custodian.id;
  log.contribution = contribution.id;
  log.access = access.id;
  log.batch = event.params.batch;
  log.recipient = fetchInstitution(event.params.recipient).id;
  log.accepted = event.params.accepted;
  log.published = event.params.published;
  log.points = event.params.points;
  log.earned = event.params.earned;
  log.stars = event.params.stars;
  log.save();
}

export function handlePointsDeducted(event: PointsDeductedEvent): void {
  const contribution = setDeducted(event.params.accused, event.params.deducted, event.params.stars);
  const kept = Case.load(event.params.id)!;
  kept.pointsDeducted = event.params.points;
  kept.pointsDeductedAt = event.block.timestamp;
  kept.save();

  const log = new PointsDeducted(logId(event));
  stamp(log, "PointsDeducted", event);
  log.case_ = kept.id;
  log.accused = contribution.institution;
  log.contribution = contribution.id;
  log.points = event.params.points;
  log.deducted = event.params.deducted;
  log.stars = event.params.stars;
  log.save();
}

export function handlePointsRestored(event: PointsRestoredEvent): void {
  const contribution = setDeducted(event.params.accused, event.params.deducted, event.params.stars);
  const kept = Case.load(event.params.id)!;
  kept.pointsRestoredAt = event.block.timestamp;
  kept.save();

  const log = new PointsRestored(logId(event));
  stamp(log, "PointsRestored", event);
  log.case_ = kept.id;
  log.accused = contribution.institution;
  log.contribution = contribution.id;
  log.points = event.params.points;
  log.deducted = event.params.deducted;
  log.stars = event.params.stars;
  log.save();
}

function setDeducted(accused: BigInt, deducted: BigInt, stars: i32): Contribution {
  const contribution = fetchContribution(fetchInstitution(accused));
  contribution.deducted = deducted;
  contribution.stars = stars;
  contribution.save();
  return contribution;
}

/** The stars of all members follow at once. */
export function handleContributionRulesChanged(event: ContributionRulesChangedEvent): void {
  const rules = event.params.rules;
  const rule = new ContributionRule(event.address);
  rule.delivery = rules.delivery;
  rule.acceptance = rules.acceptance;
  rule.publication = rules.publication;
  rule.cap = rules.cap;
  rule.deduction = rules.deduction;
  rule.deductionPerDay = rules.deductionPerDay;
  rule.thresholds = rules.thresholds;
  rule.since = event.block.timestamp;
  rule.save();
  rateAll(rules.thresholds);

  const log = new ContributionRulesChanged(logId(event));
  stamp(log, "ContributionRulesChanged", event);
  log.delivery = rules.delivery;
  log.acceptance = rules.acceptance;
  log.publication = rules.publication;
  log.cap = rules.cap;
  log.deduction = rules.deduction;
  log.deductionPerDay = rules.deductionPerDay;
  log.thresholds = rules.thresholds;
  log.by = event.params.by;
  log.save();
}

/** Members are numbered from 1 without a gap. */
function rateAll(thresholds: BigInt[]): void {
  for (let number = 1; ; number++) {
    const institution = Institution.load(bytes4(BigInt.fromI32(number)));
    if (institution === null) return;
    const contribution = Contribution.load(institution.id);
    if (contribution === null) continue;
    const left = contribution.earned.minus(contribution.deducted);
    let stars = 1;
    for (let i = 0; i < thresholds.length; i++) if (left.ge(thresholds[i])) stars += 1;
    contribution.stars = stars;
    contribution.save();
  }
}

import {
  PointsMinted as PointsMintedEvent,
  PointsRedeemed as PointsRedeemedEvent,
  RewardChanged as RewardChangedEvent,
} from "../generated/HealthPoints/HealthPoints";
import { PointsMinted, PointsRedeemed, PointsReward, RewardChanged } from "../generated/schema";
import { fetchAccess } from "./fetch/access";
import { fetchInstitution } from "./fetch/institution";
import { fetchPatient } from "./fetch/patient";
import { fetchPointsAccount } from "./fetch/revenue";
import { logId, stamp } from "./util/log";
import { watch } from "./util/suspension";

export { handleAuthorityUpdated } from "./accessManager";

export function handleRewardChanged(event: RewardChangedEvent): void {
  const reward = new PointsReward(event.address);
  reward.reward = event.params.reward;
  reward.since = event.block.timestamp;
  reward.by = event.params.by;
  reward.save();

  const log = new RewardChanged(logId(event));
  stamp(log, "RewardChanged", event);
  log.reward = event.params.reward;
  log.by = event.params.by;
  log.save();
}

export function handlePointsMinted(event: PointsMintedEvent): void {
  const patient = fetchPatient(event.params.patient);
  const access = fetchAccess(event.params.grant, event.params.batch, event.params.record);
  access.patient = patient.id;
  access.save();
  const account = fetchPointsAccount(patient.id);
  account.held = event.params.held;
  account.minted = account.minted.plus(event.params.points);
  account.save();

  const log = new PointsMinted(logId(event));
  stamp(log, "PointsMinted", event);
  log.account = account.id;
  log.access = access.id;
  log.points = event.params.points;
  log.held = event.params.held;
  log.save();
}

export function handlePointsRedeemed(event: PointsRedeemedEvent): void {
  const patient = fetchPatient(event.params.patient);
  const institution = fetchInstitution(event.params.institution);
  watch(institution, "PointsRedeemed", event);
  const account = fetchPointsAccount(patient.id);
  account.held = event.params.held;
  account.redeemed = account.redeemed.plus(event.params.points);
  account.save();

  const log = new PointsRedeemed(logId(event));
  stamp(log, "PointsRedeemed", event);
  log.account = account.id;
  log.institution = institution.id;
  log.points = event.params.points;
  log.held = event.params.held;
  log.referenceHash = event.params.referenceHash;
  log.by = event.params.by;
  log.save();
}

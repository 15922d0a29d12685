import { Address, BigInt, Bytes } from "@graphprotocol/graph-ts";
import { AgentHour, CohortRefusal, DecisionCount, EventCount, InstitutionDay } from "../../generated/schema";
import { DECISIONS, FAILED_CHECKS, PURPOSES } from "../util/names";

const HOUR: i32 = 3600;
const DAY: i32 = 86400;

/** In place of a purpose or a check: whatever it is. */
export const NONE: i32 = -1;

export function fetchEventCount(emitter: Address, name: string): EventCount {
  const id = emitter.concat(Bytes.fromUTF8(name));
  let count = EventCount.load(id);
  if (count === null) {
    count = new EventCount(id);
    count.emitter = emitter;
    count.name = name;
    count.count = BigInt.zero();
  }
  return count;
}

/** Decision, purpose and check by their places in the lists of names. */
export function fetchDecisionCount(decision: i32, purpose: i32, check: i32): DecisionCount {
  const id = new Bytes(3);
  id[0] = <u8>decision;
  id[1] = <u8>purpose;
  id[2] = <u8>check;
  let count = DecisionCount.load(id);
  if (count === null) {
    count = new DecisionCount(id);
    count.decision = DECISIONS[decision];
    if (purpose != NONE) count.purpose = PURPOSES[purpose];
    if (check != NONE) count.failedCheck = FAILED_CHECKS[check];
    count.requests = BigInt.zero();
    count.records = BigInt.zero();
  }
  return count;
}

export function fetchAgentHour(agent: Bytes, time: BigInt): AgentHour {
  const hour = <i32>(time.toU64() / HOUR);
  const id = agent.concatI32(hour);
  let volume = AgentHour.load(id);
  if (volume === null) {
    volume = new AgentHour(id);
    volume.agent = agent;
    volume.start = BigInt.fromI32(hour).times(BigInt.fromI32(HOUR));
    volume.requests = 0;
    volume.denied = 0;
    volume.records = 0;
    volume.deliveries = 0;
    volume.receipts = 0;
  }
  return volume;
}

export function fetchInstitutionDay(institution: Bytes, time: BigInt, sandbox: boolean): InstitutionDay {
  const number = <i32>(time.toU64() / DAY);
  const id = institution.concatI32(number).concatI32(sandbox ? 1 : 0);
  let day = InstitutionDay.load(id);
  if (day === null) {
    day = new InstitutionDay(id);
    day.institution = institution;
    day.start = BigInt.fromI32(number).times(BigInt.fromI32(DAY));
    day.sandbox = sandbox;
    day.approved = 0;
    day.denied = 0;
    day.records = 0;
    day.deliveries = 0;
    day.emergencies = 0;
    day.complaints = 0;
  }
  return day;
}

export function fetchCohortRefusal(request: Bytes, check: i32): CohortRefusal {
  const id = request.concatI32(check);
  let refusal = CohortRefusal.loadInBlock(id);
  if (refusal === null) {
    refusal = new CohortRefusal(id);
    refusal.request = request;
    if (check != NONE) refusal.failedCheck = FAILED_CHECKS[check];
    refusal.records = 0;
  }
  return refusal;
}

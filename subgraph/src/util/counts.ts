import { BigInt, Bytes } from "@graphprotocol/graph-ts";
import { CohortRefusal, Request, StudyVersion } from "../../generated/schema";
import { fetchCohortRefusal, fetchDecisionCount, fetchInstitutionDay, NONE } from "../fetch/count";
import { APPROVED, DENIED, FAILED_CHECKS, PURPOSES } from "./names";
import { hasBit } from "./words";

/** Adds a decision to the counts of each purpose asked for, and within it of each failed check. */
export function countDecision(decision: i32, word: BigInt, failed: BigInt, requests: i32, records: i32): void {
  const purposes = purposesAsked(word);
  for (let i = 0; i < purposes.length; i++) {
    addToCount(decision, purposes[i], NONE, requests, records);
    for (let check = 0; check < FAILED_CHECKS.length; check++) {
      if (isCheck(check) && hasBit(failed, check)) addToCount(decision, purposes[i], check, requests, records);
    }
  }
}

/** Adds a final decision to the requester's day. */
export function countDay(request: Request, decision: i32, time: BigInt): void {
  if (decision != APPROVED && decision != DENIED) return;
  const day = fetchInstitutionDay(request.institution, time, isSandbox(request));
  if (decision == APPROVED) day.approved += 1;
  else day.denied += 1;
  day.records += request.granted;
  day.save();
}

/** Whether the request is under a sandbox study. */
export function isSandbox(request: Request): boolean {
  const version = request.studyVersion;
  return version !== null && StudyVersion.load(version)!.sandbox;
}

/** Adds a refused member to its cohort's refusals. */
export function countRefusal(request: Bytes, failed: BigInt): void {
  addToRefusal(request, NONE);
  for (let check = 0; check < FAILED_CHECKS.length; check++) {
    if (isCheck(check) && hasBit(failed, check)) addToRefusal(request, check);
  }
}

/** Adds a cohort's refusals, logged just before it was decided, to the counts; returns the number of members refused. */
export function countRefusals(request: Bytes, word: BigInt): i32 {
  const all = CohortRefusal.loadInBlock(request.concatI32(NONE));
  if (all === null) return 0;
  const purposes = purposesAsked(word);
  for (let check = NONE; check < FAILED_CHECKS.length; check++) {
    const refusal = CohortRefusal.loadInBlock(request.concatI32(check));
    if (refusal === null) continue;
    for (let i = 0; i < purposes.length; i++) addToCount(DENIED, purposes[i], check, 0, refusal.records);
  }
  return all.records;
}

/** Places of the purposes named; NONE if none is. */
function purposesAsked(word: BigInt): i32[] {
  const asked = new Array<i32>();
  for (let purpose = 0; purpose < PURPOSES.length; purpose++) if (hasBit(word, purpose)) asked.push(purpose);
  if (asked.length == 0) asked.push(NONE);
  return asked;
}

function isCheck(bit: i32): bool {
  return FAILED_CHECKS[bit] != "";
}

function addToCount(decision: i32, purpose: i32, check: i32, requests: i32, records: i32): void {
  const count = fetchDecisionCount(decision, purpose, check);
  count.requests = count.requests.plus(BigInt.fromI32(requests));
  count.records = count.records.plus(BigInt.fromI32(records));
  count.save();
}

function addToRefusal(request: Bytes, check: i32): void {
  const refusal = fetchCohortRefusal(request, check);
  refusal.records += 1;
  refusal.save();
}

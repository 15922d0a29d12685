import Table from "cli-table3";
import { explainFailedChecks } from "@consilium/sdk";
import type { AuditAccess, AuditAnswer, Party } from "./askTables.ts";

/** The audit answers for people to read. `nameOf` tells the members' names, which are no part of the chain. */
export function auditTables(answer: AuditAnswer, nameOf: (member: number) => string): string {
  const approved = answer.accesses.filter(({ decision }) => decision === "APPROVED");
  const denied = answer.accesses.filter(({ decision }) => decision === "DENIED");
  return [
    section("Who accessed what, and on which basis", accessTable(approved, nameOf)),
    section("What was denied, and why", denialTable(denied, nameOf)),
    section("What did not match its anchor", failureTable(answer, nameOf)),
    section("What was paid", paymentTable(answer, nameOf)),
    section("What was opened in an emergency", emergencyTable(answer, nameOf)),
    section("What the members voted on", voteTable(answer)),
    section("What was complained of, and what came of it", caseTable(answer, nameOf)),
  ].join("\n\n");
}

function section(title: string, table: Table.Table): string {
  return `${title}\n${table.toString()}`;
}

function accessTable(accesses: AuditAccess[], nameOf: (member: number) => string): Table.Table {
  const table = newTable(["When", "Who", "What", "Purpose", "Basis", "Delivered", "Verified", "Key destroyed"]);
  for (const access of accesses) {
    const { request, consent, deliveredAt, verified, keyRevokedAt } = access;
    const authority = consent === null ? "" : ` (${consent.authority.toLowerCase()})`;
    table.push([
      time(access.decidedAt),
      nameOf(request.institution.number),
      `${words(access.category)}, level ${access.level ?? "?"},\n${whose(access, nameOf)}`,
      request.purposes.join(", "),
      [
        consent === null ? "no consent needed" : `consent ${short(consent.id)}${authority}`,
        ...(request.study === null ? ["no study"] : [`study ${short(request.study.id)}`]),
        `rules ${request.ruleVersion}`,
      ].join("\n"),
      deliveredAt === null ? "no" : time(deliveredAt),
      verified === null ? "-" : verified ? "yes" : "NO",
      keyRevokedAt === null ? "-" : time(keyRevokedAt),
    ]);
  }
  return table;
}

function denialTable(accesses: AuditAccess[], nameOf: (member: number) => string): Table.Table {
  const table = newTable(["When", "Who", "What was asked", "Why not"], [10, 22, 26, 80]);
  for (const access of accesses) {
    const { decidedAt, request, failed, consentLag } = access;
    const reasons = explainFailedChecks(BigInt(failed)).map(({ text }) => `- ${text}`);
    table.push([
      time(decidedAt),
      nameOf(request.institution.number),
      `${request.categories.map(words).join(", ")}\n${whose(access, nameOf)}`,
      [...reasons, ...(consentLag === null ? [] : [`  (${consentLag} s after the consent's end)`])].join("\n"),
    ]);
  }
  return table;
}

function failureTable({ verificationFaileds }: AuditAnswer, nameOf: (member: number) => string): Table.Table {
  const table = newTable(["When", "Reported by", "Custodian", "Record"]);
  for (const { timestamp, reporter, batch, leaf } of verificationFaileds) {
    table.push([time(timestamp), nameOf(reporter.number), nameOf(batch.custodian.number), short(leaf)]);
  }
  return table;
}

function paymentTable(answer: AuditAnswer, nameOf: (member: number) => string): Table.Table {
  const table = newTable(["Study", "Payee", "Share", "Owed", "Paid"]);
  for (const agreement of answer.revenueAgreements) {
    const { received, patientAmount, patientsPaid, fundAmount, fundPaid, custodianAmount, custodiansPaid } = agreement;
    const { patientShare, fundShare, custodianShare, payees } = agreement.epoch;
    const study = short(agreement.study.id);
    table.push(
      [study, "Revenue", "", "", units(received)],
      [study, "Patient health fund", percent(fundShare), units(fundAmount), units(fundPaid)],
      [study, "Patients", percent(patientShare), units(patientAmount), units(patientsPaid)],
      [study, "Custodians", percent(custodianShare), units(custodianAmount), units(custodiansPaid)],
      ...payees.map(({ institution, share, paid }) => {
        const owed = (BigInt(received) * BigInt(share)) / 10_000n;
        return [study, nameOf(institution.number), percent(share), units(owed), units(paid)];
      }),
    );
  }
  for (const { patient, amount } of answer.patientPaids) table.push(["", short(patient.id), "", "", units(amount)]);
  return table;
}

function emergencyTable({ emergencies }: AuditAnswer, nameOf: (member: number) => string): Table.Table {
  const table = newTable(["When", "Who", "What", "Records", "Until", "Verdict"]);
  for (const { openedAt, until, institution, patient, categories, deliveries, status, reviewer } of emergencies) {
    table.push([
      time(openedAt),
      nameOf(institution.number),
      `${categories.map(words).join(", ")}\nof ${patient === null ? "someone" : short(patient.id)}`,
      deliveries,
      day(until),
      verdict(status, reviewer, nameOf),
    ]);
  }
  return table;
}

function voteTable({ proposals, ruleSets }: AuditAnswer): Table.Table {
  const table = newTable(["Proposed", "For", "Against", "In force", "Rules", "Longest grant"]);
  for (const { proposedAt, votesFor, votesAgainst, executedAt } of proposals) {
    const rules = ruleSets.find(({ since }) => since === executedAt);
    table.push([
      day(proposedAt),
      votesFor,
      votesAgainst,
      executedAt === null ? "no" : day(executedAt),
      rules === undefined ? "-" : `version ${rules.version}`,
      rules === undefined ? "-" : `${Number(rules.maxGrantDuration) / 86_400} days`,
    ]);
  }
  return table;
}

function caseTable({ cases }: AuditAnswer, nameOf: (member: number) => string): Table.Table {
  const table = newTable(["When", "Accused", "Of", "Complaint", "Reported by", "Decision", "Suspended until", "Fine"]);
  for (const { reportedAt, accused, violation, complaint, reporter, decider, status, suspendedUntil, fine } of cases) {
    const patient = complaint?.patient ?? null;
    table.push([
      day(reportedAt),
      nameOf(accused.number),
      words(violation),
      patient === null ? "-" : `by ${short(patient.id)}`,
      reporter === null ? "-" : nameOf(reporter.number),
      verdict(status, decider, nameOf),
      suspendedUntil === null ? "-" : day(suspendedUntil),
      units(fine),
    ]);
  }
  return table;
}

function verdict(status: string, by: Party | null, nameOf: (member: number) => string): string {
  return `${words(status)}${by === null ? "" : `\nby ${nameOf(by.number)}`}`;
}

function newTable(head: string[], colWidths: number[] = []): Table.Table {
  return new Table({ head, colWidths, wordWrap: true, style: { head: [], border: [] } });
}

function time(seconds: string): string {
  return new Date(Number(seconds) * 1_000).toISOString().slice(11, 19);
}

function day(seconds: string): string {
  return new Date(Number(seconds) * 1_000).toISOString().slice(0, 10);
}

/** Enough of an id to tell it from the others. */
function short(id: string): string {
  return `${id.slice(0, 8)}…`;
}

/** ALLERGY_AND_IMMUNISATION → allergy and immunisation. */
function words(name: string | null): string {
  return name === null ? "unknown" : name.toLowerCase().replaceAll("_", " ");
}

function whose({ patient, custodian }: AuditAccess, nameOf: (member: number) => string): string {
  const who = patient === null ? "someone" : short(patient.id);
  return `of ${who}\nat ${custodian === null ? "no custodian" : nameOf(custodian.number)}`;
}

function percent(basisPoints: number): string {
  return `${basisPoints / 100} %`;
}

function units(amount: string | bigint): string {
  return BigInt(amount).toLocaleString("en");
}

import { queryIndex } from "@consilium/sdk";
import { waitForIndex } from "../waitForIndex.ts";

export type Party = { number: number };

export type AuditAccess = {
  id: string;
  decision: "APPROVED" | "DENIED";
  failed: string;
  decidedAt: string;
  /** These four are unknown of a cohort's member that was neither published nor delivered. */
  patient: { id: string } | null;
  custodian: Party | null;
  category: string | null;
  level: number | null;
  consentStatus: string;
  consentLag: string | null;
  consent: { id: string; authority: string } | null;
  deliveredAt: string | null;
  receivedAt: string | null;
  verified: boolean | null;
  keyRevokedAt: string | null;
  request: {
    id: string;
    institution: Party;
    requester: { id: string };
    purposes: string[];
    categories: string[];
    study: { id: string } | null;
    ruleVersion: number;
    until: string;
  };
};

export type AuditAnswer = {
  accesses: AuditAccess[];
  verificationFaileds: { timestamp: string; batch: { custodian: Party }; leaf: string; reporter: Party }[];
  revenueAgreements: {
    study: { id: string };
    received: string;
    patientAmount: string;
    patientsPaid: string;
    fundAmount: string;
    fundPaid: string;
    custodianAmount: string;
    custodiansPaid: string;
    epoch: {
      patientShare: number;
      fundShare: number;
      custodianShare: number;
      payees: { institution: Party; share: number; paid: string }[];
    };
  }[];
  patientPaids: { patient: { id: string }; amount: string }[];
  fundAccounts: { fund: string; received: string; spent: string }[];
  emergencies: {
    openedAt: string;
    until: string;
    institution: Party;
    patient: { id: string } | null;
    categories: string[];
    deliveries: number;
    status: string;
    reviewer: Party | null;
  }[];
  proposals: { proposedAt: string; votesFor: string; votesAgainst: string; executedAt: string | null }[];
  ruleSets: { version: number; maxGrantDuration: string; since: string }[];
  cases: {
    reportedAt: string;
    violation: string;
    accused: Party;
    reporter: Party | null;
    decider: Party | null;
    complaint: { patient: { id: string } | null } | null;
    status: string;
    suspendedUntil: string | null;
    fine: string;
  }[];
};

const QUERY = `query Audit {
  accesses(where: { decision_in: [APPROVED, DENIED] }, orderBy: decidedAt, first: 1000) {
    id decision failed decidedAt category level consentStatus consentLag
    deliveredAt receivedAt verified keyRevokedAt
    patient { id }
    custodian { number }
    consent { id authority }
    request {
      id purposes categories ruleVersion until
      institution { number }
      requester { id }
      study { id }
    }
  }
  verificationFaileds(orderBy: timestamp, first: 1000) {
    timestamp leaf
    batch { custodian { number } }
    reporter { number }
  }
  revenueAgreements {
    received patientAmount patientsPaid fundAmount fundPaid custodianAmount custodiansPaid
    study { id }
    epoch { patientShare fundShare custodianShare payees { share paid institution { number } } }
  }
  patientPaids(orderBy: timestamp, first: 1000) { amount patient { id } }
  fundAccounts { fund received spent }
  emergencies(orderBy: openedAt, first: 1000) {
    openedAt until categories deliveries status
    institution { number }
    patient { id }
    reviewer { number }
  }
  proposals(orderBy: proposedAt, first: 1000) { proposedAt votesFor votesAgainst executedAt }
  ruleSets(orderBy: version, first: 1000) { version maxGrantDuration since }
  cases(orderBy: reportedAt, first: 1000) {
    reportedAt violation status suspendedUntil fine
    accused { number }
    reporter { number }
    decider { number }
    complaint { patient { id } }
  }
}`;

/** All that the audit tables tell, by one query, once the index has seen `block`. */
export async function askTables(graphUrl: string, block: number): Promise<AuditAnswer> {
  await waitForIndex(graphUrl, block);
  return queryIndex<AuditAnswer>(graphUrl, QUERY);
}

import type { TestCase } from "../support/TestCase.ts";
import { accessBrokerCases } from "./accessBroker.ts";
import { accessManagerCases } from "./accessManager.ts";
import { auditQueriesCases } from "./auditQueries.ts";
import { consentRegistryCases } from "./consentRegistry.ts";
import { contributionLedgerCases } from "./contributionLedger.ts";
import { emergencyAccessCases } from "./emergencyAccess.ts";
import { governanceCases } from "./governance.ts";
import { institutionRegistryCases } from "./institutionRegistry.ts";
import { patientRegistryCases } from "./patientRegistry.ts";
import { recordRegistryCases } from "./recordRegistry.ts";
import { revenueCases } from "./revenue.ts";
import { studyRegistryCases } from "./studyRegistry.ts";
import { supervisionCases } from "./supervision.ts";

/** All unit tests of the mappings. */
export const CASES: TestCase[] = [
  ...accessManagerCases,
  ...institutionRegistryCases,
  ...patientRegistryCases,
  ...recordRegistryCases,
  ...consentRegistryCases,
  ...studyRegistryCases,
  ...accessBrokerCases,
  ...revenueCases,
  ...supervisionCases,
  ...emergencyAccessCases,
  ...contributionLedgerCases,
  ...governanceCases,
  ...auditQueriesCases,
];

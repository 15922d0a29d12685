import type { TestCase } from "../support/TestCase.ts";
import { accessManagerCases } from "./accessManager.ts";
import { consentRegistryCases } from "./consentRegistry.ts";
import { institutionRegistryCases } from "./institutionRegistry.ts";
import { patientRegistryCases } from "./patientRegistry.ts";
import { recordRegistryCases } from "./recordRegistry.ts";

/** All unit tests of the mappings. */
export const CASES: TestCase[] = [
  ...accessManagerCases,
  ...institutionRegistryCases,
  ...patientRegistryCases,
  ...recordRegistryCases,
  ...consentRegistryCases,
];

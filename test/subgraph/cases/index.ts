import type { TestCase } from "../support/TestCase.ts";
import { accessManagerCases } from "./accessManager.ts";
import { institutionRegistryCases } from "./institutionRegistry.ts";

/** All unit tests of the mappings. */
export const CASES: TestCase[] = [...accessManagerCases, ...institutionRegistryCases];

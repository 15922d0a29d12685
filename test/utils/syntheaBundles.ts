import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The Synthea FHIR R4 patient bundles that the npm package `cql-exec-fhir` carries, as raw JSON text. Of invented people. */
export function syntheaBundles(): string[] {
  const root = dirname(createRequire(import.meta.url).resolve("cql-exec-fhir/package.json"));
  const folder = join(root, "test/fixtures/r4");
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .filter((text) => (JSON.parse(text) as { resourceType: string }).resourceType === "Bundle");
}

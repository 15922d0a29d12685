import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The two Synthea FHIR R4 bundles of `cql-exec-fhir`, of invented people, the older patient's first; as raw JSON text. */
export function readBundles(): [adult: string, minor: string] {
  const root = dirname(createRequire(import.meta.url).resolve("cql-exec-fhir/package.json"));
  const folder = join(root, "test/fixtures/r4");
  const bundles = readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .filter((text) => (JSON.parse(text) as { resourceType: string }).resourceType === "Bundle")
    .sort((one, other) => birthDate(one).localeCompare(birthDate(other)));
  return [bundles[0]!, bundles[1]!];
}

/** Of the bundle's patient, YYYY-MM-DD. */
export function birthDate(bundle: string): string {
  const { entry } = JSON.parse(bundle) as { entry: { resource: { resourceType: string; birthDate: string } }[] };
  return entry.find(({ resource }) => resource.resourceType === "Patient")!.resource.birthDate;
}

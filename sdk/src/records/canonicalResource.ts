import { canonicalJson } from "./canonicalJson.ts";
import { isObject, toResource } from "./FhirResource.ts";
import type { FhirResource } from "./FhirResource.ts";

/**
 * The canonical form of a FHIR resource: RFC 8785, without what a server may change though the record stays the same: `text`,
 * `meta.versionId`, `meta.lastUpdated`, and `meta` itself if nothing else is in it.
 *
 * Numbers are read as double precision: "1.10" and "1.1", or two integers that differ beyond the 16th digit, have one canonical
 * form. The encrypted bytes, whose hash is anchored too, tell them apart and are the source of truth.
 *
 * @param resource Raw JSON text, which is parsed strictly; or an object, in which duplicate keys can no longer be seen.
 * @throws JsonError for duplicate keys (in text), lone surrogates and whatever else has no canonical form.
 * @throws ResourceError if it is no resource.
 * @example
 * expect(canonicalResource('{ "resourceType": "Patient", "id": "1" }')).to.equal('{"id":"1","resourceType":"Patient"}');
 */
export function canonicalResource(resource: FhirResource | string): string {
  const parsed = toResource(resource);
  const kept = without(parsed, ["text"]);
  if (!isObject(parsed["meta"])) return canonicalJson(kept);

  const meta = without(parsed["meta"], ["versionId", "lastUpdated"]);
  return canonicalJson(Object.keys(meta).length === 0 ? without(kept, ["meta"]) : { ...kept, meta });
}

function without(object: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

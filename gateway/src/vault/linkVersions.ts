import { getAddress, type Address } from "viem";
import type { FhirResource } from "@consilium/sdk";
import type { Query } from "./Database.ts";
import type { Secrets } from "./Secrets.ts";

/** What tells versions of one resource from other resources, and their order. */
export interface Version {
  /** Keyed hash of patient, FHIR type and id; null if the resource has no id. */
  resource: string | null;
  /** `meta.lastUpdated`, milliseconds; null if it has none. */
  updated: number | null;
}

export function versionOf(secrets: Secrets, patient: Address, { resourceType, id, meta }: FhirResource): Version {
  const known = typeof id === "string" && id !== "";
  const { lastUpdated } = (meta ?? {}) as { lastUpdated?: unknown };
  const updated = typeof lastUpdated === "string" ? Date.parse(lastUpdated) : Number.NaN;
  return {
    resource: known ? secrets.digest("resource", getAddress(patient), resourceType, id) : null,
    updated: Number.isNaN(updated) ? null : updated,
  };
}

/**
 * Has a record that was just written correct the version of its resource that is current till now; or be corrected by it, if by
 * `meta.lastUpdated` it is the older one. So all versions but one have a successor.
 */
export async function linkVersions(query: Query, { id, resource, updated }: Version & { id: string }): Promise<void> {
  if (resource === null) return;
  const [current] = await query<{ id: string; updated: number | null }>(
    "SELECT id, updated FROM record WHERE resource = $1 AND successor IS NULL",
    [resource],
  );
  if (current !== undefined) {
    const isOlder = updated !== null && current.updated !== null && updated < current.updated;
    const [older, newer] = isOlder ? [id, current.id] : [current.id, id];
    await query("UPDATE record SET successor = $1 WHERE id = $2", [newer, older]);
  }
  // After the other has its successor: the database itself holds that there is one current version.
  await query("UPDATE record SET resource = $1 WHERE id = $2", [resource, id]);
}

import { stringToBytes } from "viem";
import type { Hex } from "viem";
import { saltedHash } from "../saltedHash.ts";
import { canonicalResource } from "./canonicalResource.ts";
import type { FhirResource } from "./FhirResource.ts";

/**
 * The salted commitment to a resource: keccak256(domain tag ‖ salt ‖ canonical bytes).
 *
 * @param resource The resource, or its JSON text.
 * @param salt 32 random bytes, never used twice and kept as secret as the resource: who holds it can test guesses.
 * @throws JsonError, ResourceError as `canonicalResource`.
 * @throws RecordError if the salt is not 32 bytes.
 * @example
 * const salt = randomSalt();
 * expect(commitContent({ resourceType: "Patient", id: "1" }, salt)).to.equal(commitContent('{"id":"1","resourceType":"Patient"}', salt));
 */
export function commitContent(resource: FhirResource | string, salt: Hex): Hex {
  return saltedHash({ kind: "record-content", salt, bytes: stringToBytes(canonicalResource(resource)) });
}

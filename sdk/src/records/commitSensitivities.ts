import { numberToBytes } from "viem";
import type { Hex } from "viem";
import type { Sensitivity } from "../policy/bits.ts";
import { saltedHash } from "../saltedHash.ts";
import { sensitivityMask } from "./classifyResource.ts";

/**
 * The salted commitment to a record's sensitivities, a part of its leaf: keccak256(domain tag ‖ salt ‖ mask as 4 bytes).
 *
 * @param sensitivities Empty for most records; the commitment looks the same.
 * @param salt 32 random bytes, not the content's: one can then be opened without the other.
 * @throws RecordError if the salt is not 32 bytes.
 * @example
 * expect(commitSensitivities(["HIV"], randomSalt())).to.not.equal(commitSensitivities(["HIV"], randomSalt()));
 */
export function commitSensitivities(sensitivities: readonly Sensitivity[], salt: Hex): Hex {
  const bytes = numberToBytes(sensitivityMask(sensitivities), { size: 4 });
  return saltedHash({ kind: "record-sensitivity", salt, bytes });
}

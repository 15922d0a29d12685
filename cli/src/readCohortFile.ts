import { isHash } from "viem";
import { z } from "zod";
import type { Hex } from "viem";
import { UsageError } from "./errors.ts";
import type { Io } from "./Io.ts";
import { readText } from "./readText.ts";

const HASH = z
  .string()
  .refine((text) => isHash(text), "must be 0x and 64 hex digits")
  .transform((text) => text.toLowerCase() as Hex);

const FILE = z.strictObject({
  members: z.array(z.strictObject({ record: HASH, consent: HASH.optional() })).min(1),
});

/** Who is asked for: records that custodians published, each once, by leaf and, if it must be that one, by consent. */
export type CohortFile = z.output<typeof FILE>;

/**
 * Reads `{"members": [{"record": LEAF, "consent": ID}, …]}`; `consent` may be left out.
 *
 * @throws UsageError if it is none, or names a record twice.
 */
export function readCohortFile(io: Io, file: string): CohortFile {
  const cohort = parse(readText(io, file), file);
  const seen = new Set<Hex>();
  for (const { record } of cohort.members) {
    if (seen.has(record)) {
      throw new UsageError(`${file} names the record ${record} twice.`, { mend: "Name each record once." });
    }
    seen.add(record);
  }
  return cohort;
}

function parse(text: string, file: string): CohortFile {
  const mend = 'Write {"members": [{"record": LEAF, "consent": ID}]}; consent may be left out.';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${file} is no JSON.`, { mend, cause });
  }
  const { data, error } = FILE.safeParse(value);
  if (data !== undefined) return data;
  const faults = error.issues.map(({ path, message }) => `${path.join(".") || "the file"}: ${message}`).join("; ");
  throw new UsageError(`${file} is no cohort: ${faults}.`, { mend });
}

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { UsageError } from "../errors.ts";
import type { Io } from "../Io.ts";

const NAME = z.string().regex(/^[\w-]+$/, "must be a name");
const URL = z.url({ protocol: /^https?$/ });

/** What `consilium.json` may hold, so that people need not repeat it. Keys are named, never held. */
const FILE = z.strictObject({
  network: NAME.optional(),
  consortium: NAME.optional(),
  rpc: URL.optional(),
  graph: URL.optional(),
  root: z.string().min(1).optional(),
  key: z
    .string()
    .regex(/^(keystore:.+|ledger(:.+)?|rpc:.+)$/, "must be keystore:NAME, ledger or rpc:URL")
    .optional(),
  passwordFile: z.string().min(1).optional(),
  /** A custodian's vault. A database's URL may hold a password, so it stands here and in no option; keep the file to yourself. */
  vault: z
    .strictObject({
      database: z.string().min(1).optional(),
      blobs: z.string().min(1).optional(),
      masterKey: z.string().min(1).optional(),
    })
    .optional(),
  /** See docs/gateway.md. */
  gateway: z.record(z.string(), z.unknown()).optional(),
});

export type Settings = z.output<typeof FILE> & { json: boolean; field?: string; dryRun: boolean; yes: boolean };

/**
 * The options of a call, then what the project's `consilium.json` says, the nearest one upward, then the person's own.
 *
 * @throws UsageError if a file is no JSON or holds what it must not.
 */
export function readSettings(options: Partial<Settings>, io: Io): Settings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return {
    json: false,
    dryRun: false,
    yes: false,
    ...readFile(join(io.home, "consilium.json")),
    ...readFile(findUpward(io.directory)),
    ...given,
  };
}

function findUpward(directory: string): string {
  const path = join(directory, "consilium.json");
  const parent = dirname(directory);
  return existsSync(path) || parent === directory ? path : findUpward(parent);
}

function readFile(path: string): z.output<typeof FILE> {
  if (!existsSync(path)) return {};
  const { data, error } = FILE.safeParse(parse(path));
  if (error === undefined) return data;
  const faults = error.issues.map((issue) => `${issue.path.join(".") || "the file"}: ${issue.message}`);
  throw new UsageError(`${path} cannot be used: ${faults.join("; ")}.`, { mend: "Mend the file by docs/cli.md." });
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new UsageError(`${path} is no JSON.`, { mend: "Mend the file by docs/cli.md.", cause });
  }
}

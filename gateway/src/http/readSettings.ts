import { readFileSync } from "node:fs";
import { SettingsError } from "../errors.ts";
import { settingsSchema, type Settings } from "./Settings.ts";

const PREFIX = "CONSILIUM_GATEWAY_";

export interface ReadSettingsParameters {
  /** A JSON file; none: the defaults. */
  file?: string | undefined;
  /** Variables such as CONSILIUM_GATEWAY_PORT, which go before the file. */
  env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads the settings of the HTTP service. There is no secret among them.
 *
 * @throws SettingsError with every fault, if the file cannot be read or a field is unknown or out of bounds.
 */
export function readSettings({ file, env = process.env }: ReadSettingsParameters = {}): Settings {
  const parsed = settingsSchema.safeParse({ ...(file === undefined ? {} : readJson(file)), ...fromEnvironment(env) });
  if (parsed.success) return parsed.data;
  throw new SettingsError(
    parsed.error.issues.map(({ path, message }) => `${path.join(".") || "settings"}: ${message}`),
  );
}

function readJson(file: string): object {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    throw new SettingsError([`${file}: cannot be read as JSON`]);
  }
  throw new SettingsError([`${file}: is no JSON object`]);
}

/** CONSILIUM_GATEWAY_CALLS_PER_MINUTE as callsPerMinute; numbers where the schema wants them. */
function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || text === undefined) continue;
    const field = name
      .slice(PREFIX.length)
      .toLowerCase()
      .replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    values[field] = /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  }
  return values;
}

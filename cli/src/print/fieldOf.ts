import { UsageError } from "../errors.ts";
import { toJson } from "./toJson.ts";

/**
 * One value of a result, as text.
 *
 * @param path Names and positions from the outside in, with dots between.
 * @throws UsageError that names what there is, if there is no such value.
 */
export function fieldOf(data: unknown, path: string): string {
  let value: unknown = JSON.parse(toJson(data));
  for (const name of path.split(".")) {
    const fields = typeof value === "object" && value !== null ? value : {};
    if (!Object.hasOwn(fields, name)) {
      throw new UsageError(`The result has no ${path}.`, {
        mend: `Where it ends there is: ${Object.keys(fields).join(", ") || "nothing"}. Pass --json to see the whole. What was sent stays sent.`,
      });
    }
    value = (fields as Record<string, unknown>)[name];
  }
  return typeof value === "string" ? value : toJson(value);
}

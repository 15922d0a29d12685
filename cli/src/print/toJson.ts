/** One JSON object; integers of the chain as decimal text, since JSON's readers round large ones. */
export function toJson(data: unknown): string {
  return JSON.stringify(data, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2);
}

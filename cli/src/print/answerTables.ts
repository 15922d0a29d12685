import { table } from "./table.ts";

/** Lists of the index as tables, one below the other; what is nested stands in one cell. */
export function answerTables(answer: object): string {
  const parts = Object.entries(answer).map(([name, value]) => {
    if (!Array.isArray(value)) return `${name}: ${cell(value)}`;
    if (value.length === 0) return `${name}: none`;
    const rows = value as Record<string, unknown>[];
    const columns = Object.keys(rows[0]!);
    return `${name}\n${table(
      columns,
      rows.map((row) => columns.map((column) => cell(row[column]))),
    )}`;
  });
  return parts.join("\n");
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "-";
  if (Array.isArray(value)) return value.map(cell).join(", ");
  if (typeof value === "object") {
    return Object.entries(value)
      .map(([name, inner]) => `${name} ${cell(inner)}`)
      .join("\n");
  }
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^0x[0-9a-f]{40,}$/.test(text) ? `${text.slice(0, 10)}…` : text;
}

import Table from "cli-table3";

/** A table for people. */
export function table(head: string[], rows: (string | number)[][]): string {
  const drawn = new Table({ head, style: { head: [], border: [] } });
  drawn.push(...rows);
  return drawn.toString();
}

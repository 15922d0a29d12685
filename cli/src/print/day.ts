/** Unix seconds as a UTC day and minute; 0 reads "open". */
export function day(seconds: number | bigint): string {
  const time = Number(seconds);
  return time === 0 ? "open" : new Date(time * 1_000).toISOString().slice(0, 16).replace("T", " ");
}

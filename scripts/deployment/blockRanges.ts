/** Cuts the blocks from `first` to `last`, both included, into ranges of at most `size`; nodes limit what one call may ask for. */
export function blockRanges(first: number, last: number, size: number): { from: number; to: number }[] {
  const ranges = [];
  for (let from = first; from <= last; from += size) ranges.push({ from, to: Math.min(last, from + size - 1) });
  return ranges;
}

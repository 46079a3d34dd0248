// Ranges of lines, ascending and apart from one another: from 1, both ends included.
import type { LineRange } from '../evidence.ts';

/** The ranges of the lines whose byte is 1. */
export function rangesOf(flags: Uint8Array): LineRange[] {
  const ranges: LineRange[] = [];
  for (let from = flags.indexOf(1); from >= 0; ) {
    let to = from + 1;
    while (to < flags.length && flags[to] === 1) to++;
    ranges.push({ start: from + 1, end: to });
    from = flags.indexOf(1, to);
  }
  return ranges;
}

export function lengthOf(ranges: readonly LineRange[]): number {
  let length = 0;
  for (const { start, end } of ranges) length += end - start + 1;
  return length;
}

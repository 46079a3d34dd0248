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

/** The ranges of lines given in any order, as often as one likes. */
export function joinedLines(lines: readonly number[]): LineRange[] {
  const ranges: { start: number; end: number }[] = [];
  for (const line of Float64Array.from(lines).sort()) {
    const last = ranges.at(-1);
    if (last !== undefined && line <= last.end + 1) last.end = line;
    else ranges.push({ start: line, end: line });
  }
  return ranges;
}

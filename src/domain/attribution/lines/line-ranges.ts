// Sets of line numbers as ranges, ascending and apart from one another: from 1, both ends included.
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
  const ranges: GrowingRange[] = [];
  for (const line of Float64Array.from(lines).sort()) addLine(ranges, line);
  return ranges;
}

/** A range that is still being collected. */
export type GrowingRange = { -readonly [K in keyof LineRange]: LineRange[K] };

/** Adds a line that is none of those above the last one. */
export function addLine(ranges: GrowingRange[], line: number): void {
  const last = ranges.at(-1);
  if (last !== undefined && line <= last.end + 1) last.end = line;
  else ranges.push({ start: line, end: line });
}

/** The same lines, ascending, with overlapping and neighbouring ranges joined. */
export function joinRanges(ranges: readonly LineRange[]): LineRange[] {
  const joined: GrowingRange[] = [];
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last !== undefined && start <= last.end + 1) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  return joined;
}

/** The lines of `ranges` that are in `within` as well; both joined. Linear. */
export function cutTo(ranges: readonly LineRange[], within: readonly LineRange[]): LineRange[] {
  const cut: LineRange[] = [];
  let first = 0;
  for (const { start, end } of ranges) {
    while (first < within.length && (within[first] as LineRange).end < start) first += 1;
    for (let at = first; at < within.length; at++) {
      const other = within[at] as LineRange;
      if (other.start > end) break;
      cut.push({ start: Math.max(start, other.start), end: Math.min(end, other.end) });
    }
  }
  return cut;
}

/** The lines of `ranges` that are not in `taken`; both ascending and apart. */
export function without(ranges: readonly LineRange[], taken: readonly LineRange[]): LineRange[] {
  const left: LineRange[] = [];
  let first = 0;
  for (const { start, end } of ranges) {
    let from = start;
    while (first < taken.length && (taken[first] as LineRange).end < start) first += 1;
    for (let at = first; at < taken.length && (taken[at] as LineRange).start <= end; at++) {
      const other = taken[at] as LineRange;
      if (other.start > from) left.push({ start: from, end: other.start - 1 });
      from = Math.max(from, other.end + 1);
    }
    if (from <= end) left.push({ start: from, end });
  }
  return left;
}

/** How many lines. */
export function countLines(ranges: readonly LineRange[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start + 1, 0);
}

/**
 * Of several sets that overlap, each line to the last one that has it; in the order of `sets`. Every elementary piece
 * between two edges is given away once, so the work is that of sorting all edges, however often they overlap.
 */
export function lastWins(sets: readonly (readonly LineRange[])[]): LineRange[][] {
  const edges = edgesOf(sets);
  const place = new Map(edges.map((edge, index) => [edge, index]));
  // The next piece at or behind each that nobody has yet: a chain whose links get shorter as it is walked.
  const free = Int32Array.from(edges, (_edge, index) => index);
  const given: LineRange[][] = sets.map(() => []);
  for (let index = sets.length - 1; index >= 0; index--) {
    for (const { start, end } of sets[index] as readonly LineRange[]) {
      const behind = place.get(end + 1) as number;
      for (let at = nextFree(free, place.get(start) as number); at < behind; at = nextFree(free, at)) {
        given[index]?.push({ start: edges[at] as number, end: (edges[at + 1] as number) - 1 });
        free[at] = at + 1;
      }
    }
  }
  return given.map(joinRanges);
}

function edgesOf(sets: readonly (readonly LineRange[])[]): number[] {
  const edges = new Set<number>();
  for (const set of sets) for (const { start, end } of set) edges.add(start).add(end + 1);
  return [...edges].sort((a, b) => a - b);
}

function nextFree(free: Int32Array, from: number): number {
  let at = from;
  while (free[at] !== at) {
    const next = free[at] as number;
    free[at] = free[next] as number;
    at = next;
  }
  return at;
}

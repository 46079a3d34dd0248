// Sets of line numbers as sorted ranges, and how git-ai writes them:
//
//   ranges = r *("," r) ; r = N / N "-" N        1-indexed, inclusive, no blanks: "1-4,9,12-14"
//
// git-ai says ascending and apart, but one in eight of its own notes has entries that overlap within themselves
// ("78-82,78-83"), so the reader takes any order and gives back the set.
import { ProtocolError } from '../../../protocol/errors.ts';
import type { LineRange } from '../evidence.ts';

/** Line numbers are u32 in git-ai; more digits are no line number. */
export const MAX_LINE = 2 ** 32 - 1;

/** Ranges that may still be read; goes down as they are. */
export interface RangeBudget {
  left: number;
}

/** Reads `ranges`: ascending and apart. Throws ProtocolError `bad-line` or `limit-exceeded`. */
export function parseRanges(text: string, budget: RangeBudget): LineRange[] {
  const ranges: LineRange[] = [];
  let at = 0;
  for (;;) {
    if (budget.left <= 0) throw new ProtocolError('limit-exceeded', 'too many line ranges');
    budget.left -= 1;
    const comma = text.indexOf(',', at);
    const end = comma === -1 ? text.length : comma;
    ranges.push(parseRange(text, at, end));
    if (comma === -1) return joinRanges(ranges);
    at = comma + 1;
  }
}

/** The inverse of parseRanges for a set that is not empty. */
export function formatRanges(ranges: readonly LineRange[]): string {
  return joinRanges(ranges)
    .map(({ start, end }) => (start === end ? `${start}` : `${start}-${end}`))
    .join(',');
}

/** The same lines, ascending, with overlapping and neighbouring ranges joined. */
export function joinRanges(ranges: readonly LineRange[]): LineRange[] {
  const joined: { start: number; end: number }[] = [];
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

/** How many lines. */
export function linesIn(ranges: readonly LineRange[]): number {
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

function parseRange(text: string, from: number, to: number): LineRange {
  const dash = dashIn(text, from, to);
  if (dash === to) {
    const line = parseLine(text, from, to);
    return { start: line, end: line };
  }
  const start = parseLine(text, from, dash);
  const end = parseLine(text, dash + 1, to);
  if (end < start) throw new ProtocolError('bad-line', 'a line range ends before it starts');
  return { start, end };
}

/** Never looks behind the range: of a million ranges without a dash each would search the rest. */
function dashIn(text: string, from: number, to: number): number {
  for (let at = from; at < to; at++) if (text[at] === '-') return at;
  return to;
}

function parseLine(text: string, from: number, to: number): number {
  let line = to > from && to - from <= 10 ? 0 : Number.NaN;
  for (let at = from; at < to && !Number.isNaN(line); at++) {
    const digit = text.charCodeAt(at) - 0x30;
    line = digit >= 0 && digit <= 9 ? line * 10 + digit : Number.NaN;
  }
  if (line >= 1 && line <= MAX_LINE) return line;
  throw new ProtocolError('bad-line', 'a line number is no positive integer');
}

// How git-ai writes sets of line numbers:
//
//   ranges = r *("," r) ; r = N / N "-" N        1-indexed, inclusive, no blanks: "1-4,9,12-14"
//
// git-ai says ascending and apart, but one in eight of its own notes has entries that overlap within themselves
// ("78-82,78-83"), so the reader takes any order and gives back the set.
import { ProtocolError } from '../../../protocol/errors.ts';
import type { LineRange } from '../evidence.ts';
import { joinRanges } from '../lines/line-ranges.ts';

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

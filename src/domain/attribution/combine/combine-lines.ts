// Goes through the added lines of a file once, with what speaks for each stretch of them. However many claims there are, a
// line is decided from a bounded number of each tier.
import { type LineCounts, NO_LINES, type OwnedRange } from '../attribution.ts';
import { type LineRange, TIERS } from '../evidence.ts';
import { type Decision, decideLine } from './decide.ts';
import type { Weighed } from './weighed.ts';

/** Items of one tier that count for one line. */
export const MAX_CLAIMS = 32;

export interface CombinedLines {
  /** Every added line in exactly one range. */
  readonly ranges: readonly OwnedRange[];
  readonly counts: LineCounts;
}

/** `claims` have ranges; `base` is for lines they leave out. Time n log n in the ranges. */
export function combineLines(added: readonly LineRange[], claims: readonly Weighed[], base: Decision): CombinedLines {
  const open = new OpenClaims(claims, added);
  const ranges: OwnedRange[] = [];
  for (const { start, end } of added) {
    for (let line = start; line <= end; ) {
      open.moveTo(line);
      const until = Math.min(end, open.nextChange() - 1);
      join(ranges, { start: line, end: until, ...decideLine(open.active(), base) });
      line = until + 1;
    }
  }
  return { ranges, counts: countsOf(ranges) };
}

/** Whether some line has more than MAX_CLAIMS of one tier: then only the first of them count for it. */
export function hasTooManyClaims(added: readonly LineRange[], claims: readonly Weighed[]): boolean {
  if (claims.length <= MAX_CLAIMS) return false;
  const open = new OpenClaims(claims, added);
  open.moveTo(added.at(-1)?.end ?? 0);
  return open.isCut;
}

/** The claims whose ranges hold a line that only moves down. */
class OpenClaims {
  readonly #claims: readonly Weighed[];
  /** Line, then claim, then whether it opens, packed into one number so that sorting them is fast. */
  readonly #changes: Float64Array;
  readonly #byTier: number[][] = TIERS.map(() => []);
  #next = 0;
  /** Some line had more than MAX_CLAIMS of a tier. */
  isCut = false;

  constructor(claims: readonly Weighed[], added: readonly LineRange[]) {
    this.#claims = claims;
    const changes: number[] = [];
    const last = added.at(-1)?.end ?? 0;
    for (const [claim, { item }] of claims.entries()) {
      for (const { start, end } of item.target.ranges ?? []) {
        if (start > last || end < start) continue;
        changes.push(pack(start, claim, claims.length, 1), pack(end + 1, claim, claims.length, 0));
      }
    }
    this.#changes = Float64Array.from(changes).sort();
  }

  moveTo(line: number): void {
    const width = 2 * this.#claims.length;
    for (; this.#next < this.#changes.length && this.nextChange() <= line; this.#next++) {
      const change = (this.#changes[this.#next] as number) % width;
      if (change % 2 === 1) this.#open(change >> 1);
      else this.#close(change >> 1);
    }
  }

  /** The next line where other claims hold. */
  nextChange(): number {
    const change = this.#changes[this.#next];
    return change === undefined ? Number.POSITIVE_INFINITY : Math.floor(change / (2 * this.#claims.length));
  }

  active(): readonly Weighed[] {
    return this.#byTier.flatMap((claims) => claims.map((claim) => this.#claims[claim] as Weighed));
  }

  #open(claim: number): void {
    const peers = this.#peers(claim);
    if (peers.length < MAX_CLAIMS) peers.push(claim);
    else this.isCut = true;
  }

  #close(claim: number): void {
    const peers = this.#peers(claim);
    const at = peers.indexOf(claim);
    if (at >= 0) peers.splice(at, 1);
  }

  #peers(claim: number): number[] {
    return this.#byTier[(this.#claims[claim] as Weighed).tier] as number[];
  }
}

function pack(line: number, claim: number, claims: number, opens: 0 | 1): number {
  return (line * claims + claim) * 2 + opens;
}

/** Neighbours that say the same become one. */
function join(ranges: OwnedRange[], range: OwnedRange): void {
  const last = ranges.at(-1);
  if (last !== undefined && last.end + 1 === range.start && isSame(last, range)) {
    ranges[ranges.length - 1] = { ...last, end: range.end };
  } else {
    ranges.push(range);
  }
}

function isSame(one: Decision, other: Decision): boolean {
  return (
    one.state === other.state &&
    one.tier === other.tier &&
    one.evidence.length === other.evidence.length &&
    one.evidence.every((at, index) => other.evidence[index] === at)
  );
}

function countsOf(ranges: readonly OwnedRange[]): LineCounts {
  const counts = { ...NO_LINES };
  for (const { state, start, end } of ranges) counts[state] += end - start + 1;
  return counts;
}

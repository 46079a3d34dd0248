// Where matches overlap, the surest and most specific stays; matches that do not touch all stay.
import { SEVERITIES } from '../push/finding.ts';
import type { Certainty, Match } from './rule.ts';

const RANK: Readonly<Record<Certainty, number>> = { certain: 3, high: 2, medium: 1, low: 0 };

/** The matches to report, in order of position. At most one of any that overlap. */
export function withoutOverlaps(matches: readonly Match[]): Match[] {
  if (matches.length < 2) return [...matches];
  const kept: Match[] = [];
  for (const match of matches.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept.at(-1);
    if (last === undefined || last.end <= match.start) kept.push(match);
    else if (isBetter(match, last)) replaceLast(kept, match);
  }
  return kept;
}

function replaceLast(kept: Match[], match: Match): void {
  kept[kept.length - 1] = match;
}

/** Certainty first, then a vendor's rule over a generic one, then the longer literal that led to it, then the longer value, then severity. */
function isBetter(a: Match, b: Match): boolean {
  const order =
    RANK[a.certainty] - RANK[b.certainty] ||
    Number(isGeneric(b)) - Number(isGeneric(a)) ||
    anchorLength(a) - anchorLength(b) ||
    a.end - a.start - (b.end - b.start) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
  return order > 0;
}

function isGeneric(match: Match): boolean {
  return match.rule.vendor === 'generic';
}

function anchorLength(match: Match): number {
  return match.rule.anchors.reduce((most, anchor) => Math.max(most, anchor.fold === true ? 0 : anchor.text.length), 0);
}

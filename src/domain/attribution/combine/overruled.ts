// Claims about lines that lost against one of a higher tier and say something else.
import type { FileAttribution, OwnedRange } from '../attribution.ts';
import type { Weighed } from './weighed.ts';

export interface Overruled {
  readonly kind: 'agent' | 'human';
  /** The first line where they meet. */
  readonly line: number;
  readonly winner: Weighed;
  readonly loser: Weighed;
}

/** Stretches that are compared for one file; claims that much at odds are seen in the first of them. */
const MAX_COMPARED = 100_000;

/** Of each kind the first. `claims` have ranges; `all` are the items that the ranges of `file` name. Bounded steps. */
export function overruledIn(
  file: FileAttribution,
  claims: readonly Weighed[],
  all: readonly Weighed[],
): readonly Overruled[] {
  if (isUnanimous(file, claims, all)) return [];
  const found = new Map<Overruled['kind'], Overruled>();
  let compared = 0;
  for (const { line, winner, loser } of meetings(file, claims, all)) {
    if (++compared > MAX_COMPARED || found.size === 2) break;
    const kind = winner === undefined ? undefined : conflictOf(winner, loser);
    if (kind !== undefined && !found.has(kind)) found.set(kind, { kind, line, winner: winner as Weighed, loser });
  }
  return [...found.values()];
}

/** Nearly always, and then there is nothing to look for. */
function isUnanimous(file: FileAttribution, claims: readonly Weighed[], all: readonly Weighed[]): boolean {
  const winners = new Set(file.ranges.flatMap(({ evidence: [first] }) => first ?? []));
  const said = new Set<string>();
  const tiers = new Set<number>();
  for (const one of [...claims, ...[...winners].map((at) => all[at] as Weighed)]) {
    said.add(whoOf(one));
    tiers.add(one.tier);
  }
  return said.size < 2 || tiers.size < 2;
}

function* meetings({ ranges }: FileAttribution, claims: readonly Weighed[], all: readonly Weighed[]) {
  for (const loser of claims) {
    for (const { start, end } of loser.item.target.ranges ?? []) {
      for (let at = firstEndingAt(ranges, start); at < ranges.length; at++) {
        const owned = ranges[at] as OwnedRange;
        if (owned.start > end) break;
        yield { line: Math.max(start, owned.start), winner: all[owned.evidence[0] ?? -1], loser };
      }
    }
  }
}

function firstEndingAt(ranges: readonly OwnedRange[], line: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle] as OwnedRange).end < line) low = middle + 1;
    else high = middle;
  }
  return low;
}

function conflictOf(winner: Weighed, loser: Weighed): Overruled['kind'] | undefined {
  const [one, other] = [whoOf(winner), whoOf(loser)];
  if (winner.tier <= loser.tier || one === other) return undefined;
  if (one === HUMAN || other === HUMAN) return 'human';
  return one === SOME_AGENT || other === SOME_AGENT ? undefined : 'agent';
}

const HUMAN = '\0human';
const SOME_AGENT = '';

function whoOf({ item, agent }: Weighed): string {
  return item.claim.by === 'human' ? HUMAN : (agent ?? SOME_AGENT);
}

// A secret seen in the bytes of an object or in one of its layers, at the place a person can open; and which sightings are
// one, because the same text can stand in an object and, decoded with what is around it, in its layers.
import { SEVERITIES, type Severity } from '../push/finding.ts';
import type { Certainty } from './rule.ts';
import type { SecretFinding } from './secret-scanner.ts';

/** Where a person finds it. */
export type Spot = Pick<SecretFinding, 'line' | 'column' | 'endLine' | 'endColumn' | 'lines' | 'allowed'>;

export interface Sighting {
  readonly rule: string;
  readonly title: string;
  readonly remedy: string | undefined;
  readonly severity: Severity;
  readonly certainty: Certainty;
  /** Whose rule it was: a vendor's, a generic one, or one that users wrote. */
  readonly kind: 'vendor' | 'generic' | 'own';
  /** Of the layer it was seen in: 0 is the object itself. */
  readonly layer: number;
  /** Empty, or `!member` within the object. */
  readonly member: string;
  /** In the object or member, the end excluded. */
  readonly start: number;
  readonly end: number;
  /** All of the layer comes from one place (compressed data in a text): places say nothing about what is the same. */
  readonly isPoint: boolean;
  /** Where the layer stands as it is in the archive around it. */
  readonly verbatimAt: number | undefined;
  readonly spot: Spot;
  readonly masked: string;
  readonly fingerprint: string;
  readonly entropy: number | undefined;
  readonly tags: readonly string[] | undefined;
}

const RANK: Readonly<Record<Certainty, number>> = { certain: 3, high: 2, medium: 1, low: 0 };

/** One sighting a secret, in order of member and place. */
export function distinct(sightings: readonly Sighting[]): Sighting[] {
  const kept = new Map<string, Sighting[]>();
  for (const one of sightings.toSorted(byWorth)) {
    const here = kept.get(one.member);
    if (here === undefined) kept.set(one.member, [one]);
    else if (!here.some((other) => isSame(other, one))) here.push(one);
  }
  return withoutParents([...kept.values()].flat()).sort(byPlace);
}

/** An archive holds uncompressed members as they are: what was seen in both is told of the member. */
function withoutParents(sightings: readonly Sighting[]): Sighting[] {
  const inside = new Set(sightings.flatMap(({ verbatimAt, ...one }) => parentKeys(one, verbatimAt)));
  return sightings.filter((one) => !inside.has(keyOf(one, one.member, one.start)));
}

type Placed = Pick<Sighting, 'rule' | 'fingerprint' | 'member' | 'start'>;

/** Names may hold `!` too: every outer part of the path is asked, with a place that only the archive around can mean. */
function parentKeys(one: Placed, verbatimAt: number | undefined): string[] {
  if (verbatimAt === undefined) return [];
  const ends = [...one.member.matchAll(/!/g)].map(({ index }) => index);
  return ends.map((end) => keyOf(one, one.member.slice(0, end), verbatimAt + one.start));
}

function keyOf({ rule, fingerprint }: Placed, member: string, start: number): string {
  return JSON.stringify([rule, fingerprint, member, start]);
}

/** The surest first: what comes later is compared with it. */
function byWorth(a: Sighting, b: Sighting): number {
  return (
    RANK[b.certainty] - RANK[a.certainty] ||
    severityOf(b) - severityOf(a) ||
    KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind) ||
    a.layer - b.layer ||
    b.end - b.start - (a.end - a.start)
  );
}

const KIND_ORDER: readonly Sighting['kind'][] = ['own', 'vendor', 'generic'];

function byPlace(a: Sighting, b: Sighting): number {
  if (a.member !== b.member) return a.member < b.member ? -1 : 1;
  return a.start - b.start || a.end - b.end || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0);
}

/** Whether `one` is what `kept` says already. A weaker severity never hides a stronger one. */
function isSame(kept: Sighting, one: Sighting): boolean {
  const isTwin = kept.rule === one.rule && kept.start === one.start && kept.end === one.end;
  if (isTwin && kept.fingerprint === one.fingerprint) return true;
  if (kept.isPoint || one.isPoint || severityOf(kept) < severityOf(one)) return false;
  if (kept.start >= one.end || one.start >= kept.end) return false;
  // Users want the findings of their own rules by name; the same secret by a generic rule tells them nothing more.
  if (one.kind === 'own') return false;
  if (kept.kind === 'own') return one.kind === 'generic';
  return kept.layer !== one.layer;
}

function severityOf({ severity }: Sighting): number {
  return SEVERITIES.indexOf(severity);
}

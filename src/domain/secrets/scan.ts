// The scanner: all rules over the bytes of an object in one pass. Pure and synchronous; workers are somebody else's.
import { SEVERITIES, type Severity } from '../push/finding.ts';
import { type Automaton, buildAutomaton } from './automaton.ts';
import { exactRule, HELD_RULE, LISTED_RULE, type ListedValues, listedFinder } from './exact.ts';
import type { HeldValues } from './held-values.ts';
import { anchorStart, type Lead, leadsOf } from './leads.ts';
import { withoutOverlaps } from './overlap.ts';
import { isPlaceholder, readsLikeWords } from './placeholder.ts';
import { Reading } from './reading.ts';
import type { Candidate, Match, SecretRule } from './rule.ts';
import { anchorScanner } from './wasm/scanner.ts';

export interface Scanner {
  readonly rules: readonly SecretRule[];
  /** Every secret in these bytes, in order of position, without overlaps. Some rules need the object's path. */
  readonly scan: (bytes: Uint8Array, path?: string) => Match[];
  /** The same for many objects; small ones are scanned together. One list an object; `paths` in the same order. */
  readonly scanMany: (objects: readonly Uint8Array[], paths?: readonly (string | undefined)[]) => Match[][];
}

export interface ScannerOptions {
  /** Values to be found as they are, of eight bytes or more: what the agent holds. */
  readonly exactValues?: readonly string[];
  /** The same, known by keyed digests alone; may learn more while the scanner is in use. */
  readonly heldValues?: Pick<HeldValues, 'find'>;
  /** Digests of values to be found; costs a walk over every object. */
  readonly listedValues?: ListedValues;
}

/** Compiles the rules (a few milliseconds, about 3 MiB). Throws TypeError when two rules share an id or an anchor is too short. */
export function createScanner(rules: readonly SecretRule[], options: ScannerOptions = {}): Scanner {
  const { exactValues = [], heldValues, listedValues } = options;
  const all = exactValues.length > 0 ? [...rules, exactRule(exactValues)] : rules;
  const leads = leadsOf(all);
  const automaton = buildAutomaton(leads);
  const visit = new Visit(all, leads, automaton);
  const find = anchorScanner(automaton);
  const listed = listedValues && listedFinder(listedValues);
  const scanMany: Scanner['scanMany'] = (objects, paths = []) => {
    const found: Match[][] = objects.map((bytes) => [
      ...(listed?.(bytes) ?? []).map((one) => matchOf(LISTED_RULE, one)),
      ...heldMatches(bytes, heldValues),
    ]);
    const open = (object: number): void =>
      visit.open(objects[object] as Uint8Array, object, found[object] as Match[], paths[object]);
    visit.close();
    objects.forEach((_, object) => {
      open(object);
      visit.begin();
    });
    find(objects, (report, end, object) => {
      if (object !== visit.object) open(object);
      visit.at(report, end);
    });
    return found.map(withoutOverlaps);
  };
  return { rules: all, scanMany, scan: (bytes, path) => scanMany([bytes], [path])[0] as Match[] };
}

/** Where held values stand in these bytes. */
export function heldMatches(bytes: Uint8Array, held: Pick<HeldValues, 'find'> | undefined): Match[] {
  return (held?.find(bytes) ?? []).map((one) => matchOf(HELD_RULE, one));
}

/** One object at a time, with the anchors in it in order. */
class Visit {
  object = -1;
  readonly #rules: readonly SecretRule[];
  /** The rules that look at the beginning of every object. */
  readonly #starters: readonly number[];
  readonly #leads: readonly (readonly Lead[])[];
  readonly #reading = new Reading();
  /** Each rule's last match in this object: an anchor inside a match is part of it. */
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  #found: Match[] = [];

  constructor(rules: readonly SecretRule[], leads: readonly Lead[], automaton: Automaton) {
    this.#rules = rules;
    this.#starters = rules.flatMap((rule, index) => (rule.atStart === true ? [index] : []));
    this.#leads = automaton.reports.map((report) => report.map((index) => leads[index] as Lead));
    this.#starts = new Float64Array(rules.length);
    this.#ends = new Float64Array(rules.length);
  }

  /** Forgets the object, also one that a failure left open. */
  close(): void {
    this.object = -1;
  }

  open(bytes: Uint8Array, object: number, found: Match[], path: string | undefined): void {
    this.object = object;
    this.#reading.open(bytes, 0, bytes.length, path);
    this.#ends.fill(0);
    this.#found = found;
  }

  begin(): void {
    for (const rule of this.#starters) this.#follow(rule, 0, 0);
  }

  at(report: number, end: number): void {
    for (const lead of this.#leads[report] as readonly Lead[]) {
      const start = anchorStart(this.#reading, lead, end);
      if (start >= 0) for (const rule of lead.rules) this.#follow(rule, start, start + lead.text.length);
    }
  }

  #follow(index: number, start: number, end: number): void {
    if (start < (this.#ends[index] as number) && start >= (this.#starts[index] as number)) return;
    const rule = this.#rules[index] as SecretRule;
    const seen = rule.check(this.#reading.bytes, start, end, this.#reading);
    if (seen === undefined) return;
    for (const candidate of [seen].flat()) {
      this.#starts[index] = candidate.start;
      this.#ends[index] = candidate.end;
      if (isReal(this.#reading, rule, candidate))
        this.#found.push(matchOf(rule, weighed(this.#reading, rule, candidate)));
    }
  }
}

function isReal(reading: Reading, rule: SecretRule, candidate: Candidate): boolean {
  if (rule.keepsPlaceholders === true) return true;
  return !isPlaceholder(reading.text(candidate.body ?? candidate.start, candidate.end));
}

/** A body that reads like words makes a match weak, unless its checksum or structure holds. */
function weighed(reading: Reading, rule: SecretRule, candidate: Candidate): Candidate {
  if (rule.keepsPlaceholders === true || candidate.certainty === 'certain') return candidate;
  const isWords = readsLikeWords(reading.bytes, candidate.body ?? candidate.start, candidate.end);
  return isWords ? { ...candidate, certainty: 'low' } : candidate;
}

function matchOf(rule: SecretRule, candidate: Candidate): Match {
  const { start, end, body = start, certainty, severity = rule.severity } = candidate;
  const isWeak = certainty === 'low' && SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(LOW);
  return { rule, start, end, body, certainty, severity: isWeak ? LOW : severity };
}

const LOW: Severity = 'low';

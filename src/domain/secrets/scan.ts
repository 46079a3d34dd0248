// The scanner: all rules over the bytes of an object in one pass. Pure and synchronous; workers are somebody else's.
import { SEVERITIES, type Severity } from '../push/finding.ts';
import { type Automaton, buildAutomaton } from './automaton.ts';
import { CheckBudget } from './check-budget.ts';
import { exactRule, HELD_RULE, LISTED_RULE, type ListedValues, listedFinder } from './exact.ts';
import type { HeldValues } from './held-values.ts';
import { anchorStart, type Lead, leadsOf } from './leads.ts';
import { withoutOverlaps } from './overlap.ts';
import { anyOf, isPlaceholder, readsLikeWords } from './placeholder.ts';
import { MAX_WINDOW, Reading } from './reading.ts';
import type { Candidate, Match, SecretRule } from './rule.ts';
import { anchorScanner } from './wasm/scanner.ts';

export interface Scanner {
  readonly rules: readonly SecretRule[];
  /** Every secret in these bytes, in order of position, without overlaps. Some rules need the object's path. */
  readonly scan: (bytes: Uint8Array, path?: string, costs?: CheckCosts) => Match[];
  /** The same for many objects; small ones are scanned together. One list an object; `paths` in the same order. */
  readonly scanMany: (
    objects: readonly Uint8Array[],
    paths?: readonly (string | undefined)[],
    costs?: CheckCosts,
  ) => Match[][];
}

export interface CheckCosts {
  /** Default: one for the call. */
  readonly budget?: CheckBudget;
  /** Told once for an object whose rest was not looked at because the budget was spent. */
  readonly onCut?: (object: number) => void;
  /** Told, perhaps more than once, for an object without a path in which something hangs on one. */
  readonly onPathMissed?: (object: number) => void;
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
  const scanMany: Scanner['scanMany'] = (objects, paths = [], costs = {}) => {
    const { budget = new CheckBudget() } = costs;
    const found: Match[][] = objects.map((bytes) => [
      ...(listed?.(bytes) ?? []).map((one) => matchOf(LISTED_RULE, one)),
      ...heldMatches(bytes, heldValues),
    ]);
    const open = (object: number): void =>
      visit.open(objects[object] as Uint8Array, object, found[object] as Match[], paths[object]);
    visit.begin(budget, costs);
    objects.forEach((_, object) => {
      open(object);
      visit.start();
    });
    find(objects, (report, end, object) => {
      if (object !== visit.object) {
        open(object);
        budget.earn((objects[object] as Uint8Array).length);
      }
      return visit.at(report, end);
    });
    return found.map(withoutOverlaps);
  };
  return { rules: all, scanMany, scan: (bytes, path, costs) => scanMany([bytes], [path], costs)[0] as Match[] };
}

/** Where held values stand in these bytes. */
export function heldMatches(bytes: Uint8Array, held: Pick<HeldValues, 'find'> | undefined): Match[] {
  return (held?.find(bytes) ?? []).map((one) => matchOf(HELD_RULE, one));
}

/** Of an anchor that is compared, a check that looks at a few bytes, and a value that is tried for a placeholder. */
const HIT_STEPS = 1;
const CHECK_STEPS = 2;
const CANDIDATE_STEPS = 30;
/** Of a match: whoever gets it makes a fingerprint, finds its line and reads the comments there. */
const MATCH_STEPS = 200;

/** One object at a time, with the anchors in it in order. */
class Visit {
  object = -1;
  readonly #rules: readonly SecretRule[];
  /** Of each rule: rules are made in many ways, and reading one from them at every hit takes a search. */
  readonly #checks: readonly SecretRule['check'][];
  /** The rules that look at the beginning of every object. */
  readonly #starters: readonly number[];
  readonly #leads: readonly (readonly Lead[])[];
  readonly #reading = new Reading();
  /** Each rule's last match in this object: an anchor inside a match is part of it. */
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  /** There was one. */
  #hasEnds = false;
  readonly #published: RegExp | undefined;
  #found: Match[] = [];
  #budget = new CheckBudget();
  #costs: CheckCosts = {};
  /** Of the anchor at hand, besides those of the reading. */
  #steps = HIT_STEPS;

  constructor(rules: readonly SecretRule[], leads: readonly Lead[], automaton: Automaton) {
    this.#rules = rules;
    this.#checks = rules.map(({ check }) => check);
    this.#starters = rules.flatMap((rule, index) => (rule.atStart === true ? [index] : []));
    this.#leads = automaton.reports.map((report) => report.map((index) => leads[index] as Lead));
    this.#published = publishedBy(rules);
    this.#starts = new Float64Array(rules.length);
    this.#ends = new Float64Array(rules.length);
  }

  /** Forgets the object, also one that a failure left open. */
  begin(budget: CheckBudget, costs: CheckCosts): void {
    this.object = -1;
    this.#budget = budget;
    this.#costs = costs;
  }

  open(bytes: Uint8Array, object: number, found: Match[], path: string | undefined): void {
    this.object = object;
    this.#reading.open(bytes, 0, bytes.length, path);
    if (this.#hasEnds) this.#ends.fill(0);
    this.#hasEnds = false;
    this.#found = found;
  }

  start(): void {
    for (const rule of this.#starters) this.#follow(rule, 0, 0);
    if (this.#reading.isPathMissed) this.#costs.onPathMissed?.(this.object);
  }

  /** Whether the budget was enough for it; if not, nothing more of this object is looked at. */
  at(report: number, end: number): boolean {
    for (const lead of this.#leads[report] as readonly Lead[]) {
      const start = anchorStart(this.#reading, lead, end);
      if (start >= 0) for (const rule of lead.rules) this.#follow(rule, start, start + lead.text.length);
    }
    const isWithin = this.#budget.take(this.#steps + this.#reading.spent());
    this.#steps = HIT_STEPS;
    if (!isWithin) this.#costs.onCut?.(this.object);
    if (this.#reading.isPathMissed) this.#costs.onPathMissed?.(this.object);
    return isWithin;
  }

  #follow(index: number, start: number, end: number): void {
    if (start < (this.#ends[index] as number) && start >= (this.#starts[index] as number)) return;
    const check = this.#checks[index] as SecretRule['check'];
    this.#steps += CHECK_STEPS;
    const seen = check(this.#reading.bytes, start, end, this.#reading);
    if (seen === undefined) return;
    const rule = this.#rules[index] as SecretRule;
    for (const candidate of [seen].flat()) {
      this.#steps += CANDIDATE_STEPS;
      this.#starts[index] = candidate.start;
      this.#ends[index] = candidate.end;
      this.#hasEnds = true;
      if (!this.#isReal(rule, candidate)) continue;
      this.#steps += MATCH_STEPS;
      this.#found.push(matchOf(rule, weighed(this.#reading, rule, candidate)));
    }
  }

  #isReal(rule: SecretRule, { body, start, end }: Candidate): boolean {
    const isShown = this.#published?.test(this.#reading.text(start, Math.min(end, start + MAX_WINDOW))) === true;
    if (isShown) return false;
    return rule.keepsPlaceholders === true || !isPlaceholder(this.#reading.text(body ?? start, end));
  }
}

const MIN_PUBLISHED = 12;

/** Any of the pieces of values that vendors print. */
function publishedBy(rules: readonly SecretRule[]): RegExp | undefined {
  const pieces = rules.flatMap(({ published = [] }) => published);
  if (pieces.some((piece) => piece.length < MIN_PUBLISHED)) throw new TypeError('a published value is too short');
  return pieces.length === 0 ? undefined : anyOf(pieces, '');
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

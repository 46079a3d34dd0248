// The scanner: all rules over the bytes of an object in one pass. Pure and synchronous; workers are somebody else's.
import { SEVERITIES, type Severity } from '../push/finding.ts';
import { type Automaton, buildAutomaton, MAX_DEPTH } from './automaton.ts';
import { withoutOverlaps } from './overlap.ts';
import { isPlaceholder } from './placeholder.ts';
import { Reading } from './reading.ts';
import type { Anchor, Candidate, Match, SecretRule } from './rule.ts';
import { anchorScanner, type FindAnchors } from './wasm/scanner.ts';

/** An anchor with the rules that wait for it. */
interface Lead extends Anchor {
  readonly rules: readonly number[];
}

export interface Scanner {
  readonly rules: readonly SecretRule[];
  /** Every secret in these bytes, in order of position, without overlaps. */
  readonly scan: (bytes: Uint8Array) => Match[];
  /** The same for many objects; small ones are scanned together. One list an object. */
  readonly scanMany: (objects: readonly Uint8Array[]) => Match[][];
}

/** Compiles the rules. Throws TypeError when two rules share an id or an anchor is too short. */
export function createScanner(rules: readonly SecretRule[]): Scanner {
  const leads = leadsOf(rules);
  const automaton = buildAutomaton(leads);
  const compiled = { rules, leads, automaton, find: anchorScanner(automaton) };
  const scanMany = (objects: readonly Uint8Array[]): Match[][] => scanObjects(compiled, objects);
  return { rules, scanMany, scan: (bytes) => scanMany([bytes])[0] as Match[] };
}

interface Compiled {
  readonly rules: readonly SecretRule[];
  readonly leads: readonly Lead[];
  readonly automaton: Automaton;
  readonly find: FindAnchors;
}

function scanObjects(compiled: Compiled, objects: readonly Uint8Array[]): Match[][] {
  const found: Match[][] = objects.map(() => []);
  const visit = new Visit(compiled);
  compiled.find(objects, (report, end, object) => {
    if (object !== visit.object) visit.open(objects[object] as Uint8Array, object, found[object] as Match[]);
    visit.at(report, end);
  });
  return found.map(withoutOverlaps);
}

/** One object at a time, with the anchors in it in order. */
class Visit {
  object = -1;
  readonly #compiled: Compiled;
  readonly #reading = new Reading();
  /** Where each rule's last match in this object ended: an anchor inside a match is part of it. */
  readonly #ends: Float64Array;
  #found: Match[] = [];

  constructor(compiled: Compiled) {
    this.#compiled = compiled;
    this.#ends = new Float64Array(compiled.rules.length);
  }

  open(bytes: Uint8Array, object: number, found: Match[]): void {
    this.object = object;
    this.#reading.open(bytes, 0, bytes.length);
    this.#ends.fill(0);
    this.#found = found;
  }

  at(report: number, end: number): void {
    const { automaton, leads } = this.#compiled;
    for (const index of automaton.reports[report] as readonly number[]) {
      const lead = leads[index] as Lead;
      const start = anchorStart(this.#reading, lead, end);
      if (start >= 0) for (const rule of lead.rules) this.#follow(rule, start, start + lead.text.length);
    }
  }

  #follow(index: number, start: number, end: number): void {
    if (start < (this.#ends[index] as number)) return;
    const rule = this.#compiled.rules[index] as SecretRule;
    const seen = rule.check(this.#reading.bytes, start, end, this.#reading);
    if (seen === undefined) return;
    for (const candidate of [seen].flat()) {
      this.#ends[index] = Math.max(this.#ends[index] as number, candidate.end);
      if (isReal(this.#reading, rule, candidate)) this.#found.push(matchOf(rule, candidate));
    }
  }
}

function isReal(reading: Reading, rule: SecretRule, candidate: Candidate): boolean {
  if (rule.keepsPlaceholders === true) return true;
  return !isPlaceholder(reading.text(candidate.body ?? candidate.start, candidate.end));
}

function matchOf(rule: SecretRule, { start, end, certainty, severity = rule.severity }: Candidate): Match {
  const isWeak = certainty === 'low' && SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(LOW);
  return { rule, start, end, certainty, severity: isWeak ? LOW : severity };
}

const LOW: Severity = 'low';

/** Where the anchor begins if it really stands here, in its own case and after a boundary if it wants one; or -1. */
function anchorStart(reading: Reading, lead: Lead, end: number): number {
  const { text } = lead;
  const start = end - Math.min(text.length, MAX_DEPTH);
  if (lead.fold === true ? !reading.hasFolded(text, start) : !reading.hasLiteral(text, start)) return -1;
  return lead.boundary !== true || reading.startsWord(start) ? start : -1;
}

const MIN_ANCHOR = 3;

/** The different anchors, each with its rules. */
function leadsOf(rules: readonly SecretRule[]): Lead[] {
  const leads = new Map<string, Anchor & { rules: number[] }>();
  const ids = new Set<string>();
  rules.forEach((rule, index) => {
    if (ids.has(rule.id)) throw new TypeError(`two rules are called ${rule.id}`);
    ids.add(rule.id);
    for (const anchor of rule.anchors) leadOf(leads, rule, anchor).rules.push(index);
  });
  return [...leads.values()];
}

function leadOf(leads: Map<string, Anchor & { rules: number[] }>, rule: SecretRule, anchor: Anchor) {
  if (anchor.text.length < MIN_ANCHOR) throw new TypeError(`an anchor of ${rule.id} is shorter than ${MIN_ANCHOR}`);
  if (anchor.fold === true && anchor.text !== anchor.text.toLowerCase()) {
    throw new TypeError(`an anchor of ${rule.id} is folded but not in lower case`);
  }
  const key = JSON.stringify([anchor.text, anchor.fold === true, anchor.boundary === true]);
  const lead = leads.get(key) ?? { ...anchor, rules: [] };
  leads.set(key, lead);
  return lead;
}

// The scanner: all rules over the bytes of an object in one pass. Pure and synchronous; workers are somebody else's.
import { SEVERITIES, type Severity } from '../push/finding.ts';
import { type Automaton, buildAutomaton, MAX_DEPTH } from './automaton.ts';
import { findAnchors } from './find-anchors.ts';
import { withoutOverlaps } from './overlap.ts';
import { isPlaceholder } from './placeholder.ts';
import { Reading } from './reading.ts';
import type { Anchor, Candidate, Match, SecretRule } from './rule.ts';

/** An anchor with the rules that wait for it. */
interface Lead extends Anchor {
  readonly rules: readonly number[];
}

export interface Scanner {
  readonly rules: readonly SecretRule[];
  /** Every secret in these bytes, in order of position, without overlaps. */
  readonly scan: (bytes: Uint8Array) => Match[];
}

/** Compiles the rules. Throws TypeError when two rules share an id or an anchor is too short. */
export function createScanner(rules: readonly SecretRule[]): Scanner {
  const leads = leadsOf(rules);
  const automaton = buildAutomaton(leads);
  const reading = new Reading();
  return { rules, scan: (bytes) => scanObject({ rules, leads, automaton, reading }, bytes) };
}

interface Compiled {
  readonly rules: readonly SecretRule[];
  readonly leads: readonly Lead[];
  readonly automaton: Automaton;
  readonly reading: Reading;
}

function scanObject(compiled: Compiled, bytes: Uint8Array): Match[] {
  const { automaton, leads, reading } = compiled;
  const found: Match[] = [];
  /** Where each rule's last match ended: an anchor inside a match is part of it. */
  const ends = new Float64Array(compiled.rules.length);
  reading.open(bytes, 0, bytes.length);
  findAnchors(automaton, bytes, 0, bytes.length, (report, end) => {
    for (const index of automaton.reports[report] as readonly number[]) {
      const lead = leads[index] as Lead;
      const start = anchorStart(reading, lead, end);
      if (start >= 0) follow(compiled, lead, start, ends, found);
    }
  });
  return withoutOverlaps(found);
}

function follow(compiled: Compiled, lead: Lead, start: number, ends: Float64Array, found: Match[]): void {
  const { reading } = compiled;
  for (const index of lead.rules) {
    if (start < (ends[index] as number)) continue;
    const rule = compiled.rules[index] as SecretRule;
    const seen = rule.check(reading.bytes, start, start + lead.text.length, reading);
    for (const candidate of seen === undefined ? [] : [seen].flat()) {
      ends[index] = Math.max(ends[index] as number, candidate.end);
      if (isReal(reading, rule, candidate)) found.push(matchOf(rule, candidate));
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

// Anchors with the rules that wait for them.
import { MAX_DEPTH } from './automaton.ts';
import type { Reading } from './reading.ts';
import type { Anchor, SecretRule } from './rule.ts';

/** All of one form, whatever the anchor leaves out: they are asked at every hit. */
export interface Lead extends Anchor {
  readonly boundary: boolean;
  /** Of the text, one byte a character. */
  readonly bytes: Uint8Array;
  /** What of it the automaton has seen. */
  readonly seen: number;
  /** What each byte counts as. */
  readonly cases: Uint8Array;
  /** Indexes of rules. */
  readonly rules: readonly number[];
}

const MIN_ANCHOR = 3;
/** Each byte as it is, and in lower case. */
const SAME = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const FOLDED = SAME.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));

/** The different anchors. Throws TypeError when rules share an id, or for an anchor that cannot work. */
export function leadsOf(rules: readonly SecretRule[]): Lead[] {
  const leads = new Map<string, Growing>();
  const ids = new Set<string>();
  rules.forEach((rule, index) => {
    if (ids.has(rule.id)) throw new TypeError(`two rules are called ${rule.id}`);
    ids.add(rule.id);
    for (const anchor of rule.anchors) leadOf(leads, rule.id, anchor).rules.push(index);
  });
  return [...leads.values()];
}

type Growing = Lead & { readonly rules: number[] };

function leadOf(leads: Map<string, Growing>, id: string, anchor: Anchor): Growing {
  if (anchor.text.length < MIN_ANCHOR) throw new TypeError(`an anchor of ${id} is shorter than ${MIN_ANCHOR}`);
  if (anchor.fold === true && anchor.text !== anchor.text.toLowerCase()) {
    throw new TypeError(`an anchor of ${id} is folded but not in lower case`);
  }
  const key = JSON.stringify([anchor.text, anchor.fold === true, anchor.boundary === true]);
  const lead = leads.get(key) ?? {
    text: anchor.text,
    fold: anchor.fold === true,
    boundary: anchor.boundary === true,
    bytes: Uint8Array.from(Buffer.from(anchor.text, 'latin1')),
    seen: Math.min(anchor.text.length, MAX_DEPTH),
    cases: anchor.fold === true ? FOLDED : SAME,
    rules: [],
  };
  leads.set(key, lead);
  return lead;
}

/**
 * Where the anchor begins, given that its first bytes were reported to end at `end`: if it really stands there, in its own
 * case, and after a boundary if it wants one; else -1.
 */
export function anchorStart(reading: Reading, lead: Lead, end: number): number {
  const start = end - lead.seen;
  if (start < reading.from || start + lead.bytes.length > reading.to) return -1;
  if (!isSame(reading.bytes, start, lead.bytes, lead.cases)) return -1;
  return !lead.boundary || reading.startsWord(start) ? start : -1;
}

function isSame(bytes: Uint8Array, start: number, wanted: Uint8Array, cases: Uint8Array): boolean {
  for (let at = 0; at < wanted.length; at++) {
    if (cases[bytes[start + at] as number] !== wanted[at]) return false;
  }
  return true;
}

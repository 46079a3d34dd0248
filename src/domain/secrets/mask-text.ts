// Masks every secret in a text: with the rules that look for secrets in a push, and the values that the agent holds.
// Whatever their severity: a text that shows one secret fewer is never worse. What leaves us in writing goes through here.
//
// A secret that was cut is not known any more: mask first, then cut.
import { cutKeyIn } from './cut-key.ts';
import { HELD_RULE } from './exact.ts';
import type { HeldValues } from './held-values.ts';
import { mask } from './mask.ts';
import type { Match } from './rule.ts';
import { ALL_RULES } from './rules/all.ts';
import { createScanner, heldMatches, type Scanner } from './scan.ts';

/** A stretch of bytes that must not be shown, and what is shown in its place. */
export interface Hidden {
  readonly start: number;
  readonly end: number;
  readonly shown: string;
}

export interface Masker {
  /** The text without its secrets; the very same string if it has none. Some microseconds for a line. */
  readonly text: (text: string) => string;
  /** The value (plain objects, arrays, strings) without the secrets in its strings; the very same value if it has none. */
  readonly value: <T>(value: T) => T;
  /** What must be hidden in these bytes, in order. `isWhole`: nothing follows them, so a key without an end is hidden, too. */
  readonly hidden: (bytes: Uint8Array, isWhole: boolean, path?: string) => readonly Hidden[];
  /** Bytes at the end of a stream that may be the beginning of a held value with white space in it. */
  readonly spacedTail: () => number;
}

/** What has been masked already is not masked again. */
const MARK = '…';
const MARK_BYTES = Buffer.from(MARK).toString('latin1');
/** No rule finds anything in less. */
const MIN_TEXT = 8;
/** Deeper nesting than any record has. */
const MAX_DEPTH = 64;

let compiled: Scanner | undefined;

/** Compiled when it is first needed (some 50 ms), once a process. */
function rules(): Scanner {
  compiled ??= createScanner(ALL_RULES);
  return compiled;
}

/** A masker for the rules, and for the values in `held` as they are at each call. */
export function createMasker(held?: HeldValues): Masker {
  const hiddenOf = (bytes: Uint8Array, found: readonly Match[], isWhole: boolean): readonly Hidden[] => {
    const all = joined([...found, ...heldMatches(bytes, held)].flatMap((match) => hide(bytes, match)));
    return isWhole ? withCutKey(bytes, all) : all;
  };
  const hidden: Masker['hidden'] = (bytes, isWhole, path) => hiddenOf(bytes, rules().scan(bytes, path), isWhole);
  const maskedTexts = (texts: readonly string[]): Map<string, string> => {
    const bytes = texts.map((text) => Buffer.from(text, 'utf8'));
    const found = rules().scanMany(bytes);
    const apart = rules().scanMany(bytes.map(withoutSlashes));
    const masked = new Map<string, string>();
    texts.forEach((text, i) => {
      const stretches = hiddenOf(bytes[i] as Buffer, [...(found[i] as Match[]), ...(apart[i] as Match[])], true);
      if (stretches.length > 0) masked.set(text, replaced(text, stretches));
    });
    return masked;
  };
  return {
    hidden,
    text: (text) => (text.length < MIN_TEXT ? text : (maskedTexts([text]).get(text) ?? text)),
    value(value) {
      const texts = new Set<string>();
      collect(value, texts, 0);
      const masked = texts.size === 0 ? undefined : maskedTexts([...texts]);
      return masked === undefined || masked.size === 0 ? value : (rebuilt(value, masked, 0) as typeof value);
    },
    spacedTail: () => held?.longestSpaced ?? 0,
  };
}

/** For what speaks before a gateway runs, and where none does: by the rules alone. */
export const RULES_MASKER: Masker = createMasker();

function hide(bytes: Uint8Array, { start, end, body, rule }: Match): Hidden[] {
  const value = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  if (rule === HELD_RULE) return [{ start, end, shown: MARK }];
  return value.includes(MARK_BYTES) ? [] : [{ start, end, shown: mask(value, body - start) }];
}

/** Where they overlap, all of both is hidden. */
function joined(all: readonly Hidden[]): readonly Hidden[] {
  const out: Hidden[] = [];
  for (const one of all.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = out.at(-1);
    if (last === undefined || last.end <= one.start) out.push(one);
    else if (one.end > last.end) out[out.length - 1] = { ...last, end: one.end };
  }
  return out;
}

function withCutKey(bytes: Uint8Array, found: readonly Hidden[]): readonly Hidden[] {
  const cut = cutKeyIn(bytes, found.at(-1)?.end ?? 0);
  if (cut === undefined) return found;
  return [...found, { ...cut, shown: mask(Buffer.from(bytes.subarray(cut.start, cut.end)).toString('latin1')) }];
}

/** Names of refs and paths are short. */
const MAX_NAME = 4096;
const NOTHING = Buffer.alloc(0);

/** The parts of a ref's name or a path, apart: for tokens with slashes among their letters the rest would be part of them. */
function withoutSlashes(bytes: Buffer): Buffer {
  if (bytes.length > MAX_NAME || !bytes.includes(SLASH)) return NOTHING;
  return Buffer.from(bytes.map((byte) => (byte === SLASH ? SPACE : byte)));
}

const SLASH = 0x2f;
const SPACE = 0x20;

/** Positions of `stretches` are of the text's UTF-8, with three bytes for a surrogate that stands alone. */
function replaced(text: string, stretches: readonly Hidden[]): string {
  const unitAt = unitsOf(text);
  let masked = '';
  let done = 0;
  for (const { start, end, shown } of stretches) {
    masked += text.slice(done, unitAt(start)) + shown;
    done = unitAt(end);
  }
  return masked + text.slice(done);
}

/** Where in the string the bytes of its UTF-8 are; asked for positions that grow. */
function unitsOf(text: string): (position: number) => number {
  let unit = 0;
  let byte = 0;
  return (position) => {
    while (byte < position) {
      const point = text.codePointAt(unit) as number;
      byte += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
      unit += point < 0x10000 ? 1 : 2;
    }
    return unit;
  };
}

function collect(value: unknown, texts: Set<string>, depth: number): void {
  if (typeof value === 'string') {
    if (value.length >= MIN_TEXT) texts.add(value);
  } else if (typeof value === 'object' && value !== null && isTree(value)) {
    if (depth >= MAX_DEPTH) throw new TypeError(`a value to be masked is nested deeper than ${MAX_DEPTH}`);
    for (const item of Object.values(value)) collect(item, texts, depth + 1);
  }
}

function rebuilt(value: unknown, masked: ReadonlyMap<string, string>, depth: number): unknown {
  if (typeof value === 'string') return masked.get(value) ?? value;
  if (typeof value !== 'object' || value === null || !isTree(value)) return value;
  if (Array.isArray(value)) return value.map((item) => rebuilt(item, masked, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rebuilt(item, masked, depth + 1)]));
}

/** A date or a buffer is one value, whatever it looks like inside. */
function isTree(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

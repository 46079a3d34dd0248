// `name = value` in the usual languages and config formats, found from a word in the name. Bytes only, one step at a
// time, and never further than the limits below.
import { type Alphabet, alphabet, WORD } from '../alphabet.ts';
import type { Reading } from '../reading.ts';

/** How the value stands there: in quotes, bare to the end of its word, or as the text of an XML element. */
export type Form = 'quoted' | 'bare' | 'element';

export interface Assignment {
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly start: number;
  readonly end: number;
  readonly form: Form;
  /** The text that stands between name and value, such as `=`, `:`, `(`; ` ` for an option of a command. */
  readonly operator: string;
}

/** Bytes of a name on either side of the word. */
const NAME_REACH = 24;
const MAX_VALUE = 512;
const MAX_SPACES = 24;

const NAME = alphabet('name', `${WORD.chars}-.`);
const TYPE = alphabet('type', `${WORD.chars}.?|<>[]`);
const BARE = alphabet('bare', `${WORD.chars}-.+/~!@$%^*?:#`);
/** In a query `&` is a separator, on a line of its own it may be part of a password. */
const BARE_LINE = alphabet('bare-line', `${BARE.chars}&`);

/** Before a name: it is one part of a query or connection string. */
const PART_SEPARATORS = new Set([...'?&;'].map((one) => one.charCodeAt(0)));

const SPACE = 0x20;
const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const BACKTICK = 0x60;
const BACKSLASH = 0x5c;
const EQUALS = 0x3d;
const COLON = 0x3a;
const GREATER = 0x3e;
const LESS = 0x3c;
const COMMA = 0x2c;
const PAREN = 0x28;
const DASH = 0x2d;

/** The assignment to the name that holds the word from `wordStart` to `wordEnd`, if there is one. */
export function assignmentAt(reading: Reading, wordStart: number, wordEnd: number): Assignment | undefined {
  const nameStart = reading.runStart(NAME, wordStart, NAME_REACH);
  const nameEnd = Math.min(reading.runEnd(NAME, wordEnd), wordEnd + NAME_REACH);
  const operator = operatorAt(reading, nameStart, nameEnd);
  if (operator === undefined) return undefined;
  const isPart = PART_SEPARATORS.has(reading.bytes[nameStart - 1] ?? 0);
  const value = valueAt(reading, operator.end, operator.text, isPart ? BARE : BARE_LINE);
  return value && { nameStart, nameEnd, operator: operator.text, ...value };
}

interface Operator {
  readonly text: string;
  readonly end: number;
}

function operatorAt(reading: Reading, nameStart: number, nameEnd: number): Operator | undefined {
  const { bytes } = reading;
  const closed = afterClosers(reading, nameEnd);
  const at = afterSpaces(reading, closed);
  const byte = bytes[at];
  if (at >= reading.to) return undefined;
  if (byte === EQUALS) return afterEquals(reading, at);
  if (byte === COLON) return afterColon(reading, at);
  if (byte === COMMA && closed > nameEnd && bytes[nameStart - 2] === PAREN) return { text: ',', end: at + 1 };
  if (byte === PAREN && at === nameEnd) return { text: '(', end: at + 1 };
  if (byte === GREATER && bytes[nameStart - 1] === LESS) return { text: '>', end: at + 1 };
  if (isOption(bytes, nameStart) && at > nameEnd && closed === nameEnd) return { text: ' ', end: at };
  return valueAttribute(reading, closed);
}

/** `==`, `===`, `=>`, and `=` itself; `=~` and `=<` are none. */
function afterEquals(reading: Reading, at: number): Operator {
  let end = at + 1;
  while (end < at + 3 && (reading.bytes[end] === EQUALS || reading.bytes[end] === GREATER)) end++;
  return { text: end === at + 1 ? '=' : '==', end };
}

/** `:`, `:=`, or the type that stands before an `=`: `name: string = `. */
function afterColon(reading: Reading, at: number): Operator | undefined {
  const { bytes } = reading;
  if (bytes[at + 1] === COLON) return undefined;
  if (bytes[at + 1] === EQUALS) return { text: ':=', end: at + 2 };
  const type = afterSpaces(reading, at + 1);
  const typeEnd = Math.min(reading.runEnd(TYPE, type), type + NAME_REACH);
  const equals = afterSpaces(reading, typeEnd);
  if (typeEnd > type && bytes[equals] === EQUALS && bytes[equals + 1] === SPACE) return { text: '=', end: equals + 1 };
  return { text: ':', end: at + 1 };
}

/** `<add key="NAME" value="…"/>` and, in manifests, `name: NAME` above `value: …`. */
function valueAttribute(reading: Reading, closed: number): Operator | undefined {
  let at = closed;
  let lines = 0;
  while (at < reading.to && at < closed + MAX_SPACES && isBlank(reading.bytes[at] as number)) {
    if (reading.bytes[at++] === NEWLINE) lines++;
  }
  if (at === closed || lines > 1 || !reading.hasFolded('value', at)) return undefined;
  const end = afterSpaces(reading, afterClosers(reading, at + 5));
  const byte = reading.bytes[end];
  return byte === EQUALS || byte === COLON ? { text: byte === EQUALS ? '=' : ':', end: end + 1 } : undefined;
}

function isOption(bytes: Uint8Array, nameStart: number): boolean {
  return bytes[nameStart] === DASH && bytes[nameStart + 1] === DASH;
}

/** Past what closes a quoted or bracketed name: `"`, `']`, `\"`. */
function afterClosers(reading: Reading, from: number): number {
  let at = from;
  while (at < reading.to && at < from + 3 && isCloser(reading.bytes[at] as number)) at++;
  return at;
}

function isCloser(byte: number): boolean {
  return isQuote(byte) || byte === BACKSLASH || byte === 0x5d;
}

function isQuote(byte: number | undefined): boolean {
  return byte === QUOTE || byte === APOSTROPHE || byte === BACKTICK;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === NEWLINE || byte === RETURN;
}

function afterSpaces(reading: Reading, from: number): number {
  const limit = Math.min(reading.to, from + MAX_SPACES);
  let at = from;
  while (at < limit && (reading.bytes[at] === SPACE || reading.bytes[at] === TAB)) at++;
  return at;
}

type Value = Pick<Assignment, 'start' | 'end' | 'form'>;

function valueAt(reading: Reading, from: number, operator: string, bare: Alphabet): Value | undefined {
  const { bytes } = reading;
  if (operator === '>') return elementValue(reading, from);
  const at = afterSpaces(reading, from);
  const open = openingQuote(reading, at);
  if (open >= 0) return quotedValue(reading, open);
  const next = afterLineBreak(reading, at);
  if (next > at && isQuote(bytes[next])) return quotedValue(reading, next);
  if (operator === '(' || operator === ',' || operator === '==') return undefined;
  const end = Math.min(withPadding(reading, reading.runEnd(bare, at)), at + MAX_VALUE);
  return end > at ? { start: at, end, form: 'bare' } : undefined;
}

/** The quote, past letters that languages put before it (`r"`, `b'`, `f"`, `@"`, `$'`) and past `("`; or -1. */
function openingQuote(reading: Reading, from: number): number {
  let at = from;
  while (at < from + 2 && isMark(reading.bytes[at] as number)) at++;
  if (reading.bytes[at] === BACKSLASH) at++;
  return at < reading.to && isQuote(reading.bytes[at]) ? at : -1;
}

function isMark(byte: number): boolean {
  return (
    byte === 0x72 || byte === 0x62 || byte === 0x66 || byte === 0x75 || byte === 0x40 || byte === 0x24 || byte === PAREN
  );
}

function afterLineBreak(reading: Reading, from: number): number {
  let at = from;
  if (reading.bytes[at] === RETURN) at++;
  return reading.bytes[at] === NEWLINE ? afterSpaces(reading, at + 1) : from;
}

/** Up to the same quote again, on the same line; an escaped quote ends at its backslash. */
function quotedValue(reading: Reading, open: number): Value | undefined {
  const { bytes } = reading;
  const quote = bytes[open];
  const limit = Math.min(reading.to, open + 1 + MAX_VALUE);
  for (let at = open + 1; at < limit; at++) {
    const byte = bytes[at] as number;
    if (byte === NEWLINE || byte === RETURN) return undefined;
    if (byte === quote) return trimmed(bytes, open + 1, at);
    if (byte === BACKSLASH && isQuote(bytes[at + 1])) return trimmed(bytes, open + 1, at);
  }
  return undefined;
}

function trimmed(bytes: Uint8Array, start: number, end: number): Value | undefined {
  if (bytes[end - 1] === BACKSLASH) return undefined;
  return end > start ? { start, end, form: 'quoted' } : undefined;
}

function elementValue(reading: Reading, from: number): Value | undefined {
  const limit = Math.min(reading.to, from + MAX_VALUE);
  for (let at = from; at < limit; at++) {
    const byte = reading.bytes[at] as number;
    if (byte === LESS)
      return reading.bytes[at + 1] === 0x2f && at > from ? { start: from, end: at, form: 'element' } : undefined;
    if (byte <= SPACE) return undefined;
  }
  return undefined;
}

function withPadding(reading: Reading, from: number): number {
  let at = from;
  while (at < reading.to && at < from + 2 && reading.bytes[at] === EQUALS) at++;
  return at;
}

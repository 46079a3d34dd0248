// The value after an operator: quoted, bare, or the text of an XML element.
import { type Alphabet, alphabet, WORD } from '../alphabet.ts';
import type { Reading } from '../reading.ts';
import { afterSpaces, BACKSLASH, EQUALS, isQuote, LESS, NEWLINE, RETURN, SPACE } from './ascii.ts';

/** How the value stands there: in quotes, bare to the end of its word, or as the text of an XML element. */
export type Form = 'quoted' | 'bare' | 'element';

export interface Value {
  readonly start: number;
  readonly end: number;
  readonly form: Form;
}

const MAX_VALUE = 512;

/** Bytes of a bare value in a query or connection string, where `&` is a separator. */
export const BARE = alphabet('bare', `${WORD.chars}-.+/~!@$%^*?:#`);
/** On a line of its own `&` may be part of a password. */
export const BARE_LINE = alphabet('bare-line', `${BARE.chars}&`);

/** The value from `from` on; bare ones are made of `bare`. None after an operator that wants quotes. */
export function valueAt(reading: Reading, from: number, operator: string, bare: Alphabet): Value | undefined {
  const { bytes } = reading;
  if (operator === '>') return elementValue(reading, from);
  const at = afterMaker(reading, afterSpaces(reading, from));
  const open = openingQuote(reading, at);
  if (open >= 0) return quotedValue(reading, open);
  const next = afterLineBreak(reading, at);
  if (next > at && isQuote(bytes[next])) return quotedValue(reading, next);
  if (operator === '(' || operator === ',' || operator === '==') return undefined;
  const end = Math.min(withPadding(reading, reading.runEnd(bare, at)), at + MAX_VALUE);
  return end > at ? { start: at, end, form: 'bare' } : undefined;
}

/** Past what makes something else of a literal: an owned text in Rust, a secure one in PowerShell. */
function afterMaker(reading: Reading, at: number): number {
  const first = reading.bytes[at];
  if (first !== UPPER_S && first !== UPPER_C) return at;
  const maker = MAKERS.find((one) => reading.hasLiteral(one, at));
  return maker === undefined ? at : at + maker.length;
}

const UPPER_C = 0x43;
const UPPER_S = 0x53;
const MAKERS = ['String::from(', 'ConvertTo-SecureString -String ', 'ConvertTo-SecureString '];

/** The quote, past what languages put before it (`r"`, `b'`, `f"`, `@"`, `$'`, `N'`, `L"`) and past `("`; or -1. */
function openingQuote(reading: Reading, from: number): number {
  let at = from;
  while (at < from + 2 && MARKS[reading.bytes[at] as number] === 1) at++;
  if (reading.bytes[at] === BACKSLASH) at++;
  return at < reading.to && isQuote(reading.bytes[at]) ? at : -1;
}

const MARKS = new Uint8Array(256);
for (const one of 'rbfu@$NL(') MARKS[one.charCodeAt(0)] = 1;

function afterLineBreak(reading: Reading, from: number): number {
  let at = from;
  if (reading.bytes[at] === RETURN) at++;
  return reading.bytes[at] === NEWLINE ? afterSpaces(reading, at + 1) : from;
}

/** Up to the same quote again, on the same line; an escaped quote ends at its backslash. */
function quotedValue(reading: Reading, outer: number): Value | undefined {
  const { bytes } = reading;
  // `"\"…\""`: a literal of the language that is generated.
  const open = bytes[outer + 1] === BACKSLASH && isQuote(bytes[outer + 2]) ? outer + 2 : outer;
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

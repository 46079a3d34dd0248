// Values that stand after a name and a blank: with a type between them, or with nothing.
import type { Reading } from '../reading.ts';
import { afterSpaces, COLON, EQUALS, isQuote, MAX_SPACES, NEWLINE, SPACE, TAB } from './ascii.ts';
import type { Operator } from './operator.ts';

/** `name string = "…"` of Go, `name As String = "…"` of Visual Basic. */
export function typedAfter(reading: Reading, at: number): Operator | undefined {
  const type = TYPES.find((one) => reading.hasLiteral(one, at));
  if (type === undefined) return undefined;
  const equals = afterSpaces(reading, at + type.length);
  return reading.bytes[equals] === EQUALS ? { text: '==', end: equals + 1 } : undefined;
}

const TYPES = ['string', 'As String'];

/**
 * Nothing but blanks: a quoted value after `#define NAME`, after `:name` of Clojure, and after a name that begins its line
 * (Groovy, Ruby, nginx, HOCON); a bare one after a command that sets it (`ENV NAME …` of a Dockerfile).
 */
export function wordApart(reading: Reading, nameStart: number, at: number): Operator | undefined {
  if (!isQuote(reading.bytes[at])) return isSet(reading, nameStart) ? { text: ' ', end: at } : undefined;
  const isNamed = reading.bytes[nameStart - 1] === COLON || beginsLine(reading, nameStart) || isSet(reading, nameStart);
  return isNamed ? { text: '==', end: at } : undefined;
}

/** Most names in prose have no such word before them, so its last letter is looked at first. */
export function isSet(reading: Reading, nameStart: number): boolean {
  if (reading.bytes[nameStart - 1] !== SPACE || SETTER_ENDS[reading.bytes[nameStart - 2] as number] !== 1) return false;
  return SETTERS.some((one) => reading.hasLiteral(one, nameStart - one.length));
}

const SETTERS = ['define ', 'ENV ', 'setenv ', 'SetEnv ', 'set -x ', 'set -gx ', 'set -xg ', 'set -Ux '].concat([
  'configure set ',
  'config set ',
  'config add ',
  'config:set ',
  'set_header ',
  'add_header ',
  '_param ',
]);
const SETTER_ENDS = new Uint8Array(256);
for (const one of SETTERS) SETTER_ENDS[one.charCodeAt(one.length - 2)] = 1;

function beginsLine({ bytes, from }: Reading, nameStart: number): boolean {
  let at = nameStart;
  while (at > from && at > nameStart - MAX_SPACES && (bytes[at - 1] === SPACE || bytes[at - 1] === TAB)) at--;
  return at <= from || bytes[at - 1] === NEWLINE;
}

// `name = value` in the usual languages and config formats, found from a word in the name. Bytes only, one step at a
// time, and never further than the limits below.
import { alphabet, WORD } from '../alphabet.ts';
import type { Reading } from '../reading.ts';
import { BARE, BARE_LINE, type Value, valueAt } from './assigned-value.ts';
import { operatorAt } from './operator.ts';

export interface Assignment extends Value {
  readonly nameStart: number;
  readonly nameEnd: number;
  /** The text that stands between name and value, such as `=`, `:`, `(`; ` ` for an option of a command. */
  readonly operator: string;
}

/** Bytes of a name on either side of the word. */
const NAME_REACH = 24;

/** What names are made of. */
export const NAME = alphabet('name', `${WORD.chars}-.`);
/** Before a name: it is one part of a query or connection string. */
const PART_SEPARATORS = new Set([...'?&;'].map((one) => one.charCodeAt(0)));

/** The assignment to the name that holds the word from `wordStart` to `wordEnd`, if there is one. */
export function assignmentAt(reading: Reading, wordStart: number, wordEnd: number): Assignment | undefined {
  const nameStart = Math.min(reading.pastEscape(reading.runStart(NAME, wordStart, NAME_REACH)), wordStart);
  const nameEnd = Math.min(reading.runEnd(NAME, wordEnd), wordEnd + NAME_REACH);
  const operator = operatorAt(reading, nameStart, nameEnd);
  if (operator === undefined) return undefined;
  const isPart = PART_SEPARATORS.has(reading.bytes[nameStart - 1] ?? 0);
  const value = valueAt(reading, operator.end, operator.text, isPart ? BARE : BARE_LINE);
  return value && { nameStart, nameEnd, operator: operator.text, ...value };
}

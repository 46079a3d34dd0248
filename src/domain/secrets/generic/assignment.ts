// `name = value` in the usual languages and config formats, found from a word in the name. Bytes only, one step at a
// time, and never further than the limits below.
import { edgeTable } from '../build/piece.ts';
import type { Reading } from '../reading.ts';
import { BARE, BARE_LINE, type Value, valueAt } from './assigned-value.ts';
import { mayHaveOperator, NAME, NAME_REACH, operatorAt } from './operator.ts';

export interface Assignment extends Value {
  readonly nameStart: number;
  readonly nameEnd: number;
  /** The text that stands between name and value, such as `=`, `:`, `(`; ` ` for an option of a command. */
  readonly operator: string;
}

/** Before a name: it is one part of a query or connection string. */
const PART_SEPARATORS = edgeTable('?&;');

/** The assignment to the name that holds the word from `wordStart` to `wordEnd`, if there is one. */
export function assignmentAt(reading: Reading, wordStart: number, wordEnd: number): Assignment | undefined {
  const nameEnd = endOfName(reading, wordEnd);
  if (!mayHaveOperator(reading, wordStart, nameEnd)) return undefined;
  const nameStart = Math.min(reading.pastEscape(reading.runStart(NAME, wordStart, NAME_REACH)), wordStart);
  const operator = operatorAt(reading, nameStart, nameEnd);
  if (operator === undefined) return undefined;
  const isPart = PART_SEPARATORS[reading.bytes[nameStart - 1] ?? 0] === 1;
  const value = valueAt(reading, operator.end, operator.text, isPart ? BARE : BARE_LINE);
  return value && { nameStart, nameEnd, operator: operator.text, ...value };
}

/** Names are short: measured anew, which costs less than to remember it. */
function endOfName({ bytes, to }: Reading, from: number): number {
  const limit = Math.min(to, from + NAME_REACH);
  let end = from;
  while (end < limit && NAME.has[bytes[end] as number] === 1) end++;
  return end;
}

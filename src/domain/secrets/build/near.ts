// Whether a name stands shortly before a value: on its line or the one before.
import { WORD } from '../alphabet.ts';
import type { Reading } from '../reading.ts';

/** How far before a value its name may stand. */
export const NEAR = 100;

const NEWLINE = 0x0a;

/** Whether one of these names (any case) ends within 100 bytes before `at`, on the same or the previous line. */
export function hasKeywordNear(reading: Reading, names: readonly string[], at: number): boolean {
  const before = reading.text(twoLinesBack(reading, at), at).toLowerCase();
  return names.some((name) => before.includes(name.toLowerCase()));
}

function twoLinesBack(reading: Reading, at: number): number {
  const limit = Math.max(reading.from, at - NEAR);
  let lines = 0;
  let start = at;
  for (; start > limit; start--) if (reading.bytes[start - 1] === NEWLINE && ++lines > 1) break;
  return start;
}

/** What the byte before a value may be: quotes, spaces, operators, brackets; never a slash, dot or at sign. */
const OPENERS = new Uint8Array(256);
for (const one of ' \t\r\n"\'`=:(,>[{|\\') OPENERS[one.charCodeAt(0)] = 1;

/** Whether a value may begin at `at`. */
export function valueOpens(reading: Reading, at: number): boolean {
  if (at <= reading.from) return true;
  const before = reading.bytes[at - 1] as number;
  return OPENERS[before] === 1 || (WORD.has[before] === 1 && reading.startsWord(at));
}

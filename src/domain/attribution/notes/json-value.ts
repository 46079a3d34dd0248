// JSON from outside. Its depth and number of values are counted on the bytes before anything is built from them, so
// that `[[[[…` and `[],[],[],…` cost one pass; what is built is looked at through own members only, so that `__proto__`
// and `constructor` are names like any other.
import { isUtf8 } from 'node:buffer';
import { ProtocolError } from '../../../protocol/errors.ts';
import { MAX_JSON_DEPTH, MAX_JSON_VALUES } from './note-limits.ts';

export type Members = ReadonlyMap<string, unknown>;

/**
 * Any JSON value. Throws ProtocolError: `bad-encoding`, `limit-exceeded`, `bad-line`; never with a word of the text, in
 * which there may be secrets.
 */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new ProtocolError('bad-encoding', 'JSON that is not UTF-8');
  checkShape(bytes);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new ProtocolError('bad-line', 'malformed JSON');
    throw error;
  }
}

/** Name → value of an object; undefined for anything else. */
export function membersOf(value: unknown): Members | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value));
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A count; 0 for what is none. */
export function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

/** The elements of an array, at most `max`; undefined for what is none. Throws ProtocolError `limit-exceeded`. */
export function elementsOf(value: unknown, max: number, what: string): readonly unknown[] | undefined {
  if (!Array.isArray(value)) return undefined;
  if (value.length > max) throw new ProtocolError('limit-exceeded', `more than ${max} ${what}`);
  return value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

function checkShape(bytes: Buffer): void {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      values += 1;
      if (depth > MAX_JSON_DEPTH)
        throw new ProtocolError('limit-exceeded', `JSON deeper than ${MAX_JSON_DEPTH} levels`);
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
    else if (byte === COMMA) values += 1;
    if (values > MAX_JSON_VALUES)
      throw new ProtocolError('limit-exceeded', `JSON of more than ${MAX_JSON_VALUES} values`);
  }
}

/** Where the string that starts at `from` has its closing quote, or the last byte. */
function endOfString(bytes: Buffer, from: number): number {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

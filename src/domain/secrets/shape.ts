// Shapes of tokens as data: a row of literals and runs. Matching takes one pass; nothing is tried twice.
import { type Alphabet, HEX_ANY } from './alphabet.ts';
import { MAX_WINDOW, type Reading } from './reading.ts';

/** `min` to `max` bytes of an alphabet, as many as there are. */
export interface Run {
  readonly of: Alphabet;
  readonly min: number;
  readonly max: number;
}

/** Exactly one of these literals; the first that fits. */
export interface OneOf {
  readonly oneOf: readonly string[];
}

export type Part = string | Run | OneOf;

/** Checksum characters at the end of a token. */
export interface Checksum {
  readonly length: number;
  /** The last `length` characters that `token`, which is without them, should have. */
  readonly expected: (token: string) => string;
  /** Published by the vendor, or seen to hold for real tokens. If not, a mismatch says nothing. */
  readonly isConfirmed: boolean;
}

/** A whole value, and how text around it looks in a sample. */
export interface Shape {
  readonly parts: readonly Part[];
  readonly checksum?: Checksum;
  /** Texts with `{value}` where the value stands (and `{id}` where the id of a pair does); none if the value needs none. */
  readonly sampleContexts?: readonly string[];
  /** The id half of a pair. */
  readonly idParts?: readonly Part[];
}

/** `run(HEX, 32)`, `run(ALNUM, 20, 44)`; open-ended: `run(URL_SAFE, 50, OPEN)`. */
export function run(of: Alphabet, min: number, max = min): Run {
  return { of, min, max };
}

export const OPEN = MAX_WINDOW - 512;

export function oneOf(...literals: string[]): OneOf {
  return { oneOf: literals };
}

/** 8-4-4-4-12 hex digits: spread it, `parts: [...UUID]`. */
export const UUID: readonly Part[] = [8, 4, 4, 4, 12].flatMap((length, i) => [
  ...(i > 0 ? ['-'] : []),
  run(HEX_ANY, length),
]);

/** Matches all parts from `at` on; the end, or -1. */
export function matchParts(reading: Reading, parts: readonly Part[], at: number): number {
  let end = at;
  for (let i = 0; i < parts.length && end >= 0; i++) end = matchPart(reading, parts[i] as Part, parts[i + 1], end);
  return end;
}

/** Matches all parts so that they end just before `at`; the start, or -1. Runs reach back as far as they can. */
export function matchPartsBefore(reading: Reading, parts: readonly Part[], at: number): number {
  let start = at;
  for (let i = parts.length - 1; i >= 0 && start >= 0; i--) start = matchPartBefore(reading, parts[i] as Part, start);
  return start;
}

function matchPartBefore(reading: Reading, part: Part, at: number): number {
  if (typeof part === 'string') return reading.hasLiteral(part, at - part.length) ? at - part.length : -1;
  if ('of' in part) {
    const start = reading.runStart(part.of, at, part.max);
    return at - start < part.min ? -1 : start;
  }
  const literal = part.oneOf.find((one) => reading.hasLiteral(one, at - one.length));
  return literal === undefined ? -1 : at - literal.length;
}

/** The alphabet of the last part, when it is a run. */
export function lastAlphabet(parts: readonly Part[]): Alphabet | undefined {
  return alphabetOf(parts.at(-1));
}

/** The alphabet of a part that is a run. */
export function alphabetOf(part: Part | undefined): Alphabet | undefined {
  return typeof part === 'object' && 'of' in part ? part.of : undefined;
}

/** How many bytes of its alphabet the first part has at least, when it is a run; else 0. */
export function leastRun([first]: readonly Part[]): number {
  return typeof first === 'object' && 'of' in first ? first.min : 0;
}

/** 1 for each byte that the first part can begin with. */
export function firstBytes(parts: readonly Part[]): Uint8Array {
  const [first] = parts;
  const has = new Uint8Array(256);
  if (first === undefined || (typeof first === 'object' && 'of' in first && first.min === 0)) return has.fill(1);
  if (typeof first === 'object' && 'of' in first) return first.of.has;
  for (const literal of typeof first === 'string' ? [first] : first.oneOf) has[literal.charCodeAt(0)] = 1;
  return has;
}

function matchPart(reading: Reading, part: Part, next: Part | undefined, at: number): number {
  if (typeof part === 'string') return reading.hasLiteral(part, at) ? at + part.length : -1;
  if ('of' in part) return matchRun(reading, part, next, at);
  const literal = part.oneOf.find((one) => reading.hasLiteral(one, at));
  return literal === undefined ? -1 : at + literal.length;
}

function matchRun(reading: Reading, part: Run, next: Part | undefined, at: number): number {
  const end = reading.runEnd(part.of, at);
  const longest = Math.min(end, at + part.max);
  if (longest - at < part.min) return -1;
  if (part.min === part.max || typeof next !== 'string') return longest;
  if (part.of.has[next.charCodeAt(0)] === 0) return longest;
  return firstLiteral(reading, next, at + part.min, longest);
}

/** A run of open length before a literal of its own alphabet ends where the literal first stands. */
function firstLiteral(reading: Reading, literal: string, from: number, last: number): number {
  for (let at = from; at <= last; at++) if (reading.hasLiteral(literal, at)) return at;
  return -1;
}

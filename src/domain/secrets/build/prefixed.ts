// Builder for tokens that a literal of their own gives away: `ghp_` and 36 characters.
import type { Severity } from '../../push/finding.ts';
import type { Reading } from '../reading.ts';
import type { Anchor, Candidate, Certainty, RuleText, SecretRule } from '../rule.ts';
import {
  alphabetOf,
  type Checksum,
  lastAlphabet,
  leastRun,
  matchParts,
  matchPartsBefore,
  type Part,
} from '../shape.ts';
import { hasKeywordNear } from './near.ts';

export interface Prefixed extends RuleText {
  /** The literal the token begins with, in its own case; three characters or more. */
  readonly prefix: string | readonly string[];
  /** What stands before the literal, where it is inside the token or at its end; a token then begins with this. */
  readonly before?: readonly Part[];
  /** What follows the prefix. */
  readonly parts: readonly Part[];
  /** Default true: no word byte before the prefix. */
  readonly boundary?: boolean;
  readonly checksum?: Checksum;
  /** A last test of the whole token's text: false drops it, true makes it certain, undefined leaves it as it is. */
  readonly verify?: (token: string) => boolean | undefined;
  /** Class B: only where one of these names stands within 100 bytes before the token (any case). */
  readonly near?: readonly string[];
  /** Default `high`, with `near` `medium`. */
  readonly certainty?: Certainty;
}

export function prefixed(given: Prefixed): SecretRule {
  const {
    prefix,
    before = [],
    parts,
    boundary = before.length === 0,
    checksum,
    verify,
    near,
    certainty,
    ...text
  } = given;
  const prefixes = typeof prefix === 'string' ? [prefix] : prefix;
  const anchors: Anchor[] = prefixes.map((one) => ({ text: one, boundary }));
  const plain = certainty ?? (near === undefined ? 'high' : 'medium');
  const last = lastAlphabet(parts);
  const mayFollow = probeOf(parts);
  const check: SecretRule['check'] = (bytes, literalStart, literalEnd, reading) => {
    if (!mayFollow(bytes, literalEnd)) return undefined;
    const end = matchParts(reading, parts, literalEnd);
    if (end < 0 || !reading.endsToken(end, last)) return undefined;
    const start = startOf(reading, before, literalStart);
    if (start < 0) return undefined;
    const body = before.length === 0 ? literalEnd : start;
    if (near !== undefined && !hasKeywordNear(reading, near, start)) return undefined;
    return graded({ start, end, body, certainty: plain }, reading, checksum, verify);
  };
  const shape = {
    parts: [...before, prefixes.length === 1 ? (prefixes[0] as string) : { oneOf: prefixes }, ...parts],
    ...(checksum && { checksum }),
    ...(near && { sampleContexts: near.map((name) => `${name}_value = "{value}"`) }),
  };
  return { ...text, anchors, check, shape };
}

/** Whether a first run of that length may be there, by three of its bytes: short prefixes are mostly parts of words. */
function probeOf(parts: readonly Part[]): (bytes: Uint8Array, at: number) => boolean {
  const last = leastRun(parts) - 1;
  const has = alphabetOf(parts[0])?.has;
  if (has === undefined || last < 0) return () => true;
  const middle = last >> 1;
  return (bytes, at) =>
    has[bytes[at] as number] === 1 && has[bytes[at + last] as number] === 1 && has[bytes[at + middle] as number] === 1;
}

/** Where the token begins, if it stands alone there; or -1. */
function startOf(reading: Reading, before: readonly Part[], literalStart: number): number {
  if (before.length === 0) return literalStart;
  const found = matchPartsBefore(reading, before, literalStart);
  if (found <= reading.from) return found;
  const start = withoutEscape(reading, before, found, literalStart);
  const isMore = alphabetOf(before[0])?.has[reading.bytes[start - 1] as number] === 1;
  return reading.startsWord(start) && (!isMore || reading.followsEscape(start)) ? start : -1;
}

/** A run of several lengths reaches back into the `n` of `\n`, which is none of the token. */
function withoutEscape(
  reading: Reading,
  [first, ...rest]: readonly Part[],
  start: number,
  literalStart: number,
): number {
  if (typeof first !== 'object' || !('of' in first) || first.min === first.max) return start;
  const later = reading.pastEscape(start);
  return matchPartsBefore(reading, rest, literalStart) - later >= first.min ? later : start;
}

/** Raises a candidate whose checksum holds; one that fails a published checksum keeps its place as format only. */
export function graded(
  candidate: Candidate,
  reading: Reading,
  checksum: Checksum | undefined,
  verify?: (token: string) => boolean | undefined,
): Candidate | undefined {
  if (checksum === undefined && verify === undefined) return candidate;
  const token = reading.text(candidate.start, candidate.end);
  const verified = verify?.(token);
  if (verified === false) return undefined;
  if (checksum === undefined) return verified === true ? { ...candidate, certainty: 'certain' } : candidate;
  const expected = checksum.expected(token.slice(0, -checksum.length));
  if (token.endsWith(expected)) return { ...candidate, certainty: 'certain' };
  return checksum.isConfirmed ? { ...candidate, ...FORMAT_ONLY } : candidate;
}

/** Still refused by default: made-up values are rare, and a vendor may change its checksum before we hear of it. */
const FORMAT_ONLY: { certainty: Certainty; severity: Severity } = { certainty: 'medium', severity: 'medium' };

// Builder for values that look like any other hash or id: only the name before them gives them away (`DD_API_KEY=` and
// 32 hex digits).
import type { Reading } from '../reading.ts';
import type { Candidate, Certainty, RuleText, SecretRule } from '../rule.ts';
import { type Checksum, lastAlphabet, matchParts, type Part } from '../shape.ts';
import { NEAR, valueOpens } from './near.ts';
import { graded } from './prefixed.ts';

export interface Keyed extends RuleText {
  /** Names in lower case, found in any case and anywhere in a longer name; three characters or more. */
  readonly keywords: readonly string[];
  /** The value; it must stand alone, with neither a word byte nor one of its own alphabet beside it. */
  readonly parts: readonly Part[];
  /** Bytes from the end of the keyword to the value, at most; default 100. */
  readonly maxDistance?: number;
  readonly checksum?: Checksum;
  readonly verify?: (token: string) => boolean | undefined;
  /** Default `medium`. */
  readonly certainty?: Certainty;
}

const NEWLINE = 0x0a;
export function keyed(given: Keyed): SecretRule {
  const { keywords, parts, maxDistance = NEAR, checksum, verify, certainty = 'medium', ...text } = given;
  const anchors = keywords.map((keyword) => ({ text: keyword, fold: true }));
  const last = lastAlphabet(parts);
  const check: SecretRule['check'] = (_bytes, _start, after, reading) => {
    const found = findValue(reading, parts, last, after, maxDistance);
    if (found === undefined || namesDigest(reading, after, found.start)) return undefined;
    return graded({ ...found, certainty }, reading, checksum, verify);
  };
  const sampleContexts = keywords.flatMap((word) => [
    `${word}_key = "{value}"`,
    `"${word}": "{value}",`,
    `${word.toUpperCase()}={value}`,
  ]);
  return { ...text, anchors, check, shape: { parts, sampleContexts, ...(checksum && { checksum }) } };
}

/** Lock files and manifests put digests beside package names; those are not secrets. */
const DIGEST = /sha-?\d|md5|integrity|checksum|digest|commit|revision|hash|etag/i;

function namesDigest(reading: Reading, after: number, start: number): boolean {
  return DIGEST.test(reading.text(after, start));
}

/** The first value of this shape after the keyword, on its line or the next. */
function findValue(
  reading: Reading,
  parts: readonly Part[],
  last: ReturnType<typeof lastAlphabet>,
  after: number,
  maxDistance: number,
): Pick<Candidate, 'start' | 'end'> | undefined {
  const limit = Math.min(reading.to, after + maxDistance);
  let lines = 0;
  for (let at = after; at < limit; at++) {
    const before = reading.bytes[at - 1] as number;
    if (before === NEWLINE && at > after && ++lines > 1) return undefined;
    if (!valueOpens(reading, at)) continue;
    const end = matchParts(reading, parts, at);
    if (end > 0 && reading.endsToken(end, last)) return { start: at, end };
  }
  return undefined;
}

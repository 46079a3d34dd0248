// Builder for values that look like any other hash or id: only the name before them gives them away (`DD_API_KEY=` and
// 32 hex digits).
import type { Reading } from '../reading.ts';
import type { Certainty, RuleText, SecretRule } from '../rule.ts';
import type { Checksum, Part } from '../shape.ts';
import { type Range, Sweep } from '../sweep.ts';
import { NEAR } from './near.ts';
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
  const sweep = new Sweep(parts);
  const check: SecretRule['check'] = (_bytes, _start, after, reading) => {
    const found = findValue(reading, sweep, after, maxDistance);
    if (found === undefined || isAnothers(reading, after, found.start)) return undefined;
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

function isAnothers(reading: Reading, after: number, start: number): boolean {
  const between = reading.text(after, start);
  return DIGEST.test(between) || VALUE.test(between) || !isNamedOnItsLine(between);
}

/** On the line after its keyword a value has a name of its own, or stands alone: `datadog:` and then `key: …`. */
function isNamedOnItsLine(between: string): boolean {
  const newline = between.lastIndexOf('\n');
  if (newline < 0) return true;
  const line = between.slice(newline + 1);
  return !/[A-Za-z]{3}/.test(line) || CREDENTIAL.test(line);
}

const CREDENTIAL = /:\/\/|key|token|secret|pass|pwd|auth|cred|value|pat|sid|lic|id\b|api|default|name/i;

/** The name's own value stands between: what comes after it is something else. */
const VALUE = /(?=[A-Za-z_]*\d[A-Za-z_]*\d[A-Za-z_]*\d)\w{24}/;

/** The first value of this shape after the keyword, on its line or the next. */
function findValue(reading: Reading, sweep: Sweep, after: number, maxDistance: number): Range | undefined {
  const limit = endOfNextLine(reading, after, Math.min(reading.to, after + maxDistance));
  return sweep.between(reading, after, limit)[0];
}

function endOfNextLine(reading: Reading, from: number, limit: number): number {
  let lines = 0;
  for (let at = from; at < limit; at++) if (reading.bytes[at] === NEWLINE && ++lines > 1) return at;
  return limit;
}

// Values that are known: credentials that the agent holds, and digests of values that an administrator lists.
import { createHash, createHmac } from 'node:crypto';
import { alphabet, URL_SAFE } from './alphabet.ts';
import type { Candidate, SecretRule } from './rule.ts';

/** Shorter values stand in any text by chance. */
export const MIN_EXACT = 8;

/** The rule that finds these very values. Throws TypeError for one shorter than eight bytes or with a NUL in it. */
export function exactRule(values: readonly string[]): SecretRule {
  for (const value of values) {
    if (Buffer.byteLength(value) < MIN_EXACT) throw new TypeError(`a known value is shorter than ${MIN_EXACT} bytes`);
  }
  return {
    ...HELD_RULE,
    anchors: values.map((value) => ({ text: Buffer.from(value, 'utf8').toString('latin1') })),
    check: (_bytes, start, end) => ({ start, end, certainty: 'certain' }),
  };
}

/** What the rule of held values is called; where they are known by digest (held-values.ts) it has no anchors. */
export const HELD_RULE: SecretRule = {
  id: 'held-credential',
  vendor: 'sallyport',
  title: 'Credential that this gateway itself holds',
  severity: 'critical',
  url: 'https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html',
  remedy: 'Change the credential at once: it is in use by the gateway.',
  anchors: [],
  keepsPlaceholders: true,
  check: () => undefined,
};

export interface ListedValue {
  /** SHA-256 of the value, or its HMAC-SHA256 if the list has a key, in hex. */
  readonly digest: string;
  /** Length of the value in bytes, so that only runs of this length are hashed; without it, of any usual length. */
  readonly length?: number;
}

export interface ListedValues {
  readonly values: readonly ListedValue[];
  readonly key?: Uint8Array;
}

/** Bytes of tokens, with what joins their parts. */
const TOKEN = alphabet('listed-token', `${URL_SAFE.chars}.+/=~:@!$%^&*`);

/** What the rule of listed values is called; it has no anchors, every token-like run of a listed length is hashed. */
export const LISTED_RULE: SecretRule = {
  id: 'listed-value',
  vendor: 'sallyport',
  title: 'Value that an administrator listed',
  severity: 'critical',
  url: 'https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html',
  remedy: 'Change the value where it is used.',
  anchors: [],
  keepsPlaceholders: true,
  check: () => undefined,
};

/** Finds listed values among the token-like runs of an object. Throws TypeError for a digest that is no SHA-256. */
export function listedFinder(listed: ListedValues): (bytes: Uint8Array) => Candidate[] {
  const digests = new Set(listed.values.map(({ digest }) => checkedDigest(digest)));
  const isLength = lengthsOf(listed);
  const isListed = (token: Uint8Array): boolean => digests.has(digestOf(token, listed.key));
  return (bytes) => tokenRuns(bytes, isLength).filter(({ start, end }) => isListed(bytes.subarray(start, end)));
}

/** Of a listed value whose length nobody says, in bytes. */
const USUAL_LENGTH = 128;

function lengthsOf({ values }: ListedValues): (length: number) => boolean {
  const lengths = new Set(values.map(({ length }) => length));
  const isAny = lengths.has(undefined);
  return (length) => lengths.has(length) || (isAny && length >= MIN_EXACT && length <= USUAL_LENGTH);
}

function checkedDigest(digest: string): string {
  if (!/^[0-9a-f]{64}$/i.test(digest)) throw new TypeError('a listed value is 64 hex digits: its SHA-256');
  return digest.toLowerCase();
}

function digestOf(token: Uint8Array, key: Uint8Array | undefined): string {
  const hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  return hash.update(token).digest('hex');
}

/** Runs of these lengths; a run also without the punctuation on its ends (`KEY=value` gives `value`). */
function tokenRuns(bytes: Uint8Array, isLength: (length: number) => boolean): Candidate[] {
  const runs: Candidate[] = [];
  const add = (start: number, end: number): void => {
    if (isLength(end - start)) runs.push({ start, end, certainty: 'certain' });
  };
  for (let start = 0; start < bytes.length; ) {
    const end = runEnd(bytes, start);
    add(start, end);
    eachPart(bytes, start, end, (from, to) => {
      if (from !== start || to !== end) add(from, to);
    });
    start = Math.max(end, start + 1);
  }
  return runs;
}

function runEnd(bytes: Uint8Array, start: number): number {
  let end = start;
  while (end < bytes.length && TOKEN.has[bytes[end] as number] === 1) end++;
  return end;
}

/** The parts between `=`, `:`, `@`, `&` and `/`, where values are joined to names and hosts. */
const JOINTS = alphabet('joints', '=:@&/');

function eachPart(bytes: Uint8Array, start: number, end: number, visit: (from: number, to: number) => void): void {
  let from = start;
  for (let at = start; at <= end; at++) {
    if (at < end && JOINTS.has[bytes[at] as number] === 0) continue;
    if (at > from) visit(from, at);
    from = at + 1;
  }
}

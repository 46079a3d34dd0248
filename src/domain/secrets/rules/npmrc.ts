// Credentials of package registries in `.npmrc` and `.yarnrc.yml`.
import { decodedText } from '../base64.ts';
import { stated } from '../build/stated.ts';
import { isCode, looksRandom } from '../generic/value.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

/** Longer tokens are JSON Web Tokens and found as such. */
const MAX_LINE = 300;
const MIN_TOKEN = 16;
const UUID_TEXT = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const vendor = 'npm';
const url = 'https://docs.npmjs.com/cli/v11/configuring-npm/npmrc#auth-related-configuration';
const remedy = 'Revoke the token at the registry, make a new one and read it from the environment.';
const COLON = 0x3a;
const NEWLINE = 0x0a;

export const npmrcRules: readonly SecretRule[] = [
  {
    id: 'npmrc-auth-token',
    vendor,
    title: 'Token of a package registry in .npmrc',
    severity: 'high',
    url,
    remedy,
    anchors: [{ text: '_authToken' }],
    check: (bytes, start, end, reading) =>
      isSetting(reading, start) ? token(bytes, reading, end, /^ ?= ?"?/) : undefined,
  },
  {
    id: 'npmrc-password',
    vendor,
    title: 'Password of a package registry in .npmrc',
    severity: 'high',
    url,
    remedy: 'Change the password at the registry and use a token that the environment holds.',
    anchors: [{ text: '_auth' }, { text: ':_password' }],
    check: (_bytes, start, end, reading) =>
      isSetting(reading, start) ? password(reading, end, /^ ?= ?"?/) : undefined,
  },
  {
    id: 'yarnrc-auth-token',
    vendor: 'Yarn',
    title: 'Token of a package registry in .yarnrc.yml',
    severity: 'high',
    url: 'https://yarnpkg.com/configuration/yarnrc#npmAuthToken',
    remedy,
    anchors: [{ text: 'npmAuthToken', boundary: true }],
    check: (bytes, _start, end, reading) => token(bytes, reading, end, /^: ?["']?/),
  },
  {
    id: 'yarnrc-password',
    vendor: 'Yarn',
    title: 'Name and password of a package registry in .yarnrc.yml',
    severity: 'high',
    url: 'https://yarnpkg.com/configuration/yarnrc#npmAuthIdent',
    remedy: 'Change the password at the registry and use a token that the environment holds.',
    anchors: [{ text: 'npmAuthIdent', boundary: true }],
    check: (_bytes, _start, end, reading) => password(reading, end, /^: ?["']?/),
  },
];

/** After the registry (`//host/:_authToken`) or at the beginning of a line, as no code has it. */
function isSetting(reading: Reading, at: number): boolean {
  if (at === reading.from) return true;
  const before = reading.bytes[at - 1];
  return before === COLON || before === NEWLINE || reading.bytes[at] === COLON || reading.followsEscape(at);
}

interface Value {
  readonly start: number;
  readonly text: string;
}

function valueAfter(reading: Reading, at: number, operator: RegExp): Value | undefined {
  const line = reading.text(at, Math.min(reading.to, at + MAX_LINE));
  const skipped = operator.exec(line)?.[0].length;
  if (skipped === undefined) return undefined;
  const text = /^[^\s"'\\#;]*/.exec(line.slice(skipped))?.[0] as string;
  return { start: at + skipped, text };
}

function token(bytes: Uint8Array, reading: Reading, at: number, operator: RegExp): Candidate | undefined {
  const value = valueAfter(reading, at, operator);
  if (value === undefined || value.text.length < MIN_TOKEN) return undefined;
  const range = { start: value.start, end: value.start + value.text.length };
  const isToken = UUID_TEXT.test(value.text) || (!isCode(value.text) && looksRandom(bytes, range.start, range.end));
  return isToken ? { ...range, certainty: 'high' } : undefined;
}

/** `user:password`, in base64 or not, or a password in base64. */
function password(reading: Reading, at: number, operator: RegExp): Candidate | undefined {
  const value = valueAfter(reading, at, operator);
  if (value === undefined) return undefined;
  const text = decodedText(value.text) ?? (value.text.includes(':') ? value.text : '');
  const colon = text.indexOf(':');
  const grade = stated({ start: 0, user: text.slice(0, Math.max(0, colon)), password: text.slice(colon + 1) });
  return grade && { ...grade, start: value.start, end: value.start + value.text.length };
}

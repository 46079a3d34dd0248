// Secrets that only their name gives away. Precision is decided here: `generic/` says what names, values and places count.
import { COLON, isQuote, SPACE } from '../generic/ascii.ts';
import { type Assignment, assignmentAt } from '../generic/assignment.ts';
import { type NameKind, nameKind } from '../generic/names.ts';
import { NAME } from '../generic/operator.ts';
import { barePlace } from '../generic/place.ts';
import { gradeValue, hasValueLength } from '../generic/value.ts';
import type { Reading } from '../reading.ts';
import type { SecretRule } from '../rule.ts';

const url = 'https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html';

function assigned(kind: NameKind): SecretRule['check'] {
  return (bytes, start, end, reading) => {
    if (kind === 'secret' && isAnyKey(reading, start, end)) return undefined;
    const assignment = assignmentAt(reading, start, end);
    if (assignment === undefined || !hasValueLength(assignment)) return undefined;
    const place = assignment.form !== 'bare' || barePlace(reading, assignment);
    if (place === false || (place !== true && !reading.mayBe(place))) return undefined;
    const name = nameOf(reading, assignment);
    if (nameKind(name) !== kind) return undefined;
    const certainty = gradeValue(kind, name, bytes, assignment.start, assignment.end);
    if (certainty === undefined || (place !== true && !reading.isOf(place))) return undefined;
    return { start: assignment.start, end: assignment.end, certainty };
  };
}

const LETTER_K = 0x6b;
const LETTER_S = 0x73;
const UPPER = 0x20;

/** `key` alone, and not the first name of a block: most places where these letters stand, so they are left at once. */
function isAnyKey(reading: Reading, start: number, end: number): boolean {
  const { bytes } = reading;
  if (((bytes[start] as number) | UPPER) !== LETTER_K || isInName(reading, start - 1)) return false;
  const isPlural = ((bytes[end] as number) | UPPER) === LETTER_S;
  if (isInName(reading, isPlural ? end + 1 : end)) return false;
  const before = bytes[pastBlanksBefore(reading, start)];
  return before !== OPENING && before !== COLON;
}

function isInName(reading: Reading, at: number): boolean {
  return at >= reading.from && at < reading.to && NAME.has[reading.bytes[at] as number] === 1;
}

/** The byte before blanks and quotes. */
function pastBlanksBefore(reading: Reading, start: number): number {
  let at = start - 1;
  const limit = Math.max(reading.from, start - MAX_PARENT);
  while (at > limit && ((reading.bytes[at] as number) <= SPACE || isQuote(reading.bytes[at]))) at--;
  return at;
}

const OPENING = 0x7b;
const KEY_ALONE = /^keys?$/i;
const MAX_PARENT = 64;
/** `"jwt": { "` and `jwt:` on the line above, where a name follows. */
const PARENT = /(?:([A-Za-z][\w-]*)["']?\s*[:=]?\s*\{\s*["']?|(?:^|\n) *([A-Za-z][\w-]*): *\n +)$/;

/** `key` says what it is with the name of the block that it begins: `jwt: { key: …`. */
function nameOf(reading: Reading, { nameStart, nameEnd }: Assignment): string {
  const name = reading.text(nameStart, nameEnd);
  if (!KEY_ALONE.test(name)) return name;
  const found = PARENT.exec(reading.text(Math.max(reading.from, nameStart - MAX_PARENT), nameStart));
  return found === null ? name : `${found[1] ?? found[2]}_${name}`;
}

const PASSWORD_WORDS = [
  'pass',
  'pwd',
  'psw',
  'psk',
  'pword',
  'pswd',
  '_pw',
  'bindpw',
  'rootpw',
  'kennwort',
  'senha',
  'contrasena',
];
const SECRET_WORDS = ['secret', 'token', 'key', 'auth', 'cred', 'tkn', 'bearer'];

const anchors = (words: readonly string[]) => words.map((text) => ({ text, fold: true }));

export const genericRules: readonly SecretRule[] = [
  {
    id: 'generic-password',
    vendor: 'generic',
    title: 'Password assigned to a name',
    severity: 'medium',
    url,
    remedy: 'Change the password where it is used and read it from the environment or a secret store.',
    keepsPlaceholders: true,
    anchors: anchors(PASSWORD_WORDS),
    check: assigned('password'),
  },
  {
    id: 'generic-secret',
    vendor: 'generic',
    title: 'Key, token or secret assigned to a name',
    severity: 'medium',
    url,
    remedy: 'Revoke the value where it was issued and read its successor from the environment or a secret store.',
    keepsPlaceholders: true,
    anchors: anchors(SECRET_WORDS),
    check: assigned('secret'),
  },
];

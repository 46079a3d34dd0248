// Secrets that only their name gives away. Precision is decided here: `generic/` says what names, values and places count.
import { type Assignment, assignmentAt } from '../generic/assignment.ts';
import { type NameKind, nameKind } from '../generic/names.ts';
import { isBarePlace } from '../generic/place.ts';
import { gradeValue, hasValueLength } from '../generic/value.ts';
import type { Reading } from '../reading.ts';
import type { SecretRule } from '../rule.ts';

const url = 'https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html';

function assigned(kind: NameKind): SecretRule['check'] {
  return (bytes, start, end, reading) => {
    const assignment = assignmentAt(reading, start, end);
    if (assignment === undefined || !hasValueLength(assignment)) return undefined;
    if (assignment.form === 'bare' && !isBarePlace(reading, assignment)) return undefined;
    const name = nameOf(reading, assignment);
    if (nameKind(name) !== kind) return undefined;
    const certainty = gradeValue(kind, name, bytes, assignment.start, assignment.end);
    return certainty && { start: assignment.start, end: assignment.end, certainty };
  };
}

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

import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const NAME = 'SECRET_KEY';
const REACH = 120;
/** Fifty of the characters that Django draws from; before them, in a key that it made for development, a warning. */
const KEY =
  /^["'\]]{0,2}\s*[,=:]\s*["']?(?<insecure>django-insecure-)?(?<body>[a-z0-9!@#$%^&*(\-_=+)]{50})(?=["'\s]|$)/;
const SYMBOLS = /[!@#$%^&*(=+)]/g;
/** Of fifty characters 12 are such symbols on average; one key in 50,000 has fewer than two. */
const MIN_SYMBOLS = 2;

export const djangoRules: readonly SecretRule[] = [
  {
    id: 'django-secret-key',
    vendor: 'Django',
    title: 'Django secret key',
    severity: 'high',
    url: 'https://docs.djangoproject.com/en/stable/ref/settings/#secret-key',
    remedy: 'Make another key and read it from the environment; sessions and signed links of before end.',
    // `%(` and `$(` are chance here.
    keepsPlaceholders: true,
    anchors: [{ text: NAME }],
    check: (_bytes, _start, end, reading) => keyAt(reading, end),
  },
];

function keyAt(reading: Reading, at: number): Candidate | undefined {
  const found = KEY.exec(reading.text(at, Math.min(reading.to, at + REACH)));
  const { body, insecure } = found?.groups ?? {};
  if (found === null || body === undefined || (body.match(SYMBOLS)?.length ?? 0) < MIN_SYMBOLS) return undefined;
  const end = at + found[0].length;
  const key = { start: end - body.length, end };
  return insecure === undefined ? { ...key, certainty: 'high' } : { ...key, certainty: 'medium', severity: 'low' };
}

// Values that stand where a secret would: the one place that knows them, for all rules.

import { ALNUM } from './alphabet.ts';
import { randomness } from './randomness.ts';
import { isHex } from './score.ts';

const NEWLINE = /[\r\n]/;

/** Words that documentation and samples put into values; looked for in any case. */
const WORDS = [
  'example', 'sample', 'placeholder', 'changeme', 'change_me', 'change-me', 'redacted', 'your_', 'your-', 'yourkey',
  'yourtoken', 'yoursecret', 'yourapi', 'yourpass', 'dummy', 'xxxx', '****', '....', 'insert_', 'insert-', 'replace_',
  'replace-', 'replaceme', 'foobar', 'put_your', 'notreal', 'not_real', 'not-real', 'secret_here', 'key_here',
  'token_here', '-here', 'lorem', 'verylong', 'open sesame', 'fakekey', 'faketoken', 'fake_', 'fake-', 'mock_', 'mock-', 'todo',
]; // biome-ignore format: a list

/** What reads a value from somewhere else. */
const REFERENCES = [
  '${',
  '{{',
  '<%',
  '$(',
  '%(',
  'process.env',
  'os.environ',
  'getenv',
  'secrets.',
  'vault:',
  'arn:',
  '#{',
];

const SEQUENCES = ['0123456789', '1234567890', '12345678', '87654321', '98765432', 'abcdefgh', 'hgfedcba', 'qwertyui'];

/** Beginnings of values that standards and vendors print for everybody (RFC 5849, RFC 6749, AWS, Azure's emulator). */
// biome-ignore format: a list
const PRINTED = [
  'dpf43f3p2l4k', 'kd94hf93k423', 'nnch734d00sl', '9djdj82h48dj', 'kkk9d7dh3k39', '2YotnFZFEjr1', 'tGzv3JOkF0XG',
  'gX1fBat3bV', 'SlAV32hkKG', 'wJalrXUtnFEMI', 'Eby8vdM02xNO',
];

/** Any of these texts; one pattern is several times faster than a search for each. */
function anyOf(texts: readonly string[], flags: string): RegExp {
  return new RegExp(texts.map((text) => text.replace(/[^\w-]/g, '\\$&')).join('|'), flags);
}

const SAMPLE = anyOf([...WORDS, ...SEQUENCES], 'i');
const REFERENCE = anyOf(REFERENCES, '');

/** Longer values can hold a short word by chance. */
const WORD_LIMIT = 400;

/** Whether this value, from its random part on, is an example, a reference or a pattern and not a secret. */
export function isPlaceholder(body: string): boolean {
  if (body.length === 0) return true;
  if (isPattern(body)) return true;
  if (body.length > WORD_LIMIT) return false;
  if (SAMPLE.test(body)) return true;
  if (PRINTED.some((one) => body.startsWith(one))) return true;
  return isReference(body);
}

const MIN_WORDS = 24;
const WORDS_ODDS = -2;

/**
 * Whether a body that should be random was written by a person: `ThisIsMyTokenForTests…`. One random body in twenty
 * thousand looks so too, which is why such a match is reported as weak and not dropped.
 */
export function readsLikeWords(bytes: Uint8Array, start: number, end: number): boolean {
  const run = longestRun(bytes, start, end);
  const isLong = run.end - run.start >= MIN_WORDS;
  return isLong && !isHex(bytes, run.start, run.end) && randomness(bytes, run.start, run.end) < WORDS_ODDS;
}

function longestRun(bytes: Uint8Array, start: number, end: number): { start: number; end: number } {
  let longest = { start, end: start };
  let from = start;
  for (let at = start; at <= end; at++) {
    if (at < end && ALNUM.has[bytes[at] as number] === 1) continue;
    if (at - from > longest.end - longest.start) longest = { start: from, end: at };
    from = at + 1;
  }
  return longest;
}

/** Whether the value is read from somewhere else: `${X}`, `{{ x }}`, `<x>`, `%X%`, `process.env.X`. */
export function isReference(value: string): boolean {
  if (REFERENCE.test(value)) return true;
  const first = value[0];
  const last = value.at(-1);
  return (first === '<' && last === '>') || (first === '%' && last === '%') || NEWLINE.test(value);
}

/** One character or a short group over and over, or few different characters in all. */
function isPattern(body: string): boolean {
  if (hasLongRun(body)) return true;
  if (body.length >= 12 && hasFewCharacters(body)) return true;
  const longest = Math.min(16, body.length >> 1);
  for (let period = 1; period <= longest; period++) if (hasPeriod(body, period)) return true;
  return isStaircase(body);
}

function hasLongRun(body: string): boolean {
  let run = 1;
  let longest = 1;
  for (let i = 1; i < body.length; i++) {
    run = body[i] === body[i - 1] ? run + 1 : 1;
    if (run > longest) longest = run;
  }
  return longest >= 8 && longest * 3 >= body.length;
}

/** Three different characters at most. */
function hasFewCharacters(body: string): boolean {
  let seen = '';
  for (let i = 0; i < body.length && seen.length <= 3; i++) if (!seen.includes(body[i] as string)) seen += body[i];
  return seen.length <= 3;
}

function hasPeriod(body: string, period: number): boolean {
  for (let i = period; i < body.length; i++) if (body[i] !== body[i - period]) return false;
  return true;
}

/** `abcdef…`, `13579…`: nearly each step between neighbours is the same. */
function isStaircase(body: string): boolean {
  if (body.length < 8) return false;
  let same = 0;
  for (let i = 2; i < body.length; i++) {
    const step = body.charCodeAt(i) - body.charCodeAt(i - 1);
    if (step === body.charCodeAt(i - 1) - body.charCodeAt(i - 2)) same++;
  }
  return same * 10 >= body.length * 6;
}

// Where a bare value may stand: config lines, options of commands, queries and connection strings, but not code, where
// bare words are variables.
import type { Reading } from '../reading.ts';
import { BACKSLASH, BRACE, COMMA, DASH, EQUALS, isQuote, PAREN, QUESTION, SPACE } from './ascii.ts';
import type { Assignment } from './assignment.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const HASH = 0x23;
const LETTER_N = 0x6e;
const LETTER_R = 0x72;
const REACH = 48;
const DOLLAR = 0x24;
const LETTER_D = 0x44;
const LETTER_P = 0x50;
const CLOSING_BRACE = 0x7d;
const PLUS = 0x2b;

/** What may stand between the beginning of a line and a name that is set there. */
const BEFORE_NAME =
  /^(?:\s*(?:export|set|setx|declare|env|arg|-e|--env|-D|[-+]\s*|(?:-\s*)?(?:name|key):|\/\/|#|;|\*|\$env:|[\w.:[\]-]{1,32}[.:])?\s*["']?)$/i;
const SEPARATORS = new Set([...';&?,'].map((one) => one.charCodeAt(0)));

/** Whether a bare value stands where values are bare; a pattern: only in files whose path it matches. */
export function barePlace(reading: Reading, assignment: Assignment): boolean | RegExp {
  const { nameStart, end, operator } = assignment;
  const before = reading.bytes[nameStart - 1];
  if (before === BRACE && reading.bytes[nameStart - 2] === DOLLAR) return isDefault(reading, assignment);
  if (operator === ':-') return false;
  if (operator === ' ' || (operator === '=' && isOption(reading, nameStart))) return endsWord(reading, end);
  if (isVerdict(reading, assignment)) return false;
  if (operator === '=' && before !== undefined && SEPARATORS.has(before)) return endsPart(reading, end);
  if (endsLine(reading, end) && beginsLine(reading, nameStart)) return true;
  if (operator === ':' ? isQuotedWhole(reading, assignment) : isVariable(reading, assignment)) return true;
  if (isInFlow(reading, assignment)) return YAML;
  return isSaid(reading, assignment) && PROSE;
}

/** `${NAME:-value}` of the shell and of Compose, `${name:value}` of Spring; after `:?` and `:+` stands something else. */
function isDefault({ bytes }: Reading, { start, end }: Assignment): boolean {
  return bytes[end] === CLOSING_BRACE && bytes[start] !== QUESTION && bytes[start] !== PLUS;
}

/** `PASS: …` of a test run. */
function isVerdict(reading: Reading, { nameStart, nameEnd, operator }: Assignment): boolean {
  return operator === ':' && nameEnd === nameStart + VERDICT.length && reading.hasLiteral(VERDICT, nameStart);
}

const VERDICT = 'PASS';

/** Nobody writes code in these. */
const PROSE = /\.(?:md|markdown|txt|text|rst|adoc|org|log|eml|csv)$|(?:^|\/)[^./]+$/i;

/** `… user=app, pw=value` and `… password: value` at the end of its line. */
function isSaid(reading: Reading, { nameStart, end, operator }: Assignment): boolean {
  const { bytes } = reading;
  const isApart =
    nameStart <= reading.from || (bytes[nameStart - 1] as number) <= SPACE || bytes[nameStart - 1] === PAREN;
  if (!isApart) return false;
  return operator === '=' ? endsWord(reading, end) || bytes[end] === COMMA : endsLine(reading, end);
}

/** `--password=…`, `-Dpassword=…`, and what is handed on: `--set auth.password=…`. */
function isOption(reading: Reading, nameStart: number): boolean {
  const second = reading.bytes[nameStart + 1];
  if (reading.bytes[nameStart] === DASH && (second === DASH || second === LETTER_D || second === LETTER_P)) return true;
  const before = reading.bytes[nameStart - 1];
  return (
    (before === SPACE || before === EQUALS) && HANDED_ON.some((one) => reading.hasLiteral(one, nameStart - one.length))
  );
}

const HANDED_ON = [
  '--set ',
  '--set-string ',
  '--from-literal=',
  '--from-literal ',
  '--build-arg ',
  '-e ',
  '--env ',
  '--env=',
];

/** `"X-Auth-Token: …"`: a header. */
function isQuotedWhole({ bytes }: Reading, { nameStart, end }: Assignment): boolean {
  return isQuote(bytes[nameStart - 1]) && bytes[nameStart - 1] === bytes[end];
}

const YAML = /\.(?:ya?ml|sls)$/i;

/** `{ user: ops, password: value }` of YAML; in code these are variables. */
function isInFlow(reading: Reading, { nameStart, end, operator }: Assignment): boolean {
  const { bytes } = reading;
  const before = bytes[bytes[nameStart - 1] === SPACE ? nameStart - 2 : nameStart - 1];
  const after = bytes[bytes[end] === SPACE ? end + 1 : end];
  return operator === ':' && (before === BRACE || before === COMMA) && (after === CLOSING_BRACE || after === COMMA);
}

/** `NAME=value` with nothing between, as shells write it, wherever a word may stand: in histories, logs, strings, prose. */
function isVariable(reading: Reading, { nameStart, nameEnd, start, end }: Assignment): boolean {
  if (start !== nameEnd + 1 || !beginsWord(reading, nameStart)) return false;
  const after = reading.bytes[end];
  const isEnd = end >= reading.to || (after as number) <= 0x20 || isQuote(after) || after === BACKSLASH;
  return isEnd && VARIABLE.test(reading.text(nameStart, nameEnd));
}

const VARIABLE = /^[A-Z][A-Z0-9_]*$/;

function beginsWord({ bytes, from }: Reading, at: number): boolean {
  const before = bytes[at - 1] as number;
  return at <= from || before <= 0x20 || isQuote(before);
}

function beginsLine(reading: Reading, nameStart: number): boolean {
  let start = nameStart;
  const limit = Math.max(reading.from, nameStart - REACH);
  while (start > limit && !isLineStart(reading, start)) start--;
  if (!isLineStart(reading, start)) return false;
  return BEFORE_NAME.test(reading.text(start, nameStart));
}

/** Also after the `\n` of a string. */
function isLineStart({ bytes, from }: Reading, at: number): boolean {
  return at <= from || bytes[at - 1] === NEWLINE || (bytes[at - 1] === LETTER_N && bytes[at - 2] === BACKSLASH);
}

function endsLine(reading: Reading, end: number): boolean {
  let at = end;
  while (at < reading.to && at < end + REACH && (reading.bytes[at] === 0x20 || reading.bytes[at] === 0x09)) at++;
  const byte = reading.bytes[at];
  if (byte === BACKSLASH) return isEscapedEnd(reading.bytes[at + 1]);
  return at >= reading.to || byte === NEWLINE || byte === RETURN || (byte === HASH && at > end);
}

function isEscapedEnd(letter: number | undefined): boolean {
  return letter === LETTER_N || letter === LETTER_R;
}

function endsWord(reading: Reading, end: number): boolean {
  return end >= reading.to || (reading.bytes[end] as number) <= 0x20;
}

/** The end of one part of a query or connection string. */
function endsPart(reading: Reading, end: number): boolean {
  if (end >= reading.to) return true;
  const byte = reading.bytes[end] as number;
  return byte <= 0x20 || byte === 0x22 || byte === 0x27 || byte === 0x3b || byte === 0x26 || byte === 0x60;
}

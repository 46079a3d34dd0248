// A line of any programming language as tokens, for the comparison of lines that were edited or laid out anew. What
// formatters change is left out: blanks, which quotes, semicolons and commas.
import { tokenHash } from './winnow.ts';

/** Longer lines are data or minified; they are compared as a whole, or not at all. */
export const MAX_TOKENISED_LINE = 1_000;

/** The tokens of a line in order: words, and punctuation one character each. Empty for a blank or an overlong line. */
export function tokensOf(line: string): readonly string[] {
  const tokens: string[] = [];
  if (line.length > MAX_TOKENISED_LINE) return tokens;
  for (let at = 0; at < line.length; ) {
    const start = at;
    while (at < line.length && isWord(line.charCodeAt(at))) at++;
    if (at > start) tokens.push(line.slice(start, at));
    else {
      const mark = markOf(line.charCodeAt(at));
      if (mark !== '') tokens.push(mark);
      at++;
    }
  }
  return tokens;
}

/** The hash (winnow.ts) of each of them, without making text of it: for the lines of whole pushes. */
export function addTokenHashes(line: string, hashes: number[]): void {
  if (line.length > MAX_TOKENISED_LINE) return;
  for (let at = 0; at < line.length; ) {
    const start = at;
    while (at < line.length && isWord(line.charCodeAt(at))) at++;
    if (at > start) hashes.push(tokenHash(line, start, at));
    else {
      const mark = markOf(line.charCodeAt(at));
      if (mark !== '') hashes.push(tokenHash(mark));
      at++;
    }
  }
}

/** What kind of token it is, in place of a word that is no keyword: the same for every name, the same for every number. */
export function shapeOf(token: string): string {
  const first = token.charCodeAt(0);
  if (first >= 0x30 && first <= 0x39) return '0';
  return isWord(first) && !KEYWORDS.has(token) ? 'x' : token;
}

/** Whether it is a word that a rename can change. */
export function isName(token: string): boolean {
  return shapeOf(token) === 'x';
}

function isWord(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === UNDERSCORE ||
    code === DOLLAR ||
    code >= FIRST_BEYOND_ASCII
  );
}

const UNDERSCORE = 0x5f;
const DOLLAR = 0x24;
const FIRST_BEYOND_ASCII = 0x80;

const LEFT_OUT = new Set(' \t\r\n\v\f;,\0');
const QUOTES = new Set(`'"\``);
/** What stands for each ASCII character that is no word. */
const MARKS = Array.from({ length: FIRST_BEYOND_ASCII }, (_, code) => {
  const character = String.fromCharCode(code);
  if (LEFT_OUT.has(character)) return '';
  return QUOTES.has(character) ? '"' : character;
});

/** Everything beyond ASCII is of a word. */
function markOf(code: number): string {
  return MARKS[code] as string;
}

/** Of the languages with most code: a rename leaves them. */
const KEYWORDS = new Set(
  (
    'abstract and as async await begin bool boolean break case catch char class const continue debugger def default defer ' +
    'del delete do double elif else end enum except export extends extern false final finally float fn for foreach from ' +
    'func function go goto if impl implements import in include instanceof int interface is lambda let long loop match mod ' +
    'module mut namespace new nil None not null of or override package pass private protected pub public raise readonly ' +
    'ref require return self short signed static string struct super switch template then this throw throws trait true ' +
    'True False try type typeof undefined union unless unsafe unsigned until use using var virtual void volatile when where ' +
    'while with yield'
  ).split(' '),
);

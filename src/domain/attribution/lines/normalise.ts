// What of a line stays the same when a formatter or an editor has been over it, and which lines say anything at all. Both
// are compared with what was stored long ago: a change here needs a new name.
import { isAscii } from 'node:buffer';
import { decodeBytes } from '../../../protocol/bytes.ts';

const BLANKS = /[ \t\r\v\f]+/g;

/**
 * The line without its end, indentation and trailing blanks, inner blanks as one space; names and literals as they are.
 * Bytes are decoded as in protocol/bytes.
 */
export function normaliseLine(line: string | Buffer): string {
  const text = typeof line === 'string' ? line : isAscii(line) ? line.toString('latin1') : decodeBytes(line);
  const spaced = text.replace(BLANKS, ' ');
  const from = spaced.startsWith(' ') ? 1 : 0;
  const withoutFeed = spaced.endsWith('\n') ? spaced.length - 1 : spaced.length;
  return spaced.slice(from, spaced[withoutFeed - 1] === ' ' ? Math.max(from, withoutFeed - 1) : withoutFeed);
}

/**
 * Writes the bytes of what normaliseLine gives for `line` to the start of `into`, which must be as long as it, and says how
 * many: a push has a hundred thousand lines, and making strings of them takes most of their time.
 */
export function normaliseBytes(line: Buffer, into: Buffer): number {
  const end = line.at(-1) === LF ? line.length - 1 : line.length;
  let length = 0;
  let isBlank = false;
  for (let at = 0; at < end; at++) {
    const byte = line[at] as number;
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d && byte !== LF)) {
      isBlank = length > 0;
      continue;
    }
    if (isBlank) into[length++] = 0x20;
    isBlank = false;
    into[length++] = byte;
  }
  return length;
}

const LF = 0x0a;

/** Of a longer line, only the start is looked at. */
const MAX_LOOKED_AT = 400;
const MIN_WORD_CHARACTERS = 8;
const WORDS = /[\p{L}\p{N}_$]+/gu;
/** The same for most lines, and much faster. */
const ASCII_WORDS = /[A-Za-z0-9_$]+/g;
const ASCII = /^[\x00-\x7f]*$/;
const IMPORT =
  /^(?:import|from|use|using|include|require|require_once|package|namespace|module|#\s?include|#\s?import|extern crate|@import|export (?:\*|\{|type \{))(?:[ "'<({*]|$)/;
const REQUIRE = /^(?:const|let|var) [\w${}, :]{1,100} = (?:await )?(?:require|import)\b/;
const COMMENT = /^(?:\/\/|\/\*|\*|#|--|;|<!--|%|"""|''')/;
const LICENCE =
  /copyright|licen[cs]e|\bspdx-|warrant|all rights reserved|permission is hereby|redistribut|merchantab|as is\b|liabilit/i;

/** Words that stand in everybody's code, in many languages. */
const COMMON = new Set(
  `abstract and as assert async await begin bool boolean break byte case catch char class const constructor continue def
  default defer del delete do done double elif else elsif elseif end endif ensure enum err error esac except export extends
  false fi final finally float fn for foreach func function go goto if impl implements in include inline instanceof int
  interface internal is lambda let long loop match module mut namespace new next nil none not null ok operator or override
  package pass private protected pub public raise return self short signed sizeof static str string struct super switch
  template then this throw throws true try type typedef typeof undefined union unless unsigned until use using val var void
  volatile when where while with yield e ex i j k n x y _ 0 1 2`.split(/\s+/),
);

/**
 * Whether a normalised line can speak for itself. Brackets, keywords, imports and licence headers are written by
 * everybody: they belong to whatever stands around them.
 */
export function isInformative(normalised: string): boolean {
  const text = normalised.slice(0, MAX_LOOKED_AT);
  if (text.length < MIN_WORD_CHARACTERS || IMPORT.test(text) || REQUIRE.test(text)) return false;
  if (COMMENT.test(text) && LICENCE.test(text)) return false;
  return hasOwnWords(text);
}

function hasOwnWords(text: string): boolean {
  let characters = 0;
  let isOwn = false;
  const words = ASCII.test(text) ? ASCII_WORDS : WORDS;
  words.lastIndex = 0;
  for (let word = words.exec(text)?.[0]; word !== undefined; word = words.exec(text)?.[0]) {
    characters += word.length;
    isOwn ||= !COMMON.has(word.toLowerCase());
    if (isOwn && characters >= MIN_WORD_CHARACTERS) return true;
  }
  return false;
}

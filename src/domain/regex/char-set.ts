// Sets of characters as far as the analysis of a pattern needs them: which ASCII characters, and whether any other. A set
// may be larger than what the pattern means (all of `\p{…}` is "any"), never smaller: what is derived from it stays true.

export interface CharSet {
  /** Bit n stands for the character with code n, below 128. */
  readonly ascii: bigint;
  /** Whether a character beyond ASCII may be in it. */
  readonly other: boolean;
}

const ALL_ASCII = (1n << 128n) - 1n;
const NEWLINE = 0x0a;

export const NOTHING: CharSet = { ascii: 0n, other: false };
export const ANYTHING: CharSet = { ascii: ALL_ASCII, other: true };
export const NOT_NEWLINE: CharSet = { ascii: ALL_ASCII & ~(1n << BigInt(NEWLINE)), other: true };

/** All characters from code `low` to code `high`, both included. */
export function rangeSet(low: number, high: number): CharSet {
  if (low > 127) return { ascii: 0n, other: true };
  const top = Math.min(high, 127);
  const ascii = ((1n << BigInt(top - low + 1)) - 1n) << BigInt(low);
  return { ascii, other: high > 127 };
}

export function union(one: CharSet, other: CharSet): CharSet {
  return { ascii: one.ascii | other.ascii, other: one.other || other.other };
}

/** Everything that is not surely in `set`; `set` must be exact in its ASCII part. */
export function complement(set: CharSet): CharSet {
  return { ascii: ALL_ASCII & ~set.ascii, other: true };
}

/** Adds the other case of ASCII letters. A set with more than ASCII may hold `ſ` or the Kelvin sign: then s and k too. */
export function anyCase(set: CharSet): CharSet {
  const upper = (set.ascii & LOWER) >> 32n;
  const lower = (set.ascii & UPPER) << 32n;
  return { ascii: set.ascii | upper | lower | (set.other ? ODD_LETTERS : 0n), other: set.other };
}

export function has(set: CharSet, code: number): boolean {
  return code > 127 ? set.other : ((set.ascii >> BigInt(code)) & 1n) === 1n;
}

/** True when every character of `inner` is in `outer`. */
export function isWithin(inner: CharSet, outer: CharSet): boolean {
  return (inner.ascii & ~outer.ascii) === 0n && (!inner.other || outer.other);
}

/** The ASCII characters in it as text, in order; undefined when there are more than `most`. */
export function charactersOf(set: CharSet, most: number): string | undefined {
  let text = '';
  for (let rest = set.ascii, code = 0; rest !== 0n; rest >>= 1n, code++) {
    if ((rest & 1n) === 0n) continue;
    if (text.length === most) return undefined;
    text += String.fromCharCode(code);
  }
  return text;
}

const UPPER = rangeSet(0x41, 0x5a).ascii;
const LOWER = rangeSet(0x61, 0x7a).ascii;
const ODD_LETTERS = [...'SsKk'].reduce((mask, letter) => mask | (1n << BigInt(letter.charCodeAt(0))), 0n);

export const DIGITS = rangeSet(0x30, 0x39);
export const WORDS: CharSet = { ascii: DIGITS.ascii | UPPER | LOWER | (1n << 0x5fn), other: false };
/** As RE2 has it: no vertical tab. */
export const SPACES: CharSet = {
  ascii: [9n, 10n, 12n, 13n, 32n].reduce((mask, code) => mask | (1n << code), 0n),
  other: false,
};

const PRINTED = rangeSet(0x20, 0x7e).ascii;
const ALNUM = DIGITS.ascii | UPPER | LOWER;
const POSIX: Readonly<Record<string, bigint>> = {
  alnum: ALNUM,
  alpha: UPPER | LOWER,
  ascii: ALL_ASCII,
  blank: rangeSet(0x20, 0x20).ascii | rangeSet(9, 9).ascii,
  cntrl: rangeSet(0, 0x1f).ascii | rangeSet(0x7f, 0x7f).ascii,
  digit: DIGITS.ascii,
  graph: rangeSet(0x21, 0x7e).ascii,
  lower: LOWER,
  print: PRINTED,
  punct: rangeSet(0x21, 0x7e).ascii & ~ALNUM,
  space: SPACES.ascii | rangeSet(0x0b, 0x0b).ascii,
  upper: UPPER,
  word: WORDS.ascii,
  xdigit: DIGITS.ascii | rangeSet(0x41, 0x46).ascii | rangeSet(0x61, 0x66).ascii,
};

/** The set of `[:name:]`; undefined when there is no such name. */
export function posixSet(name: string): CharSet | undefined {
  const ascii = Object.hasOwn(POSIX, name) ? POSIX[name] : undefined;
  return ascii === undefined ? undefined : { ascii, other: false };
}

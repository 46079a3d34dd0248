// How unusual a pair of letters is in names and words: -log2 of the chance of the second letter after the first, in half
// bits, base 36; row = first letter, column = second. Counted in November 2026 over the distinct words (each weighed by
// the logarithm of how often it occurs) of the JavaScript, TypeScript, Markdown and Python sources that come with Node
// packages and Python's library.
const ROWS = [
  'ga88gdaiaid687j9m685bdedbi',
  '69ab7ccd78e6dd7df99d7ggg9g',
  '7cbe7fh6ai89fg5ej9c6ahjiek',
  '7ba93cee6hfacd8cia9badghdj',
  '9d87bacfdhg996dac568fcd9ck',
  '7ccc67hi5hi8fc6fj89a8jikam',
  '9cce3daa7ih9b9abj78aaghkfg',
  '5ccd3eif7hfdce6di9b8cgglei',
  'ac99abalikg8947bjb77jbndnb',
  '99ce3ffdbeeghc7ejg4b9bdhfh',
  '9cbc2cdc6gfacabcha7acgdjei',
  '7cd94egg5jg7ff6dlfa98dimal',
  '4aee4ghi7igbad87je9ebgildm',
  '7e777b6g9icdeb8cke75bchlfk',
  'da97fccjchb984a8p5a98cafjj',
  '5fdc5fhc9og7fh79k6a79ghmdm',
  'dadeehggbgn8fcfececf1heijj',
  '6dab4ech7lddab6dn988bdgman',
  '9f8d5cg97hdcee99ge749eehal',
  '7ead4dh85jgcce7bj79abgfj9k',
  'a9ac7bbk9li785e8l676gjmilj',
  '4ddh2fbh6jjffgahlfdggfjjkj',
  '6bcc6ef95jgbf86ci68cfffggi',
  '9b7b7agd7jfcbdc5kcb4fffcbh',
  'aa9b9bde9he996a4ib78ee9jfg',
  '8cee3fhe8hidde3fkgbgfkfjbc',
];

const LETTERS = 26;

/** `[first * 26 + second]` in bits. */
export const SURPRISE: Float64Array = Float64Array.from(
  ROWS.flatMap((row) => [...row].map((digit) => Number.parseInt(digit, 36) / 2)),
);

/** Bits of surprise at the letter `second` after `first`; both 0 to 25. */
export function surpriseOf(first: number, second: number): number {
  return SURPRISE[first * LETTERS + second] as number;
}

// Character references of HTML and XML: &#65; &#x41; and the names of printable ASCII characters.
import { BASE64, hexValue, isIn, isVisible } from './bytes.ts';
import { codeOf, escapeOf, NO_ESCAPE, sizeOf } from './escape-number.ts';
import { marksOf, type TextEncoding } from './text-encoding.ts';

export const ENTITY: TextEncoding = { label: 'entities', rank: 2, marks: marksOf('&') };

const ROW = 32;
/** Not 0, which is no row. */
const ROOT = ROW;
/** The letter a is 1. */
const BEFORE_A = 0x60;
const NAMES = nameTree({
  quot: '"',
  amp: '&',
  lt: '<',
  gt: '>',
  apos: "'",
  equals: '=',
  colon: ':',
  sol: '/',
  bsol: '\\',
  plus: '+',
  num: '#',
  commat: '@',
  period: '.',
  lowbar: '_',
  comma: ',',
  semi: ';',
  dollar: '$',
  percnt: '%',
  excl: '!',
  quest: '?',
  ast: '*',
  lpar: '(',
  rpar: ')',
  lsqb: '[',
  rsqb: ']',
  lcub: '{',
  rcub: '}',
  hyphen: '-',
  dash: '-',
  nbsp: ' ',
});

/** Whether it can hide a secret: any number for a visible character, a name amid a value or beside an assignment. */
export function isEntityWorth(bytes: Buffer, at: number): boolean {
  return bytes[at + 1] === 0x23 ? isVisible(codeOf(numberAt(bytes, at))) : isNameWorth(bytes, at);
}

function isNameWorth(bytes: Buffer, at: number): boolean {
  const name = nameAt(bytes, at);
  if (name === NO_ESCAPE) return false;
  const code = codeOf(name);
  const before = bytes[at - 1];
  const after = bytes[at + sizeOf(name)];
  if (code === 0x22 || code === 0x27) return [before, after].some((byte) => byte === 0x3a || byte === 0x3d);
  if (code === 0x3c || code === 0x3e || code === 0x20) return false;
  return isIn(BASE64, before) && isIn(BASE64, after);
}

/** What the ampersand at `at` begins, as an escape number. */
export function referenceAt(bytes: Buffer, at: number): number {
  return bytes[at + 1] === 0x23 ? numberAt(bytes, at) : nameAt(bytes, at);
}

function numberAt(bytes: Buffer, at: number): number {
  const isHex = bytes[at + 2] === 0x78 || bytes[at + 2] === 0x58;
  const base = isHex ? 16 : 10;
  const first = at + (isHex ? 3 : 2);
  let code = 0;
  let index = first;
  // Leading zeros may go on for long; more than 20 digits is nobody's way of writing a character.
  for (; index < first + 20; index++) {
    const digit = hexValue(bytes[index]);
    if (digit < 0 || digit >= base) break;
    code = Math.min(code * base + digit, 0x110000);
  }
  if (index === first || code === 0) return NO_ESCAPE;
  return escapeOf(code, index - at + (bytes[index] === 0x3b ? 1 : 0));
}

function nameAt(bytes: Buffer, at: number): number {
  let node = ROOT;
  for (let index = at + 1; ; index++) {
    const byte = bytes[index] as number;
    if (byte === 0x3b && index > at + 1)
      return NAMES[node] === 0 ? NO_ESCAPE : escapeOf(NAMES[node] as number, index + 1 - at);
    if (!(byte >= 0x61 && byte <= 0x7a)) return NO_ESCAPE;
    node = NAMES[node + byte - BEFORE_A] as number;
    if (node === 0) return NO_ESCAPE;
  }
}

/** Rows of 32: what a name that ends here stands for, and for each letter the row that it leads to; 0 for neither. */
function nameTree(names: Readonly<Record<string, string>>): Readonly<Uint16Array> {
  const tree: number[] = Array(ROOT + ROW).fill(0);
  for (const [name, char] of Object.entries(names)) {
    let node = ROOT;
    for (const letter of Buffer.from(name)) {
      const edge = node + letter - BEFORE_A;
      if (tree[edge] === 0) tree[edge] = tree.push(...Array(ROW).fill(0)) - ROW;
      node = tree[edge] as number;
    }
    tree[node] = char.charCodeAt(0);
  }
  return Uint16Array.from(tree);
}

// Character references of HTML and XML: &#65; &#x41; and the names of printable ASCII characters.
import { BASE64, hexValue, isIn, isVisible } from './bytes.ts';
import type { MappedText } from './mapped-text.ts';
import { marksOf, type TextEncoding } from './text-encoding.ts';

export const ENTITY: TextEncoding = { label: 'entities', marks: marksOf('&'), decodeAt };

const MAX_NAME = 8;
const NAMES: ReadonlyMap<string, number> = new Map(
  Object.entries({
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
  }).map(([name, char]) => [name, char.charCodeAt(0)]),
);

interface Reference {
  readonly code: number;
  readonly size: number;
}

const NONE: Reference = { code: -1, size: 0 };

/** Whether it can hide a secret: any number for a visible character, a name amid a value or beside an assignment. */
export function isEntityWorth(bytes: Buffer, at: number): boolean {
  const next = bytes[at + 1];
  if (next === 0x23) return isVisible(numberAt(bytes, at).code);
  if (next === undefined || next < 0x61 || next > 0x7a) return false;
  const { code, size } = nameAt(bytes, at);
  if (code < 0) return false;
  const before = bytes[at - 1];
  const after = bytes[at + size];
  if (code === 0x22 || code === 0x27) return [before, after].some((byte) => byte === 0x3a || byte === 0x3d);
  if (code === 0x3c || code === 0x3e || code === 0x20) return false;
  return isIn(BASE64, before) && isIn(BASE64, after);
}

function decodeAt(bytes: Buffer, at: number, _end: number, out: MappedText): number {
  const { code, size } = bytes[at + 1] === 0x23 ? numberAt(bytes, at) : nameAt(bytes, at);
  if (code < 0) return 0;
  out.putCode(code, at, size);
  return size;
}

function numberAt(bytes: Buffer, at: number): Reference {
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
  if (index === first || code === 0) return NONE;
  return { code, size: index - at + (bytes[index] === 0x3b ? 1 : 0) };
}

function nameAt(bytes: Buffer, at: number): Reference {
  const end = bytes.subarray(at + 1, at + 2 + MAX_NAME).indexOf(0x3b);
  if (end < 1) return NONE;
  const code = NAMES.get(bytes.toString('latin1', at + 1, at + 1 + end));
  return code === undefined ? NONE : { code, size: end + 2 };
}

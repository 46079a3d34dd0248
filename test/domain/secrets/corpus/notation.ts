// Values written as `dop_v1_<h64>`: literals, and in angle brackets what is random. Written from what vendors publish and
// deliberately without the alphabets, checksums and shapes of the scanner: a mistake there must not be made here too.
import { crc32 } from 'node:zlib';
import type { Random } from '../support/random.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGIT = '0123456789';

const ALPHABETS: Readonly<Record<string, string>> = {
  an: DIGIT + UPPER + LOWER,
  al: UPPER + LOWER,
  ln: DIGIT + LOWER,
  un: DIGIT + UPPER,
  h: `${DIGIT}abcdef`,
  H: `${DIGIT}ABCDEF`,
  d: DIGIT,
  w: `${DIGIT}${UPPER}${LOWER}_`,
  url: `${DIGIT}${UPPER}${LOWER}_-`,
  b64: `${DIGIT}${UPPER}${LOWER}+/`,
  b32: `${UPPER}234567`,
  b32l: `${LOWER}234567`,
  tilde: `${DIGIT}${UPPER}${LOWER}_.-~`,
};

const ITEM = /<([a-zA-Z]+(?:32l?|64)?)(?::([^>]+))?>/g;

/** The text of this notation: `<an30>`, `<an:20-40>`, `<uuid>`, `<crc62>`, `<json:a,b>` and so on. */
export function written(notation: string, random: Random): string {
  let text = '';
  let done = 0;
  for (const item of notation.matchAll(ITEM)) {
    text += notation.slice(done, item.index);
    text += itemText(item[1] as string, item[2] ?? '', text, random);
    done = item.index + item[0].length;
  }
  return text + notation.slice(done);
}

function itemText(name: string, argument: string, before: string, random: Random): string {
  const special = SPECIAL[name];
  if (special !== undefined) return special(argument, before, random);
  if (argument === '') return `<${name}>`;
  const [of, least, most] = runOf(name, argument);
  return drawn(of, least + random.next(most - least + 1), random);
}

/** `<an:36>` and `<an:20-40>`. */
function runOf(name: string, argument: string): [of: string, least: number, most: number] {
  const of = ALPHABETS[name];
  const [least, most = least] = argument.split('-').map(Number);
  if (of === undefined || least === undefined || !(least > 0)) throw new TypeError(`no notation <${name}:${argument}>`);
  return [of, least, most as number];
}

/** As machines draw: long enough ones have something of each kind of character. */
export function drawn(of: string, length: number, random: Random): string {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(of));
  for (;;) {
    const text = Array.from({ length }, () => random.pick(of)).join('');
    if (length < 16 || kinds.every((kind) => kind.test(text))) return text;
  }
}

type Special = (argument: string, before: string, random: Random) => string;

const SPECIAL: Readonly<Record<string, Special>> = {
  uuid: (_, __, random) => [8, 4, 4, 4, 12].map((length) => hex(length, random)).join('-'),
  /** CRC-32 in base62, of what follows the last underscore. */
  crcbase: (_, before) => base62(crc32(before.slice(before.lastIndexOf('_') + 1))).padStart(6, '0'),
  /** CRC-32 in hex, least byte first, of what stands before the last underscore. */
  crclittle: (_, before) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(crc32(before.slice(0, -1)));
    return bytes.toString('hex');
  },
  /** Base64 of an object with these keys. */
  json: (keys, _, random) => Buffer.from(objectText(keys, random)).toString('base64').replace(/=+$/, ''),
  /** Number of an account, in base64. */
  snow: (_, __, random) => Buffer.from(`${1 + random.next(9)}${drawn(DIGIT, 17, random)}`).toString('base64'),
  jwt: (payload, _, random) => {
    const encode = (text: string): string => Buffer.from(text).toString('base64url');
    const claims = payload === '' ? `{"sub":"${hex(12, random)}","iat":17${drawn(DIGIT, 8, random)}}` : payload;
    return `${encode('{"alg":"HS256","typ":"JWT"}')}.${encode(claims)}.${drawn(ALPHABETS['url'] as string, 43, random)}`;
  },
};

function hex(length: number, random: Random): string {
  return Array.from({ length }, () => random.pick('0123456789abcdef')).join('');
}

function objectText(keys: string, random: Random): string {
  return JSON.stringify(
    Object.fromEntries(keys.split(',').map((key) => [key, drawn(ALPHABETS['an'] as string, 24, random)])),
  );
}

function base62(value: number): string {
  const digits = DIGIT + UPPER + LOWER;
  return value === 0 ? '' : base62(Math.floor(value / 62)) + digits[value % 62];
}

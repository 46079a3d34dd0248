// Random text by the name of its alphabet.
import type { Random } from '../support/random.ts';

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER = UPPER.toLowerCase();
const DIGITS = '0123456789';

const ALPHABETS = {
  alnum: UPPER + LOWER + DIGITS,
  lower: LOWER + DIGITS,
  upper: UPPER + DIGITS,
  letters: UPPER + LOWER,
  hex: `${DIGITS}abcdef`,
  HEX: `${DIGITS}ABCDEF`,
  digits: DIGITS,
  url: `${UPPER}${LOWER}${DIGITS}_-`,
  base64: `${UPPER}${LOWER}${DIGITS}+/`,
  BASE32: `${UPPER}234567`,
  base32: `${LOWER}234567`,
};

export type Letters = keyof typeof ALPHABETS;

export function isLetters(name: string): name is Letters {
  return name in ALPHABETS;
}

export function lettersOf(of: Letters, length: number, random: Random): string {
  return Array.from({ length }, () => random.pick(ALPHABETS[of])).join('');
}

/** A random UUID (version 4). */
export function uuidOf(random: Random): string {
  const hex = (length: number): string => lettersOf('hex', length, random);
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${random.pick('89ab')}${hex(3)}-${hex(12)}`;
}

// Sets of bytes that bodies of tokens are made of, as 256-entry tables so that a check is one load.

export interface Alphabet {
  readonly name: string;
  /** Every member once, as text; what a generated sample draws from. */
  readonly chars: string;
  /** 1 where the byte is a member. */
  readonly has: Uint8Array;
  /** Small number of its own: the place of its memo in a `Reading`. */
  readonly slot: number;
}

/** Room for rules that bring alphabets of their own. */
export const MAX_ALPHABETS = 256;

const DIGIT = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();

const known = new Map<string, Alphabet>();

/** The alphabet of these ASCII characters; asking twice for the same characters gives the same object. */
export function alphabet(name: string, chars: string): Alphabet {
  const found = known.get(chars);
  if (found !== undefined) return found;
  if (known.size >= MAX_ALPHABETS) throw new TypeError(`more than ${MAX_ALPHABETS} alphabets`);
  const has = new Uint8Array(256);
  for (let i = 0; i < chars.length; i++) has[chars.charCodeAt(i)] = 1;
  const made = { name, chars, has, slot: known.size };
  known.set(chars, made);
  return made;
}

export const ALNUM = alphabet('alnum', DIGIT + UPPER + LOWER);
export const LETTERS = alphabet('letters', UPPER + LOWER);
export const LOWER_ALNUM = alphabet('lower-alnum', DIGIT + LOWER);
export const UPPER_ALNUM = alphabet('upper-alnum', DIGIT + UPPER);
export const DIGITS = alphabet('digits', DIGIT);
export const HEX = alphabet('hex', `${DIGIT}abcdef`);
export const HEX_UPPER = alphabet('hex-upper', `${DIGIT}ABCDEF`);
export const HEX_ANY = alphabet('hex-any', `${DIGIT}abcdefABCDEF`);
/** `[A-Za-z0-9_]` */
export const WORD = alphabet('word', `${DIGIT}${UPPER}${LOWER}_`);
/** base64url without padding: `[A-Za-z0-9_-]` */
export const URL_SAFE = alphabet('url-safe', `${DIGIT}${UPPER}${LOWER}_-`);
/** base64 without padding: `[A-Za-z0-9+/]`; padding is a literal or `run(PADDING, 0, 2)`. */
export const BASE64 = alphabet('base64', `${DIGIT}${UPPER}${LOWER}+/`);
export const PADDING = alphabet('padding', '=');
export const BASE32 = alphabet('base32', `${UPPER}234567`);
export const BASE32_LOWER = alphabet('base32-lower', `${LOWER}234567`);
export const BASE58 = alphabet('base58', '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz');
export const BECH32_UPPER = alphabet('bech32-upper', 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L');

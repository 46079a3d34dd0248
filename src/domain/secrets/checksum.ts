// Check characters that vendors put at the end of their tokens.
import { crc32 } from 'node:zlib';
import type { Checksum } from './shape.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** CRC-32 (IEEE) of what follows the prefix, in base62, six digits, most significant first: GitHub and npm. */
export function base62Crc32(prefixLength: number): Checksum {
  return { length: 6, isConfirmed: true, expected: (token) => base62(crc32(token.slice(prefixLength)), 6) };
}

/** `value` in base62 (digits, upper case, lower case), padded with 0 on the left. */
export function base62(value: number, length: number): string {
  let rest = value;
  let text = '';
  for (; rest > 0; rest = Math.floor(rest / 62)) text = (BASE62[rest % 62] as string) + text;
  return text.padStart(length, '0');
}

/** CRC-32 (IEEE) as eight hex digits. `of` says what it is taken of; unconfirmed until a real token was seen to hold. */
export function hexCrc32(
  of: (token: string) => string,
  options: { isUpper?: boolean; isConfirmed: boolean },
): Checksum {
  const hex = (token: string): string => crc32(of(token)).toString(16).padStart(8, '0');
  const expected = options.isUpper === true ? (token: string) => hex(token).toUpperCase() : hex;
  return { length: 8, isConfirmed: options.isConfirmed, expected };
}

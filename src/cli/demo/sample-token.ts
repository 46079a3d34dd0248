// Something that looks like a GitHub token and opens nothing: made anew each time, with the right check characters.
import { randomInt } from 'node:crypto';
import { base62Crc32 } from '../../domain/secrets/checksum.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PREFIX = ['gh', 'p_'].join('');
const BODY_LENGTH = 30;

export function sampleToken(): string {
  const body = Array.from({ length: BODY_LENGTH }, () => DIGITS[randomInt(DIGITS.length)]).join('');
  const token = PREFIX + body;
  return token + base62Crc32(PREFIX.length).expected(token);
}

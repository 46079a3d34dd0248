// The text of an access token: `sp_`, 40 random base62 digits (238 bits), 6 base62 digits of CRC-32 over what precedes
// them. The prefix and the checksum are for secret scanners, ours and others': a leaked token is recognised with
// certainty and without asking us, and a mistyped one costs no look at the store. The checksum protects nothing.
import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const TOKEN_PREFIX = 'sp_';
const RANDOM_LENGTH = 40;
const CHECKSUM_LENGTH = 6; // 62^6 > 2^32
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Finds candidates in text; isTokenText tells whether one really is a token. */
export const TOKEN_PATTERN = /\bsp_[0-9A-Za-z]{46}\b/;

/** A new token from the system's random source. */
export function newTokenText(): string {
  const body = TOKEN_PREFIX + randomBase62(RANDOM_LENGTH);
  return body + checksum(body);
}

/** True for a text of exactly this form whose checksum is right. */
export function isTokenText(text: string): boolean {
  const bodyLength = TOKEN_PREFIX.length + RANDOM_LENGTH;
  if (text.length !== bodyLength + CHECKSUM_LENGTH || !/^sp_[0-9A-Za-z]+$/.test(text)) return false;
  const body = text.slice(0, bodyLength);
  return text === body + checksum(body);
}

/**
 * Hex SHA-256, what a store keeps and looks up. A plain hash is enough for 238 random bits; and because the lookup is by
 * hash, how long it takes says nothing about how much of a guess was right.
 */
export function hashTokenText(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Random base62 digits, without modulo bias. */
export function randomBase62(length: number): string {
  let out = '';
  for (let at = 0; at < length; at++) out += DIGITS[randomInt(DIGITS.length)];
  return out;
}

function checksum(text: string): string {
  let rest = crc32(text);
  let out = '';
  for (let at = 0; at < CHECKSUM_LENGTH; at++) {
    out = `${DIGITS[rest % 62]}${out}`;
    rest = Math.floor(rest / 62);
  }
  return out;
}

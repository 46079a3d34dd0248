// Tokens with a checksum or a structure that is more than a pattern.
import { crc32 } from 'node:zlib';
import type { Random } from '../support/random.ts';
import { lettersOf, uuidOf } from './letters.ts';

const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** An age identity: 32 random bytes in Bech32 (BIP-173). */
export function ageKey(random: Random): string {
  const human = ['age-secret', 'key-'].join('-');
  const data = Array.from({ length: 51 }, () => random.next(32));
  const expanded = [...human].map((letter) => letter.charCodeAt(0));
  const values = [...expanded.map((code) => code >> 5), 0, ...expanded.map((code) => code & 31), ...data];
  // The last of 52 digits of 256 bits holds one bit and four of padding.
  const all = [...data, random.next(2) << 4];
  const sum = polymod([...values, all[51] as number, 0, 0, 0, 0, 0, 0]) ^ 1;
  const digits = [...all, ...[0, 1, 2, 3, 4, 5].map((at) => (sum >>> (5 * (5 - at))) & 31)];
  return `${human}1${digits.map((digit) => BECH32[digit]).join('')}`.toUpperCase();
}

function polymod(values: readonly number[]): number {
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    for (const [bit, generator] of GENERATORS.entries()) if ((top >> bit) & 1) sum ^= generator;
  }
  return sum >>> 0;
}

/** `glpat-`, payload, `.` version, length of the payload and CRC-32, both in base 36. */
export function gitlabRoutable(random: Random): string {
  const payload = Buffer.from(`o:1\nu:${random.next(90_000)}\n${lettersOf('alnum', 16, random)}`).toString('base64url');
  const head = `glpat-${payload}.01.${payload.length.toString(36).padStart(2, '0')}`;
  return head + crc32(head).toString(36).padStart(7, '0');
}

/** A signed token of a service that names no example and does not expire soon. */
export function jwtOf(random: Random): string {
  const header = random.pick(['{"alg":"HS256","typ":"JWT"}', '{"typ":"JWT","alg":"RS256","kid":"k2"}']);
  const payload = {
    iss: 'https://auth.contoso-retail.io/',
    sub: uuidOf(random),
    aud: 'orders',
    iat: 1_700_000_000 + random.next(20_000_000),
    exp: 4_000_000_000 + random.next(9_000_000),
    scope: 'orders:read orders:write',
  };
  const encode = (text: string): string => Buffer.from(text).toString('base64url');
  const signature = lettersOf('url', header.includes('RS') ? 342 : 43, random);
  return `${encode(header)}.${encode(JSON.stringify(payload))}.${signature}`;
}

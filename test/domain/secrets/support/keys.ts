// Keys and tokens whose structure holds; made when the test runs.
import { generateKeyPairSync } from 'node:crypto';
import { ALNUM, URL_SAFE } from '../../../../src/domain/secrets/alphabet.ts';
import type { Random } from './random.ts';
import { randomText } from './sample.ts';

/** `ec` (PKCS #8), `sec1`, or `encrypted`, without the last newline. */
export function pemKey(kind: string): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const type = kind === 'sec1' ? 'sec1' : 'pkcs8';
  const cipher = kind === 'encrypted' ? { cipher: 'aes-256-cbc', passphrase: 'p' } : {};
  return privateKey
    .export({ type, format: 'pem', ...cipher })
    .toString()
    .trimEnd();
}

/** A key in OpenSSH's format as far as the name of its cipher; the rest is random. */
export function openSshKey(cipher: string, random: Random): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(cipher.length);
  const rest = Buffer.from(randomText(ALNUM, 250, random));
  const body = Buffer.concat([Buffer.from('openssh-key-v1\0'), length, Buffer.from(cipher), rest]).toString('base64');
  return armoured('OPENSSH PRIVATE KEY', body);
}

export function armoured(label: string, base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n');
}

/** A token with this payload. */
export function jsonWebToken(payload: string, random: Random, header = '{"alg":"HS256","typ":"JWT"}'): string {
  const encode = (text: string): string => Buffer.from(text).toString('base64url');
  return [encode(header), encode(payload), randomText(URL_SAFE, 43, random)].join('.');
}

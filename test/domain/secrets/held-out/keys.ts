// Private keys whose structure holds; made once when first asked for, and no two runs have the same.
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

export type PemKind = 'rsa-pkcs1' | 'rsa-pkcs8' | 'ec-sec1' | 'ec-pkcs8' | 'ed25519' | 'openssh' | 'pgp' | 'dsa';

const made = new Map<PemKind, string>();

/** Without the last newline. */
export function pemOf(kind: PemKind): string {
  const known = made.get(kind);
  if (known !== undefined) return known;
  const pem = makePem(kind);
  made.set(kind, pem);
  return pem;
}

function makePem(kind: PemKind): string {
  if (kind === 'openssh') return openSsh();
  if (kind === 'pgp') return pgp();
  return exported(privateKey(kind), kind.endsWith('pkcs1') ? 'pkcs1' : kind.endsWith('sec1') ? 'sec1' : 'pkcs8');
}

function privateKey(kind: PemKind): KeyObject {
  if (kind.startsWith('rsa')) return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  if (kind === 'dsa') return generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }).privateKey;
  if (kind === 'ed25519') return generateKeyPairSync('ed25519').privateKey;
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

function exported(key: KeyObject, type: 'pkcs1' | 'sec1' | 'pkcs8'): string {
  return key.export({ type, format: 'pem' }).toString().trimEnd();
}

/** A certificate's PEM as far as its frame: DER that says it is as long as it is. */
export function certificatePem(label = 'CERTIFICATE'): string {
  const body = randomBytes(700);
  return armour(label, Buffer.concat([Buffer.from([0x30, 0x82, body.length >> 8, body.length & 255]), body]));
}

export function publicPem(kind: 'rsa' | 'ec'): string {
  const pair =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return pair.publicKey.export({ type: 'spki', format: 'pem' }).toString().trimEnd();
}

/** The members of a JWK; `d` is the secret one. */
export function jwkOf(kind: 'rsa' | 'ec'): Record<string, string> {
  const pair =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return pair.privateKey.export({ format: 'jwk' }) as Record<string, string>;
}

function armour(label: string, body: Buffer, width = 64): string {
  const lines = body.toString('base64').match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n');
}

function lengthAnd(bytes: Buffer | string): Buffer {
  const body = Buffer.from(bytes as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** An Ed25519 key without a passphrase (OpenSSH's PROTOCOL.key). */
function openSsh(): string {
  const { d, x } = privateKey('ed25519').export({ format: 'jwk' }) as { d: string; x: string };
  const publicKey = Buffer.from(x, 'base64url');
  const blob = Buffer.concat([lengthAnd('ssh-ed25519'), lengthAnd(publicKey)]);
  const check = randomBytes(4);
  const both = lengthAnd(Buffer.concat([Buffer.from(d, 'base64url'), publicKey]));
  const inner = Buffer.concat([check, check, blob, both, lengthAnd('deploy@build-7')]);
  const padded = Buffer.concat([inner, Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, -inner.length & 7)]);
  const one = Buffer.from([0, 0, 0, 1]);
  const head = [Buffer.from('openssh-key-v1\0'), lengthAnd('none'), lengthAnd('none'), lengthAnd(''), one];
  return armour('OPENSSH PRIVATE KEY', Buffer.concat([...head, lengthAnd(blob), lengthAnd(padded)]), 70);
}

/** A secret-key packet (tag 5, version 4) of random numbers, with its CRC-24 (RFC 9580, section 6.1). */
function pgp(): string {
  const body = Buffer.concat([Buffer.from([4, 0x5f, 0x11, 0x22, 0x33, 1, 8, 0]), randomBytes(900)]);
  const packet = Buffer.concat([Buffer.from([0x95, body.length >> 8, body.length & 255]), body]);
  const sum = Buffer.from([0, 8, 16].map((shift) => (crc24(packet) >> (16 - shift)) & 255)).toString('base64');
  const label = 'PGP PRIVATE KEY BLOCK';
  return armour(label, packet).replace('-----\n', '-----\n\n').replace('\n-----END', `\n=${sum}\n-----END`);
}

function crc24(bytes: Buffer): number {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x800000 ? (crc << 1) ^ 0x1864cfb : crc << 1;
  }
  return crc & 0xffffff;
}

/** A key file of PuTTY's; its private part is random. */
export function puttyKey(version: 2 | 3): string {
  const lines = (bytes: number): string[] =>
    randomBytes(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  const publicLines = lines(279);
  const privateLines = lines(600);
  return [
    `PuTTY-User-Key-File-${version}: ssh-rsa`,
    'Encryption: none',
    'Comment: rsa-key-20230817',
    `Public-Lines: ${publicLines.length}`,
    ...publicLines,
    `Private-Lines: ${privateLines.length}`,
    ...privateLines,
    `Private-MAC: ${randomBytes(version === 2 ? 20 : 32).toString('hex')}`,
  ].join('\n');
}

// SSH public keys: the line of an authorized_keys or .pub file <-> the wire form, and its fingerprint.
//   line  = algorithm SP base64(wire form) [SP comment]                                        sshd(8), AUTHORIZED_KEYS
//   wire  = string algorithm, then: string point (ed25519, RFC 8709 section 4) |
//           string curve, string Q (ecdsa, RFC 5656 section 3.1) | mpint e, mpint n (rsa, RFC 4253 section 6.6);
//           of a security key: the same fields, then string application (OpenSSH's PROTOCOL.u2f)
// Exactly one encoding of a key is accepted: a second one would give the same key a second fingerprint, and so a
// second user.
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { WireReader, wireString } from './ssh-wire.ts';

export type PlainKeyAlgorithm =
  | 'ssh-ed25519'
  | 'ecdsa-sha2-nistp256'
  | 'ecdsa-sha2-nistp384'
  | 'ecdsa-sha2-nistp521'
  | 'ssh-rsa';

/** Keys that live in a device, which signs when somebody touches it. */
export type SecurityKeyAlgorithm = 'sk-ssh-ed25519@openssh.com' | 'sk-ecdsa-sha2-nistp256@openssh.com';

export type SshKeyAlgorithm = PlainKeyAlgorithm | SecurityKeyAlgorithm;

export const SSH_KEY_ALGORITHMS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
] as const satisfies readonly SshKeyAlgorithm[];

export interface SshPublicKey {
  readonly algorithm: SshKeyAlgorithm;
  /** Of the key alone, without the device it may live in. */
  readonly plain: PlainKeyAlgorithm;
  /** What a security key signs for; absent = no security key. */
  readonly application?: Buffer;
  /** The wire form. */
  readonly blob: Buffer;
  readonly bits: number;
  readonly keyObject: KeyObject;
}

export interface SshKeyRefusal {
  readonly refused: string;
  readonly hint: string;
}

export interface SshPublicKeyLine {
  readonly key: SshPublicKey;
  readonly comment: string;
  /** `SHA256:…` as OpenSSH prints it. */
  readonly fingerprint: string;
}

export const MIN_RSA_BITS = 3072;
// OpenSSH's own limit (SSHBUF_MAX_BIGNUM): verifying with a larger one costs us more than it costs an attacker.
const MAX_RSA_BITS = 16384;
const MAX_BLOB_BYTES = 4096;
const MAX_LINE_CHARACTERS = 16384;
const MAX_COMMENT_CHARACTERS = 200;

const CURVES = {
  'ecdsa-sha2-nistp256': { name: 'nistp256', jwk: 'P-256', bits: 256, bytes: 32, hash: 'sha256' },
  'ecdsa-sha2-nistp384': { name: 'nistp384', jwk: 'P-384', bits: 384, bytes: 48, hash: 'sha384' },
  'ecdsa-sha2-nistp521': { name: 'nistp521', jwk: 'P-521', bits: 521, bytes: 66, hash: 'sha512' },
} as const;

// Points of small order (with the sign bit cleared): for these, signatures that verify for any message can be made
// without a private key, so whoever registered one could later say that anybody pushed. As in libsodium's list.
const SMALL_ORDER_POINTS: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** `SHA256:` and the unpadded base64 of the digest, as OpenSSH prints it. */
export function sshKeyFingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** `MD5:` and the digest as older tools print it. To search by, never to decide by. */
export function sshKeyMd5Fingerprint(blob: Uint8Array): string {
  const digest = createHash('md5').update(blob).digest('hex');
  return `MD5:${digest.match(/../g)?.join(':')}`;
}

/** A key in its wire form; a refusal when it is malformed, not canonical, too weak or of a kind we do not take. */
export function decodeSshPublicKey(blob: Uint8Array): SshPublicKey | SshKeyRefusal {
  if (blob.length > MAX_BLOB_BYTES) return malformed('the key is too long');
  const reader = new WireReader(Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength));
  const algorithm = reader.string()?.toString('latin1');
  if (algorithm === undefined) return malformed('the key is cut off');
  switch (algorithm) {
    case 'ssh-ed25519':
      return decodeEd25519(reader);
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521':
      return decodeEcdsa(reader, algorithm);
    case 'ssh-rsa':
      return decodeRsa(reader);
    case 'sk-ssh-ed25519@openssh.com':
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      return decodeSecurityKey(reader, algorithm);
    default:
      return unsupported(algorithm);
  }
}

/** One line of a .pub or authorized_keys file. Options before the key are refused: we would not honour them. */
export function parseSshPublicKeyLine(text: string): SshPublicKeyLine | SshKeyRefusal {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----|^PuTTY-User-Key-File/.test(text)) {
    return { refused: 'this is a private key', hint: 'keep it secret; give the file that ends in .pub instead' };
  }
  if (/---- BEGIN SSH2 PUBLIC KEY|-----BEGIN /.test(text)) {
    return {
      refused: 'this is not in the OpenSSH format',
      hint: 'convert it with: ssh-keygen -i -f FILE > FILE.pub',
    };
  }
  if (text.length > MAX_LINE_CHARACTERS) return malformed('the line is too long');
  const line = text.replace(/(\r?\n)+$/, '');
  if (/[\r\n\0]/.test(line)) {
    return { refused: 'there is more than one line', hint: 'give one public key at a time' };
  }
  const match = /^[ \t]*([^ \t]+)[ \t]+([^ \t]+)(?:[ \t]+(.*))?$/.exec(line);
  const [, algorithm = '', encoded = '', comment = ''] = match ?? [];
  if (!/^[a-z0-9@.-]+$/.test(algorithm)) {
    return {
      refused: 'the line does not begin with a key type',
      hint: 'give it as ssh-keygen wrote it, without options: ssh-ed25519 AAAA… comment',
    };
  }
  const blob = Buffer.from(encoded, 'base64');
  // Buffer.from skips what is not base64, so only an exact round trip counts.
  if (blob.length === 0 || blob.toString('base64') !== encoded) return malformed('the key is not base64');
  const key = decodeSshPublicKey(blob);
  if ('refused' in key) return key;
  if (key.algorithm !== algorithm) return malformed('the line names another key type than the key itself');
  return { key, comment: comment.trim().slice(0, MAX_COMMENT_CHARACTERS), fingerprint: sshKeyFingerprint(blob) };
}

/** The line for a .pub file. */
export function formatSshPublicKeyLine(key: Pick<SshPublicKey, 'algorithm' | 'blob'>, comment = ''): string {
  return `${key.algorithm} ${key.blob.toString('base64')}${comment === '' ? '' : ` ${comment}`}`;
}

/**
 * Is `signature` (raw for ed25519 and rsa, DER for ecdsa) this key's over `data`? RSA needs `hash` of RFC 8332: without
 * one the signature is SHA-1, and never valid here.
 */
export function verifyWithSshKey(
  key: SshPublicKey,
  data: Uint8Array,
  signature: Uint8Array,
  hash: string | undefined,
): boolean {
  try {
    if (key.plain === 'ssh-ed25519') return verify(null, data, key.keyObject, signature);
    if (key.plain !== 'ssh-rsa') return verify(CURVES[key.plain].hash, data, key.keyObject, signature);
    if (hash !== 'sha256' && hash !== 'sha512') return false;
    return verify(hash, data, key.keyObject, signature);
  } catch {
    return false; // OpenSSL throws on some malformed signatures
  }
}

function decodeEd25519(reader: WireReader): SshPublicKey | SshKeyRefusal {
  const point = reader.string();
  if (point?.length !== 32 || !reader.atEnd()) return malformed('the ed25519 key does not have 32 bytes');
  const unsigned = Buffer.from(point);
  unsigned[31] = (point[31] as number) & 0x7f;
  if (SMALL_ORDER_POINTS.has(unsigned.toString('hex'))) return malformed('the ed25519 key is no safe point');
  return finish('ssh-ed25519', reader, 256, { kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') });
}

function decodeEcdsa(reader: WireReader, algorithm: keyof typeof CURVES): SshPublicKey | SshKeyRefusal {
  const curve = CURVES[algorithm];
  const name = reader.string();
  const point = reader.string();
  if (name?.toString('latin1') !== curve.name) return malformed('the ecdsa key names another curve than its type');
  // Uncompressed points only (SEC 1 section 2.3.3): a compressed one is the same key again.
  if (point?.length !== 1 + 2 * curve.bytes || point[0] !== 4 || !reader.atEnd()) {
    return malformed('the ecdsa key is not an uncompressed point of its curve');
  }
  return finish(algorithm, reader, curve.bits, {
    kty: 'EC',
    crv: curve.jwk,
    x: point.subarray(1, 1 + curve.bytes).toString('base64url'),
    y: point.subarray(1 + curve.bytes).toString('base64url'),
  });
}

function decodeRsa(reader: WireReader): SshPublicKey | SshKeyRefusal {
  const exponent = reader.positiveMpint();
  const modulus = reader.positiveMpint();
  if (exponent === undefined || modulus === undefined || !reader.atEnd()) return malformed('the rsa key is malformed');
  // e = 1 makes every message its own signature; an even one is no RSA key at all.
  if (exponent.length > 4 || exponent.readUIntBE(0, exponent.length) < 3 || ((exponent.at(-1) as number) & 1) === 0) {
    return malformed('the rsa key has an unusable exponent');
  }
  const bits = modulus.length * 8 - (Math.clz32(modulus[0] as number) - 24);
  if (bits < MIN_RSA_BITS) {
    return {
      refused: `the rsa key has ${bits} bits, at least ${MIN_RSA_BITS} are needed`,
      hint: 'make a new key with: ssh-keygen -t ed25519',
    };
  }
  if (bits > MAX_RSA_BITS) return malformed(`the rsa key has more than ${MAX_RSA_BITS} bits`);
  if (((modulus.at(-1) as number) & 1) === 0) return malformed('the rsa key has an even modulus');
  const jwk = { kty: 'RSA', e: exponent.toString('base64url'), n: modulus.toString('base64url') };
  return finish('ssh-rsa', reader, bits, jwk);
}

/** The plain key inside is decoded by the rules for plain keys. */
function decodeSecurityKey(reader: WireReader, algorithm: SecurityKeyAlgorithm): SshPublicKey | SshKeyRefusal {
  const plain = algorithm === 'sk-ssh-ed25519@openssh.com' ? 'ssh-ed25519' : 'ecdsa-sha2-nistp256';
  const fields = plain === 'ssh-ed25519' ? [reader.string()] : [reader.string(), reader.string()];
  const application = reader.string();
  if (application === undefined || !reader.atEnd()) return malformed('the security key is malformed');
  // Devices sign for web sites as well: what was made for one of those must not log in here.
  if (!/^ssh:[\x20-\x7e]{0,250}$/.test(application.toString('latin1'))) {
    return malformed('the security key is for something else than ssh');
  }
  const inside = [Buffer.from(plain), ...fields.map((field) => field ?? Buffer.alloc(0))].map(wireString);
  const key = decodeSshPublicKey(Buffer.concat(inside));
  if ('refused' in key) return key;
  return { ...key, algorithm, blob: Buffer.from(reader.bytes), application: Buffer.from(application) };
}

function finish(
  algorithm: PlainKeyAlgorithm,
  reader: WireReader,
  bits: number,
  jwk: { readonly [member: string]: string },
): SshPublicKey | SshKeyRefusal {
  try {
    const keyObject = createPublicKey({ key: jwk, format: 'jwk' });
    return { algorithm, plain: algorithm, blob: Buffer.from(reader.bytes), bits, keyObject };
  } catch {
    return malformed('the key is not a point of its curve'); // OpenSSL checks that
  }
}

function malformed(refused: string): SshKeyRefusal {
  return { refused, hint: 'give the .pub file exactly as ssh-keygen wrote it' };
}

function unsupported(algorithm: string): SshKeyRefusal {
  const hint = 'make a key with: ssh-keygen -t ed25519';
  if (algorithm === 'ssh-dss') return { refused: 'dsa keys are too weak', hint };
  if (algorithm.includes('-cert-')) {
    return { refused: 'this is a certificate, not a key', hint: 'give the plain public key instead' };
  }
  return { refused: 'the key type is not supported', hint };
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { generateSshKey } from '../../src/adapters/keys/ssh-private-key.ts';
import {
  type CertificateContent,
  certificateAlgorithm,
  decodeSshCertificate,
  encodeSshCertificate,
  isSignedByAuthority,
  type SshCertificate,
} from '../../src/protocol/ssh-certificate.ts';
import { decodeSshPublicKey } from '../../src/protocol/ssh-key.ts';
import { wireString, wireUint32, wireUint64 } from '../../src/protocol/ssh-wire.ts';
import { makeSecurityKey } from '../support/security-key-agent.ts';

const authority = generateSshKey('ed25519', '');
const KEYS = [
  generateSshKey('ed25519', '').key,
  generateSshKey('ecdsa', '').key,
  ...(['sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com'] as const).map((kind) => {
    const key = decodeSshPublicKey(makeSecurityKey(kind).blob);
    if ('refused' in key) throw new Error(key.refused);
    return key;
  }),
];

const CONTENT: CertificateContent = {
  key: KEYS[0] as (typeof KEYS)[number],
  serial: 1n,
  kind: 'user',
  keyId: 'id',
  principals: ['alice'],
  validAfter: 0n,
  validBefore: 1n,
};

const encode = (content: CertificateContent) =>
  encodeSshCertificate(content, authority.key, (signed) => authority.sign(signed));

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const word = fc.stringMatching(/^[a-zA-Z0-9@._ äß-]{1,40}$/);
const content: fc.Arbitrary<CertificateContent> = fc.record({
  key: fc.constantFrom(...KEYS),
  serial: uint64,
  kind: fc.constantFrom('user' as const, 'host' as const),
  keyId: word,
  principals: fc.array(word, { maxLength: 8 }),
  validAfter: uint64,
  validBefore: uint64,
  criticalOptions: fc.uniqueArray(fc.tuple(word, fc.oneof(fc.constant(''), word)), {
    selector: ([name]) => name,
    maxLength: 5,
  }),
  extensions: fc.uniqueArray(word, { maxLength: 5 }),
});

test('what is written is read again, whatever it says', () => {
  fc.assert(
    fc.property(content, (given) => {
      const read = decodeSshCertificate(encode(given));
      assert.ok(!('refused' in read));
      const { serial, kind, keyId, principals, validAfter, validBefore } = read;
      const { key, criticalOptions = [], extensions = [], ...rest } = given;
      assert.deepEqual({ serial, kind, keyId, principals, validAfter, validBefore }, rest);
      assert.deepEqual(read.key.blob, key.blob);
      assert.deepEqual(new Map(criticalOptions), new Map(read.criticalOptions));
      assert.deepEqual(new Set(extensions), new Set(read.extensions.keys()));
      assert.ok(isSignedByAuthority(read));
    }),
  );
});

test('no byte of it can be changed, left out or added without its being refused or its signature breaking', () => {
  const blob = encode({ ...CONTENT, criticalOptions: [['source-address', '10.0.0.0/8']], extensions: ['permit-pty'] });
  for (let at = 0; at < blob.length; at++) {
    for (const bit of [1, 0x80]) {
      const changed = Buffer.from(blob);
      changed[at] = (changed[at] as number) ^ bit;
      const read = decodeSshCertificate(changed);
      assert.ok('refused' in read || !isSignedByAuthority(read), `byte ${at}`);
    }
    assert.ok('refused' in decodeSshCertificate(blob.subarray(0, at)), `cut off at ${at}`);
  }
  assert.ok('refused' in decodeSshCertificate(Buffer.concat([blob, Buffer.from([0])])));
});

test('random bytes, and certificates with random pieces in them, are refused or read, in bounded time', () => {
  const prefix = wireString(certificateAlgorithm('ssh-ed25519'));
  const blob = encode(CONTENT);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(blob.length), (bytes, at) => {
      decodeSshCertificate(Buffer.from(bytes));
      decodeSshCertificate(Buffer.concat([prefix, bytes]));
      const spliced = decodeSshCertificate(Buffer.concat([blob.subarray(0, at), bytes, blob.subarray(at)]));
      assert.ok('refused' in spliced || bytes.length === 0 || !isSignedByAuthority(spliced));
    }),
    { numRuns: 500 },
  );
});

/** A certificate with these parts in the place of good ones, signed by the authority all the same. */
function raw(
  parts: Partial<Record<'principals' | 'critical' | 'extensions' | 'reserved' | 'authority' | 'kind', Buffer>>,
) {
  const point = KEYS[0]?.blob.subarray(wireString('ssh-ed25519').length) ?? Buffer.alloc(0);
  const signed = Buffer.concat([
    wireString(certificateAlgorithm('ssh-ed25519')),
    wireString('nonce'),
    point,
    wireUint64(1n),
    parts.kind ?? wireUint32(1),
    wireString('id'),
    wireString(parts.principals ?? wireString('alice')),
    wireUint64(0n),
    wireUint64(1n),
    wireString(parts.critical ?? ''),
    wireString(parts.extensions ?? ''),
    wireString(parts.reserved ?? ''),
    wireString(parts.authority ?? authority.key.blob),
  ]);
  return decodeSshCertificate(Buffer.concat([signed, wireString(authority.sign(signed))]));
}

test('what is well signed and not as described is refused', () => {
  assert.ok(isSignedByAuthority(raw({}) as SshCertificate), 'the others differ from a good one in one part alone');
  const options = (...texts: string[]) => Buffer.concat(texts.map((text) => wireString(text)));
  const packed = wireString('x').toString('latin1');
  for (const [what, read] of [
    ['a kind that is not known', raw({ kind: wireUint32(3) })],
    ['a principal that is cut off', raw({ principals: wireUint32(9) })],
    ['an empty principal', raw({ principals: wireString('') })],
    ['a principal with a line feed', raw({ principals: wireString('alice\n') })],
    ['a principal that is not UTF-8', raw({ principals: wireString(Buffer.from([0xff])) })],
    ['too many principals', raw({ principals: Buffer.concat(Array(257).fill(wireString('a'))) })],
    ['an option without a value', raw({ critical: options('a') })],
    ['options out of order', raw({ critical: options('b', packed, 'a', packed) })],
    ['an option given twice', raw({ critical: options('a', packed, 'a', packed) })],
    ['an option whose value is not packed', raw({ critical: options('a', 'x') })],
    ['an option with two values', raw({ critical: options('a', packed + packed) })],
    ['extensions out of order', raw({ extensions: options('b', '', 'a', '') })],
    ['something in what is reserved', raw({ reserved: Buffer.from('x') })],
    ['an authority that is a certificate', raw({ authority: encode(CONTENT) })],
    ['an authority that is too weak', raw({ authority: options('ssh-dss', 'x') })],
    ['no authority', raw({ authority: Buffer.alloc(0) })],
  ] as const) {
    assert.ok('refused' in read, what);
  }
});

test('an authority that is a security key is none', () => {
  const device = makeSecurityKey('sk-ssh-ed25519@openssh.com');
  const read = raw({ authority: device.blob });
  assert.ok(!('refused' in read) && !isSignedByAuthority(read));
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import {
  decodeSshPublicKey,
  formatSshPublicKeyLine,
  parseSshPublicKeyLine,
  type SshPublicKeyLine,
  sshKeyFingerprint,
  sshKeyMd5Fingerprint,
  verifyWithSshKey,
} from '../../src/protocol/ssh-key.ts';
import { makeSecurityKey } from '../support/security-key-agent.ts';

const dir = mkdtempSync(join(tmpdir(), 'ssh-key-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const KINDS = [
  ['ssh-ed25519', 256, '-t', 'ed25519'],
  ['ecdsa-sha2-nistp256', 256, '-t', 'ecdsa', '-b', '256'],
  ['ecdsa-sha2-nistp384', 384, '-t', 'ecdsa', '-b', '384'],
  ['ecdsa-sha2-nistp521', 521, '-t', 'ecdsa', '-b', '521'],
  ['ssh-rsa', 3072, '-t', 'rsa', '-b', '3072'],
] as const;

const lines = new Map(
  KINDS.map(([algorithm, , ...args]) => {
    const file = join(dir, algorithm);
    execFileSync('ssh-keygen', ['-q', ...args, '-N', '', '-C', 'alice@laptop', '-f', file]);
    return [algorithm, readFileSync(`${file}.pub`, 'utf8')];
  }),
);

test('lines of ssh-keygen are read, with the fingerprint that ssh-keygen shows', () => {
  for (const [algorithm, bits] of KINDS) {
    const { key, comment, fingerprint } = read(lines.get(algorithm) ?? '');
    assert.equal(key.algorithm, algorithm);
    assert.equal(key.bits, bits);
    assert.equal(comment, 'alice@laptop');
    const shown = execFileSync('ssh-keygen', ['-l', '-f', join(dir, `${algorithm}.pub`)], { encoding: 'utf8' });
    assert.equal(shown.split(' ')[1], fingerprint);
    assert.equal(fingerprint, sshKeyFingerprint(key.blob));
    assert.equal(`${formatSshPublicKeyLine(key, comment)}\n`, lines.get(algorithm));
  }
});

test('a line may have other white space, no comment, or a comment with spaces', () => {
  const line = lines.get('ssh-ed25519') ?? '';
  const [algorithm, encoded] = line.split(' ');
  for (const [text, comment] of [
    [`${algorithm} ${encoded}`, ''],
    [` ${algorithm}\t${encoded}  alice  at home \r\n`, 'alice  at home'],
    [`${algorithm} ${encoded} ${'x'.repeat(500)}`, 'x'.repeat(200)],
  ] as const) {
    assert.equal(read(text).comment, comment);
    assert.equal(read(text).fingerprint, read(line).fingerprint);
  }
});

test('what is no single plain public key is refused with what to do', () => {
  const line = (lines.get('ssh-ed25519') ?? '').trim();
  const [algorithm, encoded = ''] = line.split(' ');
  const pem = ['-----BEGIN', 'OPENSSH PRIVATE', 'KEY-----'].join(' ');
  for (const [text, refused] of [
    ['', /does not begin with a key type/],
    ['ssh-ed25519', /does not begin with a key type/],
    [`# ${line}`, /does not begin with a key type/],
    [`command="id" ${line}`, /does not begin with a key type/],
    [`no-pty ${line}`, /not base64/],
    [`${pem}\nAAAA\n`, /this is a private key/],
    ['PuTTY-User-Key-File-3: ssh-ed25519\n', /this is a private key/],
    ['---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n', /not in the OpenSSH format/],
    ['-----BEGIN PUBLIC KEY-----\nAAAA\n', /not in the OpenSSH format/],
    [`${line}\n${line}\n`, /more than one line/],
    [`ssh-rsa ${encoded}`, /names another key type/],
    [`${algorithm} ${encoded.slice(0, -8)}`, /32 bytes|cut off/],
    [`${algorithm} ${encoded}AAAA`, /32 bytes/],
    [`${algorithm} ${encoded.replace('A', '-')}`, /not base64/],
    [`${algorithm} ${encoded}\u{1f511}`, /not base64/],
    [`${algorithm} ${'A'.repeat(20_000)}`, /too long/],
  ] as const) {
    const result = parseSshPublicKeyLine(text);
    assert.ok('refused' in result, text);
    assert.match(result.refused, refused, text);
    assert.notEqual(result.hint, '');
    assert.ok(!result.refused.includes(encoded.slice(20)) && !result.hint.includes(encoded.slice(20)));
  }
});

test('kinds of keys that are too weak or not supported are refused by name', () => {
  for (const [algorithm, refused] of [
    ['ssh-dss', /dsa keys are too weak/],
    ['ssh-ed25519-cert-v01@openssh.com', /a certificate, not a key/],
    ['webauthn-sk-ecdsa-sha2-nistp256@openssh.com', /key type is not supported/],
    ['ssh-ed448', /key type is not supported/],
    ['rsa-sha2-512', /key type is not supported/],
  ] as const) {
    refuses(wire(algorithm, Buffer.alloc(32, 9)), refused);
  }
});

test('rsa keys below 3072 bits and above 16384 are refused, and ones with unusable numbers', () => {
  const modulus = (bits: number) => Buffer.concat([Buffer.from([0, 0x80]), Buffer.alloc(bits / 8 - 1, 1)]);
  const e = Buffer.from([1, 0, 1]);
  accepts(wire('ssh-rsa', e, modulus(3072)));
  accepts(wire('ssh-rsa', Buffer.from([3]), modulus(3072)));
  refuses(wire('ssh-rsa', e, modulus(2048)), /2048 bits, at least 3072/);
  // One bit short of it: 0x7f… in as many bytes.
  refuses(wire('ssh-rsa', e, Buffer.concat([Buffer.from([0x7f]), Buffer.alloc(383, 1)])), /3071 bits/);
  refuses(wire('ssh-rsa', e, modulus(16392)), /more than 16384 bits/);
  for (const exponent of [[], [0], [1], [2], [0x80], [0, 1], [0, 0x80, 0], [1, 0, 0], [1, 0, 0, 0, 1], [0xff]]) {
    refuses(wire('ssh-rsa', Buffer.from(exponent), modulus(3072)), /malformed|unusable exponent/);
  }
  const even = modulus(3072);
  even[even.length - 1] = 2;
  refuses(wire('ssh-rsa', e, even), /even modulus/);
});

test('one key has one encoding: leading zeros, compressed points and trailing bytes are refused', () => {
  for (const [algorithm] of KINDS) {
    const { blob } = read(lines.get(algorithm) ?? '').key;
    accepts(blob);
    refuses(Buffer.concat([blob, Buffer.from([0])]), /./);
    refuses(Buffer.concat([blob, wire('')]), /./);
  }
  const modulus = Buffer.concat([Buffer.from([0, 0x80]), Buffer.alloc(383, 1)]);
  refuses(wire('ssh-rsa', Buffer.from([0, 1, 0, 1]), modulus), /malformed/);
  refuses(wire('ssh-rsa', Buffer.from([1, 0, 1]), Buffer.concat([Buffer.from([0]), modulus])), /malformed/);
  const { blob } = read(lines.get('ecdsa-sha2-nistp256') ?? '').key;
  const point = blob.subarray(-65);
  const compressed = Buffer.concat([Buffer.from([2 + ((point[64] as number) & 1)]), point.subarray(1, 33)]);
  refuses(wire('ecdsa-sha2-nistp256', Buffer.from('nistp256'), compressed), /uncompressed/);
});

test('points that are not on their curve, or of small order, are refused', () => {
  const bad = Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)]);
  refuses(wire('ecdsa-sha2-nistp256', Buffer.from('nistp256'), bad), /not a point of its curve/);
  refuses(wire('ecdsa-sha2-nistp256', Buffer.from('nistp384'), bad), /another curve/);
  for (const first of ['0000', '0100', 'ecff', 'edff', 'eeff', '26e8', 'c717']) {
    const y = SMALL_ORDER.find((point) => point.startsWith(first)) ?? '';
    assert.equal(orderDividesEight(y), true, y);
    for (const sign of [0, 0x80]) {
      const point = Buffer.from(y, 'hex');
      point[31] = (point[31] as number) | sign;
      refuses(wire('ssh-ed25519', point), /no safe point/);
    }
  }
});

test('a cut-off or altered key is a refusal or another key, never a crash', () => {
  for (const [algorithm] of KINDS) {
    const { blob } = read(lines.get(algorithm) ?? '').key;
    for (let length = 0; length < blob.length; length++) refuses(blob.subarray(0, length), /./);
  }
  fc.assert(
    fc.property(fc.constantFrom(...lines.values()), fc.nat(), fc.nat(255), (line, at, byte) => {
      const { blob } = read(line).key;
      const altered = Buffer.from(blob);
      altered[at % altered.length] = byte;
      const result = decodeSshPublicKey(altered);
      if (!('refused' in result)) assert.deepEqual(result.blob, altered);
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.ok('refused' in decodeSshPublicKey(bytes));
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.ok('refused' in parseSshPublicKeyLine(text));
    }),
  );
});

test('a signature verifies for its key, its data and its hash alone; rsa never without SHA-2', () => {
  const data = Buffer.from('what was signed');
  const pairs: readonly (readonly [Buffer, KeyObject, string | null, string | undefined])[] = [
    ed25519(),
    ecdsa('P-256', 'nistp256', 'sha256'),
    ecdsa('P-384', 'nistp384', 'sha384'),
    ecdsa('P-521', 'nistp521', 'sha512'),
    rsa('sha256'),
    rsa('sha512'),
  ];
  for (const [blob, privateKey, algorithm, hash] of pairs) {
    const key = accepts(blob);
    const signature = sign(algorithm, data, privateKey);
    assert.equal(verifyWithSshKey(key, data, signature, hash), true, key.algorithm);
    assert.equal(verifyWithSshKey(key, Buffer.from('something else'), signature, hash), false);
    for (const mangled of [Buffer.alloc(0), signature.subarray(1), Buffer.alloc(signature.length)]) {
      assert.equal(verifyWithSshKey(key, data, mangled, hash), false);
    }
    const [other] = ed25519();
    assert.equal(verifyWithSshKey(accepts(other), data, signature, hash), false);
  }
  const [blob, privateKey] = rsa('sha256');
  const sha1 = sign('sha1', data, privateKey);
  for (const hash of [undefined, 'sha1', 'sha256', 'md5']) {
    assert.equal(verifyWithSshKey(accepts(blob), data, sha1, hash), false);
  }
});

function read(line: string): SshPublicKeyLine {
  const result = parseSshPublicKeyLine(line);
  if ('refused' in result) throw new Error(`${result.refused}: ${line}`);
  return result;
}

function accepts(blob: Buffer) {
  const result = decodeSshPublicKey(blob);
  if ('refused' in result) throw new Error(result.refused);
  assert.deepEqual(result.blob, blob);
  return result;
}

function refuses(blob: Buffer, refused: RegExp): void {
  const result = decodeSshPublicKey(blob);
  assert.ok('refused' in result, blob.toString('hex'));
  assert.match(result.refused, refused);
}

function wire(...fields: (string | Buffer)[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(field.length);
      return [length, Buffer.from(field)];
    }),
  );
}

function ed25519() {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '' } = privateKey.export({ format: 'jwk' });
  return [wire('ssh-ed25519', Buffer.from(x, 'base64url')), privateKey, null, undefined] as const;
}

function ecdsa(namedCurve: string, name: string, hash: string) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve });
  const { x = '', y = '' } = privateKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return [wire(`ecdsa-sha2-${name}`, Buffer.from(name), point), privateKey, hash, undefined] as const;
}

function rsa(hash: string) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const { n = '', e = '' } = privateKey.export({ format: 'jwk' });
  const modulus = Buffer.concat([Buffer.from([0]), Buffer.from(n, 'base64url')]);
  return [wire('ssh-rsa', Buffer.from(e, 'base64url'), modulus), privateKey, hash, hash] as const;
}

const SMALL_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
];

/**
 * RFC 8032 section 5.1: doubling a point (x, y) of -x^2 + y^2 = 1 + d x^2 y^2 needs x only as x^2, which y gives; after
 * three doublings a point of order 1, 2, 4 or 8 is the neutral one, y = 1.
 */
function orderDividesEight(hex: string): boolean {
  const p = 2n ** 255n - 19n;
  const mod = (n: bigint) => ((n % p) + p) % p;
  const power = (base: bigint, exponent: bigint): bigint => {
    let result = 1n;
    for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
    return result;
  };
  const inverse = (n: bigint) => power(n, p - 2n);
  const d = mod(-121665n * inverse(121666n));
  let y = mod(BigInt(`0x${Buffer.from(hex, 'hex').reverse().toString('hex')}`));
  for (let doubling = 0; doubling < 3; doubling++) {
    const xx = mod((y * y - 1n) * inverse(d * y * y + 1n));
    // y(2P) = (y^2 + x^2) / (2 - (y^2 - x^2)), as a = -1.
    y = mod((y * y + xx) * inverse(2n - (y * y - xx)));
  }
  return y === 1n;
}

test('security keys are read with what they sign for, and refused when that is not ssh', () => {
  for (const kind of ['sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com'] as const) {
    for (const application of ['ssh:', 'ssh:work laptop']) {
      const { line, blob } = makeSecurityKey(kind, application);
      const parsed = parseSshPublicKeyLine(line);
      assert.ok(!('refused' in parsed), line);
      assert.equal(parsed.key.algorithm, kind);
      assert.equal(parsed.key.application?.toString(), application);
      assert.deepEqual(parsed.key.blob, blob);
    }
    for (const application of ['', 'example.com', 'https://example.com', 'SSH:', 'ssh:\n', `ssh:${'x'.repeat(300)}`]) {
      const refused = decodeSshPublicKey(makeSecurityKey(kind, application).blob);
      assert.ok('refused' in refused, JSON.stringify(application));
    }
    const { blob } = makeSecurityKey(kind);
    for (let end = 0; end < blob.length; end++) assert.ok('refused' in decodeSshPublicKey(blob.subarray(0, end)));
    assert.ok('refused' in decodeSshPublicKey(Buffer.concat([blob, Buffer.alloc(1)])));
  }
});

test('the MD5 fingerprint is the one that older tools print', () => {
  const parsed = parseSshPublicKeyLine(
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl',
  );
  assert.ok(!('refused' in parsed));
  assert.equal(sshKeyMd5Fingerprint(parsed.key.blob), 'MD5:65:96:2d:fc:e8:d5:a9:11:64:0c:0f:ea:00:6e:5b:bd');
});

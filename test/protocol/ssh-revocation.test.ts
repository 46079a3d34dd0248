import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { generateSshKey } from '../../src/adapters/keys/ssh-private-key.ts';
import { decodeSshCertificate, encodeSshCertificate, type SshCertificate } from '../../src/protocol/ssh-certificate.ts';
import { parseRevocationList, type RevocationList } from '../../src/protocol/ssh-revocation.ts';
import { wireMpint, wireString, wireUint32, wireUint64 } from '../../src/protocol/ssh-wire.ts';

const authority = generateSshKey('ed25519', '');
const other = generateSshKey('ed25519', '');
const person = generateSshKey('ed25519', '');

function certificate(serial: bigint, keyId = 'id', by = authority): SshCertificate {
  const content = {
    key: person.key,
    serial,
    kind: 'user',
    keyId,
    principals: ['a'],
    validAfter: 0n,
    validBefore: 1n,
  } as const;
  const read = decodeSshCertificate(encodeSshCertificate(content, by.key, (signed) => by.sign(signed)));
  assert.ok(!('refused' in read));
  return read;
}

const section = (kind: number, ...data: Uint8Array[]) =>
  Buffer.concat([Buffer.from([kind]), wireString(Buffer.concat(data))]);
const krl = (...sections: Uint8Array[]) =>
  Buffer.concat([
    Buffer.from('SSHKRL\n\0'),
    wireUint32(1),
    Buffer.alloc(24),
    wireString(''),
    wireString('comment'),
    ...sections,
  ]);
const certificates = (by: Uint8Array | string, ...sections: Uint8Array[]) =>
  section(1, wireString(by), wireString(''), ...sections);

function parsed(bytes: Buffer): RevocationList {
  const list = parseRevocationList(bytes);
  assert.ok(!('refused' in list), 'refused' in list ? list.refused : '');
  return list;
}

test('serials, ranges, bitmaps and key ids name certificates of their authority, or of any', () => {
  const serials = fc.uniqueArray(fc.bigInt({ min: 0n, max: 300n }), { maxLength: 40 });
  fc.assert(
    fc.property(serials, fc.bigInt({ min: 0n, max: 300n }), fc.boolean(), (revoked, offset, isOfAny) => {
      const by = isOfAny ? '' : authority.key.blob;
      let bits = 0n;
      for (const serial of revoked) if (serial >= offset) bits |= 1n << (serial - offset);
      const hex = bits.toString(16);
      const bitmap = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
      const below = revoked.filter((serial) => serial < offset);
      const sections = [section(0x20, ...below.map(wireUint64))];
      if (bits > 0n) sections.push(section(0x22, wireUint64(offset), wireMpint(bitmap)));
      const list = parsed(krl(certificates(by, ...sections)));
      for (let serial = 0n; serial <= 700n; serial += 1n) {
        const is = revoked.includes(serial);
        const given = { ...SAMPLE, serial };
        assert.equal(list.isCertificateRevoked(given), is, String(serial));
        assert.equal(list.isCertificateRevoked({ ...given, authority: other.key }), is && isOfAny);
      }
    }),
    { numRuns: 40 },
  );
  const range = parsed(
    krl(certificates(authority.key.blob, section(0x21, wireUint64(5n), wireUint64(2n ** 64n - 1n)))),
  );
  assert.ok(range.isCertificateRevoked(certificate(2n ** 64n - 1n)) && !range.isCertificateRevoked(certificate(4n)));
  const ids = parsed(krl(certificates('', section(0x23, wireString('lost laptop')))));
  assert.ok(ids.isCertificateRevoked(certificate(1n, 'lost laptop')) && !ids.isCertificateRevoked(certificate(1n)));
});

const SAMPLE = certificate(0n);

test('a list that is not understood to its end is none', () => {
  const good = krl(certificates('', section(0x20, wireUint64(7n))));
  parsed(good);
  for (const [what, bytes] of [
    ['another version', Buffer.concat([good.subarray(0, 8), wireUint32(2), good.subarray(12)])],
    ['a section that is not known', krl(section(9, Buffer.alloc(4)))],
    ['an extension', krl(section(255, Buffer.alloc(4)))],
    ['a signature', krl(section(4, wireString('x')))],
    ['a part of certificates that is not known', krl(certificates('', section(0x39, Buffer.alloc(4))))],
    ['half a serial', krl(certificates('', section(0x20, Buffer.alloc(7))))],
    ['a range that goes back', krl(certificates('', section(0x21, wireUint64(2n), wireUint64(1n))))],
    ['a bitmap without bits', krl(certificates('', section(0x22, wireUint64(2n))))],
    [
      'a bitmap beyond all measure',
      krl(certificates('', section(0x22, wireUint64(0n), wireMpint(Buffer.alloc(0x8001, 1))))),
    ],
    ['a digest of another length', krl(section(5, wireString(Buffer.alloc(20))))],
    ['a word that is not known', Buffer.from('user: alice\n')],
    ['a serial that is no number', Buffer.from('serial: 7a\n')],
    ['serials that go back', Buffer.from('serial: 7-1\n')],
    ['a fingerprint of another kind', Buffer.from('hash: MD5:00\n')],
    ['half a key', Buffer.from('ssh-ed25519 AAAA\n')],
  ] as const) {
    const list = parseRevocationList(bytes);
    assert.ok('refused' in list, what);
    assert.notEqual(list.hint, '');
  }
  for (let end = 9; end < good.length; end++) {
    // At the end of its head it is a good list that names nothing.
    const list = parseRevocationList(good.subarray(0, end));
    assert.ok('refused' in list || end === krl().length, String(end));
  }
});

test('random bytes are refused or read, in bounded time', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(1, 2, 3, 5), (bytes, kind) => {
      parseRevocationList(Buffer.from(bytes));
      parseRevocationList(krl(bytes));
      parseRevocationList(krl(section(kind, bytes)));
      parseRevocationList(krl(certificates('', bytes)));
    }),
    { numRuns: 500 },
  );
});

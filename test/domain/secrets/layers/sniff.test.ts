import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { octalOf, sniff } from '../../../../src/domain/secrets/layers/sniff.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const cases: readonly (readonly [title: string, bytes: Buffer, kind: string])[] = [
  ['nothing', latin1(''), 'bytes'],
  ['a text', latin1('hello, world\n'.repeat(100)), 'bytes'],
  ['a text of other scripts', Buffer.from('привет, мир\n'.repeat(100)), 'bytes'],
  ['gzip', gzipSync('x'), 'gzip'],
  ['zlib at any level', deflateSync('x'.repeat(99), { level: 1 }), 'zlib'],
  ['text that begins with x', latin1('x^2 + y^2 = z^2, and so on'), 'zlib'],
  ['text that begins with x but is no header', latin1('xyz and so on'), 'bytes'],
  ['zip', latin1('PK\x03\x04'), 'zip'],
  ['empty zip', latin1(`PK\x05\x06${'\0'.repeat(18)}`), 'zip'],
  ['ar', latin1('!<arch>\n'), 'ar'],
  ['PDF', latin1('%PDF-1.7\n'), 'pdf'],
  ['UTF-16 with its mark', latin1('\xff\xfea\0'), 'utf-16'],
  ['UTF-32 with its mark', latin1('\xff\xfe\0\0a\0\0\0'), 'utf-32'],
  ['UTF-16 without a mark', Buffer.from('const x = 1;', 'utf16le'), 'utf-16'],
  [
    'a binary with many zeros on both sides',
    Buffer.concat([Buffer.alloc(512), latin1('ELF'), Buffer.alloc(512)]),
    'bytes',
  ],
  ['bzip2', latin1('BZh91AY&SY'), 'opaque'],
  ['a text that begins with BZh', latin1('BZh is not compressed here'), 'bytes'],
  ['xz', latin1('\xfd7zXZ\0'), 'opaque'],
  ['7z', latin1('7z\xbc\xaf\x27\x1c'), 'opaque'],
  ['rar', latin1('Rar!\x1a\x07\x01\0'), 'opaque'],
  ['a pack of git', latin1('PACK\0\0\0\x02\0\0\0\x01'), 'opaque'],
  ['a text about packs', latin1('PACKAGE'), 'bytes'],
];

describe('sniff', () => {
  for (const [title, bytes, kind] of cases) test(`${title} is ${kind}`, () => assert.equal(sniff(bytes).kind, kind));
});

describe('octal numbers of tar headers', () => {
  const numbers: readonly (readonly [field: string, value: number])[] = [
    ['0000644\0', 0o644],
    ['   644 \0', 0o644],
    ['\0\0\0\0', -1],
    ['', -1],
    ['12x', -1],
    ['-12', -1],
    ['8', -1],
    ['7 7', 7],
  ];
  for (const [field, value] of numbers) {
    test(`${JSON.stringify(field)} is ${value}`, () => assert.equal(octalOf(latin1(field)), value));
  }
});

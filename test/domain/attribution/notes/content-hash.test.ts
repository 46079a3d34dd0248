import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { checkContentHash, contentHash, murmur3 } from '../../../../src/domain/attribution/notes/content-hash.ts';

describe('murmur3', () => {
  // smhasher, KeysetTest.cpp, VerificationTest: hashes of the keys 0, 0 1, 0 1 2, … hashed; main.cpp has the value.
  it('gives the verification value that its author publishes', () => {
    const hashes = Buffer.alloc(256 * 4);
    const keys = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    for (let length = 0; length < 256; length++) {
      hashes.writeUInt32LE(murmur3(keys.subarray(0, length), 256 - length), length * 4);
    }
    assert.equal(murmur3(hashes), 0xb0f57ee3);
  });

  for (const [text, hash] of [
    ['', 0],
    ['hello', 0x248bfa47],
    ['The quick brown fox jumps over the lazy dog', 0x2e4ff723],
  ] as const) {
    it(`of "${text}" is ${hash.toString(16)}`, () => {
      assert.equal(murmur3(Buffer.from(text)), hash);
    });
  }
});

describe('a content hash', () => {
  const lines = ['const a = 1;', 'const b = 2;'].map((line) => Buffer.from(line));
  const crlf = lines.map((line) => Buffer.concat([line, Buffer.from('\r')]));
  const murmur = (text: string) => `murmur3:${murmur3(Buffer.from(text)).toString(16).padStart(8, '0')}`;
  const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
  const text = 'const a = 1;\nconst b = 2;';

  for (const [what, hash, of, verdict] of [
    ['of the lines', murmur(text), lines, 'equal'],
    ['of the lines with their last line feed', murmur(`${text}\n`), lines, 'equal'],
    ['of lines whose CR was dropped', murmur(text), crlf, 'equal'],
    ['of lines with CR', murmur('const a = 1;\r\nconst b = 2;\r'), crlf, 'equal'],
    ['that is a SHA-256', sha256(text), lines, 'equal'],
    ['of another text', murmur('const a = 2;'), lines, 'unequal'],
    ['that is another SHA-256', sha256('const a = 2;'), lines, 'unequal'],
    ['of 128 bits', `murmur3:${'0'.repeat(32)}`, lines, 'unknown'],
    ['of another kind', 'crc32:00000000', lines, 'unknown'],
    ['without a kind', '9f2e8a1b', lines, 'unknown'],
    ['in upper case', murmur(text).toUpperCase(), lines, 'unknown'],
    ['that is empty', '', lines, 'unknown'],
  ] as const) {
    it(`${what} is ${verdict}`, () => {
      assert.equal(checkContentHash(hash, of), verdict);
    });
  }

  it('as we write it is one that we take', () => {
    assert.equal(contentHash(lines), murmur(text));
    assert.equal(checkContentHash(contentHash([]), []), 'equal');
  });
});

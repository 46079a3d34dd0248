import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hashTokenText, isTokenText, newTokenText, TOKEN_PATTERN } from '../../src/domain/token-text.ts';

describe('token text', () => {
  it('is sp_ and 46 base62 digits, recognised in running text', () => {
    const text = newTokenText();
    assert.match(text, /^sp_[0-9A-Za-z]{46}$/);
    assert.ok(isTokenText(text));
    assert.equal(TOKEN_PATTERN.exec(`password = "${text}";`)?.[0], text);
  });

  it('is never the same twice', () => {
    assert.equal(new Set(Array.from({ length: 1000 }, newTokenText)).size, 1000);
  });

  it('has a checksum that shows any one wrong character', () => {
    const text = newTokenText();
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        (at, character) => {
          const wrong = text.slice(0, at) + character + text.slice(at + 1);
          assert.equal(isTokenText(wrong), wrong === text);
        },
      ),
    );
  });

  it('is not a shorter, longer or spaced text', () => {
    const text = newTokenText();
    for (const wrong of ['', 'sp_', text.slice(0, -1), `${text}0`, ` ${text}`, `${text}\n`, text.toUpperCase()]) {
      assert.equal(isTokenText(wrong), false);
    }
  });

  // Fixed, so that tokens issued today are recognised by every later version.
  it('has the checksum of the format: CRC-32 in six base62 digits', () => {
    const body = `sp_${'0'.repeat(40)}`;
    assert.ok(isTokenText(body + crcDigits(body)));
  });

  it('hashes to hex SHA-256', () => {
    assert.equal(hashTokenText('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

/** CRC-32 (IEEE, reflected) bit by bit, independent of zlib. */
function crcDigits(text: string): string {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  let out = '';
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  for (let at = 0; at < 6; at++) {
    out = `${digits[rest % 62]}${out}`;
    rest = Math.floor(rest / 62);
  }
  return out;
}

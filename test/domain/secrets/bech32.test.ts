// Bech32 checksums against the valid strings that BIP-173 lists.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { bech32Checksum } from '../../../src/domain/secrets/bech32.ts';

/** Valid strings of BIP-173, whole. */
const VALID = [
  'a12uel5l',
  'abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw',
  '11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j',
  'split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w',
  '?1ezyfcl',
];

suite('bech32Checksum', () => {
  for (const text of VALID) {
    const separator = text.lastIndexOf('1');
    const [prefix, data] = [text.slice(0, separator), text.slice(separator + 1, -6)];
    test(`${text.slice(0, 20)} ends in its checksum`, () => assert.equal(bech32Checksum(prefix, data), text.slice(-6)));
  }
});

test('one other character changes the checksum', () => {
  assert.notEqual(bech32Checksum('abcdef', 'qpzry9x8'), bech32Checksum('abcdef', 'qpzry9x9'));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fingerprint, fingerprintKeyOf } from '../../../src/domain/secrets/fingerprint.ts';
import { mask, maskAll } from '../../../src/domain/secrets/mask.ts';
import { pemKey } from './support/keys.ts';

const CASES: readonly [title: string, value: string, prefix: number, masked: string][] = [
  ['a token keeps its prefix and four last characters', `abc_${'q'.repeat(32)}wxyz`, 4, 'abc_…wxyz'],
  ['a short value shows nothing', 'hunter2!', 0, '…'],
  ['a value without prefix shows its last characters only', `${'k'.repeat(12)}wxyz`, 0, '…wxyz'],
  ['a long prefix is cut at a quarter', `prefix_${'q'.repeat(9)}`, 7, 'pref…'],
  ['control characters do not reach a terminal', `ab\u001b[${'q'.repeat(30)}`, 4, 'ab?[…qqqq'],
  ['several lines show nothing of the later ones', `abcd${'q'.repeat(30)}\nwxyz`, 4, 'abcd…'],
];

for (const [title, value, prefix, masked] of CASES) test(title, () => assert.equal(mask(value, prefix), masked));

test('a key in armour shows its label', () => {
  assert.equal(mask(pemKey('sec1')), `-----BEGIN ${['EC', 'PRIVATE', 'KEY'].join(' ')}-----…`);
});

test('never more than a quarter of a value is shown', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 200 }), fc.nat(250), (value, prefix) => {
      fc.pre(!value.startsWith('-----BEGIN '));
      assert.ok(mask(value, prefix).length - 1 <= value.length / 4);
    }),
  );
});

test('text between secrets stays as it is', () => {
  const text = `a=${'x'.repeat(20)} b=${'y'.repeat(20)}!`;
  const stretches = [
    { start: 2, end: 22, body: 2 },
    { start: 25, end: 45, body: 25 },
  ];
  assert.equal(maskAll(text, stretches), 'a=…xxxx b=…yyyy!');
});

const KEY = fingerprintKeyOf(Buffer.alloc(32, 1));

test('a fingerprint depends on key, rule and value', () => {
  const all = [
    fingerprint(KEY, 'rule-a', 'value'),
    fingerprint(fingerprintKeyOf(Buffer.alloc(32, 2)), 'rule-a', 'value'),
    fingerprint(KEY, 'rule-b', 'value'),
    fingerprint(KEY, 'rule-a', 'value2'),
    fingerprint(KEY, 'rule-av', 'alue'),
  ];
  assert.equal(new Set(all).size, all.length);
  assert.match(all[0] as string, /^[0-9a-f]{32}$/);
});

test('a key in armour has one fingerprint, however its lines are broken', () => {
  const key = pemKey('ec');
  const escaped = key.replaceAll('\n', '\\n');
  const joined = key.replaceAll('\n', '\\n" +\n  "');
  const prints = [key, escaped, joined, key.replaceAll('\n', '\r\n  ')].map((one) =>
    fingerprint(KEY, 'private-key', one),
  );
  assert.equal(new Set(prints).size, 1);
});

test('a short fingerprint key is refused', () => {
  assert.throws(() => fingerprintKeyOf(Buffer.alloc(8)), {
    name: 'TypeError',
    message: /16 bytes or more/,
  });
});

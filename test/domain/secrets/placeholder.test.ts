// What is taken for a placeholder, what reads like words, what is random: for all rules at once.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ALNUM, BASE64, HEX, LOWER_ALNUM, UPPER_ALNUM, URL_SAFE } from '../../../src/domain/secrets/alphabet.ts';
import { isPlaceholder, readsLikeWords } from '../../../src/domain/secrets/placeholder.ts';
import { randomness } from '../../../src/domain/secrets/randomness.ts';
import { entropy, isMixed } from '../../../src/domain/secrets/score.ts';
import { seeded } from './support/random.ts';
import { randomText } from './support/sample.ts';

const PLACEHOLDERS = [
  '',
  'xxxxxxxxxxxxxxxxxxxxxxxx',
  'XXXXXXXX-XXXX-XXXX',
  'your-api-key-here',
  'YOUR_TOKEN',
  'changeme',
  '<token>',
  '%TOKEN%',
  ['$', '{TOKEN}'].join(''),
  '{{ token }}',
  '$(cat token)',
  'process.env.TOKEN',
  'abababababababab',
  'a1b2a1b2a1b2a1b2',
  '0123456789abcdef',
  'abcdefghijklmnop',
  '00000000000000000000000000000001',
  'IOSFODNN7EXAMPLE',
  '1111222211112222',
  'two\nlines',
];

suite('placeholders', () => {
  for (const value of PLACEHOLDERS) test(JSON.stringify(value), () => assert.ok(isPlaceholder(value)));
});

test('a short word in mixed case is chance', () => {
  for (const chance of ['tOdO', 'xXxX', 'XxXx', 'ToDo']) assert.ok(!isPlaceholder(`q9ZkT2v${chance}LmX7r`), chance);
  for (const word of ['todo', 'TODO', 'xxxx', 'XXXX']) assert.ok(isPlaceholder(`q9ZkT2v${word}LmX7r`), word);
});

const ROUNDS = 2_000;
const ALPHABETS = [ALNUM, BASE64, HEX, LOWER_ALNUM, UPPER_ALNUM, URL_SAFE];

/** How many of random values of this length fail the test. */
function failing(length: number, fails: (text: string) => boolean): number {
  const random = seeded('random values');
  let count = 0;
  for (let i = 0; i < ROUNDS; i++) if (fails(randomText(random.pick(ALPHABETS), length, random))) count++;
  return count;
}

test('of random values next to none is taken for a placeholder', () => {
  assert.ok(failing(20, isPlaceholder) + failing(40, isPlaceholder) + failing(200, isPlaceholder) <= 3);
});

test('of random values next to none reads like words', () => {
  const reads = (text: string): boolean => readsLikeWords(Buffer.from(text), 0, text.length);
  assert.ok(failing(24, reads) + failing(40, reads) <= 3);
});

test('text that people write reads like words', () => {
  for (const text of ['thisisafaketokenfortestingonly', 'ThisIsMyPersonalAccessTokenForTests']) {
    assert.ok(readsLikeWords(Buffer.from(text), 0, text.length), text);
  }
});

const WRITTEN = [
  'getElementsByTagName',
  'application_default_credentials',
  'current-password',
  'TransactionIsolationLevel',
];

test('names are not random, and random text of 24 characters nearly always is', () => {
  for (const text of WRITTEN) assert.ok(randomness(Buffer.from(text), 0, text.length) < -3, text);
  const isNot = (text: string): boolean => randomness(Buffer.from(text), 0, text.length) <= 0;
  assert.ok(failing(24, isNot) < ROUNDS * 0.06);
});

test('entropy and mixture of known texts', () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  assert.equal(entropy(all, 0, 256), 8);
  assert.equal(entropy(Buffer.from('aabb'), 0, 4), 1);
  assert.equal(entropy(Buffer.from('xaaaax'), 1, 5), 0);
  assert.ok(isMixed(Buffer.from('aB3'), 0, 3));
  assert.ok(!isMixed(Buffer.from('aB3'), 0, 2));
});

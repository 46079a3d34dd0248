// Tokens with a literal inside them: where they begin after the escapes of strings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALNUM, DIGITS } from '../../../src/domain/secrets/alphabet.ts';
import { prefixed } from '../../../src/domain/secrets/build/prefixed.ts';
import { createScanner } from '../../../src/domain/secrets/scan.ts';
import { run } from '../../../src/domain/secrets/shape.ts';

const rule = prefixed({
  id: 'a-token',
  vendor: 'A',
  title: 'A',
  severity: 'high',
  url: 'https://a.dev/',
  remedy: 'A.',
  before: [run(ALNUM, 12, 20)],
  prefix: '-us-',
  parts: [run(DIGITS, 2)],
});
const scanner = createScanner([rule]);
const TOKEN = ['q9ZkT2vLmX7r', '-us-', '14'].join('');

const AFTER: readonly (readonly [what: string, text: string])[] = [
  ['a newline', '\\n'],
  ['a tab', '\\t'],
  ['an escaped newline', '\\\\n'],
  ['a percent escape', 'key%3D'],
  ['a unicode escape', 'key\\u003d'],
  ['a quote', '"'],
];

for (const [what, before] of AFTER) {
  test(`a token of several lengths begins after ${what}`, () => {
    const text = before + TOKEN;
    const found = scanner.scan(Buffer.from(text)).map(({ start, end }) => text.slice(start, end));
    assert.deepEqual(found, [TOKEN]);
  });
}

test('a letter after a backslash stays where the token would be too short without it', () => {
  const text = `\\n${TOKEN.slice(1)}`;
  const found = scanner.scan(Buffer.from(text)).map(({ start, end }) => text.slice(start, end));
  assert.deepEqual(found, [text.slice(1)]);
});

// Rules that look at whole files: each object with its own path, whether or not an anchor is in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SecretRule } from '../../../src/domain/secrets/rule.ts';
import { createScanner } from '../../../src/domain/secrets/scan.ts';

const text = {
  vendor: 'test',
  title: 'a file',
  severity: 'high',
  url: 'https://localhost/',
  remedy: 'None.',
  keepsPlaceholders: true,
} as const;

const byPath: SecretRule = {
  ...text,
  id: 'by-path',
  anchors: [],
  atStart: true,
  check: (_bytes, start, end, reading) =>
    start === 0 && end === 0 && reading.path === 'secret.key'
      ? { start: 0, end: reading.to, certainty: 'high' }
      : undefined,
};
const byAnchor: SecretRule = {
  ...text,
  id: 'by-anchor',
  anchors: [{ text: 'mark' }],
  check: (_bytes, start, end, reading) => (reading.path === 'marked' ? { start, end, certainty: 'high' } : undefined),
};
const scanner = createScanner([byPath, byAnchor]);

test('a rule for whole files sees every object once, with its path', () => {
  const objects = ['abc', 'mark abc mark', 'def', ''].map((one) => Buffer.from(one));
  const found = scanner.scanMany(objects, ['secret.key', 'marked', undefined, 'other']);
  assert.deepEqual(
    found.map((matches) => matches.map((match) => [match.rule.id, match.start, match.end])),
    [
      [['by-path', 0, 3]],
      [
        ['by-anchor', 0, 4],
        ['by-anchor', 9, 13],
      ],
      [],
      [],
    ],
  );
});

test('without paths, rules by path find nothing', () => {
  assert.deepEqual(scanner.scanMany([Buffer.from('abc'), Buffer.from('mark')]), [[], []]);
  assert.deepEqual(scanner.scan(Buffer.from('abc')), []);
});

test('the path of one object is not that of the next', () => {
  assert.equal(scanner.scan(Buffer.from('abc'), 'secret.key').length, 1);
  assert.equal(scanner.scan(Buffer.from('abc')).length, 0);
});

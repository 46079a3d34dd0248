import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { maskDiff } from '../../../src/domain/secrets/mask-diff.ts';
import { RULES_MASKER } from '../../../src/domain/secrets/mask-text.ts';
import { pemKey } from './support/keys.ts';

const HEAD = ['diff --git a/x b/x', '--- a/x', '+++ b/x', '@@ -1,3 +1,9 @@ fn'];
const PASSWORD = ['Zq8#', 'mT2v', 'Lw0!'].join('');
const KEY = pemKey('ec').split('\n');

const masked = (...lines: string[]): string[] =>
  maskDiff([...HEAD, ...lines, ''].join('\n'), RULES_MASKER)
    .split('\n')
    .slice(HEAD.length, -1);

suite('a diff is masked', () => {
  test('where only the beginning of a line gives a secret away', () => {
    assert.deepEqual(masked(' a', `+DB_PASSWORD=${PASSWORD}`), [' a', '+DB_PASSWORD=…']);
  });

  test('on both sides of a change', () => {
    assert.deepEqual(masked(`-DB_PASSWORD=${PASSWORD}`, `+DB_PASSWORD=${PASSWORD}9`), [
      '-DB_PASSWORD=…',
      '+DB_PASSWORD=…',
    ]);
  });

  test('for a key over several lines, each of which keeps its place', () => {
    const lines = masked(' before', ...KEY.map((line) => `+${line}`), '+after');
    assert.equal(lines.length, KEY.length + 2);
    assert.deepEqual(
      lines.slice(2, -1),
      KEY.slice(1).map(() => '+…'),
    );
  });

  test('for a key that was changed in the middle, on either side', () => {
    const other = pemKey('ec').split('\n');
    const [begin, ...body] = KEY;
    const lines = masked(
      ` ${begin}`,
      ...body.slice(0, -1).map((line) => `-${line}`),
      ...other.slice(1, -1).map((line) => `+${line}`),
      ` ${KEY.at(-1)}`,
    );
    for (const secret of [...KEY.slice(1, -1), ...other.slice(1, -1)]) assert.ok(!lines.join('\n').includes(secret));
  });

  test('by the name of its file', () => {
    const line = `a.corp.lan:5433:shop:shop:${['k3Xq', 'Vb7T', 'n2Lw'].join('')}`;
    const diff = ['--- /dev/null', '+++ b/deploy/.pgpass', '@@ -0,0 +1 @@', `+${line}`, ''].join('\n');
    assert.match(maskDiff(diff, RULES_MASKER), /\+a\.corp\.lan:5433:shop:shop:…\n$/);
  });
});

test('a diff without secrets is the same', () => {
  const line = fc.constantFrom(
    '+a',
    '-b',
    ' c',
    '',
    '@@ -1 +1 @@',
    '+++ b/y',
    '--- a/y',
    '\\ No newline at end of file',
    'Binary files differ',
    '+ä€',
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      assert.equal(maskDiff(lines.join('\n'), RULES_MASKER), lines.join('\n'));
    }),
  );
});

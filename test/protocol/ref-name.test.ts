import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import fc from 'fast-check';
import { encodeBytes } from '../../src/protocol/bytes.ts';
import { checkRefName } from '../../src/protocol/ref-name.ts';

for (const name of [
  'refs/heads/main',
  'refs/heads/PACK-x',
  'refs/heads/-x',
  'refs/heads/@',
  'refs/heads/a.b/c',
  'refs/heads/a./b',
  'refs/heads/é日本語',
  'refs/heads/\udcff\udc80',
  'refs/heads/HEAD',
  'refs/heads/x.LOCK',
  'refs/for/main%topic=x',
  'refs/pull/1/head',
]) {
  test(`fine: ${JSON.stringify(name)}`, () => assert.equal(checkRefName(name), undefined));
}

for (const [name, why] of [
  ['', 'empty'],
  ['HEAD', 'does not begin with refs/'],
  ['main', 'does not begin with refs/'],
  ['heads/main', 'does not begin with refs/'],
  ['REFS/heads/main', 'does not begin with refs/'],
  ['/refs/heads/main', 'does not begin with refs/'],
  ['refs/', 'empty component'],
  ['refs/x', 'has no directory after refs/'],
  ['refs/heads/', 'empty component'],
  ['refs//heads/x', 'empty component'],
  ['refs/heads//x', 'empty component'],
  ['refs/heads/.x', 'component begins with a dot'],
  ['refs/heads/.', 'ends with a dot'],
  ['refs/heads/../x', 'two dots in a row'],
  ['refs/heads/a..b', 'two dots in a row'],
  ['refs/heads/a.', 'ends with a dot'],
  ['refs/heads/a.lock', 'component ends with .lock'],
  ['refs/heads/a.lock/b', 'component ends with .lock'],
  ['refs/heads/.lock', 'component begins with a dot'],
  ['refs/heads/a@{1}', 'sequence @{'],
  ['refs/heads/a b', 'space'],
  ['refs/heads/a~1', 'character ~'],
  ['refs/heads/a^', 'character ^'],
  ['refs/heads/a:b', 'character :'],
  ['refs/heads/a?', 'character ?'],
  ['refs/heads/*', 'character *'],
  ['refs/heads/a[b', 'character ['],
  ['refs/heads/a\\b', 'character \\'],
  ['refs/heads/a\0', 'control byte'],
  ['refs/heads/a\n', 'control byte'],
  ['refs/heads/a\r', 'control byte'],
  ['refs/heads/a\x7f', 'control byte'],
  ['refs/heads/\x1b[0m', 'control byte'],
] as const) {
  test(`refused: ${JSON.stringify(name)}`, () => assert.equal(checkRefName(name), why));
}

test('git check-ref-format agrees', () => {
  const piece = fc.constantFrom(
    'a',
    'B',
    '.',
    '..',
    '/',
    '.lock',
    '@',
    '{',
    '~',
    ' ',
    '\\',
    '*',
    '-',
    '\x01',
    '\x7f',
    'é',
    '\udcff',
    'x.y',
  );
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
      const name = `refs/heads/${pieces.join('')}`;
      // An argument must be bytes of a file name: /bin/sh hands over what a JavaScript string cannot hold.
      const printf = [...encodeBytes(name)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
      const git = spawnSync('sh', ['-c', `exec git check-ref-format "$(printf '${printf}_')"`], { env: process.env });
      const fine = checkRefName(`${name}_`) === undefined;
      assert.equal(fine, git.status === 0, JSON.stringify(`${name}_`));
    }),
    { numRuns: 120 },
  );
});

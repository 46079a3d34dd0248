import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patchId } from '../../../../src/domain/attribution/lines/patch-id.ts';
import { addedFile, oid } from '../sample.ts';

const ONE = ['def total(cart):', '    return sum(cart)'];
const BASE = ['import os', '', 'LIMIT = 5'];

function idOf(
  after: readonly string[],
  before: readonly string[],
  path = 'cart.py',
  commit = oid('a'),
): string | undefined {
  return patchId([addedFile(commit, path, after, before)]);
}

const id = idOf([...BASE, ...ONE], BASE);

test('another commit, other lines around it: the same id', () => {
  assert.equal(
    idOf(['# new head', ...BASE, ...ONE, 'x = 1'], ['# new head', ...BASE, 'x = 1'], 'cart.py', oid('b')),
    id,
  );
});

test('indentation and blanks at line ends make no difference', () => {
  assert.equal(idOf([...BASE, ...ONE.map((line) => `\t${line}  `)], BASE), id);
});

test('the order of files makes no difference', () => {
  const files = ['a.py', 'b.py'].map((path) => addedFile(oid('a'), path, [...BASE, path], BASE));
  assert.equal(patchId(files), patchId(files.toReversed()));
});

const OTHERS: readonly (readonly [title: string, other: string | undefined])[] = [
  ['a word of a line', idOf([...BASE, 'def totals(cart):', ONE[1] as string], BASE)],
  ['the order of lines', idOf([...BASE, ...ONE.toReversed()], BASE)],
  ['a line more', idOf([...BASE, ...ONE, 'x = 1'], BASE)],
  ['the path', idOf([...BASE, ...ONE], BASE, 'basket.py')],
  ['a line that is taken away', idOf([...BASE.slice(1), ...ONE], BASE)],
];
for (const [title, other] of OTHERS) test(`another id for ${title}`, () => assert.notEqual(other, id));

test('a commit that adds nothing has none', () => {
  assert.equal(idOf(BASE.slice(1), BASE), undefined);
});

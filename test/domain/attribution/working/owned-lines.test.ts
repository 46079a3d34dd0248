// Owners of lines through versions of a text, against a model that knows every line's true owner.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  followLines,
  hashedText,
  type OwnedLines,
  ownedBy,
} from '../../../../src/domain/attribution/working/owned-lines.ts';

const text = (lines: readonly string[]) => hashedText(Buffer.from(lines.map((line) => `${line}\n`).join('')));
const owned = (lines: readonly string[], owner?: string): OwnedLines<string> => ownedBy(text(lines), owner);
const LINES = ['const alpha = first();', 'const beta = second();', 'const gamma = third();'];

test('every line that is told apart keeps its owner through any edits', () => {
  const edit = fc.record({
    at: fc.nat(30),
    take: fc.nat(4),
    put: fc.nat(4),
    writer: fc.constantFrom('claude', 'codex', undefined),
  });
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 20 }), (edits) => {
      let count = 0;
      let truth: { line: string; owner: string | undefined }[] = [];
      let known = owned([]);
      for (const { at, take, put, writer } of edits) {
        const fresh = Array.from({ length: put }, () => ({ line: `uniqueName${count++} = call();`, owner: writer }));
        truth = truth.toSpliced(Math.min(at, truth.length), take, ...fresh);
        known = followLines(known, text(truth.map(({ line }) => line)), writer).lines;
        assert.deepEqual(
          known.owners,
          truth.map(({ owner }) => owner),
        );
      }
    }),
  );
});

test('a line that stood once and now stands twice has one owner more, not two', () => {
  const { lines, isNew } = followLines(owned(LINES, 'person'), text([...LINES, LINES[0] as string]), 'agent');
  assert.deepEqual(
    [lines.owners, [...isNew]],
    [
      ['person', 'person', 'person', 'agent'],
      [0, 0, 0, 1],
    ],
  );
});

test('a moved block keeps its owners, the bracket that ends it as well', () => {
  const block = ['function moved() {', '  return everything();', '}'];
  const before = { ...owned([...block, ...LINES]), owners: ['a', 'a', 'a', undefined, undefined, undefined] };
  const { lines, isNew } = followLines<string>(before, text([...LINES, ...block]), 'agent');
  assert.deepEqual(lines.owners, [undefined, undefined, undefined, 'a', 'a', 'a']);
  assert.ok(!isNew.includes(1));
});

test('indentation, blanks and quotes make no new line; a changed name does', () => {
  const { lines } = followLines(
    owned(["say( 'hello' );", 'const one = 1;'], 'a'),
    text(['  say("hello");', 'const two = 1;']),
    'b',
  );
  assert.deepEqual(lines.owners, ['a', 'b']);
});

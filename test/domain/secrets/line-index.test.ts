import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineIndex } from '../../../src/domain/secrets/line-index.ts';

test('a place is on the line that counting from the start says', () => {
  const texts = fc.array(fc.constantFrom('a', '\n', 'word ', 'x'.repeat(9000)), { minLength: 1, maxLength: 60 });
  const property = fc.property(texts, fc.array(fc.nat(), { minLength: 1, maxLength: 20 }), (parts, places) => {
    const text = parts.join('');
    const index = new LineIndex(Buffer.from(text));
    for (const place of places) {
      const offset = place % text.length;
      const before = text.slice(0, offset).split('\n');
      const position = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
      assert.deepEqual(index.positionOf(offset), position);
      const start = text.lastIndexOf('\n', offset - 1) + 1;
      const after = text.indexOf('\n', offset);
      if (offset > 0)
        assert.deepEqual(index.linesOf(offset, offset + 1), { start, end: after < 0 ? text.length : after });
    }
  });
  fc.assert(property, { numRuns: 100 });
});

test('lines of a stretch over several lines are whole', () => {
  const index = new LineIndex(Buffer.from('one\ntwo\nthree\nfour'));
  assert.deepEqual(index.linesOf(5, 10), { start: 4, end: 13 });
  assert.deepEqual(index.linesOf(0, 0), { start: 0, end: 3 });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonPieces } from '../../../src/adapters/recordings/json-pieces.ts';

test('the pieces together are what JSON.stringify answers', () => {
  fc.assert(
    fc.property(fc.object({ maxDepth: 6, withNullPrototype: false }), (value) => {
      assert.equal([...jsonPieces(value)].join(''), JSON.stringify(value));
    }),
  );
});

test('a small value is one piece', () => {
  assert.deepEqual([...jsonPieces({ a: [{ b: [] }], c: undefined, d: {} })], ['{"a":[{"b":[]}],"d":{}}']);
});

test('a large value comes in pieces, however it is nested', () => {
  const changes = Array.from({ length: 20_000 }, (_, at) => ({ path: `src/file-${at}`, size: at }));
  const inputs = { commits: [{ message: 'all at once', changes }], updates: [{ net: changes }] };
  const pieces = [...jsonPieces(inputs)];
  assert.ok(pieces.length > 10, `${pieces.length}`);
  assert.ok(Math.max(...pieces.map((piece) => piece.length)) < 100_000);
  assert.equal(pieces.join(''), JSON.stringify(inputs));
});

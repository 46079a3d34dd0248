import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchOutput } from '../../../src/adapters/scanner/batch-output.ts';

const OID = 'a'.repeat(40);

function read(pieces: readonly string[]): string[] {
  const seen: string[] = [];
  let content = '';
  const output = new BatchOutput({
    begin: (oid, type, size) => seen.push(`${type} ${size} ${oid.slice(0, 2)}`),
    content: (piece) => {
      content += piece.toString('latin1');
    },
    end: () => {
      seen.push(content);
      content = '';
    },
  });
  for (const piece of pieces) output.write(Buffer.from(piece, 'latin1'));
  output.finish();
  return seen;
}

const TWO = `${OID} blob 5\nab\ncd\n${OID} tree 0\n\n${OID} commit 1\nx\n`;
const SEEN = ['blob 5 aa', 'ab\ncd', 'tree 0 aa', '', 'commit 1 aa', 'x'];

test('objects are read byte by byte and cut anywhere as in one piece', () => {
  assert.deepEqual(read([TWO]), SEEN);
  assert.deepEqual(read([...TWO]), SEEN);
  for (let at = 1; at < TWO.length; at++) assert.deepEqual(read([TWO.slice(0, at), TWO.slice(at)]), SEEN);
});

const BROKEN: readonly (readonly [fact: string, output: string, message: RegExp])[] = [
  ['an object that is missing', `${OID} missing\n`, /answered/],
  ['an object of no known type', `${OID} thing 3\nabc\n`, /answered/],
  ['a header without an end', 'x'.repeat(300), /no header/],
  ['more content than was said', `${OID} blob 1\nabc\n`, /more than/],
  ['an end in the middle of an object', `${OID} blob 5\nab`, /in the middle/],
  ['an end in the middle of a header', `${OID} bl`, /in the middle/],
];

for (const [fact, output, message] of BROKEN) {
  test(`fails for ${fact}`, () => {
    assert.throws(() => read([output]), message);
    assert.throws(() => read([...output]), message);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BASE64, PRINTABLE } from '../../../../src/domain/secrets/layers/bytes.ts';
import { MARK_BITS, nibbles, prefilter } from '../../../../src/domain/secrets/layers/prefilter.ts';

const CHUNK = 65536;

function reported(bytes: Buffer, start = 0, end = bytes.length): { marks: Set<number>; runs: Set<number> } {
  const marks = new Set<number>();
  const runs = new Set<number>();
  prefilter(bytes, { start, end }, { mark: (at) => marks.add(at), run: (at) => runs.add(at) });
  return { marks, runs };
}

/** Runs of at least 24, found one byte after another. */
function plainRuns(bytes: Buffer, start: number, end: number): { start: number; end: number }[] {
  const runs: { start: number; end: number }[] = [];
  for (let at = start; at < end; at++) {
    const from = at;
    while (at < end && BASE64[bytes[at] as number] === 1) at += 1;
    if (at - from >= 24) runs.push({ start: from, end: at });
  }
  return runs;
}

const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '"',
        "'",
        '\\',
        '%',
        '&',
        '=',
        ' ',
        '\n',
        '+',
        '%41',
        '\\u0041',
        '" + "',
        '&#65;',
        '=3D',
        '\0',
        'é',
      ),
      fc.string({ unit: fc.constantFrom(...'abcXYZ019+/-_'), maxLength: 40 }),
    ),
    { maxLength: 60 },
  )
  .map((pieces) => Buffer.from(pieces.join('')));

test('every run of 24 is reported near its beginning, wherever it lies', () => {
  fc.assert(
    fc.property(text, fc.nat(64), fc.nat(64), (bytes, before, after) => {
      const start = Math.min(before, bytes.length);
      const end = Math.max(start, bytes.length - after);
      const { runs } = reported(bytes, start, end);
      for (const run of plainRuns(bytes, start, end)) {
        const near = [...runs].filter((at) => at >= run.start && at <= run.start + 8 && at + 16 <= run.end);
        assert.ok(near.length > 0, `${run.start} of ${bytes.toString('latin1')}`);
      }
    }),
    { numRuns: 2000 },
  );
});

test('runs and marks across the end of a chunk are reported', () => {
  for (let shift = -40; shift <= 40; shift++) {
    const at = CHUNK - 32 + shift;
    const bytes = Buffer.alloc(2 * CHUNK, ' ');
    bytes.write('A'.repeat(24), at);
    bytes.write('%41', at + 30);
    const { marks, runs } = reported(bytes);
    assert.ok(
      [...runs].some((run) => run >= at && run <= at + 8),
      String(shift),
    );
    assert.ok(marks.has(at + 30), String(shift));
  }
});

test('what is reported as a mark is one', () => {
  fc.assert(
    fc.property(text, (bytes) => {
      for (const at of reported(bytes).marks) assert.ok(MARK_BITS[bytes[at] as number] !== 0 && at < bytes.length);
    }),
  );
});

const marked: Readonly<Record<string, boolean>> = {
  '%41': true,
  '%u0041': true,
  '%uabcd': true,
  '%d ': false,
  '%5s': false,
  '\\u0041': true,
  '\\x41': true,
  '\\n-': true,
  '\\d+': false,
  '\\w+': false,
  '&#65;': true,
  '&amp;': true,
  '&& ': false,
  '& x': false,
  '=3D': true,
  '=\n': true,
  '== ': false,
  '= x': false,
  '" +': true,
  '"+"': true,
  '",\n': false,
  '");': false,
  '" b': false,
  '""x': true,
  '"" ': false,
  "'\n ": true,
  "'s ": false,
};
for (const [mark, isMark] of Object.entries(marked)) {
  test(`${JSON.stringify(mark)} is ${isMark ? 'looked at' : 'passed over'}`, () => {
    assert.equal(reported(Buffer.from(`ab${mark} cd`)).marks.has(2), isMark);
  });
}

test('two tables of sixteen say what a table of 256 says', () => {
  for (const table of [BASE64, MARK_BITS, PRINTABLE]) {
    const { low, high } = nibbles(table);
    for (let byte = 0; byte < 256; byte++) {
      const isIn = ((low[byte & 15] as number) & (high[byte >> 4] as number)) !== 0;
      assert.equal(isIn, table[byte] !== 0, String(byte));
    }
  }
});

test('a class that needs more than eight sets is refused', () => {
  const table = Uint8Array.from({ length: 256 }, (_, byte) => (byte >> 4 >= (byte & 15) ? 1 : 0));
  assert.throws(() => nibbles(table), { name: 'TypeError' });
});

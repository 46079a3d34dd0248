import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BASE64, HEX, PRINTABLE } from '../../../../src/domain/secrets/layers/bytes.ts';
import {
  ENTITY_MARK,
  MARK_BITS,
  NEXT_BITS,
  newIgnored,
  nibbles,
  PERCENT_MARK,
  prefilter,
  THIRD_BITS,
} from '../../../../src/domain/secrets/layers/prefilter.ts';

const CHUNK = 65536;
/** Bytes that marks are made of, and neighbours of them. */
const MARKING = Buffer.from('\\%&="\'S_aeceu0x41#\r\n +.|~<>`;,)', 'latin1');

interface Reported {
  readonly marks: ReadonlySet<number>;
  readonly runs: readonly { start: number; end: number }[];
  readonly isBinary: boolean;
}

function reported(bytes: Buffer, start = 0, end = bytes.length): Reported {
  const marks = new Set<number>();
  const runs: { start: number; end: number }[] = [];
  const sink = {
    mark: (at: number) => marks.add(at),
    run: (from: number, to: number) => runs.push({ start: from, end: to }),
  };
  const isBinary = prefilter(bytes, { start, end }, { ...sink, ignored: newIgnored() });
  return { marks, runs, isBinary };
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

test('every run of 24 is reported, and no other, wherever it lies', () => {
  fc.assert(
    fc.property(text, fc.nat(64), fc.nat(64), (bytes, before, after) => {
      const start = Math.min(before, bytes.length);
      const end = Math.max(start, bytes.length - after);
      assert.deepEqual(reported(bytes, start, end).runs, plainRuns(bytes, start, end));
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
      runs.some((run) => run.start === at),
      String(shift),
    );
    assert.ok(marks.has(at + 30), String(shift));
  }
});

test('a run longer than a chunk is reported from its beginning', () => {
  const bytes = Buffer.concat([Buffer.alloc(100, ' '), Buffer.alloc(2 * CHUNK, 'a'), Buffer.alloc(100, ' ')]);
  const { runs } = reported(bytes);
  assert.deepEqual([runs[0]?.start, runs.at(-1)?.end], [100, 100 + 2 * CHUNK]);
});

/** Whether three bytes are a mark, one look at a time. */
const isMarkAt = (bytes: Buffer, at: number): boolean => {
  const [first, next, third] = [bytes[at] as number, bytes[at + 1] ?? 0xff, bytes[at + 2] ?? 0xff];
  return ((MARK_BITS[first] as number) & (NEXT_BITS[next] as number) & (THIRD_BITS[third] as number)) !== 0;
};

test('every mark is reported, and nothing else', () => {
  const dense = fc
    .uint8Array({ maxLength: 300 })
    .map((bytes) => Buffer.from(bytes.map((one) => MARKING[one % MARKING.length] ?? one)));
  fc.assert(
    fc.property(fc.oneof(text, dense), (bytes) => {
      const { marks } = reported(bytes);
      for (let at = 0; at < bytes.length; at++)
        assert.equal(marks.has(at), isMarkAt(bytes, at), `${at} of ${bytes.toString('latin1')}`);
    }),
    { numRuns: 2000 },
  );
});

test('no three bytes are marks of two kinds', () => {
  const isOne = (bits: number): boolean => (bits & (bits - 1)) === 0;
  for (let first = 0; first < 256; first++) {
    for (let next = 0; next < 256; next++) {
      const both = (MARK_BITS[first] as number) & (NEXT_BITS[next] as number);
      if (!isOne(both))
        assert.ok(
          THIRD_BITS.every((third) => isOne(both & third)),
          `${first} ${next}`,
        );
    }
  }
});

test('a text is binary from one byte on that no text holds, and only within the range', () => {
  for (const [byte, isBinary] of [
    [0, true],
    [3, true],
    [8, true],
    [9, false],
    [10, false],
    [0x1f, false],
    [0xff, false],
  ] as const) {
    for (const at of [0, 15, 16, 40, CHUNK - 1, CHUNK, CHUNK + 20]) {
      const bytes = Buffer.alloc(CHUNK + 21, ' ');
      bytes[at] = byte;
      assert.equal(reported(bytes).isBinary, isBinary, `${byte} at ${at}`);
      assert.ok(!reported(bytes, at + 1).isBinary && !reported(bytes, 0, at).isBinary);
    }
  }
});

test('marks of a kind are left out up to where they are not wanted, and others are not', () => {
  const bytes = Buffer.from('%41%42%43&#65;%44'.repeat(20_000));
  const ignored = newIgnored();
  const told: number[] = [];
  const mark = (at: number, kind: number): void => {
    told.push(at);
    assert.equal(kind, bytes[at] === 0x25 ? PERCENT_MARK : ENTITY_MARK);
    if (kind === PERCENT_MARK) ignored[PERCENT_MARK] = at + 9;
  };
  prefilter(bytes, { start: 0, end: bytes.length }, { mark, run: () => assert.fail(), ignored });
  assert.deepEqual([...new Set(told)].slice(0, 4), [0, 9, 14, 23]);
  assert.ok(told.includes(bytes.length - 8));
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
  '\\n.': false,
  '\\\n ': true,
  '\\': false,
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
  for (const table of [BASE64, HEX, PRINTABLE]) {
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

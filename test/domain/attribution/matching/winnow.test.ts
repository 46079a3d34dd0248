import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { outputHashes, outputLines, wantedHashes } from '../../../../src/domain/attribution/matching/index-hashes.ts';
import { shapeOf, tokensOf } from '../../../../src/domain/attribution/matching/tokens.ts';
import { runHashes, winnow } from '../../../../src/domain/attribution/matching/winnow.ts';

describe('tokens', () => {
  for (const [line, expected] of [
    ['  const a1 = b.c_d(x, "y");', ['const', 'a1', '=', 'b', '.', 'c_d', '(', 'x', '"', 'y', '"', ')']],
    ["f('y')", ['f', '(', '"', 'y', '"', ')']],
    ['größe += 1', ['größe', '+', '=', '1']],
    [' \t\r', []],
    ['x'.repeat(2_000), []],
  ] as const) {
    test(`of ${JSON.stringify(line).slice(0, 40)}`, () => assert.deepEqual(tokensOf(line), expected));
  }

  test('have a shape that a rename leaves and another keyword does not', () => {
    assert.deepEqual(['total', 'sum', '42', 'if', '('].map(shapeOf), ['x', 'x', '0', 'if', '(']);
  });
});

describe('winnowing', () => {
  const sizes = fc.record({ run: fc.integer({ min: 1, max: 8 }), window: fc.integer({ min: 1, max: 16 }) });
  const tokens = (max: number) =>
    fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: max }).map((ids) => Int32Array.from(ids));

  test('whoever shares run + window - 1 tokens shares a chosen one', () => {
    fc.assert(
      fc.property(
        sizes,
        tokens(20),
        tokens(20),
        tokens(20),
        tokens(20),
        fc.infiniteStream(fc.integer()),
        (size, a, b, c, d, stream) => {
          const shared = Int32Array.from({ length: size.run + size.window - 1 }, () => stream.next().value as number);
          const chosen = ([before, after]: readonly [Int32Array, Int32Array]) => {
            const hashes = runHashes(Int32Array.from([...before, ...shared, ...after]), size.run);
            return new Set(winnow(hashes, size.window).map((at) => hashes[at] as number));
          };
          const [one, other] = [chosen([a, b]), chosen([c, d])];
          assert.ok([...one].some((hash) => other.has(hash)));
        },
      ),
    );
  });

  test('the hash of a run depends on its tokens alone', () => {
    fc.assert(
      fc.property(tokens(40), fc.integer({ min: 1, max: 8 }), (ids, run) => {
        const hashes = runHashes(ids, run);
        for (const [at, hash] of hashes.entries()) assert.equal(runHashes(ids.slice(at, at + run), run)[0], hash);
      }),
    );
  });
});

describe('what recorded output is found again by', () => {
  const LINES = [
    'function describeInvoice(invoice, locale) {',
    '  const positions = invoice.positions.map((position) => position.describe(locale));',
    "  return [invoice.title, ...positions].join('\\n');",
    '}',
  ];
  const file = (lines: readonly string[]) => ({
    ...{ commit: 'c'.repeat(40), path: 'a', blob: 'b'.repeat(40), totalLines: 9, isGenerated: false },
    added: [{ start: 3, end: 2 + lines.length }],
    lines: lines.map((line) => Buffer.from(line)),
  });

  test('is the same on both sides', () => {
    assert.deepEqual(wantedHashes([file(LINES)]), outputHashes(LINES));
  });

  // What a store holds was made by what stood here before.
  test('never changes', () => {
    assert.deepEqual([...outputHashes(LINES)].map(String), [
      '4907325371132069291',
      '10463721635549305952',
      '9354180086680077529',
      '11629766012450257385',
      '9501344433039468769',
      '9394005182816397107',
      '9266983689292907782',
    ]);
  });

  test('is shared by lines that were all laid out anew', () => {
    const anew = `function describeInvoice(invoice,
      locale) {
      const positions = invoice.positions
        .map((position) => position.describe(locale))
      return [invoice.title,
        ...positions].join("\\n") }`.split('\n');
    const [one, other] = [outputHashes(LINES), outputHashes(anew)];
    assert.ok([...one].some((hash) => other.has(hash)));
  });

  test('is nothing for brackets and blanks', () => {
    assert.equal(outputHashes(['}', '', '  }', '});']).size, 0);
    assert.deepEqual(
      outputLines('}\nconst first = secondOf(third);').map(({ isInformative }) => isInformative),
      [false, true],
    );
  });
});

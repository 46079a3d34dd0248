import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { applyDelta } from '../../src/protocol/delta.ts';
import { ProtocolError } from '../../src/protocol/errors.ts';
import { makeDelta, varint } from './pack-making.ts';

const BASE = Buffer.from('0123456789');
const MOST = 1 << 20;

const isRefused = (code: string) => (error: unknown) => error instanceof ProtocolError && error.code === code;

describe('a delta', () => {
  test('copies and inserts, in order', () => {
    const delta = makeDelta(10, [[2, 3], Buffer.from('abc'), [0, 10], [9, 1]]);
    assert.equal(applyDelta(BASE, delta, MOST).toString(), '234abc01234567899');
  });

  test('may leave out bytes of a copy that are zero', () => {
    // Offset 0 (no byte), size 5 (one byte).
    assert.equal(applyDelta(BASE, Buffer.from([10, 5, 0x90, 5]), MOST).toString(), '01234');
  });

  test('means 0x10000 by a size of zero', () => {
    const base = Buffer.alloc(0x10000, 'x');
    const delta = Buffer.concat([varint(base.length), varint(base.length), Buffer.of(0x80)]);
    assert.deepEqual(applyDelta(base, delta, MOST), base);
  });

  const bad: readonly (readonly [string, Buffer])[] = [
    ['nothing', Buffer.alloc(0)],
    ['fewer bytes than git takes', Buffer.from([10, 0, 1])],
    ['a base of another size', makeDelta(11, [[0, 5]])],
    ['a reserved command', Buffer.from([10, 1, 0, 1, 65])],
    ['a copy from behind the end', makeDelta(10, [[8, 3]])],
    ['a copy from far away', makeDelta(10, [[0xffffffff, 1]])],
    ['a copy that is cut short', Buffer.from([10, 5, 0x91, 0])],
    ['an insert that is cut short', Buffer.from([10, 5, 5, 65])],
    ['more than it says', Buffer.from([10, 1, 2, 65, 66])],
    ['less than it says', Buffer.from([10, 3, 2, 65, 66])],
    ['a size without end', Buffer.alloc(20, 0x80)],
    ['a result and nothing to make it of', Buffer.from([10, 0x80, 0x80, 1])],
  ];
  for (const [what, delta] of bad) {
    test(`of ${what} is refused`, () => assert.throws(() => applyDelta(BASE, delta, MOST), isRefused('bad-pack')));
  }

  test('that makes too much is refused before memory is taken', () => {
    const delta = Buffer.concat([varint(10), varint(2 ** 40), Buffer.from([0x90, 1])]);
    assert.throws(() => applyDelta(BASE, delta, MOST), isRefused('limit-exceeded'));
    assert.throws(() => applyDelta(BASE, makeDelta(10, [[0, 10]]), 9), isRefused('limit-exceeded'));
    assert.equal(applyDelta(BASE, makeDelta(10, [[0, 10]]), 10).length, 10);
  });

  test('makes of any base what its parts say', () => {
    const bytes = (max: number) => fc.uint8Array({ minLength: 1, maxLength: max }).map((array) => Buffer.from(array));
    const deltas = bytes(400).chain((base) => {
      const copies = fc
        .tuple(fc.nat(base.length - 1), fc.nat(base.length))
        .map(([from, more]): readonly [number, number] => [from, 1 + (more % (base.length - from))]);
      return fc.tuple(fc.constant(base), fc.array(fc.oneof(copies, bytes(300)), { minLength: 1, maxLength: 20 }));
    });
    fc.assert(
      fc.property(deltas, ([base, parts]) => {
        const expected = Buffer.concat(
          parts.map((part) => (Buffer.isBuffer(part) ? part : base.subarray(part[0], part[0] + part[1]))),
        );
        const delta = makeDelta(base.length, parts);
        assert.deepEqual(applyDelta(base, delta, MOST), expected);
      }),
    );
  });

  test('of any bytes is applied or refused', () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from([10, ...array]));
    fc.assert(
      fc.property(bytes, (delta) => {
        try {
          assert.ok(applyDelta(BASE, delta, MOST).length <= MOST);
        } catch (error) {
          assert.ok(error instanceof ProtocolError);
        }
      }),
      { numRuns: 5000 },
    );
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EscapedText } from '../../../../src/domain/secrets/layers/escaped-text.ts';

const parent = Buffer.from(Array.from({ length: 20_000 }, (_, at) => 0x61 + (at % 20)));
const NONE = new Uint8Array(256);

type Step = { readonly kind: 'copy' | 'skip' | 'byte' | 'code' | 'separate'; readonly size: number };

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('copy', 'copy', 'skip', 'byte', 'code', 'separate'),
  size: fc.integer({ min: 4, max: 40 }),
});

/** For each byte written its place in the parent, and whether it stands there so. */
interface Written {
  readonly place: number;
  readonly isVerbatim: boolean;
}

function write(steps: readonly Step[]): { out: EscapedText; written: Written[] } {
  const out = new EscapedText();
  const written: Written[] = [];
  let at = 0;
  for (const { kind, size } of steps) {
    if (kind === 'copy') {
      assert.equal(out.copyUntil(parent, NONE, at, at + size), at + size);
      for (let one = at; one < at + size; one++) written.push({ place: one, isVerbatim: true });
    } else if (kind === 'byte') {
      out.putByte(0x41, at, size);
      written.push({ place: at, isVerbatim: false });
    } else if (kind === 'code') {
      out.putCode(0x4e2d, at, size);
      written.push({ place: at, isVerbatim: false });
      for (const rest of [2, 1]) written.push({ place: at + size - rest, isVerbatim: true });
    } else if (kind === 'separate') {
      out.separate(at);
      if (written.length > 0) written.push(...Array(3).fill({ place: at, isVerbatim: false }));
    }
    at += size;
  }
  return { out, written };
}

test('every byte knows where it came from', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { out, written } = write(steps);
      assert.equal(out.length, written.length);
      assert.deepEqual(
        written.map((_, offset) => out.parentOffset(offset)),
        written.map(({ place }) => place),
      );
    }),
  );
});

test('verbatim is what stands in the parent so in one piece, asked in any order', () => {
  const asked = fc.array(fc.tuple(fc.nat(2_000), fc.integer({ min: 1, max: 30 })), { maxLength: 60 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), asked, (steps, questions) => {
      const { out, written } = write(steps);
      for (const [start, size] of questions) {
        const range = written.slice(start, start + size);
        if (range.length < size) continue;
        const isSo = range.every(({ place, isVerbatim }, at) => isVerbatim && place === (range[0]?.place ?? 0) + at);
        if (out.isVerbatim(start, start + size)) assert.ok(isSo, `${start} ${size}`);
      }
    }),
  );
});

test('a piece is verbatim up to the escape behind it, and not across', () => {
  const out = new EscapedText();
  out.copyUntil(parent, NONE, 10, 20);
  out.putByte(0x41, 20, 3);
  out.copyUntil(parent, NONE, 23, 40);
  assert.deepEqual([out.isVerbatim(0, 10), out.isVerbatim(0, 11), out.isVerbatim(11, 28)], [true, false, true]);
  assert.ok(out.isVerbatim(11, 1_000), 'there is nothing behind the end');
});

test('a gap as long as what separates two regions does not join them', () => {
  const out = new EscapedText();
  out.copyUntil(parent, NONE, 10, 20);
  out.separate(23);
  out.copyUntil(parent, NONE, 23, 40);
  assert.ok(!out.isVerbatim(5, 20) && !out.isVerbatim(0, 11));
});

test('a text grows to any size and says when it is time for the next', () => {
  const out = new EscapedText();
  let pieces = 0;
  for (; !out.isFull; pieces++) out.copyUntil(parent, NONE, 0, 5_000);
  assert.deepEqual([out.length, out.bytes.length], [pieces * 5_000, pieces * 5_000]);
  assert.deepEqual(out.bytes.subarray(-5_000), parent.subarray(0, 5_000));
});

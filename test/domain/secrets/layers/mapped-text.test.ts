import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MappedText } from '../../../../src/domain/secrets/layers/mapped-text.ts';

const parent = Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7) & 0x7f));

type Step = { readonly kind: 'copy' | 'skip' | 'byte' | 'code'; readonly size: number };

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('copy', 'skip', 'byte', 'code'),
  size: fc.integer({ min: 1, max: 12 }),
});

describe('MappedText', () => {
  test('every byte knows where it came from, and what is verbatim is', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const out = new MappedText(0);
        const origins: number[] = [];
        let at = 0;
        for (const { kind, size } of steps) {
          if (kind === 'copy') {
            out.copy(parent, at, at + size);
            for (let offset = 0; offset < size; offset++) origins.push(at + offset);
          } else if (kind === 'byte') {
            out.putByte(0x41, at, size);
            origins.push(at);
          } else if (kind === 'code') {
            out.putCode(0x4e2d, at, size);
            origins.push(at, at, at);
          }
          at += size;
        }
        assert.equal(out.length, origins.length);
        for (const [offset, origin] of origins.entries()) assert.equal(out.parentOffset(offset), origin);
        for (let start = 0; start + 5 < origins.length; start += 3) {
          if (!out.isVerbatim(start, start + 5)) continue;
          const from = out.parentOffset(start);
          assert.ok(from + 5 <= parent.length);
          for (let offset = 0; offset < 5; offset++) assert.equal(origins[start + offset], from + offset);
        }
      }),
    );
  });

  test('what is copied in one piece is verbatim, across an escape it is not', () => {
    const out = new MappedText(0);
    out.copy(parent, 10, 20);
    out.putByte(0x41, 20, 3);
    out.copy(parent, 23, 40);
    assert.deepEqual([out.isVerbatim(0, 10), out.isVerbatim(0, 11), out.isVerbatim(11, 28)], [true, false, true]);
  });

  test('a map of very many pieces stays small, and its positions stay inside', () => {
    const out = new MappedText(0);
    for (let at = 0; at < 600_000; at += 4) {
      out.putByte(0x61, at, 1);
      out.putByte(0x41, at + 1, 3);
    }
    assert.equal(out.parentOffset(1000), 2000);
    const last = out.parentOffset(299_999);
    assert.ok(last > 0 && last < 600_000);
    assert.equal(out.isVerbatim(290_000, 290_004), false);
  });
});

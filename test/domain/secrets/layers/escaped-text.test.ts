import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ENTITY } from '../../../../src/domain/secrets/layers/entity.ts';
import { EscapedText } from '../../../../src/domain/secrets/layers/escaped-text.ts';
import { PERCENT } from '../../../../src/domain/secrets/layers/percent.ts';

const LETTERS = 'abcdefghijklmnopqrst'.repeat(300);
/** How each is written, and what it stands for. */
const WRITTEN = { byte: ['%41', 'A'], code: ['%u4e2d', '\u4e2d'], pair: ['%u00e9', '\u00e9'] } as const;

type Step = { readonly kind: 'copy' | 'gap' | keyof typeof WRITTEN; readonly size: number };

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('copy', 'copy', 'gap', 'byte', 'code', 'pair'),
  size: fc.integer({ min: 4, max: 40 }),
});

/** For each byte written its place in the parent, and whether it stands there so. */
interface Written {
  readonly place: number;
  readonly isVerbatim: boolean;
}

/** Each gap parts two regions. */
function write(steps: readonly Step[]): { out: EscapedText; written: Written[]; text: string } {
  const written: Written[] = [];
  const regions = [{ start: 0, end: 0 }];
  let [parent, text] = ['', ''];
  for (const { kind, size } of steps) {
    const at = parent.length;
    if (kind === 'gap') {
      parent += '-'.repeat(size);
      if (written.length > 0) written.push(...Array(3).fill({ place: parent.length, isVerbatim: false }));
      if (written.length > 0) text += '\n\n\n';
      regions.push({ start: parent.length, end: parent.length });
      continue;
    }
    const [form, stands] = kind === 'copy' ? [LETTERS.slice(0, size), LETTERS.slice(0, size)] : WRITTEN[kind];
    parent += form;
    text += stands;
    if (kind === 'copy') for (let one = at; one < at + size; one++) written.push({ place: one, isVerbatim: true });
    else written.push({ place: at, isVerbatim: false });
    const width = kind === 'copy' ? 1 : Buffer.byteLength(stands);
    for (let rest = width - 1; rest > 0; rest--) written.push({ place: at + form.length - rest, isVerbatim: true });
    (regions.at(-1) as { end: number }).end = parent.length;
  }
  const out = new EscapedText();
  for (const region of regions) {
    out.separate(region.start);
    out.decode(PERCENT, Buffer.from(parent), region);
  }
  return { out, written, text };
}

test('every byte knows where it came from', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { out, written, text } = write(steps);
      assert.equal(out.bytes.toString(), text);
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
  const { out } = write([
    { kind: 'copy', size: 10 },
    { kind: 'byte', size: 0 },
    { kind: 'copy', size: 17 },
  ]);
  assert.deepEqual([out.isVerbatim(0, 10), out.isVerbatim(0, 11), out.isVerbatim(11, 28)], [true, false, true]);
  assert.ok(out.isVerbatim(11, 1_000), 'there is nothing behind the end');
});

test('a gap as long as what separates two regions does not join them', () => {
  const { out } = write([
    { kind: 'copy', size: 10 },
    { kind: 'gap', size: 3 },
    { kind: 'copy', size: 17 },
  ]);
  assert.ok(!out.isVerbatim(5, 20) && !out.isVerbatim(0, 11));
});

test('a text grows to any size and says when it is time for the next', () => {
  const parent = Buffer.from(LETTERS);
  const out = new EscapedText();
  let pieces = 0;
  for (; !out.isFull; pieces++) out.decode(PERCENT, parent, { start: 0, end: 5_000 });
  assert.deepEqual([out.length, out.bytes.length], [pieces * 5_000, pieces * 5_000]);
  assert.deepEqual(out.bytes.subarray(-5_000), parent.subarray(0, 5_000));
});

test('a code point of any width is written as UTF-8, and what is none as its replacement', () => {
  for (const code of [
    0x41, 0xe9, 0x7ff, 0x800, 0x4e2d, 0xffff, 0x10000, 0x1f600, 0x10ffff, 0xd800, 0x110000, 0xfffffff,
  ]) {
    const parent = Buffer.from(`a&#x${code.toString(16)};b`);
    const out = new EscapedText();
    out.decode(ENTITY, parent, { start: 0, end: parent.length });
    const isScalar = code <= 0x10ffff && code !== 0xd800;
    assert.equal(out.bytes.toString(), `a${isScalar ? String.fromCodePoint(code) : '\ufffd'}b`);
  }
});

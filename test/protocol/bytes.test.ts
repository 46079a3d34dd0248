import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { decodeBytes, encodeBytes, visibleText } from '../../src/protocol/bytes.ts';

test('every byte string survives decode and encode', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.deepEqual(encodeBytes(decodeBytes(bytes)), Buffer.from(bytes));
    }),
    { numRuns: 2000 },
  );
});

test('two byte strings never decode to the same text', () => {
  const nearUtf8 = fc.array(fc.constantFrom(0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xed, 0xa0, 0xb2, 0xf0, 0x9f, 0xff), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(nearUtf8, nearUtf8, (a, b) => {
      assert.equal(decodeBytes(Buffer.from(a)) === decodeBytes(Buffer.from(b)), Buffer.from(a).equals(Buffer.from(b)));
    }),
    { numRuns: 5000 },
  );
});

test('valid UTF-8 decodes as UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.equal(decodeBytes(Buffer.from(text, 'utf8')), Buffer.from(text, 'utf8').toString('utf8'));
    }),
  );
});

for (const [title, bytes, text] of [
  ['a lone continuation byte is escaped', [0x61, 0x80, 0x62], 'a\udc80b'],
  ['an overlong slash is not a slash', [0xc0, 0xaf], '\udcc0\udcaf'],
  ['an encoded surrogate is three bytes, not a surrogate', [0xed, 0xb2, 0x80], '\udced\udcb2\udc80'],
  ['a sequence cut short is escaped', [0xe2, 0x82], '\udce2\udc82'],
  ['text around a bad byte stays text', [0xc3, 0xa9, 0xff, 0xc3, 0xa9], 'é\udcffé'],
  ['above U+10FFFF is escaped', [0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80'],
] as const) {
  test(title, () => {
    assert.equal(decodeBytes(Buffer.from(bytes)), text);
    assert.deepEqual(encodeBytes(text), Buffer.from(bytes));
  });
}

test('a character whose low surrogate looks like an escaped byte is not one', () => {
  const text = '\ud83d\udc80'; // U+1F480, the low half is in U+DC80..U+DCFF
  assert.deepEqual(encodeBytes(text), Buffer.from(text, 'utf8'));
  assert.equal(decodeBytes(Buffer.from(text, 'utf8')), text);
  assert.deepEqual(encodeBytes(`\udcff${text}\udc80`), Buffer.from([0xff, 0xf0, 0x9f, 0x92, 0x80, 0x80]));
});

for (const [title, text, shown] of [
  ['escape sequences show as escapes', '\x1b[31mred\x1b]0;x\x07', '\\x1b[31mred\\x1b]0;x\\x07'],
  ['C1 controls show as escapes', 'a\x9bb', 'a\\x9bb'],
  ['DEL, CR, LF, TAB and NUL show as escapes', '\x7f\r\n\t\0', '\\x7f\\x0d\\x0a\\x09\\x00'],
  ['bidi overrides show as escapes', 'a\u202eb\u2066c', 'a\\u{202e}b\\u{2066}c'],
  ['zero-width characters show as escapes', 'a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
  ['tag characters show as escapes', 'a\u{e0041}', 'a\\u{e0041}'],
  ['undecodable bytes show as bytes', '\udcff', '\\xff'],
  ['letters of all scripts stay', 'naïve 日本語 🙂', 'naïve 日本語 🙂'],
] as const) {
  test(title, () => assert.equal(visibleText(text), shown));
}

test('shown text never has a control character, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      assert.doesNotMatch(
        visibleText(decodeBytes(bytes)),
        /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ud800-\udfff]/u,
      );
    }),
    { numRuns: 2000 },
  );
});

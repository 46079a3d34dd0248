import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { base64 } from './encodings.ts';
import { find, SECRET } from './support.ts';

const swap = (bytes: Buffer) => Buffer.from(bytes).swap16();
const utf32 = (text: string) => {
  const codes = [...text].map((char) => char.codePointAt(0) as number);
  return Buffer.from(Uint32Array.from(codes).buffer);
};
const swap32 = (bytes: Buffer) => Buffer.from(bytes).swap32();

const KINDS: Readonly<Record<string, { encode: (text: string) => Buffer; unit: number }>> = {
  'UTF-16LE': { encode: (text) => Buffer.from(text, 'utf16le'), unit: 2 },
  'UTF-16BE': { encode: (text) => swap(Buffer.from(text, 'utf16le')), unit: 2 },
  'UTF-32LE': { encode: utf32, unit: 4 },
  'UTF-32BE': { encode: (text) => swap32(utf32(text)), unit: 4 },
};

describe('wide texts', () => {
  for (const [title, { encode, unit }] of Object.entries(KINDS)) {
    for (const mark of ['', '\ufeff']) {
      test(`${title} ${mark === '' ? 'without' : 'with'} a byte order mark: the position is that of the character`, () => {
        fc.assert(
          fc.property(fc.string({ unit: fc.constantFrom(...'abc =:\n"'), maxLength: 60 }), (before) => {
            const text = `${mark}${before}${SECRET}\nmore of it\n`;
            const offset = (mark.length + before.length) * unit;
            assert.deepEqual(find(encode(text), SECRET)[0], {
              path: `!${title.slice(0, 6).toLowerCase()}`,
              file: '',
              offset,
            });
          }),
          { numRuns: 50 },
        );
      });
    }
  }

  test('mixed scripts and characters of two units keep their places', () => {
    const units = fc.constantFrom('a', 'é', 'д', '中', '😀', ' ');
    fc.assert(
      fc.property(fc.string({ unit: units, maxLength: 50 }), (before) => {
        const text = `\ufeff${before}|${SECRET}|${before}`;
        assert.equal(find(Buffer.from(text, 'utf16le'), SECRET)[0]?.offset, (before.length + 2) * 2);
      }),
    );
  });

  test('base64 in UTF-16 is decoded in turn, and is where it is in the file', () => {
    const text = `\ufeffvalue: ${base64(SECRET)}\r\n`;
    assert.equal(find(Buffer.from(text, 'utf16le'), SECRET)[0]?.offset, 16);
  });

  test('UTF-16 in base64, as PowerShell takes its commands', () => {
    const command = Buffer.from(`$token = '${SECRET}'`, 'utf16le').toString('base64');
    assert.equal(find(`powershell -EncodedCommand ${command}`, SECRET)[0]?.file, '');
  });

  for (const [order, encode] of [
    ['LE', (text: string) => Buffer.from(text, 'utf16le')],
    ['BE', KINDS['UTF-16BE']?.encode],
  ] as const) {
    for (const pad of [64, 65]) {
      test(`a UTF-16${order} string at offset ${pad} of a binary`, () => {
        const noise = Buffer.from(Array.from({ length: pad }, (_, at) => (at * 37 + 129) & 0xff));
        const bytes = Buffer.concat([noise, (encode as (text: string) => Buffer)(SECRET), noise]);
        assert.equal(find(bytes, SECRET)[0]?.offset, pad);
      });
    }
  }

  test('a UTF-16 line appended to an ASCII file', () => {
    const bytes = Buffer.concat([Buffer.from('A=1\r\nB=2\r\n'), Buffer.from(`TOKEN=${SECRET}\r\n`, 'utf16le')]);
    assert.equal(find(bytes, `TOKEN=${SECRET}`)[0]?.offset, 10);
  });

  test('a byte order mark in front of ASCII does not hide base64', () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`v=${base64(SECRET)}`)]);
    assert.equal(find(bytes, SECRET)[0]?.offset, 4);
  });
});

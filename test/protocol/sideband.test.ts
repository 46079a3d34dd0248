import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { FLUSH, PktDecoder } from '../../src/protocol/pkt-line.ts';
import {
  type Band,
  encodeSideband,
  KEEPALIVE,
  MAX_SIDEBAND_DATA,
  MAX_SMALL_SIDEBAND_DATA,
  SidebandDecoder,
} from '../../src/protocol/sideband.ts';
import { accepted, decodeEveryWay, refusedAs, wire } from './feeding.ts';

function demux(chunks: readonly Buffer[]): { readonly bands: Record<Band, string>; readonly rest: string } {
  const decoder = new SidebandDecoder();
  const bands = { 1: '', 2: '', 3: '' };
  for (const chunk of chunks) {
    decoder.write(chunk);
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
      bands[event.band] += event.data.toString('latin1');
    }
  }
  decoder.finish();
  return { bands, rest: decoder.takeRest().toString('latin1') };
}

test('bands are taken apart until the flush', () => {
  const bytes = wire('\x01unpack', '\x02a\n', '\x01 ok', '\x02b\n', '\x03why', '0000', Buffer.from('next'));
  assert.deepEqual(accepted(decodeEveryWay(bytes, demux)), {
    bands: { 1: 'unpack ok', 2: 'a\nb\n', 3: 'why' },
    rest: 'next',
  });
});

test('keepalives on both bands are swallowed', () => {
  const bytes = Buffer.concat([KEEPALIVE, wire('\x02', '\x01x'), KEEPALIVE, FLUSH]);
  assert.deepEqual(accepted(decodeEveryWay(bytes, demux)), { bands: { 1: 'x', 2: '', 3: '' }, rest: '' });
});

for (const [title, bytes, code] of [
  ['no such band', wire('\x04x', '0000'), 'bad-band'],
  ['a report without bands where bands were agreed', wire('unpack ok\n', '0000'), 'bad-band'],
  ['delim among bands', wire('\x01x', '0001'), 'unexpected-packet'],
  ['an ERR packet in place of a band', wire('ERR access denied', '0000'), 'upstream-err'],
  ['no flush at the end', wire('\x01x'), 'truncated'],
  ['nothing at all', Buffer.alloc(0), 'truncated'],
] as const) {
  test(`refused: ${title}`, () => assert.equal(refusedAs(decodeEveryWay(bytes, demux)), code));
}

test("an ERR packet's words are kept, and shown without control bytes", () => {
  const decoder = new SidebandDecoder();
  decoder.write(wire('ERR no \x1b[31m\n'));
  assert.throws(() => decoder.next(), {
    code: 'upstream-err',
    detail: 'no \x1b[31m',
    message: 'the other side reports: no \\x1b[31m',
  });
});

test('a keepalive is what git sends', () => assert.equal(KEEPALIVE.toString('latin1'), '0005\x01'));

test('no data, no packet', () => assert.equal(encodeSideband(2, '').length, 0));

for (const [name, max, packet] of [
  ['side-band-64k', MAX_SIDEBAND_DATA, 65520],
  ['side-band', MAX_SMALL_SIDEBAND_DATA, 1000],
] as const) {
  test(`${name} splits at ${packet}-byte packets`, () => {
    const bytes = encodeSideband(1, Buffer.alloc(2 * max + 1, 'x'), max);
    const decoder = new PktDecoder();
    decoder.write(bytes);
    const sizes: number[] = [];
    while (decoder.next() !== undefined) sizes.push(decoder.raw.length);
    assert.deepEqual(sizes, [packet, packet, 6]);
  });
}

test('what goes into a band comes out of it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom<Band>(1, 2, 3), fc.uint8Array({ maxLength: 50 })), { maxLength: 10 }),
      fc.integer({ min: 1, max: 60 }),
      (pieces, max) => {
        const expected = { 1: '', 2: '', 3: '' };
        for (const [band, data] of pieces) expected[band] += Buffer.from(data).toString('latin1');
        const bytes = Buffer.concat([
          ...pieces.map(([band, data]) => encodeSideband(band, Buffer.from(data), max)),
          FLUSH,
        ]);
        assert.deepEqual(demux([bytes]), { bands: expected, rest: '' });
      },
    ),
  );
});

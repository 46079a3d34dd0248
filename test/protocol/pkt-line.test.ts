import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../src/protocol/errors.ts';
import {
  DELIM,
  encodePkt,
  FLUSH,
  MAX_PKT_LINE,
  MAX_PKT_PAYLOAD,
  type Pkt,
  PktDecoder,
  pktText,
  RESPONSE_END,
} from '../../src/protocol/pkt-line.ts';
import { accepted, decodeEveryWay, refusedAs } from './feeding.ts';

/** Packets as text, then what is left. */
function decodeAll(chunks: readonly Buffer[]): readonly string[] {
  const decoder = new PktDecoder();
  const out: string[] = [];
  for (const chunk of chunks) {
    decoder.write(chunk);
    for (let pkt = decoder.next(); pkt !== undefined; pkt = decoder.next()) {
      out.push(pkt.kind === 'data' ? `data ${pkt.payload.toString('latin1')}` : pkt.kind);
    }
  }
  out.push(`rest ${decoder.takeRest().toString('latin1')}`);
  return out;
}

for (const [title, input, packets] of [
  ['a data packet', '0006a\n', ['data a\n']],
  ['upper-case length digits are accepted, as git does', '000Eversion 2\n', ['data version 2\n']],
  ['flush, delim and response-end', '000000010002', ['flush', 'delim', 'response-end']],
  ['the shortest packet', '0005x', ['data x']],
  ['binary payloads are untouched', '0008\0\xff\r\n', ['data \0\xff\r\n']],
  ['half a length stays undecoded', '0006a\n00', ['data a\n'], '00'],
  ['half a payload stays undecoded', '0006a\n0009abc', ['data a\n'], '0009abc'],
] as const) {
  test(title, () => {
    const decoded = accepted(decodeEveryWay(Buffer.from(input, 'latin1'), decodeAll));
    const rest = title.startsWith('half') ? input.slice(6) : '';
    assert.deepEqual(decoded, [...packets, `rest ${rest}`]);
  });
}

for (const [title, input] of [
  ['length 3 is refused', '0003'],
  ['the empty packet 0004 is refused', '0004'],
  ['length above 65520 is refused', 'fff1'],
  ['ffff is refused before any payload comes', 'ffff'],
  ['a length that is not hex is refused', '00g0'],
  ['PACK is not a length', 'PACK'],
  ['a sign is no digit', '-001'],
  ['a plus sign is no digit', '+001'],
  ['a space is no digit', ' 006a\n'],
  ['0x is no length', '0x06a\n'],
  ['a NUL is no digit', '\x00006'],
  ['a first wrong digit is refused at once', '00\n'],
] as const) {
  test(title, () => {
    const bytes = Buffer.concat([Buffer.from('0006a\n'), Buffer.from(input, 'latin1')]);
    const decoded = decodeEveryWay(bytes, decodeAll);
    assert.equal(refusedAs(decoded), 'bad-pkt-length');
    assert.equal('offset' in decoded ? decoded.offset : undefined, 6);
  });
}

test('a malformed packet is refused again at each attempt', () => {
  const decoder = new PktDecoder();
  decoder.write(Buffer.from('0003'));
  for (let attempt = 0; attempt < 3; attempt++) assert.throws(() => decoder.next(), { code: 'bad-pkt-length' });
});

test('the longest packet passes in both directions', () => {
  const payload = Buffer.alloc(MAX_PKT_PAYLOAD, 'x');
  const packet = encodePkt(payload);
  assert.equal(packet.length, MAX_PKT_LINE);
  assert.equal(packet.toString('latin1', 0, 4), 'fff0');
  const decoder = new PktDecoder();
  decoder.write(packet);
  assert.deepEqual(decoder.next(), { kind: 'data', payload });
});

test('what does not fit a packet cannot be encoded, nor can nothing', () => {
  assert.throws(() => encodePkt(Buffer.alloc(MAX_PKT_PAYLOAD + 1)), TypeError);
  assert.throws(() => encodePkt(''), TypeError);
});

test('next() decodes one packet and leaves the pack behind it alone', () => {
  const decoder = new PktDecoder();
  decoder.write(Buffer.from('0006a\n0000PACK\0\0\0\x02'));
  assert.equal(decoder.next()?.kind, 'data');
  assert.equal(decoder.next()?.kind, 'flush');
  assert.equal(decoder.offset, 10);
  assert.equal(decoder.buffered, 8);
  assert.equal(decoder.takeRest().toString('latin1'), 'PACK\0\0\0\x02');
  assert.equal(decoder.buffered, 0);
  assert.equal(decoder.offset, 18);
  decoder.write(Buffer.from('0000'));
  assert.deepEqual(decoder.next(), { kind: 'flush' });
});

test('raw is the exact packet, with its digits as they came', () => {
  const decoder = new PktDecoder();
  decoder.write(Buffer.from('000Aabcdef0000'));
  decoder.next();
  assert.equal(decoder.raw.toString(), '000Aabcdef');
  decoder.next();
  assert.equal(decoder.raw.toString(), '0000');
});

test('text loses one line feed, and only one', () => {
  assert.equal(pktText(Buffer.from('ref\n')), 'ref');
  assert.equal(pktText(Buffer.from('ref\n\n')), 'ref\n');
  assert.equal(pktText(Buffer.from('ref')), 'ref');
  assert.equal(pktText(Buffer.from('ref\r\n')), 'ref\r');
  assert.equal(pktText(Buffer.from([0xff, 0x0a])), '\udcff');
  assert.equal(pktText(Buffer.alloc(0)), '');
});

test('any packets in any chunks come out as they went in, and stay so', () => {
  const packet = fc.oneof(
    fc
      .uint8Array({ minLength: 1, maxLength: 3000 })
      .map((payload): Pkt => ({ kind: 'data', payload: Buffer.from(payload) })),
    fc.constantFrom<Pkt>({ kind: 'flush' }, { kind: 'delim' }, { kind: 'response-end' }),
  );
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 30 }), fc.array(fc.integer({ min: 0, max: 4000 })), (packets, cuts) => {
      const bytes = Buffer.concat(
        packets.map((pkt) =>
          pkt.kind === 'data'
            ? encodePkt(pkt.payload)
            : pkt.kind === 'flush'
              ? FLUSH
              : pkt.kind === 'delim'
                ? DELIM
                : RESPONSE_END,
        ),
      );
      const decoder = new PktDecoder();
      const decoded: Pkt[] = [];
      let at = 0;
      for (const cut of [...cuts, bytes.length]) {
        // Copies, so that a view of a chunk cannot pass for the decoder's own bytes.
        decoder.write(Buffer.from(bytes.subarray(at, at + cut)));
        at = Math.min(bytes.length, at + cut);
        for (let pkt = decoder.next(); pkt !== undefined; pkt = decoder.next()) decoded.push(pkt);
      }
      // Compared only at the end: a payload handed out must not change when the decoder goes on.
      assert.deepEqual(decoded, packets);
      assert.equal(decoder.offset, bytes.length);
    }),
    { numRuns: 300 },
  );
});

test('a megabyte byte by byte takes linear time', () => {
  const bytes = Buffer.concat(Array.from({ length: 16 }, () => encodePkt(Buffer.alloc(MAX_PKT_PAYLOAD, 'x'))));
  const decoder = new PktDecoder();
  let packets = 0;
  const start = performance.now();
  for (const byte of bytes) {
    decoder.write(Buffer.from([byte]));
    if (decoder.next() !== undefined) packets += 1;
  }
  assert.equal(packets, 16);
  // Joining everything at each byte would copy 32 GB.
  assert.ok(performance.now() - start < 5000);
});

test('garbage throws ProtocolError or waits for more, nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const decoder = new PktDecoder();
      decoder.write(Buffer.from(bytes));
      try {
        while (decoder.next() !== undefined);
      } catch (error) {
        assert.ok(error instanceof ProtocolError);
      }
    }),
  );
});

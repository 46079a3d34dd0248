// A walk through packs as they arrive, against git's own reading of them: what is shown is what git has under that id,
// what cannot be shown is passed over, and whatever the bytes are, it ends and takes little.
import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { constants, deflateRawSync, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { ProtocolError } from '../../src/protocol/errors.ts';
import type { ObjectFormat } from '../../src/protocol/oid.ts';
import type { PackSource } from '../../src/protocol/pack-inflate.ts';
import { type PackVisitor, type WalkLimits, walkPack } from '../../src/protocol/pack-walk.ts';
import { PushLab } from '../support/push-lab.ts';
import { idOf, type MadeEntry, makeDelta, makePack } from './pack-making.ts';

const MIB = 1 << 20;

interface Shown {
  readonly type: string;
  readonly content: Buffer;
}

interface Walked {
  /** Whole objects by id. */
  readonly shown: ReadonlyMap<string, Shown>;
  readonly offsets: readonly number[];
  readonly error: unknown;
}

/** Bytes that come in pieces: each read first finds too little, as when a client is slow. */
function slowly(pack: Buffer): PackSource {
  let lowest = 0;
  return {
    async read(offset, least) {
      assert.ok(offset >= lowest, 'never backwards');
      lowest = offset;
      await Promise.resolve();
      return pack.subarray(offset, offset + least + (offset % 4_999));
    },
  };
}

async function walk(pack: Buffer, format: ObjectFormat = 'sha1', limits?: WalkLimits): Promise<Walked> {
  const shown = new Map<string, Shown>();
  const offsets: number[] = [];
  let open: { type: string; size: number; offset: number; pieces: Buffer[] } | undefined;
  const visitor: PackVisitor = {
    wantsMore: true,
    object(offset, type, content, oid) {
      offsets.push(offset);
      shown.set(oid.toString('hex'), { type, content });
    },
    begin(offset, type, size) {
      open = { type, size, offset, pieces: [] };
    },
    content(piece) {
      open?.pieces.push(Buffer.from(piece));
    },
    end(oid) {
      const { type, size, offset, pieces } = open ?? assert.fail();
      offsets.push(offset);
      const content = Buffer.concat(pieces);
      assert.equal(content.length, size);
      shown.set(oid.toString('hex'), { type, content });
    },
  };
  let error: unknown;
  try {
    await walkPack(slowly(pack), format, visitor, ...(limits === undefined ? [] : [limits]));
  } catch (caught) {
    error = caught;
  }
  for (const [oid, { type, content }] of shown) assert.equal(idOf(type, content, format), oid, 'its own id');
  assert.deepEqual(
    offsets,
    offsets.toSorted((a, b) => a - b),
  );
  return { shown, offsets, error };
}

const ROOMY: WalkLimits = { wholeBytes: 64 * 1024, basesBytes: 4 * MIB };
const SMALL: WalkLimits = { wholeBytes: 64 * 1024, basesBytes: 256 * 1024 };

describe('a pack that git makes', () => {
  for (const format of ['sha1', 'sha256'] as const) {
    describe(format, () => {
      let lab: PushLab;
      let base: string;
      let tip: string;
      const text = (seed: number) => Array.from({ length: 400 }, (_, at) => `line ${at * seed} of file\n`).join('');
      before(() => {
        lab = new PushLab(format);
        base = lab.commit({ 'a.txt': text(1), 'b.txt': text(2) }, [], 'first\n');
        tip = base;
        for (let at = 0; at < 20; at++) {
          tip = lab.commit(
            { 'a.txt': `${text(1)}${at}\n`, 'b.txt': `${at}\n${text(2)}`, 'c.txt': 'c\n' },
            [tip],
            `${at}\n`,
          );
        }
        lab.git(['update-ref', 'refs/tags/v1', lab.tag(tip, 'commit')]);
        const large = lab.blob(Buffer.concat([randomFillSync(Buffer.alloc(200_000)), Buffer.alloc(200_000)]));
        lab.git(['update-ref', 'refs/tags/large', lab.tag(large, 'blob', 'large')]);
      });
      after(() => lab.remove());
      const all = () => lab.git(['for-each-ref', '--format=%(objectname)']).concat('\n');

      const packs: readonly (readonly [string, readonly string[]])[] = [
        ['with deltas by offset', ['--delta-base-offset']],
        ['with deltas by id', []],
        ['with long chains', ['--delta-base-offset', '--depth=4095', '--window=50']],
        ['without deltas', ['--delta-base-offset', '--depth=0']],
        ['that is thin', ['--thin', '--delta-base-offset']],
      ];
      for (const [what, options] of packs) {
        test(`${what}: every object but trees and what is made of what is not there`, async () => {
          const isThin = options.includes('--thin');
          const input = isThin ? `${tip}\n^${base}\n` : all();
          const pack = lab.raw(['pack-objects', '--revs', '--stdout', '-q', ...options], input);
          const { shown, error } = await walk(pack, format, ROOMY);
          assert.equal(error, undefined);
          for (const [oid, { type, content }] of shown) {
            assert.deepEqual(lab.raw(['cat-file', type, oid]), content);
          }
          const listed = lab.git(['rev-list', '--objects', '--no-object-names', '--stdin'], input).split('\n');
          const kinds = lab.git(['cat-file', '--batch-check=%(objectname) %(objecttype)'], `${listed.join('\n')}\n`);
          const wanted = kinds
            .split('\n')
            .filter((line) => !line.endsWith(' tree'))
            .map((line) => line.split(' ')[0]);
          const missed = wanted.filter((oid) => !shown.has(oid ?? ''));
          // Deltas may stand before their base when they name it by id.
          if (isThin) assert.ok(missed.length > 0 && missed.length < wanted.length);
          else if (options.includes('--delta-base-offset')) assert.deepEqual(missed, []);
          else assert.ok(missed.length < wanted.length / 2, `${missed.length} of ${wanted.length}`);
        });
      }

      test('with less room it shows less, and nothing else', async () => {
        const pack = lab.raw(['pack-objects', '--revs', '--stdout', '-q', '--delta-base-offset'], all());
        const most = await walk(pack, format, ROOMY);
        const some = await walk(pack, format, { wholeBytes: 64 * 1024, basesBytes: 12_000 });
        assert.equal(some.error, undefined);
        assert.ok(some.shown.size < most.shown.size);
        for (const [oid, { content }] of some.shown) assert.deepEqual(most.shown.get(oid)?.content, content);
      });
    });
  }
});

const blob = (text: string | Buffer): MadeEntry => ({ type: 'blob', bytes: Buffer.from(text) });
const ids = ({ shown }: Walked) => [...shown.keys()];
const blobId = (text: string) => idOf('blob', Buffer.from(text));

describe('a pack that somebody made by hand', () => {
  test('an empty object, and one twice', async () => {
    const walked = await walk(makePack([blob(''), blob('x'), blob('x')]).bytes);
    assert.deepEqual(ids(walked), [blobId(''), blobId('x')]);
    assert.equal(walked.offsets.length, 3);
  });

  test('a delta by offset, one by id, and one of the other', async () => {
    const first = Buffer.from('0123456789');
    const entries: readonly MadeEntry[] = [
      blob(first),
      { type: 'offset', base: 0, bytes: makeDelta(10, [[0, 10], Buffer.from('a')]) },
      {
        type: 'ref',
        base: Buffer.from(blobId('0123456789'), 'hex'),
        bytes: makeDelta(10, [[0, 10], Buffer.from('b')]),
      },
      { type: 'offset', base: 2, bytes: makeDelta(11, [[0, 11], Buffer.from('c')]) },
      { type: 'ref', base: Buffer.alloc(20, 1), bytes: makeDelta(10, [[0, 10], Buffer.from('d')]) },
    ];
    const walked = await walk(makePack(entries).bytes);
    const expected = ['0123456789', '0123456789a', '0123456789b', '0123456789bc'];
    assert.deepEqual(ids(walked), expected.map(blobId));
    assert.equal(walked.error, undefined);
  });

  test('a chain of 4095 deltas', async () => {
    const entries: MadeEntry[] = [blob('0123456789')];
    for (let at = 0; at < 4095; at++) {
      entries.push({ type: 'offset', base: at, bytes: makeDelta(10 + at, [[0, 10 + at], Buffer.from('x')]) });
    }
    const walked = await walk(makePack(entries).bytes);
    assert.equal(walked.shown.size, 4096);
    assert.ok(walked.shown.has(blobId(`0123456789${'x'.repeat(4095)}`)));
  });

  test('more objects announced than there are: what is there is shown', async () => {
    const walked = await walk(makePack([blob('a'), blob('b')], 5).bytes);
    assert.deepEqual(ids(walked), [blobId('a'), blobId('b')]);
    assert.ok(walked.error instanceof ProtocolError);
  });

  const stops: readonly (readonly [string, MadeEntry])[] = [
    ['more than its size says', { ...blob('secret'), size: 5 }],
    ['less than its size says', { ...blob('secret'), size: 7 }],
    ['a raw stream', { ...blob('secret'), stream: deflateRawSync('secret') }],
    ['a stream that is cut short', { ...blob('secret'), stream: deflateSync('secret').subarray(0, -3) }],
    [
      'a stream that asks for a dictionary',
      { ...blob('secret'), stream: deflateSync('secret', { dictionary: Buffer.from('secret') }) },
    ],
    [
      'rubbish behind its stream',
      { ...blob('secret'), stream: Buffer.concat([deflateSync('secret'), Buffer.from('\0\0\0')]) },
    ],
    ['a size of petabytes', { ...blob('secret'), size: 2 ** 50 }],
    ['a small stream for a large size', { ...blob('secret'), size: 100_000 }],
    ['a large stream for a small size', { ...blob(Buffer.alloc(300_000)), size: 65_537 }],
    [
      'empty blocks without end',
      {
        ...blob('a'),
        stream: Buffer.concat([Buffer.of(0x78, 0x01), Buffer.alloc(500_000, Buffer.from([0, 0, 0, 0xff, 0xff]))]),
      },
    ],
    ['a delta that git would not apply', { type: 'offset', base: 0, bytes: makeDelta(99, [[0, 5]]) }],
  ];
  for (const [what, entry] of stops) {
    test(`an entry of ${what} ends the walk; what was before it stands`, async () => {
      const { bytes } = makePack([blob('0123456789'), entry, blob('after')]);
      const walked = await walk(bytes, 'sha1', SMALL);
      assert.ok(walked.error instanceof ProtocolError, String(walked.error));
      assert.ok(['bad-pack', 'truncated'].includes(walked.error.code));
      assert.ok(ids(walked).includes(blobId('0123456789')));
      assert.ok(!ids(walked).includes(blobId('after')));
    });
  }

  const passed: readonly (readonly [string, readonly MadeEntry[]])[] = [
    ['a delta whose base is not there', [{ type: 'ref', base: Buffer.alloc(20, 7), bytes: makeDelta(5, [[0, 5]]) }]],
    [
      'a delta of a delta that was passed over',
      [
        { type: 'ref', base: Buffer.alloc(20, 7), bytes: makeDelta(5, [[0, 5]]) },
        { type: 'offset', base: 0, bytes: makeDelta(5, [[0, 5], Buffer.from('x')]) },
      ],
    ],
    ['a delta on itself', [{ type: 'offset', base: 0, bytes: makeDelta(5, [[0, 5]]) }]],
    [
      'a delta that makes too much',
      [
        blob('x'.repeat(60_000)),
        {
          type: 'offset',
          base: 0,
          bytes: makeDelta(60_000, [
            [0, 60_000],
            [0, 60_000],
          ]),
        },
      ],
    ],
    [
      'a delta that is too large',
      [blob('x'), { type: 'offset', base: 0, bytes: makeDelta(1, [randomFillSync(Buffer.alloc(70_000))]) }],
    ],
    ['a tree', [{ type: 'tree', bytes: Buffer.from('no tree, but nobody looks') }]],
    ['a tree that is too large', [{ type: 'tree', bytes: Buffer.alloc(100_000) }]],
  ];
  for (const [what, entries] of passed) {
    test(`${what} is passed over, and the next object shown`, async () => {
      const walked = await walk(makePack([...entries, blob('after')]).bytes, 'sha1', SMALL);
      assert.equal(walked.error, undefined);
      assert.ok(ids(walked).includes(blobId('after')));
      assert.ok(walked.shown.size <= 2);
    });
  }

  for (const size of [SMALL.wholeBytes - 1, SMALL.wholeBytes, SMALL.wholeBytes + 1, 5 * MIB]) {
    test(`an object of ${size} bytes, whatever its compression, is shown in full`, async () => {
      const content = randomFillSync(Buffer.alloc(size), 0, size >> 1);
      const streams = [0, 1, 9].map((level) => deflateSync(content, { level }));
      streams.push(deflateSync(content, { strategy: constants.Z_HUFFMAN_ONLY, memLevel: 1 }));
      const entries = streams.flatMap((stream, at) => [{ ...blob(content), stream }, blob(`${at}`)]);
      const walked = await walk(makePack(entries).bytes, 'sha1', SMALL);
      assert.equal(walked.error, undefined);
      assert.equal(walked.offsets.length, 8);
    });
  }
});

test('a visitor that wants no more is shown no more', async () => {
  let count = 0;
  const visitor: PackVisitor = {
    get wantsMore() {
      return count < 2;
    },
    object: () => void count++,
    begin: () => assert.fail(),
    content: () => assert.fail(),
    end: () => assert.fail(),
  };
  await walkPack(slowly(makePack([blob('a'), blob('b'), blob('c')]).bytes), 'sha1', visitor);
  assert.equal(count, 2);
});

test('what a visitor throws is thrown on, also in the middle of a large object', async () => {
  const fail = () => {
    throw new TypeError('the visitor failed');
  };
  const visitor: PackVisitor = { wantsMore: true, object: fail, begin() {}, content: fail, end: fail };
  for (const content of ['small', Buffer.alloc(5 * MIB)]) {
    await assert.rejects(walkPack(slowly(makePack([blob(content)]).bytes), 'sha1', visitor), TypeError);
  }
});

test('whatever the bytes of a pack are, the walk ends with ProtocolError or none', async () => {
  const entries: MadeEntry[] = [blob('0123456789'), blob(randomFillSync(Buffer.alloc(70_000))), blob('')];
  for (let at = 0; at < 12; at++) {
    entries.push({ type: 'offset', base: at % 2 === 0 ? 0 : entries.length - 1, bytes: makeDelta(10, [[0, 10]]) });
    entries.push({
      type: 'ref',
      base: Buffer.from(blobId('0123456789'), 'hex'),
      bytes: makeDelta(10, [[1, 9], Buffer.from(`${at}`)]),
    });
  }
  const { bytes } = makePack(entries);
  const mutations = fc.array(fc.tuple(fc.oneof(fc.nat(400), fc.nat(bytes.length - 1)), fc.nat(255)), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(mutations, fc.nat(bytes.length), fc.boolean(), async (changes, end, isCut) => {
      const pack = Buffer.from(isCut ? bytes.subarray(0, end) : bytes);
      for (const [at, value] of changes) if (at < pack.length) pack[at] = value;
      const begun = performance.now();
      const { error } = await walk(pack, 'sha1', SMALL);
      assert.ok(error === undefined || error instanceof ProtocolError, String(error));
      assert.ok(performance.now() - begun < 5000);
    }),
    { numRuns: 400 },
  );
});

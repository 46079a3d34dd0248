import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../src/protocol/errors.ts';
import type { ObjectFormat } from '../../src/protocol/oid.ts';
import { PackIndex } from '../../src/protocol/pack-index.ts';
import { PushLab } from '../support/push-lab.ts';

/** A pack's index, written by git, and what `git show-index` says it holds. */
function indexOf(format: ObjectFormat, objects: number, args: readonly string[] = []) {
  const lab = new PushLab(format);
  try {
    const oids = Array.from({ length: objects }, (_, at) => lab.blob(`object ${at}`));
    const pack = lab.raw(['pack-objects', '--stdout', '-q'], oids.map((oid) => `${oid}\n`).join(''));
    lab.raw(['index-pack', '--stdin', ...args], pack);
    const folder = join(lab.client, 'objects', 'pack');
    const bytes = readFileSync(join(folder, readdirSync(folder).find((name) => name.endsWith('.idx')) as string));
    const shown = lab
      .git(['show-index', `--object-format=${format}`], bytes)
      .split('\n')
      .filter(Boolean);
    return {
      bytes,
      shown: shown.map((line) => line.split(' ')).map(([offset, oid]) => ({ oid, offset: Number(offset) })),
    };
  } finally {
    lab.remove();
  }
}

function isRefused(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    assert.ok(error instanceof ProtocolError || error instanceof RangeError, String(error));
    return true;
  }
}

describe('PackIndex', () => {
  const cases: readonly (readonly [string, ObjectFormat, number, readonly string[]])[] = [
    ['sha1', 'sha1', 60, []],
    ['sha256', 'sha256', 60, []],
    ['of one object', 'sha1', 1, []],
    ['with 64-bit offsets', 'sha1', 40, ['--index-version=2,0x40']],
  ];
  for (const [what, format, objects, args] of cases) {
    test(`an index ${what} reads as git reads it`, () => {
      const { bytes, shown } = indexOf(format, objects, args);
      const index = PackIndex.parse(bytes, format);
      assert.equal(index.count, shown.length);
      for (const [position, { oid, offset }] of shown.entries()) {
        assert.equal(index.oidAt(position), oid);
        assert.equal(index.offsetAt(position), offset);
        assert.equal(index.find(oid as string), position);
      }
    });
  }

  test('an object that is not there is not found', () => {
    const { bytes } = indexOf('sha1', 20);
    const index = PackIndex.parse(bytes, 'sha1');
    for (const oid of [
      '0'.repeat(40),
      'f'.repeat(40),
      '',
      'HEAD',
      index.oidAt(3).toUpperCase(),
      index.oidAt(3).slice(1),
    ]) {
      assert.equal(index.find(oid), -1, oid);
    }
    assert.equal(index.find(`${index.oidAt(3).slice(0, 39)}${index.oidAt(3).endsWith('0') ? '1' : '0'}`), -1);
  });

  test('a position outside is an error', () => {
    const { bytes } = indexOf('sha1', 2);
    const index = PackIndex.parse(bytes, 'sha1');
    for (const position of [-1, 2, 0.5, Number.NaN]) {
      assert.throws(() => index.oidAt(position), RangeError);
      assert.throws(() => index.offsetAt(position), RangeError);
    }
  });

  test('an index cut at any byte is refused', () => {
    const { bytes } = indexOf('sha1', 3);
    for (let length = 0; length < bytes.length; length++) {
      assert.ok(
        isRefused(() => PackIndex.parse(bytes.subarray(0, length), 'sha1')),
        `${length} of ${bytes.length}`,
      );
    }
  });

  test('another version, another hash size, a fan-out that goes down are refused', () => {
    const { bytes } = indexOf('sha1', 5);
    const patched = (at: number, value: number) => {
      const copy = Buffer.from(bytes);
      copy.writeUInt32BE(value, at);
      return copy;
    };
    assert.throws(() => PackIndex.parse(patched(4, 3), 'sha1'), { code: 'bad-pack-index' });
    assert.throws(() => PackIndex.parse(patched(0, 1), 'sha1'), { code: 'bad-pack-index' });
    assert.throws(() => PackIndex.parse(patched(8, 0xffffffff), 'sha1'), { code: 'bad-pack-index' });
    assert.throws(() => PackIndex.parse(patched(8 + 255 * 4, 0xfffffff0), 'sha1'), { code: 'bad-pack-index' });
    assert.throws(() => PackIndex.parse(bytes, 'sha256'), ProtocolError);
  });

  test('flipped bytes never read outside the index', () => {
    const { bytes } = indexOf('sha1', 30, ['--index-version=2,0x40']);
    const flip = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(flip, { minLength: 1, maxLength: 6 }), (flips) => {
        const copy = Buffer.from(bytes);
        for (const [at, value] of flips) copy[at] = value;
        isRefused(() => {
          const index = PackIndex.parse(copy, 'sha1');
          for (let position = 0; position < index.count; position++) {
            isRefused(() => index.offsetAt(position));
            index.find(index.oidAt(position));
          }
        });
      }),
    );
  });
});

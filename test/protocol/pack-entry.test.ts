import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ProtocolError } from '../../src/protocol/errors.ts';
import { MAX_ENTRY_HEADER, parseEntryHeader } from '../../src/protocol/pack-entry.ts';
import { distance, entryHead } from './pack-making.ts';

const ID = Buffer.alloc(20, 0xab);
const LONG_ID = Buffer.alloc(32, 0xcd);

describe('the header of a pack entry', () => {
  for (const size of [0, 1, 15, 16, 2047, 2048, 1_000_000, 2 ** 32 - 1, 2 ** 32, 2 ** 40]) {
    test(`says a size of ${size}`, () => {
      const bytes = entryHead(3, size);
      const expected = { type: 'blob', size, length: bytes.length };
      assert.deepEqual(parseEntryHeader(Buffer.concat([bytes, Buffer.from('rest')]), 'sha1'), expected);
    });
  }

  for (const far of [1, 127, 128, 16_511, 16_512, 2 ** 31, 2 ** 40]) {
    test(`says how far its base is away: ${far}`, () => {
      const bytes = Buffer.concat([entryHead(6, 5), distance(far)]);
      const expected = { type: 'offset-delta', size: 5, distance: far, length: bytes.length };
      assert.deepEqual(parseEntryHeader(bytes, 'sha1'), expected);
    });
  }

  for (const [format, id] of [
    ['sha1', ID],
    ['sha256', LONG_ID],
  ] as const) {
    test(`names its base by id (${format})`, () => {
      const bytes = Buffer.concat([entryHead(7, 300), id]);
      const expected = { type: 'ref-delta', size: 300, base: id.toString('hex'), length: bytes.length };
      assert.deepEqual(parseEntryHeader(bytes, format), expected);
      assert.ok(Buffer.concat([entryHead(7, 2 ** 50), id]).length <= MAX_ENTRY_HEADER);
    });
  }

  for (const [code, type] of [
    [1, 'commit'],
    [2, 'tree'],
    [3, 'blob'],
    [4, 'tag'],
  ] as const) {
    test(`knows type ${code} as ${type}`, () => assert.equal(parseEntryHeader(entryHead(code, 1), 'sha1').type, type));
  }

  const bad: readonly (readonly [string, Buffer, string])[] = [
    ['nothing', Buffer.alloc(0), 'truncated'],
    ['a size that goes on', Buffer.from([0xb0, 0x80]), 'truncated'],
    ['half an id', Buffer.concat([entryHead(7, 1), ID.subarray(1)]), 'truncated'],
    ['half a distance', Buffer.concat([entryHead(6, 1), Buffer.of(0x80)]), 'truncated'],
    ['type 0', entryHead(0, 1), 'bad-pack'],
    ['type 5', entryHead(5, 1), 'bad-pack'],
    ['a size without end', Buffer.alloc(50, 0xff), 'bad-pack'],
    ['a distance without end', Buffer.concat([entryHead(6, 1), Buffer.alloc(50, 0xff)]), 'bad-pack'],
  ];
  for (const [what, bytes, code] of bad) {
    test(`is not ${what}`, () =>
      assert.throws(
        () => parseEntryHeader(bytes, 'sha1'),
        (error) => error instanceof ProtocolError && error.code === code,
      ));
  }
});

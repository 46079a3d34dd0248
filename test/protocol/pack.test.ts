import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ProtocolError } from '../../src/protocol/errors.ts';
import { emptyPack, packTrailerBytes, parsePackHeader } from '../../src/protocol/pack.ts';
import { PushLab } from '../support/push-lab.ts';

describe('pack', () => {
  test('a header gives version and count', () => {
    assert.deepEqual(parsePackHeader(Buffer.from('PACK\0\0\0\x02\0\x01\x86\xa0rest', 'latin1')), {
      version: 2,
      objects: 100_000,
    });
  });

  const bad: readonly (readonly [string, Buffer, string])[] = [
    ['nothing', Buffer.alloc(0), 'truncated'],
    ['eleven bytes', Buffer.from('PACK\0\0\0\x02\0\0\0', 'latin1'), 'truncated'],
    ['another signature', Buffer.from('PACX\0\0\0\x02\0\0\0\0', 'latin1'), 'bad-pack'],
    ['version 3', Buffer.from('PACK\0\0\0\x03\0\0\0\0', 'latin1'), 'bad-pack'],
    ['a huge version', Buffer.from('PACK\xff\xff\xff\xff\0\0\0\0', 'latin1'), 'bad-pack'],
  ];
  for (const [what, bytes, code] of bad) {
    test(`${what} is no pack header`, () =>
      assert.throws(
        () => parsePackHeader(bytes),
        (error) => error instanceof ProtocolError && error.code === code,
      ));
  }

  for (const format of ['sha1', 'sha256'] as const) {
    test(`the empty pack is what git writes (${format})`, () => {
      const lab = new PushLab(format);
      try {
        assert.deepEqual(emptyPack(format), lab.raw(['pack-objects', '--stdout', '-q']));
      } finally {
        lab.remove();
      }
      assert.equal(emptyPack(format).length, 12 + packTrailerBytes(format));
      assert.equal(parsePackHeader(emptyPack(format)).objects, 0);
    });
  }
});

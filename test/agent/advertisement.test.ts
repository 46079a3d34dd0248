import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AdvertisementReader } from '../../src/agent/advertisement.ts';
import { DELIM, encodePkt, FLUSH } from '../../src/protocol/pkt-line.ts';

const OID = '1'.repeat(40);
const V0 = Buffer.concat([encodePkt(`${OID} HEAD\0multi_ack\n`), encodePkt(`${OID} refs/heads/main\n`), FLUSH]);
const V1 = Buffer.concat([encodePkt('version 1\n'), V0]);
const V2 = Buffer.concat([encodePkt('version 2\n'), encodePkt('agent=git/2.39.5\n'), FLUSH]);

function read(bytes: Buffer, chunkSize: number) {
  const reader = new AdvertisementReader(1 << 20);
  const passed: Buffer[] = [];
  let rest: Buffer | undefined;
  for (let at = 0; at < bytes.length && rest === undefined; at += chunkSize) {
    const part = reader.write(bytes.subarray(at, at + chunkSize));
    passed.push(part.bytes);
    if (part.rest !== undefined) rest = Buffer.concat([part.rest, bytes.subarray(at + chunkSize)]);
  }
  return { reader, passed: Buffer.concat(passed), rest };
}

describe('an advertisement passes as it came', () => {
  for (const [name, bytes, version] of [
    ['v0', V0, 0],
    ['v1', V1, 1],
    ['v2', V2, 2],
    ['an empty one', FLUSH, 0],
  ] as const) {
    for (const chunkSize of [1, 2, 3, 7, 1000]) {
      test(`${name} in chunks of ${chunkSize}, and what follows its flush is handed back`, () => {
        const { reader, passed, rest } = read(Buffer.concat([bytes, Buffer.from('more')]), chunkSize);
        assert.deepEqual(passed, bytes);
        assert.equal(rest?.toString(), 'more');
        assert.equal(reader.version, version);
        assert.equal(reader.isDone, true);
        reader.end();
      });
    }
  }

  test('every proper prefix is unfinished', () => {
    for (let length = 0; length < V1.length; length++) {
      const reader = new AdvertisementReader(1 << 20);
      reader.write(V1.subarray(0, length));
      assert.throws(() => reader.end(), { code: 'truncated' });
    }
  });
});

describe('an advertisement is refused', () => {
  for (const [why, bytes, code] of [
    ['for ERR in its place', encodePkt('ERR access denied\n'), 'upstream-err'],
    ['for text instead of packets', Buffer.from('<html>login</html>'), 'bad-pkt-length'],
    ['for a delimiter', Buffer.concat([encodePkt('version 2\n'), DELIM]), 'unexpected-packet'],
    ['for more bytes than the limit', Buffer.concat(Array(100).fill(encodePkt('x'.repeat(60_000)))), 'limit-exceeded'],
  ] as const) {
    test(why, () => {
      const reader = new AdvertisementReader(1 << 20);
      assert.throws(() => reader.write(bytes), { name: 'ProtocolError', code });
    });
  }
});

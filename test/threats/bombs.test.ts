// A few hundred kilobytes that unfold to gigabytes (THREATS.md 79): git is stopped by its share of time and memory, the
// pusher hears it, the gateway stays small, and others go on.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { constants, deflateRawSync, deflateSync } from 'node:zlib';
import { CrashLab, until } from '../crash/crash-lab.ts';
import { indexPackPeak, MIB, watchMemory } from '../exhaustion/gateway-memory.ts';
import { Attacker, ZERO } from './attacker.ts';

const RECEIVE_TIMEOUT_SECONDS = 5;
/** Of a machine that has other things to do as well. */
const MAX_SECONDS = 30;
const MAX_GATEWAY_GROWTH = 100 * MIB;
/** BASE_MEMORY_BYTES of adapters/git/quarantine.ts, two objects of maxObjectBytes, and what of git is no data. */
const MAX_GIT_BYTES = 1100 * MIB;

const BASE_BYTES = 16 * MIB;
/** What one copy instruction of a delta can name (gitformat-pack). */
const COPY_BYTES = 0xffffff;

const BOMBS: Readonly<Record<string, () => Buffer>> = {
  'three thousand deltas that make 64 MiB each': () => packOf(zeros(), ...range(3000).map((at) => delta(4, at))),
  'one delta that makes three gigabytes': () => packOf(zeros(), delta(192, 0)),
  'a blob of eight gigabytes, deflated to eight megabytes': () => packOf(endlessZeros(512)),
};

describe('a pack that unfolds without end', () => {
  let lab: CrashLab;
  before(async () => {
    lab = await CrashLab.open({
      upstream: 'http',
      gateway: `  limits: { receiveTimeout: ${RECEIVE_TIMEOUT_SECONDS}s, maxObjectBytes: 16MiB }`,
    });
  });
  after(() => lab.close());

  for (const [bomb, make] of Object.entries(BOMBS)) {
    test(`79: ${bomb}: refused within its time and memory, and nothing goes on behind it`, async () => {
      const pack = make();
      assert.ok(pack.length < 9 * MIB, `${pack.length} bytes`);
      const attacker = new Attacker(lab.world, 'alice', lab.client);
      const gateway = await lab.pid();
      const growth = watchMemory(gateway);
      const began = performance.now();
      let isOver = false;
      const sending = attacker
        .send([{ oldOid: ZERO, newOid: 'b'.repeat(40), refName: 'refs/heads/bomb' }], pack)
        .finally(() => {
          isOver = true;
        });
      let gitPeak = 0;
      await until('the answer', async () => {
        gitPeak = Math.max(gitPeak, indexPackPeak(gateway));
        return isOver ? { value: undefined } : undefined;
      });
      const { report, messages } = await sending;
      assert.ok(performance.now() - began < MAX_SECONDS * 1000);
      assert.equal(report?.refs[0]?.ok, false);
      assert.match(
        messages,
        /longer than a pack of this size may|more memory than one push may take|within the time limit/,
      );
      assert.ok(gitPeak < MAX_GIT_BYTES, `git took ${Math.round(gitPeak / MIB)} MiB`);
      assert.ok(growth() < MAX_GATEWAY_GROWTH, `the gateway grew by ${Math.round(growth() / MIB)} MiB`);
      await until('git to be gone', async () => (indexPackPeak(gateway) === 0 ? { value: undefined } : undefined));
      const [change] = await lab.changes([{ refName: `refs/heads/after-${pack.length}`, exists: false }]);
      assert.ok(change);
      assert.equal((await lab.push('ssh', [change])).code, 0);
      await lab.assertSound();
    });
  }
});

/** Objects as a pack (gitformat-pack). */
function packOf(...objects: readonly Buffer[]): Buffer {
  const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  head.writeUInt32BE(objects.length, 8);
  const content = Buffer.concat([head, ...objects]);
  return Buffer.concat([content, createHash('sha1').update(content).digest()]);
}

const BLOB = 3;
const REF_DELTA = 7;

/** Type in three bits of the first byte, size in its lower four and seven of each that follows. */
function objectHead(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) as number) | 128;
    bytes.push(rest & 127);
  }
  return Buffer.from(bytes);
}

function zeros(): Buffer {
  return Buffer.concat([objectHead(BLOB, BASE_BYTES), deflateSync(Buffer.alloc(BASE_BYTES))]);
}

const BASE_OID = createHash('sha1').update(`blob ${BASE_BYTES}\0`).update(Buffer.alloc(BASE_BYTES)).digest();

/** Nearly the whole base so many times over, and a number that makes it another object than the next. */
function delta(copies: number, number: number): Buffer {
  const copy = Buffer.from([0xf0, 0xff, 0xff, 0xff]);
  const insert = Buffer.from([4, 0, 0, 0, 0]);
  insert.writeUInt32BE(number, 1);
  const sizes = Buffer.concat([deltaSize(BASE_BYTES), deltaSize(copies * COPY_BYTES + 4)]);
  const text = Buffer.concat([sizes, ...range(copies).map(() => copy), insert]);
  return Buffer.concat([objectHead(REF_DELTA, text.length), BASE_OID, deflateSync(text)]);
}

function deltaSize(size: number): Buffer {
  const bytes = [];
  let rest = size;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

/** 16 MiB of zeros, deflated once and said so many times (RFC 1950, RFC 1951). */
function endlessZeros(times: number): Buffer {
  const piece = deflateRawSync(Buffer.alloc(BASE_BYTES), { finishFlush: constants.Z_FULL_FLUSH });
  const end = Buffer.from([0x03, 0x00]);
  const size = times * BASE_BYTES;
  const adler = Buffer.alloc(4);
  adler.writeUInt32BE((size % 65521) * 65536 + 1);
  return Buffer.concat([
    objectHead(BLOB, size),
    Buffer.from([0x78, 0x9c]),
    ...range(times).map(() => piece),
    end,
    adler,
  ]);
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => at);
}

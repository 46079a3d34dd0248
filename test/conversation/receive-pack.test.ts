import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import type { NoAllowance } from '../../src/conversation/allowance.ts';
import { EarlySearch } from '../../src/conversation/early-search.ts';
import type { Gate } from '../../src/conversation/gate.ts';
import { type PackToReceive, receivePack } from '../../src/conversation/receive-pack.ts';
import type { PackIndexing, Quarantine, Recorder } from '../../src/domain/ports.ts';
import { encodePkt, FLUSH } from '../../src/protocol/pkt-line.ts';
import { ReceivePackDecoder } from '../../src/protocol/receive-pack.ts';

const MIB = 1 << 20;
const NO_ROOM: NoAllowance = { outcome: 'refused', rule: 'no room', text: 'full', hint: 'later' };

function request() {
  const decoder = new ReceivePackDecoder({
    objectFormat: 'as-sent',
    advertised: { pushOptions: true, atomic: true },
    limits: {},
  });
  const command = `${'0'.repeat(40)} ${'a'.repeat(40)} refs/heads/x\0 report-status`;
  decoder.write(Buffer.concat([encodePkt(command), FLUSH, Buffer.from('PACK')]));
  return decoder.result() ?? assert.fail();
}

test('a disk that fills up while a pack arrives refuses the rest of it, and nothing of it is to be kept', async () => {
  let written = 0;
  let isAborted = false;
  const recorder: Recorder = {
    async write(chunk) {
      written += chunk.length;
    },
    finish: async () => ({ sha256: '', bytes: written }),
    async discard() {},
    path: '',
    readable: 0,
    async flush() {},
  };
  const indexing: PackIndexing = {
    write: async () => !isAborted,
    end() {},
    abort() {
      isAborted = true;
    },
    done: new Promise(() => {}),
  };
  // There was room when the push was taken; others have used it by the time the first 40 MiB are here.
  const gate = {
    limits: { maxPackBytes: 1024 * MIB, receiveTimeoutMs: 60_000 },
    recordings: { record: async () => recorder },
    allowance: { diskIsLow: () => (written > 40 * MIB ? NO_ROOM : undefined) },
  } as unknown as Gate;
  const sent = 100;
  const input = Readable.from(
    (function* () {
      for (let at = 0; at < sent; at++) yield Buffer.alloc(MIB);
    })(),
  ).pipe(new PassThrough());
  const pack = {
    id: 1,
    request: request(),
    rest: Buffer.from('PACK\0\0\0\x02\0\0\0\x01'),
    input,
    endsWithPack: true,
    quarantine: { index: () => indexing } as unknown as Quarantine,
    early: new EarlySearch(undefined, 'sha1'),
    signal: new AbortController().signal,
  } as unknown as PackToReceive;

  const received = await receivePack(gate, pack);
  assert.ok(received.outcome === 'refused');
  assert.deepEqual(
    [received.rule, received.text, received.hint, received.isDropped],
    ['no room', 'full', 'later', true],
  );
  assert.equal(isAborted, true);
  assert.ok(written < 64 * MIB, `${written} bytes were written`);
  assert.equal(input.readableEnded, true, 'over HTTP the body is taken to its end, or the answer is not heard');
});

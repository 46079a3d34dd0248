import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openRecordings } from '../../../src/adapters/recordings/recordings.ts';
import type { Change, Inputs } from '../../../src/domain/push/inputs.ts';

const EMPTY: Inputs = {
  version: 1,
  at: 1_700_000_000_000,
  repo: 'acme/shop',
  objectFormat: 'sha1',
  principal: { name: 'alice', kind: 'human', groups: ['dev'] },
  updates: [],
  commits: [],
  tags: [],
  pack: { bytes: 0, objects: 0 },
  pushOptions: [],
  findings: [],
};

function withChanges(count: number): Inputs {
  const net = Array.from({ length: count }, (_, at): Change => {
    const newOid = createHash('sha1').update(`${at}`).digest('hex');
    return {
      path: `src/é/file-${at}`,
      status: 'added',
      oldMode: '000000',
      newMode: '100644',
      oldOid: '0'.repeat(40),
      newOid,
    };
  });
  const update = {
    refName: 'refs/heads/main',
    oldOid: '0'.repeat(40),
    newOid: 'a'.repeat(40),
    kind: 'create',
  } as const;
  return { ...EMPTY, updates: [{ ...update, net, commits: [], tags: [] }] };
}

for (const count of [0, 1, 5_000]) {
  test(`inputs with ${count} changes come back as they were, under the digest of their text`, async () => {
    const root = await mkdtemp(join(tmpdir(), 'sallyport-recordings-'));
    try {
      const recordings = openRecordings(root);
      const inputs = withChanges(count);
      const digest = await recordings.saveInputs(7, inputs);
      assert.equal(digest, createHash('sha256').update(JSON.stringify(inputs)).digest('hex'));
      assert.deepEqual(await recordings.loadInputs(7), inputs);
      assert.deepEqual(await readdir(join(root, '7')), ['inputs.json.gz']);
    } finally {
      await rm(root, { recursive: true });
    }
  });
}

test('knows which pushes it has anything of, and nothing else that lies there', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sallyport-recordings-'));
  try {
    const recordings = openRecordings(join(root, 'recordings'));
    assert.deepEqual(await recordings.ids(), []);
    await recordings.saveInputs(7, EMPTY);
    await (await recordings.record(12)).finish();
    for (const name of ['0', 'x', '7.old', '-1']) await mkdir(join(root, 'recordings', name));
    assert.deepEqual((await recordings.ids()).toSorted(), [12, 7]);
    await recordings.remove(7);
    assert.deepEqual(await recordings.ids(), [12]);
  } finally {
    await rm(root, { recursive: true });
  }
});

test('whoever reads along is told what can be read by now, and can have all of it', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sallyport-recordings-'));
  try {
    const recorder = await openRecordings(root).record(1);
    const chunk = Buffer.alloc(100_000, 'x');
    for (let sent = chunk.length; sent <= 10 * chunk.length; sent += chunk.length) {
      await recorder.write(chunk);
      assert.ok(recorder.readable <= sent);
      assert.equal((await stat(recorder.path)).size, recorder.readable);
    }
    assert.ok(recorder.readable > 0 && recorder.readable < 10 * chunk.length, 'small pieces are collected');
    await recorder.flush();
    assert.equal(recorder.readable, 10 * chunk.length);
    assert.equal((await readFile(recorder.path)).length, 10 * chunk.length);
    assert.equal((await recorder.finish()).bytes, 10 * chunk.length);
  } finally {
    await rm(root, { recursive: true });
  }
});

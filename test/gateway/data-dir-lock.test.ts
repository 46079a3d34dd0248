import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { lockDataDir } from '../../src/gateway/data-dir-lock.ts';

const run = promisify(execFile);

test('a data directory takes one gateway at a time, in this process or another, and the next one after it', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-lock-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const module = new URL('../../src/gateway/data-dir-lock.ts', import.meta.url).href;
  const elsewhere = () =>
    run(process.execPath, [
      '-e',
      `import(${JSON.stringify(module)}).then((lock) => lock.lockDataDir(${JSON.stringify(directory)}))`,
    ]);
  const lock = lockDataDir(directory);
  assert.throws(() => lockDataDir(directory), /another gateway runs on/);
  await assert.rejects(elsewhere(), /another gateway runs on/);
  lock.release();
  await elsewhere(); // ends without releasing
  lockDataDir(directory).release();
});

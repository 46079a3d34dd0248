// What git says about a pack is the client's fault or ours, and the two must not be confused.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openWorkspaces } from '../../../src/adapters/git/workspaces.ts';
import { emptyPack } from '../../../src/protocol/pack.ts';

const LIMITS = { maxPackBytes: 1 << 20, timeoutMs: 30_000 };
let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-quarantine-'));
});
after(() => rmSync(directory, { recursive: true, force: true }));

async function quarantineOf(id: number) {
  const unused = { fetch: () => Promise.reject(new Error('nothing is fetched here')) };
  const workspaces = await openWorkspaces(directory, unused, {
    maxFetchBytes: 1,
    fetchTimeoutMs: 1,
    maxObjectBytes: 1 << 20,
  });
  const quarantine = await workspaces.quarantine(id, { repo: 'a/b', upstream: 'main', path: 'a/b' }, 'sha1');
  return { quarantine, objects: join(workspaces.quarantineDirectory(id), 'objects') };
}

test('a pack with a flipped byte is the fault of who sent it', async () => {
  const { quarantine } = await quarantineOf(1);
  const pack = emptyPack('sha1');
  pack[pack.length - 1] = (pack.at(-1) as number) ^ 1;
  const indexing = quarantine.index(LIMITS);
  await indexing.write(pack);
  indexing.end();
  const indexed = await indexing.done;
  assert.equal(indexed.outcome, 'refused');
  quarantine.close();
});

test('a folder that cannot be used is our fault: no verdict on the pack, and no path of ours in one', async () => {
  const { quarantine, objects } = await quarantineOf(2);
  rmSync(objects, { recursive: true });
  mkdirSync(objects);
  writeFileSync(join(objects, 'pack'), 'a file where a folder should be');
  const indexing = quarantine.index(LIMITS);
  await indexing.write(emptyPack('sha1'));
  indexing.end();
  await assert.rejects(indexing.done, /could not do its work/);
  quarantine.close();
});

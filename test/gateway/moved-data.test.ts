// Everything in the data directory can be moved by stopping, copying and starting.
import assert from 'node:assert/strict';
import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Door, must, openWorld, type World } from '../support/world.ts';

describe('a data directory that was copied to another place', () => {
  let world: World;
  let clone: string;

  before(async () => {
    world = await openWorld();
    clone = await world.clone('http', 'alice');
    await world.commit(clone, 'alice', { 'infra/prod/db.tf': 'moved\n' });
    const held = await world.git('alice', ['push', 'origin', 'HEAD:main'], { cwd: clone });
    assert.match(held.stderr, /held for approval: push 1/);
    await world.stop();
    const moved = join(world.directory, 'elsewhere');
    await cp(world.dataDir, moved, { recursive: true });
    await rename(world.dataDir, `${world.dataDir}.away`);
    const config = await readFile(world.configFile, 'utf8');
    await writeFile(world.configFile, config.replace('dataDir: ./data', 'dataDir: ./elsewhere'));
    await world.start();
  });
  after(() => world.close());

  test('holds what was held, shows its diff, and lets it land', async () => {
    const diff = await world.api('bob', 'GET', '/api/v1/pushes/1/diff');
    assert.match(JSON.stringify(diff.body), /\+moved/);
    assert.equal((await world.api('bob', 'POST', '/api/v1/pushes/1/approve', {})).status, 200);
    const wanted = (await must(world.git('alice', ['rev-parse', 'HEAD'], { cwd: clone }))).stdout.trim();
    for (let main = ''; main !== wanted; ) main = (await world.upstreamRefs())['refs/heads/main'] ?? '';
    const sound = await world.api('root', 'GET', '/api/v1/audit/verify');
    assert.equal((sound.body as { sound: boolean }).sound, true);
  });

  for (const door of ['http', 'ssh'] as const satisfies readonly Door[]) {
    test(`takes what comes over ${door}`, async () => {
      await world.commit(clone, 'alice', { [`src/${door}.txt`]: 'x\n' });
      await must(world.git('alice', ['push', world.url(door, 'alice'), `HEAD:refs/heads/${door}`], { cwd: clone }));
    });
  }
});

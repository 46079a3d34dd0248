// What a file was before may be the upstream's alone: it is asked for beside the relay, and the answer follows.
import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { attributionOf, newestPush } from '../support/attribution-world.ts';
import { must, openWorld, type World } from '../support/world.ts';

const TRAILER = 'Co-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>';

/** Two lines more at the end of a file of the history, which no push through the gateway has brought. */
async function changeOldFile(world: World, cwd: string): Promise<void> {
  await appendFile(join(cwd, 'README.md'), 'one more\nand another\n');
  await must(world.git('alice', ['commit', '-q', '-a', '-m', `docs: more\n\n${TRAILER}\n`], { cwd }));
}

const askedFor = ({ upstreamRequests }: World, service: string) =>
  upstreamRequests.filter(({ method, path }) => method === 'POST' && path.endsWith(service)).length;

describe('a push that changes a file whose earlier version is not here', () => {
  test('is attributed beside the relay: its own lines alone, as an answer that came after the verdict', async () => {
    const world = await openWorld();
    try {
      const cwd = await world.clone('http', 'alice');
      await changeOldFile(world, cwd);
      const before = askedFor(world, '/git-upload-pack');
      const { stderr } = await must(world.git('alice', ['push', 'origin', 'HEAD:refs/heads/docs'], { cwd }));
      assert.match(stderr, /\+2 lines: at least 2 declared \(claude-code/);
      const { id, attribution, state } = await newestPush(world);
      assert.equal(state, 'landed');
      assert.equal(attribution.lines.declared, 2);
      const first = await attributionOf(world, id);
      assert.deepEqual([first?.revision, first?.cause], [1, 'objects']);
      assert.deepEqual(first?.attribution.unseen, []);
      // The commit to compare with, and the version of the file.
      assert.equal(askedFor(world, '/git-upload-pack') - before, 2);
      const trail = await world.api('root', 'GET', `/api/v1/audit?type=push.attributed`);
      assert.equal(trail.status, 200, JSON.stringify(trail.body));
      assert.match(JSON.stringify(trail.body), /"cause":"objects"/);

      // What that push brought is here: the next one asks nobody.
      await changeOldFile(world, cwd);
      const then = askedFor(world, '/git-upload-pack');
      await must(world.git('alice', ['push', 'origin', 'HEAD:refs/heads/docs'], { cwd }));
      const second = await attributionOf(world, (await newestPush(world)).id);
      assert.deepEqual([second?.cause, second?.attribution.lines.declared], ['push', 2]);
      assert.equal(askedFor(world, '/git-upload-pack'), then);
    } finally {
      await world.close();
    }
  });

  test('is decided with it when a rule asks', async () => {
    const policy = `version: 1
rules:
  - name: much of a machine
    when: { ai: { lines: ">=3" } }
    then: refuse
`;
    const world = await openWorld({ policy });
    try {
      const cwd = await world.clone('http', 'alice');
      await changeOldFile(world, cwd);
      // Compared with nothing the file would have five new lines.
      await must(world.git('alice', ['push', 'origin', 'HEAD:refs/heads/docs'], { cwd }));
      const known = await attributionOf(world, (await newestPush(world)).id);
      assert.deepEqual([known?.cause, known?.attribution.lines.declared], ['push', 2]);
    } finally {
      await world.close();
    }
  });

  test('is attributed also when the upstream serves nothing by its id', async () => {
    // Protocol v0: only tips can be asked for, with all they reach.
    const world = await openWorld({ upstreamSpeaksV2: false });
    try {
      const cwd = await world.clone('http', 'alice');
      await changeOldFile(world, cwd);
      await world.commit(cwd, 'alice', { 'src/own.ts': 'export const own = 1;\n' }, `feat: own\n\n${TRAILER}\n`);
      await must(world.git('alice', ['push', 'origin', 'HEAD:refs/heads/docs'], { cwd }));
      const { id } = await newestPush(world);
      const known = await attributionOf(world, id);
      assert.deepEqual([known?.attribution.lines.declared, known?.attribution.unseen], [3, []]);
    } finally {
      await world.close();
    }
  });
});

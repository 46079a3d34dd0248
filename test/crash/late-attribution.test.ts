// An answer to who wrote a push that comes after the verdict, and a gateway that dies on the way: the push is what it was,
// the answer is there as a whole or not at all, and the next start finds out what is missing.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { LATE_FAIL_POINTS } from '../../src/conversation/gate.ts';
import { attributionOf, showPush } from '../support/attribution-world.ts';
import { must } from '../support/world.ts';
import { type Action, type Change, CrashLab, until } from './crash-lab.ts';

const CASES = (['kill', 'throw'] as const).flatMap((action) =>
  LATE_FAIL_POINTS.flatMap((point) =>
    (['forwarded', 'held'] as const).map((place) => ({
      action,
      point,
      place,
      refName: `refs/heads/${place}/${action}-${point}`,
    })),
  ),
);

const oldFile = (at: number) => `old-${at}.txt`;
/** One for each case: what the gateway has asked for once, it has. */
const OLD_FILES = Object.fromEntries(CASES.map((_, at) => [oldFile(at), `file ${at}\n`]));

describe('a gateway that dies, or fails, over an answer that comes later', { concurrency: 1 }, () => {
  let lab: CrashLab;
  before(async () => {
    lab = await CrashLab.open({ commits: [{ message: 'old files\n', files: OLD_FILES }] });
  });
  afterEach((context) => lab.recover(context));
  after(() => lab.close());

  for (const { action, point, place, refName } of CASES) {
    test(`${action} at ${point}, ${place}: the push is what it was, and who wrote it is known in the end`, async () => {
      const change = await changeOfOldFile(refName);
      await lab.arm(point, action);
      await lab.push('http', [change]);
      assert.ok(lab.wasReached());
      await endOf(action);
      const push = await lab.settled(refName);
      assert.equal(push?.state, place === 'held' ? 'held' : 'landed');
      const id = push?.id ?? assert.fail();
      const known = await until('the answer', async () => {
        const value = await attributionOf(lab.world, id);
        return value === undefined || value.revision === 0 ? undefined : { value };
      });
      assert.equal(known.attribution.lines.unknown, 1);
      assert.equal((await showPush(lab.world, id)).attribution.lines.unknown, 1);
      assert.equal((await entriesOf(id)).length, known.revision, 'each answer is in the trail');
      await lab.assertSound();
    });
  }

  async function endOf(action: Action): Promise<void> {
    if (action !== 'kill') return;
    await lab.world.ended();
    await lab.world.start();
  }

  async function entriesOf(id: number): Promise<readonly unknown[]> {
    const { body } = await lab.world.api('root', 'GET', `/api/v1/audit?type=push.attributed&push=${id}`);
    return body as readonly unknown[];
  }

  let made = 0;

  /** One line more in a file that only the upstream has: each time another. */
  async function changeOfOldFile(refName: string): Promise<Change> {
    const { world, client } = lab;
    const git = async (args: readonly string[], input?: string) =>
      (await must(world.git('alice', args, { cwd: client, ...(input !== undefined && { input }) }))).stdout.trim();
    const base = await git(['rev-parse', 'origin/main']);
    const file = oldFile(made++);
    const content = `${await git(['show', `${base}:${file}`])}\nline of ${refName}\n`;
    const message = 'docs: a line more\n';
    const stream = `commit refs/changes/late-${made}
committer Alice <alice@example.com> ${1_700_300_000 + made} +0000
data ${message.length}
${message}from ${base}
M 100644 inline ${file}
data ${content.length}
${content}`;
    await git(['fast-import', '--quiet'], stream);
    return { refName, newOid: await git(['rev-parse', `refs/changes/late-${made}`]), oldOid: '0'.repeat(base.length) };
  }
});

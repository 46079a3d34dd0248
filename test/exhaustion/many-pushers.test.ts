// Thirty-two people push at once, through both doors: to branches of their own, to one that all want, and to
// repositories of their own. Each push lands once or its pusher hears why not; what is left fits together.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Change, CrashLab } from '../crash/crash-lab.ts';
import type { Door, NewRepo, Run } from '../support/world.ts';
import { MIB, watchMemory } from './gateway-memory.ts';

const OWN_BRANCH = 16;
const SAME_BRANCH = 8;
const OWN_REPO = 8;
const MAX_GROWTH_MIB = 100;
const SAME = 'refs/heads/wanted-by-all';

test('of 32 pushes at once each lands exactly once, or its pusher is told that the branch has moved', async (t) => {
  const lab = await CrashLab.open({ upstream: 'http', env: { SALLYPORT_LEASE_MS: '60000' } });
  t.after(() => lab.close());
  const repos: NewRepo[] = [];
  for (let at = 0; at < OWN_REPO; at++) repos.push(await lab.world.newRepo());
  const made = await lab.changes(
    Array.from({ length: OWN_BRANCH + OWN_REPO + 2 }, (_, at) => ({ refName: `refs/heads/own-${at}`, exists: false })),
  );
  const [warmUp, own] = [made.slice(0, 2), made.slice(2)];
  const [first] = await lab.changes([{ refName: SAME, exists: true }]);
  const more = await lab.changes(Array.from({ length: SAME_BRANCH - 1 }, () => ({ refName: SAME, exists: false })));
  const same = [first as Change, ...more.map((change) => ({ ...change, oldOid: (first as Change).oldOid }))];
  await lab.watch(repos);
  const doorOf = (at: number): Door => (at % 2 === 0 ? 'http' : 'ssh');
  const push = (change: Change, at: number) => lab.push(doorOf(at), [change]);
  for (const [at, change] of warmUp.entries()) assert.equal((await push(change, at)).code, 0);

  const growth = watchMemory(await lab.pid());
  const toOwnRepo = (repo: NewRepo, at: number) => {
    const url = lab.world.url(doorOf(at), 'alice', repo.path);
    return lab.push(doorOf(at), [own[OWN_BRANCH + at] as Change], { url });
  };
  const [branches, contended, elsewhere] = await Promise.all([
    Promise.all(own.slice(0, OWN_BRANCH).map(push)),
    Promise.all(same.map(push)),
    Promise.all(repos.map(toOwnRepo)),
  ]);

  for (const { code, stdout, stderr } of [...branches, ...elsewhere]) assert.equal(code, 0, `${stdout}${stderr}`);
  assert.equal(contended.filter(({ code }) => code === 0).length, 1, 'one of those who wanted the same branch');
  for (const run of contended.filter(({ code }) => code !== 0)) assertToldStale(run);
  await lab.settled(SAME);
  assert.ok(growth() <= MAX_GROWTH_MIB * MIB, `the gateway grew by ${Math.round(growth() / MIB)} MiB`);
  await lab.assertSound();
});

/** By us; by git itself, where it had already seen the branch move; by the upstream, which compares at the very last. */
function assertToldStale({ stdout, stderr }: Run): void {
  const isLastMoment = /failed to update ref/.test(stdout) && /is at [0-9a-f]{40} but expected/.test(stderr);
  assert.ok(isLastMoment || /^!\t.*(stale|fetch first|non-fast-forward)/m.test(stdout), `${stdout}${stderr}`);
  assert.doesNotMatch(stderr, /internal error|unknown/);
}

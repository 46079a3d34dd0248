// Break-glass: a push through holds, on somebody's word, that others look at afterwards.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sampleSecret } from '../support/sample-secret.ts';
import { type Door, must, openWorld, type Run, type World } from '../support/world.ts';

const POLICY = `version: 1
defaults: { secrets: { exceptions: { group: security } } }
rules:
  - name: production needs SRE
    when: { paths: ["infra/prod/**"] }
    then: hold
    approvals: [{ group: sre, count: 1 }]
  - name: never
    when: { paths: ["never/**"] }
    then: refuse
`;

interface ShownPush {
  readonly id: number;
  readonly state: string;
  readonly verdict: { readonly outcome: string; readonly reasons: readonly { rule: string; outcome: string }[] };
  readonly breakGlass?: { readonly reason: string; readonly review: { readonly by: string } | null };
}

let world: World;
let turns = 0;

before(async () => {
  world = await openWorld({
    policy: POLICY,
    identity: '{ breakGlass: { group: oncall, reviewers: security } }',
    people: [
      { name: 'olive', groups: ['dev', 'oncall', 'security'] },
      { name: 'oscar', groups: ['dev', 'oncall'] },
      { name: 'robot', groups: ['dev', 'oncall'], kind: 'coding-agent', sponsor: 'oscar' },
    ],
  });
});
after(() => world.close());

async function push(
  name: string,
  files: Readonly<Record<string, string>>,
  reason: string | undefined,
  door: Door = 'http',
): Promise<{ readonly run: Run; readonly ref: string }> {
  const cwd = await world.clone(door, name);
  turns += 1;
  await world.commit(cwd, name, files, `change ${turns}`);
  const ref = `refs/heads/b${turns}`;
  const options = reason === undefined ? [] : ['-o', `sallyport.break-glass=${reason}`];
  return { run: await world.git(name, ['push', ...options, 'origin', `HEAD:${ref}`], { cwd }), ref };
}

async function newest(): Promise<ShownPush> {
  const [found] = (await world.api('root', 'GET', '/api/v1/pushes?limit=1')).body as ShownPush[];
  assert.ok(found);
  return found;
}

const review = (who: string, id: number, comment = 'looked at it') =>
  world.api(who, 'POST', `/api/v1/pushes/${id}/review`, { comment });
const PROD = () => ({ 'infra/prod/db.tf': `${turns}\n` });
let open = 0;

for (const [name, reason, expected] of [
  ['alice', 'fire', /you may not push by break-glass/],
  ['robot', 'fire', /you may not push by break-glass/],
  ['olive', ' ', /sallyport.break-glass needs the reason/],
] as const) {
  test(`${name} with the reason "${reason}" goes through nothing`, async () => {
    const { run, ref } = await push(name, PROD(), reason);
    assert.match(run.stderr, expected);
    assert.equal((await world.upstreamRefs())[ref], undefined);
  });
}

test('one push of a member goes through a hold, and is flagged wherever it is shown', async () => {
  const { run, ref } = await push('olive', PROD(), 'the site is down', 'ssh');
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /noted: production needs SRE: infra\/prod\/db.tf/);
  assert.match(run.stderr, /noted: break-glass: the site is down; somebody of security has to review it/);
  assert.ok((await world.upstreamRefs())[ref]);
  const shown = await newest();
  open = shown.id;
  assert.deepEqual(
    [shown.state, shown.verdict.outcome, shown.breakGlass?.reason, shown.breakGlass?.review],
    ['landed', 'forward', 'the site is down', null],
  );
  const trail = (await world.api('root', 'GET', `/api/v1/audit?push=${open}&type=push.forwarded`)).body;
  assert.match(JSON.stringify(trail), /"breakGlass":\{"reason":"the site is down","reviewers":"security"\}/);
  const explained = await world.api('root', 'GET', `/api/v1/pushes/${open}/explain`);
  assert.match(JSON.stringify(explained.body), /break-glass: whether it goes through holds; seen the site is down/);
  const unreviewed = (await world.api('root', 'GET', '/api/v1/pushes?unreviewed=true')).body as ShownPush[];
  assert.deepEqual(
    unreviewed.map(({ id }) => id),
    [open],
  );
});

test('the next one of the same person waits for its review, that of another does not', async () => {
  const { run } = await push('olive', PROD(), 'again');
  assert.match(run.stderr, /your last push by break-glass has not been reviewed/);
  assert.equal((await push('oscar', PROD(), 'mine')).run.code, 0);
  assert.equal((await review('carol', (await newest()).id)).status, 200);
});

test('somebody else of the reviewers reviews it, once, in words', async () => {
  assert.equal((await review('olive', open)).status, 403, 'not whoever pushed it');
  assert.equal((await review('bob', open)).status, 403, 'not somebody else');
  assert.equal((await review('root', open)).status, 403, 'nor an admin');
  assert.equal((await review('mallory', open)).status, 404);
  assert.equal((await review('carol', open, ' ')).status, 403);
  assert.equal((await review('carol', open)).status, 200);
  assert.equal((await review('carol', open)).status, 409);
  const [entry] = (await world.api('root', 'GET', `/api/v1/audit?push=${open}&type=push.reviewed`)).body as {
    actor: string;
  }[];
  assert.equal(entry?.actor, 'carol');
  assert.equal((await push('olive', PROD(), 'after the review')).run.code, 0);
  assert.equal((await review('carol', (await newest()).id)).status, 200);
});

test('a push that is held already goes through when it comes again by break-glass, and the hold is over', async () => {
  const cwd = await world.clone('http', 'olive');
  await world.commit(cwd, 'olive', PROD());
  const go = (...options: readonly string[]) =>
    world.git('olive', ['push', ...options, 'origin', 'HEAD:refs/heads/urgent'], { cwd });
  assert.match((await go()).stderr, /held for approval/);
  const held = (await newest()).id;
  assert.equal((await go('-o', 'sallyport.break-glass=cannot wait')).code, 0);
  const { body } = await world.api('root', 'GET', `/api/v1/pushes/${held}`);
  assert.equal((body as ShownPush).state, 'superseded');
  assert.equal((await review('carol', (await newest()).id)).status, 200);
});

test('nothing that refuses opens, nor a hold for secrets', async () => {
  const { run } = await push('olive', { 'never/x.txt': 'x\n', ...PROD() }, 'please');
  assert.match(run.stderr, /refused: never/);
  const secret = sampleSecret('github-personal-access-token', 'break glass');
  const leaked = await push('olive', { 'conf.txt': `token: ${secret}\n` }, 'please');
  assert.match(leaked.run.stderr, /refused: default: secrets/);
  const cwd = await world.clone('http', 'olive');
  await world.commit(cwd, 'olive', { 'conf.txt': `token: ${secret}\n` });
  const options = ['-o', 'sallyport.reason=a sample', '-o', 'sallyport.break-glass=please'];
  const asked = await world.git('olive', ['push', ...options, 'origin', 'HEAD:refs/heads/leak'], { cwd });
  assert.match(asked.stderr, /held for approval/);
  assert.match(asked.stderr, /break-glass: not used: a hold for secrets does not open/);
  assert.equal((await newest()).breakGlass, undefined);
  // It was not used: the next one need not wait for a review.
  assert.equal((await push('olive', PROD(), 'used now')).run.code, 0);
  assert.equal((await review('carol', (await newest()).id)).status, 200);
});

test('a push that nothing holds needs no breaking, and no review', async () => {
  assert.equal((await push('olive', { 'src/plain.txt': `${turns}\n` }, 'not needed')).run.code, 0);
  assert.equal((await newest()).breakGlass, undefined);
});

test('of two at once one goes through', async () => {
  const cwd = await world.clone('http', 'oscar');
  await world.commit(cwd, 'oscar', PROD());
  const go = (branch: string) =>
    world.git('oscar', ['push', '-o', 'sallyport.break-glass=both', 'origin', `HEAD:refs/heads/${branch}`], { cwd });
  const [one, other] = await Promise.all([go('first'), go('second')]);
  assert.deepEqual([one.code, other.code].toSorted(), [0, 1]);
  await must(Promise.resolve(one.code === 0 ? one : other));
});

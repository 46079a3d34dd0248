// Who may do what, whichever door they take: rows 18, 60, 67, 68, 70, 75 and 90 of THREATS.md.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { encodePkt, FLUSH } from '../../src/protocol/pkt-line.ts';
import { CAST, openWorld, type World } from '../support/world.ts';
import { Attacker, newestPush } from './attacker.ts';

type Right = 'read' | 'push' | 'approve' | 'audit' | 'admin';

/** Each right alone: what one right gives by accident shows at once. */
const ACCESS = `access:
  - { repos: ["acme/shop"], groups: [dev], may: [read] }
  - { repos: ["acme/shop"], groups: [sre], may: [push] }
  - { repos: ["acme/shop"], groups: [security], may: [approve] }
  - { repos: ["**"], groups: [admin], may: [audit, admin] }
  - { repos: ["other/**"], groups: [dev, security], may: [read, push, approve, audit, admin] }
`;
const RIGHTS: Readonly<Record<string, readonly Right[]>> = {
  alice: ['read'],
  bob: ['read', 'push'],
  carol: ['approve'],
  copilot: ['read'],
  mallory: [],
  // The group admin reads by being it, and does not approve.
  root: ['read', 'audit', 'admin'],
};
const POLICY = `version: 1
rules:
  - name: security looks at everything
    when: { refs: ["refs/heads/main"] }
    then: hold
    approvals: [{ group: security, count: 1 }]
`;

let world: World;
let held: number;

before(async () => {
  world = await openWorld({ policy: POLICY });
  await world.stop();
  const config = await readFile(world.configFile, 'utf8');
  await writeFile(world.configFile, config.replace(/^access:\n(?: .*\n)+/m, ACCESS));
  await world.start();
  const bob = new Attacker(world, 'bob', await world.clone('http', 'bob'));
  await bob.commit({ 'src/new.txt': 'new\n' });
  await world.git('bob', ['push', 'origin', 'HEAD:main'], { cwd: bob.cwd });
  held = (await shownToBob()).id;
});

after(() => world?.close());

async function shownToBob(): Promise<{ id: number; state: string }> {
  const { body } = await world.api('bob', 'GET', '/api/v1/pushes?limit=1');
  const [push] = body as readonly { id: number; state: string }[];
  assert.ok(push);
  return push;
}

interface Asked {
  readonly status: number;
  readonly body: string;
  readonly headers: string;
}

/** One request as it is written: no client tidies the path or merges headers. */
function ask(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: Buffer | string,
): Promise<Asked> {
  const { hostname, port } = new URL(world.http);
  return new Promise((resolve, reject) => {
    const asked = request({ host: hostname, port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { date: _date, ...rest } = response.headers;
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString('latin1'),
          headers: JSON.stringify(rest),
        });
      });
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

const as = (name: string) => ({ authorization: `Bearer ${world.token(name)}` });
const fetchBody = Buffer.concat([encodePkt('command=ls-refs\n'), Buffer.from('0001'), FLUSH]);

function fetchRequest(name: string, repo = 'acme/shop.git', query = ''): Promise<Asked> {
  const headers = {
    ...as(name),
    'content-type': 'application/x-git-upload-pack-request',
    'git-protocol': 'version=2',
  };
  return ask('POST', `/${repo}/git-upload-pack${query}`, headers, fetchBody);
}

function pushRequest(name: string, repo = 'acme/shop.git', query = ''): Promise<Asked> {
  const headers = { ...as(name), 'content-type': 'application/x-git-receive-pack-request', 'content-length': '4' };
  return ask('POST', `/${repo}/git-receive-pack${query}`, headers, FLUSH);
}

function lfsRequest(name: string, query = ''): Promise<Asked> {
  const headers = { ...as(name), 'content-type': 'application/vnd.git-lfs+json' };
  const body = JSON.stringify({ operation: 'upload', objects: [{ oid: 'a'.repeat(64), size: 1 }] });
  return ask('POST', `/acme/shop.git/info/lfs/objects/batch${query}`, headers, body);
}

const isOpen = ({ status }: Asked) => status !== 404;
const statusOf = async (name: string, method: string, path: string) => (await world.api(name, method, path)).status;

interface EntryPoint {
  readonly title: string;
  /** Any of them is enough. */
  readonly needs: readonly Right[];
  opens(name: string): Promise<boolean>;
}

const ENTRY_POINTS: readonly EntryPoint[] = [
  {
    title: 'http: refs for a fetch',
    needs: ['read'],
    opens: async (name) => isOpen(await ask('GET', '/acme/shop.git/info/refs?service=git-upload-pack', as(name))),
  },
  { title: 'http: a fetch', needs: ['read'], opens: async (name) => isOpen(await fetchRequest(name)) },
  {
    title: 'http: refs for a push',
    needs: ['push'],
    opens: async (name) => isOpen(await ask('GET', '/acme/shop/info/refs?service=git-receive-pack', as(name))),
  },
  { title: 'http: a push', needs: ['push'], opens: async (name) => isOpen(await pushRequest(name)) },
  { title: 'http: large files', needs: ['read'], opens: async (name) => isOpen(await lfsRequest(name)) },
  {
    title: 'ssh: a fetch',
    needs: ['read'],
    opens: async (name) => (await world.git(name, ['ls-remote', '-q', world.url('ssh', name)])).code === 0,
  },
  {
    title: 'ssh: a push',
    needs: ['push'],
    opens: async (name) =>
      (
        await world.git(name, ['push', '-q', world.url('ssh', name), 'HEAD:refs/heads/dry', '--dry-run'], {
          cwd: world.upstreamDirectory,
        })
      ).code === 0,
  },
  {
    title: 'api: a push of somebody else',
    needs: ['read', 'approve'],
    opens: async (name) => (await statusOf(name, 'GET', `/api/v1/pushes/${held}`)) === 200,
  },
  {
    title: 'api: its diff',
    needs: ['read', 'approve'],
    opens: async (name) => (await statusOf(name, 'GET', `/api/v1/pushes/${held}/diff`)) === 200,
  },
  {
    title: 'api: the trail of the repository',
    needs: ['audit'],
    opens: async (name) => (await statusOf(name, 'GET', '/api/v1/audit?repo=acme/shop')) === 200,
  },
  {
    title: 'api: everybody there is',
    needs: ['admin'],
    opens: async (name) => (await statusOf(name, 'GET', '/api/v1/users')) === 200,
  },
];

describe('90: a right opens its own doors and no other', () => {
  for (const { title, needs, opens } of ENTRY_POINTS) {
    test(title, async () => {
      for (const { name } of CAST) {
        const may = needs.some((right) => RIGHTS[name]?.includes(right) === true);
        assert.equal(await opens(name), may, `${name} (${RIGHTS[name]?.join() || 'nothing'})`);
      }
    });
  }

  test('an approval needs the right and the group, on every route to it', async () => {
    for (const [name, status] of Object.entries({ alice: 403, bob: 403, copilot: 403, mallory: 404, root: 403 })) {
      for (const act of ['approve', 'reject']) {
        const answer = await world.api(name, 'POST', `/api/v1/pushes/${held}/${act}`, { comment: 'mine' });
        assert.equal(answer.status, status, `${name} ${act}`);
      }
    }
    assert.equal((await shownToBob()).state, 'held');
  });
});

test('18: a query does not change which right a request needs', async () => {
  assert.equal((await pushRequest('alice', 'acme/shop.git', '?service=git-upload-pack')).status, 400);
  assert.equal((await fetchRequest('mallory', 'acme/shop.git', '?service=git-upload-pack')).status, 400);
  assert.equal((await lfsRequest('mallory', '?service=git-upload-pack')).status, 404);
  const twice = '/acme/shop.git/info/refs?service=git-upload-pack&service=git-receive-pack';
  assert.equal((await ask('GET', twice, as('alice'))).status, 400);
});

describe('60: headers of a proxy in front name nobody', () => {
  for (const header of ['X-Forwarded-User', 'X-Remote-User', 'X-WEBAUTH-USER', 'Remote-User', 'X-Auth-Request-User']) {
    test(header, async () => {
      const forged = { [header]: 'root', 'x-forwarded-for': '127.0.0.1', 'x-forwarded-groups': 'admin' };
      assert.equal((await ask('GET', '/acme/shop.git/info/refs?service=git-receive-pack', forged)).status, 401);
      assert.equal((await ask('GET', '/api/v1/users', forged)).status, 401);
      const { status, body } = await ask('GET', '/api/v1/whoami', { ...as('alice'), ...forged });
      assert.equal(status, 200);
      assert.equal((JSON.parse(body) as { name: string }).name, 'alice');
      assert.equal((await ask('GET', '/api/v1/users', { ...as('alice'), ...forged })).status, 403);
    });
  }
});

test('61: neither a cookie nor a query parameter logs anybody in', async () => {
  const token = world.token('root');
  for (const [path, headers] of [
    ['/acme/shop.git/info/refs?service=git-upload-pack', { cookie: `token=${token}; session=${token}` }],
    ['/api/v1/users', { cookie: `token=${token}; session=${token}; authorization=Bearer ${token}` }],
    [`/api/v1/users?token=${token}`, {}],
    [`/api/v1/users?access_token=${token}`, {}],
  ] as const) {
    assert.ok([400, 401].includes((await ask('GET', path, headers)).status), path);
  }
});

test('67: a repository that is missing and one that is forbidden give the same bytes, and no question upstream', async () => {
  const asked = world.upstreamRequests.length;
  for (const service of ['git-upload-pack', 'git-receive-pack']) {
    const [forbidden, missing, elsewhere] = await Promise.all(
      ['acme/shop.git', 'acme/none.git', 'nobody/knows/it'].map((repo) =>
        ask('GET', `/${repo}/info/refs?service=${service}`, as('mallory')),
      ),
    );
    assert.equal(forbidden?.status, 404);
    assert.deepEqual(forbidden, missing);
    assert.deepEqual(forbidden, elsewhere);
  }
  const [over, there] = await Promise.all(
    ['acme/shop.git', 'acme/none.git'].map((repo) =>
      world.git('mallory', ['ls-remote', world.url('ssh', 'mallory', repo)]),
    ),
  );
  assert.equal(over?.stderr, there?.stderr);
  assert.equal(world.upstreamRequests.length, asked);
  // Mallory is told nothing; the auditor sees all of it.
  const denied = ['read', 'push'].flatMap((right) =>
    ['acme/none', 'acme/shop', 'nobody/knows/it'].map((repo) => `${repo} ${right}`),
  );
  for (let seen: readonly string[] = []; seen.length < denied.length; ) {
    const { body } = await world.api('root', 'GET', '/api/v1/audit?type=access.denied&actor=mallory');
    seen = (body as { repo: string; body: { right: string } }[]).map((entry) => `${entry.repo} ${entry.body.right}`);
    assert.deepEqual(
      seen.filter((one) => !denied.includes(one)),
      [],
    );
  }
});

test('75: rights in one repository are none in another', async () => {
  const asked = world.upstreamRequests.length;
  assert.equal((await pushRequest('alice', 'acme/shop.git')).status, 404);
  assert.equal((await pushRequest('bob', 'acme/shop2.git')).status, 404);
  assert.equal((await fetchRequest('bob', 'acme/shop/2.git')).status, 404);
  // Alice administers other/**: that is no reason to show her everybody, or the trail as a whole.
  assert.equal(await statusOf('alice', 'GET', '/api/v1/users'), 403);
  assert.equal(await statusOf('alice', 'GET', '/api/v1/audit'), 403);
  assert.equal(world.upstreamRequests.length, asked);
});

describe('70: a path names no other server', () => {
  test('in none of its spellings, over both doors', async () => {
    let reached = 0;
    const canary = createServer((socket) => {
      reached += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
    const { port } = canary.address() as { port: number };
    const asked = world.upstreamRequests.length;
    const there = `127.0.0.1:${port}`;
    const paths = [
      `http://${there}/x`,
      `/http://${there}/x`,
      `//${there}/x`,
      `/@${there}/x`,
      `/acme/shop.git@${there}/x`,
      `/user:pass@${there}/x`,
      `/acme/..//${there}/x`,
      `/acme/%2e%2e/%2f${there}/x`,
      `/\\\\${there}\\x`,
      `/%5c%5c${there}/x`,
      `/acme/shop%23@${there}/x`,
      `/acme/shop%3f@${there}/x`,
      `/acme/shop;@${there}/x`,
      `/acme/shop%00${there}/x`,
      `/acme/shop%0d%0aHost:%20${there}/x`,
      `/[::ffff:127.0.0.1]:${port}/x`,
      `/[::1]:${port}/x`,
      `/169.254.169.254/latest/meta-data`,
      `/ext::sh%20-c%20id/x`,
      `/file:///etc/passwd`,
      `/--upload-pack=touch/x`,
    ];
    for (const path of paths) {
      const answer = await ask('GET', `${path}/info/refs?service=git-upload-pack`, as('alice'));
      assert.ok(answer.status === 400 || answer.status === 404, `${path}: ${answer.status}`);
      assert.equal(answer.body.includes('169.254'), false);
    }
    for (const path of [`http://${there}/x`, `//${there}/x`, `@${there}/x`, `ext::sh -c id`, '-x', '../x', '~root/x']) {
      const run = await world.git('alice', ['ls-remote', `ssh://git@${world.ssh}/${path}`]);
      assert.notEqual(run.code, 0, path);
    }
    await new Promise<void>((resolve) => canary.close(() => resolve()));
    assert.equal(reached, 0, 'nobody came to the other server');
    const odd = world.upstreamRequests.slice(asked).map(({ path }) => path);
    assert.deepEqual(
      odd.filter((path) => !/^\/[A-Za-z0-9._/-]+\.git\/info\/refs\?service=git-upload-pack$/.test(path)),
      [],
    );
  });
});

test('68: a coding agent approves nothing, whatever its groups may', async () => {
  await world.stop();
  const config = await readFile(world.configFile, 'utf8');
  const wide = ACCESS.replace('groups: [dev], may: [read] }', 'groups: [dev, security], may: [read, push, approve] }');
  await writeFile(world.configFile, config.replace(/^access:\n(?: .*\n)+/m, wide));
  await writeFile(`${world.directory}/policy.yaml`, POLICY.replace('group: security', 'group: dev'));
  await world.start();
  const carol = new Attacker(world, 'carol', await world.clone('ssh', 'carol'));
  await carol.commit({ 'src/c.txt': 'c\n' });
  await world.git('carol', ['push', 'origin', 'HEAD:main'], { cwd: carol.cwd });
  const push = await newestPush({ ...world, api: (_name, ...rest) => world.api('carol', ...rest) });
  assert.equal((await world.api('copilot', 'POST', `/api/v1/pushes/${push.id}/approve`, {})).status, 403);
  // The same act of a person of the same group is what is asked for.
  assert.equal((await world.api('alice', 'POST', `/api/v1/pushes/${push.id}/approve`, {})).status, 200);
});

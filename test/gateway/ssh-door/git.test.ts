import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import type { SshGitSession } from '../../../src/gateway/ssh-door/session.ts';
import { ending, openDoor } from './open-door.ts';

test('real git clones, pushes and fetches through the door, in protocol v0 and v2', async (t) => {
  const repositories = { dir: '' };
  const open = await openDoor(t, { serve: (session) => realGit(repositories.dir, session) });
  repositories.dir = join(open.dir, 'repositories');
  await mkdir(repositories.dir);
  await ending('git', ['init', '-q', '--bare', '-b', 'main', join(repositories.dir, 'shop.git')]);
  const alice = await open.addPerson('alice');
  const url = `ssh://anybody@127.0.0.1:${open.port}/shop.git`;
  const git = async (cwd: string, ...args: string[]) => {
    const ended = await open.git(alice, cwd, args);
    assert.equal(ended.status, 0, `git ${args.join(' ')}: ${ended.stderr}`);
    return ended.stdout;
  };
  await git(open.dir, 'clone', '-q', url, 'first');
  const first = join(open.dir, 'first');
  await writeFile(join(first, 'big'), Buffer.alloc(3_000_000, 'no two lines alike? '));
  await git(first, 'checkout', '-q', '-b', 'main');
  await git(first, 'add', '.');
  await git(first, 'commit', '-qm', 'one');
  await git(first, 'push', '-q', 'origin', 'main');
  await git(open.dir, '-c', 'protocol.version=0', 'clone', '-q', url, 'second');
  await git(open.dir, '-c', 'protocol.version=2', 'clone', '-q', url, 'third');
  for (const copy of ['second', 'third']) {
    assert.equal(await git(join(open.dir, copy), 'rev-parse', 'HEAD'), await git(first, 'rev-parse', 'HEAD'));
  }
  assert.deepEqual(
    open.sessions.map(({ service, gitProtocol }) => [service, gitProtocol]),
    [
      ['git-upload-pack', 'version=2'],
      ['git-receive-pack', undefined],
      ['git-upload-pack', undefined],
      ['git-upload-pack', 'version=2'],
    ],
  );
});

test('git shows a refusal of the door as it was written', async (t) => {
  const open = await openDoor(t, {
    serve: async ({ errors }) => {
      errors.write('sallyport: repository not found\nhint: check the address\n');
      return 1;
    },
  });
  const alice = await open.addPerson('alice');
  const ended = await open.git(alice, open.dir, ['clone', `ssh://git@127.0.0.1:${open.port}/nowhere.git`]);
  assert.equal(ended.status, 128);
  assert.match(ended.stderr, /^sallyport: repository not found\nhint: check the address\n/m);
});

async function realGit(dir: string, { service, repo, gitProtocol, ...streams }: SshGitSession): Promise<number> {
  const child = spawn(service, [join(dir, `${repo.repo}.git`)], {
    env: { PATH: process.env['PATH'], ...(gitProtocol === undefined ? {} : { GIT_PROTOCOL: gitProtocol }) },
    stdio: ['pipe', 'pipe', 'pipe'],
    signal: streams.signal,
  });
  child.stdin.on('error', () => {});
  streams.input.pipe(child.stdin);
  const exited = once(child, 'close');
  await Promise.all([pipeline(child.stdout, streams.output), pipeline(child.stderr, streams.errors)]);
  const [status] = await exited;
  return typeof status === 'number' ? status : 1;
}

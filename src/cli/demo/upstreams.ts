// The Git servers behind the gate: git's own http-backend, and an ssh door to git. Both take one credential, the gate's,
// and write down who came, so that anybody can see that nobody else ever does.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GitHttpServer, startGitHttpServer } from '../../demo-upstream/http-server.ts';
import { createSampleRepository, DEMO_COMMITS, type SampleCommit } from '../../demo-upstream/sample-repo.ts';
import { type GitSshServer, startGitSshServer } from '../../demo-upstream/ssh-server.ts';
import { sshKeyFingerprint } from '../../protocol/ssh-key.ts';

/** How the gate is called by the servers behind it. */
export const GATE = 'sallyport-gate';

export interface Repository {
  /** As clients name it. */
  readonly path: string;
  readonly kind: 'http' | 'ssh';
  readonly commits: readonly SampleCommit[];
}

export const SHOP: Repository = { path: 'acme/shop', kind: 'http', commits: DEMO_COMMITS };
export const DEPLOY: Repository = {
  path: 'ops/deploy',
  kind: 'ssh',
  commits: [
    {
      message: 'deploy: first version\n',
      files: {
        'README.md': '# deploy\n\nHow the shop gets to its machines.\n',
        'deploy.sh': '#!/bin/sh\nset -eu\nrsync -a build/ "$1":/srv/shop/\n',
        'infra/prod/hosts': 'shop-1.example.com\nshop-2.example.com\n',
        'infra/staging/hosts': 'shop-0.example.com\n',
      },
    },
  ],
};

export interface UpstreamFiles {
  /** Below it `http/` and `ssh/`, with bare repositories. */
  readonly root: string;
  /** The gate's password for the http server. */
  readonly passwordFile: string;
  /** The gate's private key for the ssh server; its .pub file is beside it. */
  readonly keyFile: string;
  /** The ssh server's own private key. */
  readonly hostKeyFile: string;
}

export interface Upstreams {
  readonly http: GitHttpServer;
  readonly ssh: GitSshServer;
  close(): Promise<void>;
}

/** Bare repositories with something in them. */
export async function createRepositories(root: string): Promise<void> {
  for (const { path, kind, commits } of [SHOP, DEPLOY]) {
    await createSampleRepository({ root: join(root, kind), name: path, commits });
  }
}

/** Where a repository is on the upstream's own disk. */
export function upstreamDirectory(root: string, { kind, path }: Repository): string {
  return join(root, kind, `${path}.git`);
}

/** Starts both. `log` gets a line for each who comes. */
export async function startUpstreams(files: UpstreamFiles, log: (line: string) => void): Promise<Upstreams> {
  const password = (await readFile(files.passwordFile, 'utf8')).trim();
  const gateKey = await readFile(`${files.keyFile}.pub`, 'utf8');
  const gateFingerprint = sshKeyFingerprint(Buffer.from(gateKey.split(' ')[1] ?? '', 'base64'));
  const write = (door: string, who: string, what: string) =>
    log(`${new Date().toISOString()} ${door.padEnd(4)} ${who} ${what}\n`);
  const http = await startGitHttpServer({
    root: join(files.root, 'http'),
    auth: { username: GATE, password },
    onRequest(request, response) {
      const who = whoIs(request.headers.authorization, password);
      response.once('close', () => write('http', who, `"${request.method} ${request.url}" ${response.statusCode}`));
      return undefined;
    },
  });
  const ssh = await startGitSshServer({
    root: join(files.root, 'ssh'),
    authorizedKeys: [gateKey],
    hostKey: await readFile(files.hostKeyFile, 'utf8'),
    onLogin({ fingerprint, isAllowed }) {
      const who = fingerprint === gateFingerprint ? GATE : `other:${fingerprint ?? 'no-key'}`;
      write('ssh', who, isAllowed ? 'logged in' : 'was turned away');
    },
    onCommand: (command) => write('ssh', GATE, `"${command}"`),
  });
  return {
    http,
    ssh,
    async close() {
      await Promise.all([http.close(), ssh.close()]);
    },
  };
}

/** Only what came with exactly the gate's credential is called the gate. */
function whoIs(authorization: string | undefined, password: string): string {
  if (authorization === undefined) return 'other:nobody';
  const [scheme, text = ''] = authorization.split(' ');
  const [username, given] = Buffer.from(text, 'base64').toString('utf8').split(':');
  return scheme === 'Basic' && username === GATE && given === password ? GATE : 'other:somebody';
}

import { access, chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isLoopback } from '../../adapters/config/listen.ts';
import { formatProblem, parseConfig } from '../../adapters/config/load.ts';
import { createIdentity } from '../../adapters/identity/local.ts';
import { ensureHostKeys } from '../../adapters/keys/host-keys.ts';
import { openStore } from '../../adapters/store/store.ts';
import type { User } from '../../domain/ports.ts';
import { DEFAULT_CONFIG, TOKEN_FILE } from '../client.ts';
import { configTemplate, POLICY_TEMPLATE, type UpstreamTemplate } from '../templates.ts';
import { CommandError, print, printError, UsageError } from '../terminal.ts';

interface InitOptions {
  readonly dir: string;
  readonly upstream?: string;
}

const POLICY_FILE = 'policy.yaml';
const ADMIN = 'admin';

/** Everything a first `serve` needs. Stdout is the path of the admin token; what to do next is on stderr. */
export async function init(options: InitOptions): Promise<void> {
  const dir = resolve(options.dir);
  const upstream = describeUpstream(options.upstream);
  const files = {
    config: join(dir, DEFAULT_CONFIG),
    policy: join(dir, POLICY_FILE),
    token: join(dir, TOKEN_FILE),
    data: join(dir, 'data'),
    keys: join(dir, 'keys'),
  };
  const text = configTemplate(upstream);
  const parsed = parseConfig(text, files.config);
  if (parsed.outcome === 'problems') {
    throw new UsageError(parsed.problems.map((problem) => formatProblem(DEFAULT_CONFIG, problem)).join('\n'));
  }
  for (const path of Object.values(files)) {
    if (await exists(path))
      throw new CommandError(`${path} exists already`, 'nothing was changed; choose another --dir');
  }
  await mkdir(dir, { recursive: true });
  try {
    await mkdir(files.data, { mode: 0o700 });
    await ensureHostKeys(files.keys);
    if (upstream.kind === 'ssh')
      await writeFile(join(files.keys, 'upstream_known_hosts'), '', { flag: 'wx', mode: 0o600 });
    await writeFile(files.policy, POLICY_TEMPLATE, { flag: 'wx' });
    const token = await createAdmin(files.data, 'sallyport init');
    await writeFile(files.token, `${token}\n`, { flag: 'wx', mode: 0o600 });
    await chmod(files.token, 0o600);
    // Last: with it in place the directory counts as set up.
    await writeFile(files.config, text, { flag: 'wx' });
  } catch (error) {
    // All of these were absent a moment ago: half a set-up would only stop the next attempt.
    for (const path of Object.values(files)) await rm(path, { recursive: true, force: true });
    throw error;
  }
  print(files.token);
  for (const line of nextSteps(dir, upstream)) printError(line);
}

/** What the operator gave, completed: `https://git.example.com` stands for every repository there. */
function describeUpstream(given: string | undefined): UpstreamTemplate {
  const text = given ?? 'http://127.0.0.1:9000/{path}';
  const url = URL.parse(text.replaceAll('{path}', 'p').replaceAll('{repo}', 'p'));
  if (!url || !/^(?:https?|ssh):$/.test(url.protocol) || url.hostname === '') {
    throw new UsageError(
      'the upstream must be an http, https or ssh URL',
      'https://git.example.com, or ssh://git@git.example.com; {path} stands for the repository',
    );
  }
  if (url.password)
    throw new UsageError('a password is never written in a URL', 'set it in UPSTREAM_PASSWORD when you serve');
  if (/[\s"'\\]/.test(text)) throw new UsageError('the upstream URL contains a space, a quote or a backslash');
  const whole = /\{(?:path|repo)\}/.test(text) ? text : `${text.replace(/\/+$/, '')}/{path}`;
  if (url.protocol === 'ssh:') return { kind: 'ssh', url: whole, username: decodeURIComponent(url.username) || 'git' };
  const bare = whole.replace(/^(https?:\/\/)[^/@]*@/i, '$1');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // A server on this machine over plain http is most often a bare git-http-backend; a password at hand says otherwise.
  const isOpen = url.protocol === 'http:' && isLoopback(host) && !url.username && !process.env['UPSTREAM_PASSWORD'];
  return { kind: isOpen ? 'open' : 'password', url: bare, username: decodeURIComponent(url.username) || 'sallyport' };
}

/** Makes the first user of a new store, on behalf of `actor`; answers the token. */
export async function createAdmin(dataDir: string, actor: string): Promise<string> {
  const clock = { now: () => Date.now() };
  const store = await openStore({ file: join(dataDir, 'sallyport.db'), auditDir: join(dataDir, 'audit'), clock });
  try {
    const user: User = { name: ADMIN, kind: 'human', groups: [ADMIN], createdAt: clock.now() };
    await store.directory.addUser(user, {
      type: 'admin.changed',
      actor,
      body: { change: 'user added', before: null, after: user },
    });
    const identity = createIdentity({ directory: store.directory, clock });
    const { text } = await identity.issueToken({ user: ADMIN, scopes: ['git', 'api'], actor });
    return text;
  } finally {
    await store.close();
  }
}

function* nextSteps(dir: string, upstream: UpstreamTemplate): Generator<string> {
  yield `sallyport: set up in ${dir}; the path on stdout holds the token of the user ${ADMIN}`;
  if (upstream.kind === 'password')
    yield 'next: put the password for the upstream into UPSTREAM_PASSWORD when you serve';
  if (upstream.kind === 'ssh') {
    yield "next: ssh-keygen -t ed25519 -N '' -f keys/upstream_key, and register keys/upstream_key.pub with the upstream";
    yield 'next: put its host key into keys/upstream_known_hosts (ssh-keyscan prints it; check it with its owner)';
  }
  yield 'next: sallyport doctor, then sallyport serve';
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

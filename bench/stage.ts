// What is measured: a real upstream (http, and ssh by OpenSSH's sshd where there is one), the gateway in front of it as
// the program that operators run, and git clients. Everything is on loopback and in one directory, which goes away.
import { execFile, spawn } from 'node:child_process';
import { closeSync, cpSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type Relay, startRelay } from '../test/support/upstream/relay.ts';
import { type OpenSshd, startOpenSshd, whyNoSshd } from '../test/support/upstream/sshd.ts';
import { startBenchAgent } from './agent.ts';

export type Door = 'http' | 'ssh';
/** Straight to the upstream, or through the gateway. */
export type Side = 'direct' | 'gate';
export const DOORS: readonly Door[] = ['http', 'ssh'];
export const SIDES: readonly Side[] = ['direct', 'gate'];

export interface Stage {
  readonly directory: string;
  /** Where the upstream's repositories are; `<root>/<name>.git`. */
  readonly root: string;
  readonly gatewayPid: number;
  /** Of the agent that runs apart, which serves what is under `link/…`. */
  readonly agentPid: number;
  /** Which server stands behind the ssh door. */
  readonly sshServer: string;
  /** Counts what the gateway asks of the upstream; only repositories under `counted-…` are reached through it. */
  readonly counted: Readonly<Record<Door, Relay>>;
  /** Where a client finds the repository `name`. The upstream's path tells the door: `http/…`, `ssh/…`, `counted-…`. */
  url(side: Side, door: Door, name: string): string;
  /** Runs git as a developer; fails the bench when git fails. */
  git(args: readonly string[], cwd?: string): Promise<string>;
  /** The same, measured from its start to its end; milliseconds. */
  time(args: readonly string[], cwd?: string): Promise<number>;
  /** A copy of a bare repository, on the upstream. */
  install(template: string, name: string): string;
  api(person: 'reviewer' | 'dev', method: string, path: string, body?: unknown): Promise<unknown>;
  /** Milliseconds of each step of the pushes that the gateway has answered since the last call. */
  steps(): Promise<readonly Readonly<Record<string, number>>[]>;
  close(): Promise<void>;
}

const PROGRAM = join(import.meta.dirname, '../src/cli/sallyport.mjs');
const DEVELOPER = 'dev';
const REVIEWER = 'reviewer';

/** A policy as people write them; the bench's own pushes are decided by it. */
const POLICY = `version: 1
rules:
  - name: production needs a review
    when: { refs: ["refs/heads/main"], paths: ["infra/prod/**", "/.github/workflows/"] }
    then: hold
    approvals: [{ group: sre, count: 1 }]
    expires: 7d
  - name: nobody rewrites main
    when: { refs: ["refs/heads/main"], update: [force, delete] }
    then: refuse
  - name: no giant files
    when: { size: { blob: ">=1GiB" } }
    then: refuse
`;

export async function openStage(): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  const closers: (() => Promise<void> | void)[] = [
    () => rm(directory, { recursive: true, force: true, maxRetries: 5 }),
  ];
  async function close(): Promise<void> {
    for (const one of closers.reverse()) await one();
    closers.length = 0;
  }
  try {
    return await build(directory, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(
  directory: string,
  closers: (() => Promise<void> | void)[],
  close: () => Promise<void>,
): Promise<Stage> {
  const root = join(directory, 'upstream');
  const home = join(directory, 'home');
  const gate = join(directory, 'gate');
  await mkdir(root);
  await mkdir(home, { mode: 0o700 });
  const key = join(home, 'id_ed25519');
  await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', DEVELOPER, '-f', key]);
  const password = `up-${'x'.repeat(16)}`;
  await writeFile(join(home, 'password'), `${password}\n`, { mode: 0o600 });

  const upstream = await startUpstream(root, join(home, 'password'), key, closers);
  const counted = { http: await startRelay(upstream.httpPort), ssh: await startRelay(upstream.sshPort) };
  closers.push(async () => {
    await Promise.all([counted.http.close(), counted.ssh.close()]);
  });

  // The gate's own way to the upstream is as an operator sets it up.
  const log = join(directory, 'gateway.log');
  await promisify(execFile)(process.execPath, [PROGRAM, 'init', '--dir', gate]);
  await writeFile(join(gate, 'policy.yaml'), POLICY);
  await writeFile(join(gate, 'sallyport.yaml'), configText(upstream, counted, join(home, 'password'), key));
  const gateway = await startGateway(join(gate, 'sallyport.yaml'), log, closers);

  const agent = await startBenchAgent({
    directory: join(directory, 'agent'),
    gate: join(gate, 'sallyport.yaml'),
    gateway: gateway.agents,
    credentials: `    http: { kind: basic, username: bench, password: { file: ${join(home, 'password')} } }`,
    upstreams: `  - { name: link, url: "http://127.0.0.1:${upstream.httpPort}/{repo}.git", credential: http }`,
  });
  closers.push(() => agent.close());

  const admin = (await readFile(join(gate, 'admin.token'), 'utf8')).trim();
  async function call(token: string, method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${gateway.http}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
  const tokens: Record<string, string> = {};
  for (const [name, groups] of Object.entries({ [DEVELOPER]: ['dev'], [REVIEWER]: ['sre'] })) {
    await call(admin, 'POST', '/api/v1/users', { name, groups, kind: 'human' });
    const { token } = (await call(admin, 'POST', '/api/v1/tokens', { user: name })) as { token: string };
    tokens[name] = token;
  }
  await call(admin, 'POST', '/api/v1/keys', { user: DEVELOPER, key: (await readFile(`${key}.pub`, 'utf8')).trim() });

  const environment = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    // The first connection to each server takes its key; rounds that count come later.
    GIT_SSH_COMMAND: `ssh -F /dev/null -i ${key} -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile=${join(home, 'known_hosts')} -o StrictHostKeyChecking=accept-new -o LogLevel=ERROR`,
  };
  await writeFile(
    join(home, '.gitconfig'),
    '[user]\n\tname = Developer\n\temail = dev@example.com\n[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[advice]\n\tdetachedHead = false\n',
  );

  const run = (args: readonly string[], cwd: string) =>
    promisify(execFile)('git', [...args], { env: environment, cwd, maxBuffer: 256 * 1024 * 1024 });
  let logRead = 0;
  return {
    directory,
    root,
    gatewayPid: gateway.pid,
    agentPid: agent.pid,
    sshServer: upstream.sshServer,
    counted,
    url(side, door, name) {
      if (door === 'ssh') {
        if (side === 'gate') return `ssh://${DEVELOPER}@${gateway.ssh}/${name}.git`;
        return `${upstream.sshUrl}/${name}.git`;
      }
      const [base, user, secret] =
        side === 'gate' ? [gateway.http, DEVELOPER, tokens[DEVELOPER]] : [upstream.httpUrl, 'bench', password];
      return `${base.replace('http://', `http://${user}:${secret}@`)}/${name}.git`;
    },
    git: async (args, cwd = directory) => (await run(args, cwd)).stdout.trim(),
    async time(args, cwd = directory) {
      const start = performance.now();
      await run(args, cwd);
      return performance.now() - start;
    },
    install(template, name) {
      const target = join(root, `${name}.git`);
      cpSync(template, target, { recursive: true });
      return target;
    },
    api: (person, method, path, body) => call(tokens[person] ?? '', method, path, body),
    async steps() {
      const text = await readFile(log, 'utf8');
      const fresh = text.slice(logRead);
      logRead = text.length;
      return fresh
        .split('\n')
        .filter((line) => line.includes('"push answered"'))
        .map((line) => (JSON.parse(line) as { ms: Record<string, number> }).ms);
    },
    close,
  };
}

interface UpstreamServers {
  readonly httpPort: number;
  readonly httpUrl: string;
  readonly sshPort: number;
  /** With user and root: the repository follows. */
  readonly sshUrl: string;
  /** The part of `sshUrl` behind the port. */
  readonly sshRoot: string;
  readonly sshUser: string;
  readonly sshServer: string;
  readonly hostKey: string;
}

async function startUpstream(
  root: string,
  passwordFile: string,
  key: string,
  closers: (() => Promise<void> | void)[],
): Promise<UpstreamServers> {
  const whyNot = whyNoSshd();
  const publicKey = `${key}.pub`;
  let sshd: OpenSshd | undefined;
  if (whyNot === false) {
    sshd = await startOpenSshd({ root, authorizedKeys: [await readFile(publicKey, 'utf8')] });
    closers.push(() => sshd?.close());
  }
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'upstream-main.ts'), root, passwordFile, ...(sshd === undefined ? [publicKey] : [])],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  closers.push(() => endOf(child, () => child.stdin.end()));
  const line = await firstLine(child);
  const ready = JSON.parse(line) as { http: number; ssh?: number; hostKey?: string };
  const sshUser = sshd === undefined ? 'git' : userInfo().username;
  const sshRoot = sshd === undefined ? '' : root;
  const sshPort = sshd?.serverPort ?? ready.ssh ?? 0;
  return {
    httpPort: ready.http,
    httpUrl: `http://127.0.0.1:${ready.http}`,
    sshPort,
    sshUrl: `ssh://${sshUser}@127.0.0.1:${sshPort}${sshRoot}`,
    sshRoot,
    sshUser,
    sshServer: sshd === undefined ? 'the demo’s ssh2 server (no sshd here)' : 'OpenSSH’s sshd',
    hostKey: sshd?.hostKey ?? ready.hostKey ?? '',
  };
}

async function startGateway(
  config: string,
  log: string,
  closers: (() => Promise<void> | void)[],
): Promise<{ http: string; ssh: string; agents: string; pid: number }> {
  const output = openSync(log, 'w');
  // Extra arguments for node, such as --cpu-prof, to look closer.
  const nodeArguments = (process.env['SALLYPORT_BENCH_NODE'] ?? '').split(' ').filter(Boolean);
  const child = spawn(process.execPath, [...nodeArguments, PROGRAM, 'serve', '--config', config], {
    stdio: ['ignore', 'pipe', output],
  });
  closeSync(output);
  closers.push(() => endOf(child, () => child.kill('SIGTERM')));
  try {
    await firstLine(child);
  } catch {
    throw new Error(`the gateway did not start: ${await readFile(log, 'utf8')}`);
  }
  const file = join(config, '../data/gateway.json');
  return JSON.parse(await readFile(file, 'utf8')) as { http: string; ssh: string; agents: string; pid: number };
}

function firstLine(child: { readonly stdout: NodeJS.ReadableStream | null; once: NodeJS.EventEmitter['once'] }) {
  return new Promise<string>((resolve, reject) => {
    child.once('exit', (code: number | null) => reject(new Error(`it ended with ${code} before it was ready`)));
    if (child.stdout !== null) createInterface(child.stdout).once('line', resolve);
  });
}

function endOf(
  child: { readonly exitCode: number | null; readonly signalCode: string | null; once: NodeJS.EventEmitter['once'] },
  stop: () => void,
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    stop();
  });
}

function configText(
  upstream: UpstreamServers,
  counted: Readonly<Record<Door, Relay>>,
  passwordFile: string,
  keyFile: string,
): string {
  const http = (name: string, match: string, port: number) =>
    `  - { name: ${name}, match: "${match}/**", url: "http://127.0.0.1:${port}/{repo}.git", agent: embedded, credential: http }\n`;
  const ssh = (name: string, match: string, port: number) =>
    `  - { name: ${name}, match: "${match}/**", url: "ssh://${upstream.sshUser}@127.0.0.1:${port}${upstream.sshRoot}/{repo}.git", agent: embedded, credential: ssh, hostKeys: ["${upstream.hostKey}"] }\n`;
  return `gateway:
  dataDir: ./data
  keysDir: ./keys
  http: { listen: "127.0.0.1:0" }
  ssh: { listen: "127.0.0.1:0" }
  agents: { listen: "127.0.0.1:0" }
upstreams:
  - { name: link, match: "link/**", agent: bench }
${http('http', 'http', upstream.httpPort)}${ssh('ssh', 'ssh', upstream.sshPort)}${http('counted-http', 'counted-http', counted.http.port)}${ssh('counted-ssh', 'counted-ssh', counted.ssh.port)}agent:
  credentials:
    http: { kind: basic, username: bench, password: { file: ${passwordFile} } }
    ssh: { kind: ssh-key, username: ${upstream.sshUser}, privateKey: { file: ${keyFile} } }
identity: { local: true }
access:
  - { repos: ["**"], groups: [dev], may: [read, push] }
  - { repos: ["**"], groups: [sre], may: [read, push, approve] }
  - { repos: ["**"], groups: [admin], may: [read, push, approve, audit, admin] }
policy: policy.yaml
`;
}

// A whole world for tests from outside: a real upstream Git server, a gateway in front of it (in this process, or as the
// real program), people with tokens and keys, and real git clients with fixed dates.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../src/adapters/config/load.ts';
import { createIdentity } from '../../src/adapters/identity/local.ts';
import { ensureHostKeys } from '../../src/adapters/keys/host-keys.ts';
import type { LogOptions } from '../../src/adapters/log/log.ts';
import { openStore } from '../../src/adapters/store/store.ts';
import type { SampleCommit } from '../../src/demo-upstream/sample-repo.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { PrincipalKind } from '../../src/domain/principal.ts';
import type { SecretScanner } from '../../src/domain/secrets/secret-scanner.ts';
import { type RunningGateway, startGateway } from '../../src/gateway/main.ts';
import { parseSshPublicKeyLine } from '../../src/protocol/ssh-key.ts';
import { enrolRemoteAgent, type RemoteAgent } from './remote-agent.ts';
import { must, type Run, run } from './run.ts';
import { type LoggedRequest, startGitHttpServer, type TestHttpServer } from './upstream/http-server.ts';
import type { Relay } from './upstream/relay.ts';
import { startGitSshServer, type TestSshServer } from './upstream/ssh-server.ts';
import { makeUpstreamRepo } from './upstream/upstream-repo.ts';

export { must, type Run, run } from './run.ts';

export type Door = 'http' | 'ssh';
export type UpstreamKind = 'http' | 'ssh';
/** Who reaches the upstream: the agent in the gateway, or one that runs apart. */
export type AgentKind = 'embedded' | 'remote';

export interface PersonSpec {
  readonly name: string;
  readonly groups: readonly string[];
  readonly kind?: PrincipalKind;
  readonly sponsor?: string;
  readonly grantsOnly?: boolean;
}

/** The cast of every test, with the attacker among them. */
export const CAST: readonly PersonSpec[] = [
  { name: 'alice', groups: ['dev'] },
  { name: 'bob', groups: ['sre', 'dev'] },
  { name: 'carol', groups: ['security'] },
  { name: 'copilot', groups: ['dev'], kind: 'coding-agent', sponsor: 'alice' },
  { name: 'mallory', groups: [] },
  { name: 'root', groups: ['admin'] },
];

export const DEFAULT_POLICY = `version: 1
rules:
  - name: production needs SRE
    when: { refs: ["refs/heads/main"], paths: ["infra/prod/**", "/.github/workflows/"] }
    then: hold
    approvals: [{ group: sre, count: 1 }]
    expires: 7d
  - name: nobody rewrites main
    when: { refs: ["refs/heads/main"], update: [force, delete] }
    then: refuse
`;

export interface WorldOptions {
  readonly upstream?: UpstreamKind;
  /** Default: embedded, or what SALLYPORT_TEST_AGENT says, so that a whole suite can be run with the other one. */
  readonly agent?: AgentKind;
  /** Of remote agents, best first. */
  readonly agentNames?: readonly string[];
  readonly policy?: string;
  readonly objectFormat?: 'sha1' | 'sha256';
  readonly commits?: readonly SampleCommit[];
  /** More lines below `gateway:`. */
  readonly gateway?: string;
  /** What stands under `identity:`. Default: local users alone. */
  readonly identity?: string;
  /** The cast with these besides. */
  readonly people?: readonly PersonSpec[];
  /** Git settings of the upstream, over its defaults. */
  readonly upstreamConfig?: Readonly<Record<string, string>>;
  /** False: the upstream knows no protocol but v0, whatever it is asked for. */
  readonly upstreamSpeaksV2?: boolean;
  /** The gateway's clock; not with `program`. Default: this machine's. */
  readonly clock?: Clock;
  /** Where a gateway in this process logs. Default: nowhere; with SALLYPORT_TEST_LOG to standard error. */
  readonly log?: Omit<LogOptions, 'mask'>;
  /** What looks for secrets; not with `program`. */
  readonly scanner?: SecretScanner;
  /** Run the real program instead of a gateway in this process. */
  readonly program?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** What starts the real program instead of the program itself: a command that runs its arguments. */
  readonly launch?: readonly string[];
  /** Sees what the upstream is sent, as it arrives there and before it acts. */
  readonly onUpstreamBytes?: (request: LoggedRequest, chunk: Buffer) => void;
}

/** One more repository of the upstream. */
export interface NewRepo {
  /** As clients name it, with `.git`. */
  readonly path: string;
  readonly directory: string;
}

export interface NewRepoOptions {
  readonly objectFormat?: 'sha1' | 'sha256';
  /** Without any commit. */
  readonly empty?: boolean;
}

export interface World {
  readonly directory: string;
  readonly dataDir: string;
  readonly upstreamDirectory: string;
  /** Directory of all repositories of the upstream. */
  readonly upstreamRoot: string;
  readonly upstreamRelay: Relay;
  /** What the upstream was asked so far: requests over http, commands over ssh. */
  readonly upstreamRequests: readonly LoggedRequest[];
  readonly http: string;
  readonly ssh: string;
  /** Those that run apart, best first. */
  readonly agents: readonly RemoteAgent[];
  /** Resolves when the gateway knows all of them, or these, as connected. */
  agentsConnected(names?: readonly string[]): Promise<void>;
  readonly configFile: string;
  /** What the program logs; with SALLYPORT_TEST_LOG it goes to standard error instead. */
  readonly logFile: string;
  token(name: string): string;
  /** Clone and push URL of the repository for this person. */
  url(door: Door, name: string, repo?: string): string;
  /** What a client of this person runs with: home, keys, identity, and nothing else. */
  environment(name: string): Record<string, string>;
  /** Runs git as this person. */
  git(
    name: string,
    args: readonly string[],
    options?: { cwd?: string; env?: Record<string, string>; input?: string },
  ): Promise<Run>;
  /** A fresh clone of acme/shop; answers its directory. */
  clone(door: Door, name: string, options?: readonly string[]): Promise<string>;
  /** Writes files, commits them with a fixed date, answers the commit. */
  commit(cwd: string, name: string, files: Readonly<Record<string, string>>, message?: string): Promise<string>;
  /** Makes another repository, the same small history in each: tests that share a world share no refs. */
  newRepo(options?: NewRepoOptions): Promise<NewRepo>;
  /** Refs of the upstream itself; of acme/shop unless another one is named. */
  upstreamRefs(repo?: NewRepo): Promise<Readonly<Record<string, string>>>;
  api(name: string, method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  /** Stops the gateway; start() brings it back on other ports. */
  stop(): Promise<void>;
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  kill(): Promise<void>;
  /** Lets a gateway process go on that was stopped by a signal (program worlds). */
  goOn(): void;
  /** Resolves when the gateway process has ended by itself (program worlds). */
  ended(): Promise<void>;
  close(): Promise<void>;
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-world-'));
  const root = join(directory, 'upstream');
  const dataDir = join(directory, 'data');
  const keysDir = join(directory, 'keys');
  const home = join(directory, 'home');
  await mkdir(join(root, 'acme'), { recursive: true });
  await mkdir(home);
  const repository = await makeUpstreamRepo({
    root,
    name: 'acme/shop',
    ...(options.commits === undefined ? {} : { commits: options.commits }),
    ...(options.objectFormat === undefined ? {} : { objectFormat: options.objectFormat }),
  });
  await writeFile(
    join(home, '.gitconfig'),
    '[user]\n\tname = Test\n\temail = test@example.com\n[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n[protocol "file"]\n\tallow = always\n',
  );
  const kind = options.upstream ?? 'http';
  const upstream = await startUpstream(kind, root, directory, options);
  const configFile = join(directory, 'sallyport.yaml');
  const logFile = join(directory, 'gateway.log');
  await writeFile(join(directory, 'policy.yaml'), options.policy ?? DEFAULT_POLICY);
  const isRemote = (options.agent ?? process.env['SALLYPORT_TEST_AGENT']) === 'remote';
  const agentNames = isRemote ? (options.agentNames ?? ['dc1']) : [];
  const agentsSection = isRemote ? '  agents: { listen: "127.0.0.1:0" }\n' : '';
  const gatewaySection = `${agentsSection}${options.gateway ?? ''}`;
  const parts = { ...options, gateway: gatewaySection };
  await writeFile(configFile, configText(kind, upstream, parts, agentNames));
  const agents: RemoteAgent[] = [];
  let agentsPort = 0;
  const tokens = await populate(dataDir, home);
  const hostKeys = await ensureHostKeys(keysDir);

  let gateway: RunningGateway | undefined;
  let child: ReturnType<typeof spawn> | undefined;
  let http = '';
  let ssh = '';
  let clones = 0;
  let ticks = 0;
  let repositories = 0;
  const templates = new Map<string, Promise<string>>();

  async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    if (options.program === true) {
      await rm(join(dataDir, 'gateway.json'), { force: true });
      const script = join(import.meta.dirname, '../../src/cli/sallyport.mjs');
      const [program, ...args] = [...(options.launch ?? []), process.execPath, script, 'serve', '--config', configFile];
      const log = process.env['SALLYPORT_TEST_LOG'] === undefined ? await open(logFile, 'a') : undefined;
      child = spawn(program as string, args, {
        env: { ...process.env, ...options.env, ...env },
        stdio: ['ignore', 'pipe', log?.fd ?? 'inherit'],
      });
      await log?.close();
      const spawned = child;
      // Ready is one line on stdout.
      await new Promise<void>((resolve, reject) => {
        spawned.stdout?.once('data', () => resolve());
        spawned.once('exit', (code) => {
          const said = log === undefined ? '' : `: ${readFileSync(logFile, 'utf8').slice(-2000)}`;
          reject(new Error(`the gateway ended with ${code} before it was ready${said}`));
        });
      });
      spawned.stdout?.resume();
      const text = await readFile(join(dataDir, 'gateway.json'), 'utf8');
      const ready = JSON.parse(text) as { http: string; ssh: string; agents: string };
      http = ready.http;
      ssh = ready.ssh;
      agentsPort = Number(ready.agents.split(':').at(-1));
    } else {
      const loaded = parseConfig(await readFile(configFile, 'utf8'), configFile);
      if (loaded.outcome !== 'ok') throw new Error(JSON.stringify(loaded.problems));
      const quiet = process.env['SALLYPORT_TEST_LOG'] === undefined;
      gateway = await startGateway(loaded.config, {
        log: options.log ?? { level: quiet ? 'silent' : 'debug' },
        ...(options.clock === undefined ? {} : { clock: options.clock }),
        ...(options.scanner === undefined ? {} : { scanner: options.scanner }),
      });
      http = gateway.http;
      ssh = gateway.ssh;
      agentsPort = Number(gateway.agents.split(':').at(-1));
    }
    const [host, port] = ssh.split(':');
    await writeFile(join(home, 'known_hosts'), hostKeys.map((key) => `[${host}]:${port} ${key.publicLine}\n`).join(''));
    if (agents.length > 0 && areAgentsStarted) await world.agentsConnected();
  }

  let areAgentsStarted = false;
  async function startAgents(): Promise<void> {
    await Promise.all(agents.map((agent) => agent.start()));
    areAgentsStarted = true;
    await world.agentsConnected();
  }

  function clientEnvironment(name: string): Record<string, string> {
    const date = `${1_700_001_000 + ticks} +0000`;
    return {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: home,
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: `${name}@example.com`,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: `${name}@example.com`,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
      GIT_SSH_COMMAND: `ssh -F /dev/null -i ${join(home, name)} -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile=${join(home, 'known_hosts')} -o StrictHostKeyChecking=yes -o LogLevel=ERROR`,
    };
  }

  const world: World = {
    directory,
    dataDir,
    configFile,
    logFile,
    upstreamDirectory: repository.directory,
    upstreamRoot: root,
    upstreamRequests: upstream.requests,
    upstreamRelay: upstream.relay,
    get http() {
      return http;
    },
    get ssh() {
      return ssh;
    },
    token: (name) => tokens.get(name) ?? '',
    url(door, name, repo = 'acme/shop.git') {
      if (door === 'ssh') return `ssh://git@${ssh}/${repo}`;
      return `${http.replace('http://', `http://${name}:${tokens.get(name) ?? ''}@`)}/${repo}`;
    },
    agents,
    async agentsConnected(names = agentNames) {
      const deadline = performance.now() + 60_000;
      for (;;) {
        const { body } = await world.api('root', 'GET', '/api/v1/agents');
        const there = (body as readonly { name: string; state: string }[]).filter(({ state }) => state === 'connected');
        if (names.every((name) => there.some((agent) => agent.name === name))) return;
        if (performance.now() > deadline) throw new Error(`agents are not connected: ${JSON.stringify(body)}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    environment: clientEnvironment,
    git: (name, args, extra = {}) =>
      run('git', args, { ...clientEnvironment(name), ...extra.env }, extra.cwd ?? directory, extra.input),
    async clone(door, name, extra = []) {
      clones += 1;
      const target = join(directory, `${name}-${clones}`);
      const done = await world.git(name, ['clone', '-q', ...extra, world.url(door, name), target]);
      if (done.code !== 0) throw new Error(`clone failed: ${done.stderr}`);
      return target;
    },
    async commit(cwd, name, files, message = 'change') {
      ticks += 60;
      for (const [path, text] of Object.entries(files)) {
        await mkdir(join(cwd, path, '..'), { recursive: true });
        await writeFile(join(cwd, path), text);
      }
      await must(world.git(name, ['add', '-A'], { cwd }));
      await must(world.git(name, ['commit', '-q', '--allow-empty', '-m', message], { cwd }));
      return (await must(world.git(name, ['rev-parse', 'HEAD'], { cwd }))).stdout.trim();
    },
    async newRepo(wanted = {}) {
      repositories += 1;
      const path = `acme/shop-${repositories}.git`;
      const kind = `${wanted.objectFormat ?? 'sha1'}${wanted.empty === true ? '-empty' : ''}`;
      // Made once a kind: copying is much cheaper than three runs of git.
      const template =
        templates.get(kind) ??
        makeUpstreamRepo({
          root: join(directory, 'templates'),
          name: kind,
          ...(wanted.empty === true ? { commits: [] } : {}),
          ...(wanted.objectFormat === undefined ? {} : { objectFormat: wanted.objectFormat }),
        }).then((made) => made.directory);
      templates.set(kind, template);
      await cp(await template, join(root, path), { recursive: true });
      return { path, directory: join(root, path) };
    },
    async upstreamRefs(repo) {
      const listed = await run(
        'git',
        ['for-each-ref', '--format=%(refname) %(objectname)'],
        { ...process.env } as Record<string, string>,
        repo?.directory ?? repository.directory,
      );
      const lines = listed.stdout.split('\n').filter((line) => line !== '');
      return Object.fromEntries(lines.map((line) => line.split(' ') as [string, string]));
    },
    async api(name, method, path, body) {
      const response = await fetch(`${http}${path}`, {
        method,
        headers: {
          // Of this process's own: one that was kept may have gone while a test held everything up.
          connection: 'close',
          authorization: `Bearer ${tokens.get(name) ?? ''}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
    },
    start,
    async stop() {
      await gateway?.close();
      gateway = undefined;
      if (child !== undefined && child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await world.ended();
      }
      child = undefined;
    },
    async kill() {
      child?.kill('SIGKILL');
      await world.ended();
      child = undefined;
    },
    goOn() {
      child?.kill('SIGCONT');
    },
    ended: () =>
      new Promise((resolve) => {
        if (child === undefined || child.exitCode !== null || child.signalCode !== null) resolve();
        else child.once('exit', () => resolve());
      }),
    async close() {
      await Promise.all(agents.map((agent) => agent.close()));
      await world.stop();
      await upstream.close();
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  await start()
    .then(startAgents)
    .catch(async (error: unknown) => {
      await world.close(); // else what stands already would keep the tests from ending
      throw error;
    });
  return world;

  async function populate(data: string, keys: string): Promise<ReadonlyMap<string, string>> {
    await mkdir(data, { recursive: true });
    const clock = { now: () => Date.now() };
    const store = await openStore({ file: join(data, 'sallyport.db'), auditDir: join(data, 'audit'), clock });
    const identity = createIdentity({ directory: store.directory, clock });
    const texts = new Map<string, string>();
    for (const person of [...CAST, ...(options.people ?? [])]) {
      const { name, groups, kind: personKind = 'human', sponsor, grantsOnly } = person;
      const entry = { type: 'admin.changed', body: { change: 'user added', user: name } } as const;
      await store.directory.addUser(
        {
          name,
          groups,
          kind: personKind,
          createdAt: clock.now(),
          ...(sponsor === undefined ? {} : { sponsor }),
          ...(grantsOnly === true ? { grantsOnly } : {}),
        },
        entry,
      );
      const issued = await identity.issueToken({ user: name, scopes: ['git', 'api'], actor: 'test' });
      texts.set(name, issued.text);
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(keys, name)]);
      const parsed = parseSshPublicKeyLine(await readFile(join(keys, `${name}.pub`), 'utf8'));
      if ('refused' in parsed) throw new Error(parsed.refused);
      await store.directory.addKey(
        {
          id: `key-${name}`,
          user: name,
          fingerprint: parsed.fingerprint,
          algorithm: parsed.key.algorithm,
          blob: parsed.key.blob.toString('base64'),
          comment: name,
          createdAt: clock.now(),
        },
        entry,
      );
    }
    for (const name of agentNames) {
      const enrolled = await enrolRemoteAgent({
        name,
        directory: join(directory, `agent-${name}`),
        keysDir,
        store: store.agents,
        gatewayPort: () => agentsPort,
        credentials: `    main: ${upstream.credential.replaceAll('file: ', 'file: ../')}`,
        upstreams: `  - { name: ${kind}, url: "${upstream.url}", credential: main${upstream.extra} }`,
        program: options.program === true,
        ...(options.env && { env: options.env }),
      });
      agents.push(enrolled);
    }
    await store.close();
    return texts;
  }
}

interface UpstreamServer {
  readonly url: string;
  readonly relay: Relay;
  readonly requests: readonly LoggedRequest[];
  readonly credential: string;
  readonly extra: string;
  close(): Promise<void>;
}

async function startUpstream(
  kind: UpstreamKind,
  root: string,
  directory: string,
  options: Pick<WorldOptions, 'upstreamConfig' | 'upstreamSpeaksV2' | 'onUpstreamBytes'>,
): Promise<UpstreamServer> {
  const settings = {
    ...(options.upstreamConfig === undefined ? {} : { config: options.upstreamConfig }),
    ...(options.onUpstreamBytes === undefined ? {} : { onBytes: options.onUpstreamBytes }),
  };
  const acceptProtocol = options.upstreamSpeaksV2 !== false;
  if (kind === 'http') {
    const password = `up-${'x'.repeat(12)}`;
    await writeFile(join(directory, 'upstream-password'), password);
    const server: TestHttpServer = await startGitHttpServer({
      root,
      auth: { username: 'gate', password },
      ...settings,
      onRequest(request) {
        if (!acceptProtocol) delete request.headers['git-protocol'];
        return undefined;
      },
    });
    return {
      url: `${server.url}/{repo}.git`,
      relay: server.relay,
      requests: server.requests,
      credential: '{ kind: basic, username: gate, password: { file: upstream-password } }',
      extra: '',
      close: () => server.close(),
    };
  }
  const key = join(directory, 'upstream_key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key]);
  const authorized = await readFile(`${key}.pub`, 'utf8');
  const server: TestSshServer = await startGitSshServer({
    root,
    authorizedKeys: [authorized],
    acceptProtocol,
    ...settings,
  });
  return {
    url: `${server.url}/{repo}.git`,
    relay: server.relay,
    requests: server.requests,
    credential: '{ kind: ssh-key, username: git, privateKey: { file: upstream_key } }',
    extra: `, hostKeys: ["${server.hostKey}"]`,
    close: () => server.close(),
  };
}

function configText(
  kind: UpstreamKind,
  upstream: UpstreamServer,
  { gateway = '', identity = '{ local: true }' }: Pick<WorldOptions, 'gateway' | 'identity'>,
  agents: readonly string[],
): string {
  const served =
    agents.length > 0
      ? `agent: [${agents.join(', ')}]`
      : `url: "${upstream.url}", agent: embedded, credential: main${upstream.extra}`;
  const own = agents.length > 0 ? '{}' : `\n    main: ${upstream.credential}`;
  return `gateway:
  dataDir: ./data
  keysDir: ./keys
  http: { listen: "127.0.0.1:0" }
  ssh: { listen: "127.0.0.1:0" }
${gateway}
upstreams:
  - { name: ${kind}, match: "**", ${served} }
agent:
  credentials: ${own}
identity: ${identity}
access:
  - { repos: ["**"], groups: [dev], may: [read, push] }
  - { repos: ["**"], groups: [sre, security], may: [read, push, approve] }
  - { repos: ["**"], groups: [admin], may: [read, push, approve, audit, admin] }
policy: policy.yaml
`;
}

// Runs inside a network namespace of its own, where it makes four more: developer - gateway - agent - Git server. Only
// neighbours have a wire between them and nobody forwards. Does what a developer does, and prints what it saw as JSON.
//
//   lab-main.ts DIRECTORY
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeUpstreamRepo } from '../support/upstream/upstream-repo.ts';

const directory = process.argv[2] ?? '';
const PROGRAM = join(import.meta.dirname, '../../src/cli/sallyport.mjs');
const PASSWORD = ['upstream', 'password', 'canary'].join('-');
const UPSTREAM = { address: '10.77.3.2', port: 9000 };
const children: ChildProcess[] = [];

function sh(...argv: readonly string[]): string {
  return execFileSync(argv[0] as string, argv.slice(1), {
    cwd: directory,
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const environment = {
  PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: directory,
  GIT_TERMINAL_PROMPT: '0',
  GIT_CONFIG_NOSYSTEM: '1',
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'Dev'],
      [`GIT_${who}_EMAIL`, 'dev@example.com'],
    ]),
  ),
};

const inside = (name: string, ...argv: readonly string[]) => sh('ip', 'netns', 'exec', name, ...argv);

/** Two namespaces with a wire between them. */
function wire(left: string, right: string, net: string): void {
  sh(
    'ip',
    'link',
    'add',
    `${left}-${right}`,
    'netns',
    left,
    'type',
    'veth',
    'peer',
    'name',
    `${right}-${left}`,
    'netns',
    right,
  );
  for (const [name, device, host] of [
    [left, `${left}-${right}`, 1],
    [right, `${right}-${left}`, 2],
  ] as const) {
    inside(name, 'ip', 'address', 'add', `${net}.${host}/30`, 'dev', device);
    inside(name, 'ip', 'link', 'set', device, 'up');
  }
}

function start(name: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  const child = spawn('ip', ['netns', 'exec', name, process.execPath, ...argv], {
    cwd: directory,
    env: { ...environment, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  return new Promise((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`${argv.join(' ')} ended with ${code}`)));
  });
}

/** What happens to somebody who tries: the code of the error, or `connected`. */
function attempt(name: string, address: string, port: number): string {
  const script = `const s=require('net').connect(${port},'${address}',()=>{console.log('connected');process.exit()});s.on('error',(e)=>{console.log(e.code);process.exit()});setTimeout(()=>{console.log('silence');process.exit()},3000)`;
  return inside(name, process.execPath, '-e', script).trim();
}

function tried(...argv: readonly string[]): { readonly code: number; readonly text: string } {
  try {
    return { code: 0, text: sh(...argv) };
  } catch (error) {
    return { code: 1, text: error instanceof Error ? error.message : '' };
  }
}

try {
  for (const name of ['dev', 'gate', 'agent', 'git']) {
    sh('ip', 'netns', 'add', name);
    inside(name, 'ip', 'link', 'set', 'lo', 'up');
  }
  wire('gate', 'dev', '10.77.1');
  wire('gate', 'agent', '10.77.2');
  wire('agent', 'git', '10.77.3');

  const root = join(directory, 'upstream');
  mkdirSync(join(root, 'acme'), { recursive: true });
  const repository = await makeUpstreamRepo({ root, name: 'acme/shop' });
  await start('git', [join(import.meta.dirname, 'upstream-main.ts'), root, UPSTREAM.address, `${UPSTREAM.port}`], {
    UPSTREAM_PASSWORD: PASSWORD,
  });

  writeFileSync(join(directory, 'policy.yaml'), 'version: 1\nrules: []\n');
  sh(process.execPath, PROGRAM, 'init', '--dir', join(directory, 'gate'));
  writeFileSync(
    join(directory, 'gate/sallyport.yaml'),
    `gateway:
  http: { listen: "10.77.1.1:8080" }
  ssh: { listen: "10.77.1.1:2222" }
  agents: { listen: "10.77.2.1:8443" }
upstreams:
  - { name: main, match: "**", agent: dc1 }
access:
  - { repos: ["**"], groups: [dev], may: [read, push] }
`,
  );
  const gate = (...args: readonly string[]) =>
    inside('gate', process.execPath, PROGRAM, ...args, '--config', join(directory, 'gate/sallyport.yaml')).trim();
  await start('gate', [PROGRAM, 'serve', '--config', join(directory, 'gate/sallyport.yaml')]);
  gate('user', 'add', 'alice', '--groups', 'dev');
  const token = gate('token', 'create', '--user', 'alice');

  mkdirSync(join(directory, 'agent'));
  writeFileSync(join(directory, 'agent/join'), gate('agent-token', 'create', 'dc1'), { mode: 0o600 });
  writeFileSync(join(directory, 'agent/password'), PASSWORD, { mode: 0o600 });
  writeFileSync(
    join(directory, 'agent/sallyport-agent.yaml'),
    `agent:
  name: dc1
  gateway: https://10.77.2.1:8443
  joinToken: { file: join }
  stateDir: state
  credentials:
    main: { kind: basic, username: gate, password: { file: password } }
upstreams:
  - { name: main, url: "http://${UPSTREAM.address}:${UPSTREAM.port}/{repo}.git", credential: main }
`,
  );
  await start('agent', [PROGRAM, 'agent', '--config', join(directory, 'agent/sallyport-agent.yaml')]);
  for (let at = 0; at < 100 && !gate('agent', 'ls', '--json').includes('"connected"'); at++);

  const url = `http://alice:${token}@10.77.1.1:8080/acme/shop.git`;
  const clone = tried('ip', 'netns', 'exec', 'dev', 'git', 'clone', '-q', url, join(directory, 'work'));
  writeFileSync(join(directory, 'work/new.txt'), 'from far away\n');
  sh('git', '-C', 'work', 'add', '-A');
  sh('git', '-C', 'work', 'commit', '-q', '-m', 'from far away');
  const push = tried(
    'ip',
    'netns',
    'exec',
    'dev',
    'git',
    '-C',
    join(directory, 'work'),
    'push',
    '-q',
    'origin',
    'HEAD:refs/heads/far',
  );
  const landed = sh(
    'git',
    '-C',
    repository.directory,
    'for-each-ref',
    '--format=%(objectname)',
    'refs/heads/far',
  ).trim();
  const facts = {
    clone,
    push,
    landed: landed !== '' && landed === sh('git', '-C', 'work', 'rev-parse', 'HEAD').trim(),
    fromDeveloper: attempt('dev', UPSTREAM.address, UPSTREAM.port),
    fromGateway: attempt('gate', UPSTREAM.address, UPSTREAM.port),
    fromAgent: attempt('agent', UPSTREAM.address, UPSTREAM.port),
    developerToAgent: attempt('dev', '10.77.2.2', 8443),
    /** Sockets that listen in the agent's namespace (proc(5): state 0A). */
    agentListens: ['tcp', 'tcp6'].flatMap((kind) =>
      inside('agent', 'cat', `/proc/net/${kind}`)
        .split('\n')
        .filter((line) => / 0A /.test(line)),
    ),
    gatewayKnows: readFileSync(join(directory, 'gate/sallyport.yaml'), 'utf8').includes(UPSTREAM.address),
  };
  process.stdout.write(`${JSON.stringify(facts)}\n`);
} finally {
  for (const child of children.reverse()) {
    child.removeAllListeners('exit');
    child.kill('SIGTERM');
  }
}

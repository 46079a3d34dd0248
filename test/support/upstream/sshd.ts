// OpenSSH's own server on a loopback port, with keys and configuration in a directory of its own.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { SERVER_CONFIG } from '../../../src/demo-upstream/git-process.ts';
import { type Relay, startRelay } from './relay.ts';

export interface OpenSshdOptions {
  /** Directory of bare repositories. */
  readonly root: string;
  /** Public keys that may log in, as .pub files have them. */
  readonly authorizedKeys: readonly string[];
  /** False: GIT_PROTOCOL is refused, as sshd does unless told otherwise. */
  readonly acceptProtocol?: boolean;
  /** Default 10, as in sshd. */
  readonly maxSessions?: number;
}

export interface OpenSshd {
  /** Through the relay, with the root: `ssh://user@127.0.0.1:port/root`, the repository follows. */
  readonly url: string;
  readonly port: number;
  /** Of sshd itself, past the relay. */
  readonly serverPort: number;
  readonly hostKey: string;
  readonly relay: Relay;
  close(): Promise<void>;
}

const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'].find((path) => existsSync(path));

/**
 * Why tests with sshd cannot run here, for the `skip` of a test; `false` = they can. In CI a missing sshd is a failure:
 * a suite that silently skips its real server proves nothing.
 */
export function whyNoSshd(): string | false {
  if (SSHD !== undefined) return false;
  if (process.env['CI'] === 'true') throw new Error('sshd is missing; hint: apt-get install openssh-server');
  return 'sshd is not installed; hint: apt-get install openssh-server';
}

/** Starts sshd; it runs as the user of the test. */
export async function startOpenSshd(options: OpenSshdOptions): Promise<OpenSshd> {
  if (SSHD === undefined) throw new Error('sshd is not installed');
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-sshd-'));
  const hostKeyFile = join(directory, 'host_key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', hostKeyFile]);
  await writeFile(
    join(directory, 'authorized_keys'),
    options.authorizedKeys.map((line) => `${line.trim()}\n`).join(''),
  );
  // What hosting servers allow comes to git by its configuration file; sshd starts commands with a fresh environment.
  const gitConfig = join(directory, 'gitconfig');
  for (const [key, value] of Object.entries({ ...SERVER_CONFIG, 'safe.directory': '*' })) {
    execFileSync('git', ['config', '--file', gitConfig, key, value]);
  }
  // As root, sshd separates privileges and wants this empty directory of the system.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const port = await freePort();
  const { username } = userInfo();
  await writeFile(
    join(directory, 'sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${hostKeyFile}`,
      `PidFile ${join(directory, 'sshd.pid')}`,
      `AuthorizedKeysFile ${join(directory, 'authorized_keys')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      `MaxSessions ${options.maxSessions ?? 10}`,
      'MaxStartups 100',
      'LogLevel ERROR',
      `SetEnv GIT_CONFIG_GLOBAL=${gitConfig}`,
      ...(options.acceptProtocol === false ? [] : ['AcceptEnv GIT_PROTOCOL']),
      '',
    ].join('\n'),
  );
  const child = spawn(SSHD, ['-D', '-e', '-f', join(directory, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await listening(port, ended).catch(() => {
    throw new Error(`sshd did not start: ${errors}`);
  });
  const relay = await startRelay(port);
  const [algorithm, blob] = (await readFile(`${hostKeyFile}.pub`, 'utf8')).trim().split(' ');
  return {
    url: `ssh://${username}@127.0.0.1:${relay.port}${options.root}`,
    port: relay.port,
    serverPort: port,
    hostKey: `${algorithm} ${blob}`,
    relay,
    async close() {
      await relay.close();
      child.kill();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** sshd says nothing when it is ready, so its port is asked until it answers. */
async function listening(port: number, ended: Promise<void>): Promise<void> {
  const { connect } = await import('node:net');
  const isUp = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  const deadline = performance.now() + 10_000;
  while (!(await isUp())) {
    if (isOver || performance.now() > deadline) throw new Error('not listening');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

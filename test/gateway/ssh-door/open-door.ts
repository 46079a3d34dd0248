// A door on a free loopback port, people with keys that ssh-keygen made, and the real ssh client.
import { type ExecFileOptions, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import { ensureHostKeys, type HostKey } from '../../../src/adapters/keys/host-keys.ts';
import type { Principal } from '../../../src/domain/principal.ts';
import type { SshGitSession } from '../../../src/gateway/ssh-door/session.ts';
import { createSshDoor, type SshDoor, type SshDoorOptions } from '../../../src/gateway/ssh-door/ssh-door.ts';
import { parseSshPublicKeyLine, type SshPublicKeyLine } from '../../../src/protocol/ssh-key.ts';

const run = promisify(execFile);

export interface Person {
  readonly name: string;
  readonly file: string;
  readonly privateKey: string;
  readonly fingerprint: string;
  readonly line: string;
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface OpenDoor {
  readonly door: SshDoor;
  readonly dir: string;
  readonly port: number;
  readonly hostKeys: readonly HostKey[];
  /** Registered keys; remove one and it is revoked. */
  readonly people: Map<string, string>;
  readonly sessions: SshGitSession[];
  readonly logged: { readonly level: string; readonly message: string; readonly [field: string]: unknown }[];
  readonly lookups: string[];
  readonly used: string[];
  addPerson(name: string, kind?: readonly string[]): Promise<Person>;
  makeKey(name: string, kind?: readonly string[]): Promise<Person>;
  /** Arguments for ssh, without host and command. */
  sshArguments(person: Person, extra?: readonly string[]): string[];
  ssh(person: Person, command: readonly string[], extra?: readonly string[], input?: string): Promise<Ended>;
  git(person: Person, cwd: string, args: readonly string[], env?: Record<string, string>): Promise<Ended>;
  /** A raw client, logged in. */
  client(person: Person, config?: ssh2.ConnectConfig): Promise<ssh2.Client>;
}

export async function openDoor(t: TestContext, options: Partial<SshDoorOptions> = {}): Promise<OpenDoor> {
  const dir = await mkdtemp(join(tmpdir(), 'ssh-door-'));
  const hostKeys = await ensureHostKeys(join(dir, 'host'));
  const people = new Map<string, string>();
  const sessions: SshGitSession[] = [];
  const logged: { level: string; message: string; [field: string]: unknown }[] = [];
  const lookups: string[] = [];
  const used: string[] = [];
  const at = (level: string) => (fields: object, message: string) => void logged.push({ ...fields, level, message });
  const { serve, ...others } = options;
  const door = createSshDoor({
    listen: { host: '127.0.0.1', port: 0 },
    hostKeys: () => ({ current: hostKeys, next: [] }),
    authenticate: async ({ proof: { fingerprint } }) => {
      lookups.push(fingerprint);
      const name = people.get(fingerprint);
      return name === undefined ? undefined : principalNamed(name, fingerprint);
    },
    log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    onLogin: ({ proof }) => void used.push(proof.fingerprint),
    ...others,
    serve: (session) => {
      sessions.push(session);
      return (serve ?? greet)(session);
    },
  });
  const { port } = await door.start();
  const knownHosts = join(dir, 'known_hosts');
  await writeFile(knownHosts, hostKeys.map((key) => `[127.0.0.1]:${port} ${key.publicLine}\n`).join(''));
  const clients: ssh2.Client[] = [];
  t.after(async () => {
    for (const client of clients) client.destroy();
    await door.close(0);
    await rm(dir, { recursive: true, force: true });
  });

  const makeKey = async (name: string, kind: readonly string[] = ['-t', 'ed25519']): Promise<Person> => {
    const file = join(dir, `${name}-${kind.join('')}-${people.size}`);
    await run('ssh-keygen', ['-q', ...kind, '-N', '', '-C', name, '-f', file]);
    const line = await readFile(`${file}.pub`, 'utf8');
    const fingerprint = (await run('ssh-keygen', ['-l', '-f', file])).stdout.split(' ')[1] ?? '';
    return { name, file, privateKey: await readFile(file, 'utf8'), fingerprint, line };
  };
  const sshArguments = (person: Person, extra: readonly string[] = []): string[] => [
    ...['-F', 'none', '-p', String(port), '-i', person.file],
    ...['BatchMode=yes', 'IdentitiesOnly=yes', 'IdentityAgent=none', `UserKnownHostsFile=${knownHosts}`].flatMap(
      (option) => ['-o', option],
    ),
    ...['-o', 'StrictHostKeyChecking=yes', '-o', 'GlobalKnownHostsFile=/dev/null'],
    ...extra,
  ];
  return {
    door,
    dir,
    port,
    hostKeys,
    people,
    sessions,
    logged,
    lookups,
    used,
    makeKey,
    addPerson: async (name, kind) => {
      const person = await makeKey(name, kind);
      people.set(person.fingerprint, name);
      return person;
    },
    sshArguments,
    ssh: (person, command, extra = [], input = '') =>
      ending('ssh', [...sshArguments(person, extra), 'git@127.0.0.1', ...command], {}, input),
    git: (person, cwd, args, env = {}) =>
      ending('git', args, {
        cwd,
        env: {
          PATH: process.env['PATH'],
          HOME: dir,
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_SSH_COMMAND: ['ssh', ...sshArguments(person)].join(' '),
          GIT_SSH_VARIANT: 'ssh',
          GIT_AUTHOR_NAME: 'a',
          GIT_AUTHOR_EMAIL: 'a@example.org',
          GIT_COMMITTER_NAME: 'a',
          GIT_COMMITTER_EMAIL: 'a@example.org',
          ...env,
        },
      }),
    client: (person, config = {}) => {
      const client = new ssh2.Client();
      clients.push(client);
      const ready = Promise.withResolvers<ssh2.Client>();
      client.on('ready', () => ready.resolve(client.setNoDelay(true)));
      client.on('error', (error) => ready.reject(error));
      client.connect({ host: '127.0.0.1', port, username: 'git', privateKey: person.privateKey, ...config });
      return ready.promise;
    },
  };
}

export function principalNamed(name: string, fingerprint: string): Principal {
  return { name, kind: 'human', groups: ['dev'], credential: { kind: 'ssh-key', fingerprint } };
}

/** Says who was served what, and exits 0. */
async function greet(session: SshGitSession): Promise<number> {
  session.input.resume();
  session.output.write(`${session.principal.name} ${session.service} ${session.path} ${session.gitProtocol ?? '-'}\n`);
  return 0;
}

export async function ending(
  program: string,
  args: readonly string[],
  options: ExecFileOptions = {},
  input = '',
): Promise<Ended> {
  const child = spawn(program, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {}); // it may end before it has read everything
  child.stdin.end(input);
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status));
  });
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { status, stdout, stderr };
}

export function parsedKey(line: string): SshPublicKeyLine {
  const parsed = parseSshPublicKeyLine(line);
  if ('refused' in parsed) throw new Error(parsed.refused);
  return parsed;
}

/** Runs a command on a raw client; `exit` is its status. */
export function exec(
  client: ssh2.Client,
  command: string,
  options: ssh2.ExecOptions = {},
): Promise<{ readonly channel: ssh2.ClientChannel; readonly exit: Promise<unknown> }> {
  return new Promise((resolve, reject) =>
    client.exec(command, options, (error, channel) => {
      if (error !== undefined) return reject(error);
      // At once: the whole answer may be in the chunk that is being read now.
      const exit = new Promise((done) => channel.on('exit', done));
      resolve({ channel, exit });
    }),
  );
}

/** The end of a raw client, errors or not. */
export function closeOf(client: ssh2.Client): Promise<void> {
  return new Promise((resolve) => client.once('close', () => resolve()));
}

/** Waits for something that has no event. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

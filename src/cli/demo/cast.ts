// The people of the demo. Each has a directory with a token, an ssh key, and an `env` file that makes a shell theirs: git
// and sallyport then act as this person, and neither token nor key is ever on a command line or in an address.
import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { keyJson, newTokenJson, userJson } from '../../gateway/api/account-json.ts';
import { ask, type Client } from '../client.ts';

export interface Person {
  readonly name: string;
  /** What they are, for the guide. */
  readonly role: string;
  readonly groups: readonly string[];
  readonly kind: 'human' | 'coding-agent';
  readonly sponsor?: string;
}

export const CAST = [
  { name: 'alice', role: 'a developer', groups: ['dev'], kind: 'human' },
  { name: 'bob', role: 'an SRE', groups: ['sre'], kind: 'human' },
  { name: 'carol', role: 'security', groups: ['security'], kind: 'human' },
  {
    name: 'copilot',
    role: 'a coding agent sponsored by alice',
    groups: ['dev'],
    kind: 'coding-agent',
    sponsor: 'alice',
  },
] as const satisfies readonly Person[];

export type Name = (typeof CAST)[number]['name'];

/** Makes the users, a token and a key each, through the same API that operators use. */
export async function enrol(client: Client, directory: string): Promise<void> {
  for (const person of CAST) {
    const { name, groups, kind } = person;
    const sponsor = 'sponsor' in person ? { sponsor: person.sponsor } : {};
    const home = join(directory, name);
    await mkdir(home, { recursive: true, mode: 0o700 });
    await ask(client, userJson, 'POST', '/api/v1/users', { name, groups, kind, ...sponsor });
    const { value } = await ask(client, newTokenJson, 'POST', '/api/v1/tokens', { user: name });
    await writeSecret(join(home, 'token'), `${value.token}\n`);
    const key = await makeKey(join(home, 'id_ed25519'), name);
    await ask(client, keyJson, 'POST', '/api/v1/keys', { user: name, key });
  }
}

/** A new ssh key without a passphrase; answers its public line. */
export async function makeKey(file: string, comment: string): Promise<string> {
  await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
  return (await readFile(`${file}.pub`, 'utf8')).trim();
}

export async function writeSecret(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  await chmod(file, 0o600); // an older file keeps its mode when it is written over
}

export interface Doors {
  readonly http: string;
  readonly ssh: string;
  /** Lines of known_hosts, without the host. */
  readonly hostKeys: readonly string[];
}

/** Writes what depends on where the doors are: anew at each start. */
export async function equip(directory: string, doors: Doors): Promise<void> {
  const [host, port] = doors.ssh.split(':');
  const known = doors.hostKeys.map((line) => `[${host}]:${port} ${line}\n`).join('');
  await writeFile(join(directory, 'known_hosts'), known);
  for (const { name } of CAST) {
    const home = join(directory, name);
    await writeFile(join(home, 'gitconfig'), gitConfig(name, home, doors));
    await writeFile(join(home, 'ssh_config'), sshConfig(name, home, join(directory, 'known_hosts')));
    await writeFile(join(home, 'env'), envFile(name, directory, doors));
  }
}

/** The variables of a person's `env` file, for child processes; the token included. */
export async function environmentOf(name: Name, directory: string, doors: Doors): Promise<Record<string, string>> {
  const token = (await readFile(join(directory, name, 'token'), 'utf8')).trim();
  return { ...variables(name, directory, doors), SALLYPORT_TOKEN: token };
}

function variables(name: string, directory: string, doors: Doors): Record<string, string> {
  return {
    // Instead of the reader's own: their identity, signing and helpers have no part in this.
    GIT_CONFIG_GLOBAL: join(directory, name, 'gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    SALLYPORT_URL: doors.http,
  };
}

/** What a shell of somebody may hold that would speak louder than the configuration. */
const SILENCED = [
  ...['GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_ASKPASS', 'SSH_ASKPASS', 'GIT_DIR', 'GIT_WORK_TREE'],
  ...['GIT_AUTHOR_NAME', 'GIT_AUTHOR_EMAIL', 'GIT_COMMITTER_NAME', 'GIT_COMMITTER_EMAIL'],
];

function envFile(name: string, directory: string, doors: Doors): string {
  const set = Object.entries(variables(name, directory, doors)).map(([key, value]) => `export ${key}=${quote(value)}`);
  return `# Makes this shell ${name}'s: git and sallyport act as ${name} from here on. To be read with:  . ./env
unset ${SILENCED.join(' ')}
export PATH=${quote(join(directory, 'bin'))}:"$PATH"
${set.join('\n')}
SALLYPORT_TOKEN="$(cat ${quote(join(directory, name, 'token'))})"
export SALLYPORT_TOKEN
PS1='(${name}) $ '
`;
}

function gitConfig(name: string, home: string, { http }: Doors): string {
  // A function of the shell git starts: the token goes from the file to git through a pipe.
  const helper = `!f() { test "$1" = get && printf 'password=%s\\n' "$(cat ${quote(join(home, 'token'))})"; }; f`;
  return `[user]
	name = ${name}
	email = ${name}@example.com
[credential ${value(http)}]
	username = ${name}
	helper = ${value(helper)}
[http]
	proxy =
[core]
	sshCommand = ${value(`ssh -F ${quote(join(home, 'ssh_config'))}`)}
[init]
	defaultBranch = main
[advice]
	detachedHead = false
`;
}

function sshConfig(name: string, home: string, knownHosts: string): string {
  return `Host *
  User ${name}
  IdentityFile "${join(home, 'id_ed25519')}"
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile "${knownHosts}"
  StrictHostKeyChecking yes
  BatchMode yes
  LogLevel ERROR
`;
}

/** One word for a shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** One word as people type it: quoted when it must be. */
export function asTyped(text: string): string {
  return /^[\w./:@=,+^~-]+$/.test(text) ? text : quote(text);
}

/** One value in git's configuration (git-config, "Syntax"). */
function value(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

// What the demo needs of the machine, asked before anything is made.
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CommandError } from '../terminal.ts';

const MIN_GIT = [2, 39] as const;

/** Throws, with what to install, when git or OpenSSH's client is missing. */
export async function checkPrograms(): Promise<void> {
  const version = await output('git', ['--version']);
  const [, major, minor] = /^git version (\d+)\.(\d+)/.exec(version ?? '') ?? [];
  const wanted = `git ${MIN_GIT.join('.')} or newer`;
  if (major === undefined || minor === undefined) throw new CommandError(`${wanted} is needed`, 'install git');
  if (Number(major) < MIN_GIT[0] || (Number(major) === MIN_GIT[0] && Number(minor) < MIN_GIT[1])) {
    throw new CommandError(`${wanted} is needed, this is ${major}.${minor}`, 'update git');
  }
  // Some distributions put it into a package of its own.
  const directory = (await output('git', ['--exec-path']))?.trim() ?? '';
  const found = await access(join(directory, 'git-http-backend')).then(
    () => true,
    () => false,
  );
  if (!found) throw new CommandError('git http-backend is needed', 'install the package it is in, often git-daemon');
  for (const program of ['ssh', 'ssh-keygen']) {
    if ((await output(program, ['-V'])) === undefined) {
      throw new CommandError(`${program} is needed`, "install OpenSSH's client");
    }
  }
}

/** Throws when something listens there already. 0 is always free. */
export async function checkPort(port: number, option: string): Promise<void> {
  const server = createServer();
  const code = await new Promise<string | undefined>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unexpected error'));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(undefined)));
  });
  if (code === undefined) return;
  const why = code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${code})`;
  throw new CommandError(`127.0.0.1:${port} ${why}`, `choose another: npm run demo -- ${option} PORT`);
}

/** What the program says on stdout; undefined when there is none. One that fails is there nevertheless. */
function output(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: 10_000 }, (error, stdout) => {
      resolve(error !== null && 'code' in error && error.code === 'ENOENT' ? undefined : stdout);
    });
  });
}

// Clients other than git's own, as programs that clone, fetch and push. Where one is not installed, its tests are left
// out with a loud word; in CI that is a failure: a suite that skips its clients proves nothing about them.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Door, type Run, run, type World } from '../support/world.ts';

export interface ClientProgram {
  readonly name: string;
  readonly doors: readonly Door[];
  /** Why it cannot run here; false = it can. */
  missing(): string | false;
  clone(world: World, door: Door, name: string, directory: string): Promise<Run>;
  fetch(world: World, door: Door, name: string, directory: string): Promise<Run>;
  /** `refspec`: source and target, both full names. */
  push(world: World, door: Door, name: string, directory: string, refspec: string): Promise<Run>;
}

const PYTHON = '/usr/bin/python3';
const JARS = '/usr/share/java';

/** `false`, or the reason to skip; throws in CI. */
export function whyMissing(program: ClientProgram): string | false {
  const missing = program.missing();
  if (missing === false) return false;
  if (process.env['CI'] === 'true') throw new Error(`${program.name} is missing: ${missing}`);
  process.stderr.write(`tests with ${program.name} are left out: ${missing}\n`);
  return missing;
}

function credential(world: World, door: Door, name: string): string {
  return door === 'ssh' ? join(world.environment(name)['HOME'] ?? '', name) : `${name}:${world.token(name)}`;
}

/** Without the token: it is handed over apart, as these clients want it. */
function bareUrl(world: World, door: Door, name: string): string {
  const url = new URL(world.url(door, name));
  if (door === 'http') url.username = '';
  url.password = '';
  return url.href;
}

function python(
  name: string,
  module: string,
  verbs: (args: readonly string[], world: World, door: Door, user: string) => readonly string[],
): ClientProgram {
  const start = (world: World, door: Door, user: string, args: readonly string[]) =>
    run(
      PYTHON,
      [join(import.meta.dirname, `${name}-client.py`), ...verbs(args, world, door, user)],
      world.environment(user),
      world.directory,
    );
  return {
    name,
    doors: ['http', 'ssh'],
    missing() {
      const found = existsSync(PYTHON) && spawnSync(PYTHON, ['-c', `import ${module}`]).status === 0;
      return found ? false : `python3 has no ${module}; hint: apt-get install python3-${module}`;
    },
    clone: (world, door, user, directory) => start(world, door, user, ['clone', directory]),
    fetch: (world, door, user, directory) => start(world, door, user, ['fetch', directory]),
    push: (world, door, user, directory, refspec) => start(world, door, user, ['push', directory, refspec]),
  };
}

export const LIBGIT2 = python('libgit2', 'pygit2', (args, world, door, user) => [
  ...args,
  ...(args[0] === 'clone' ? [bareUrl(world, door, user)] : []),
  credential(world, door, user),
]);

/** It forgets the credentials of the URL it cloned from. */
export const DULWICH = python('dulwich', 'dulwich', (args, world, door, user) => [...args, world.url(door, user)]);

export const ISOMORPHIC_GIT: ClientProgram = {
  name: 'isomorphic-git',
  doors: ['http'],
  missing: () => false,
  clone: (world, door, name, directory) => isomorphic(world, name, ['clone', bareUrl(world, door, name), directory]),
  fetch: (world, _door, name, directory) => isomorphic(world, name, ['fetch', directory, '']),
  push: (world, _door, name, directory, refspec) => isomorphic(world, name, ['push', directory, refspec]),
};

function isomorphic(world: World, name: string, args: readonly string[]): Promise<Run> {
  const script = join(import.meta.dirname, 'isomorphic-git-client.ts');
  const all = [script, ...args, credential(world, 'http', name)];
  return run(process.execPath, all, world.environment(name), world.directory);
}

export const JGIT: ClientProgram = {
  name: 'JGit',
  doors: ['http', 'ssh'],
  missing: () => (existsSync('/usr/bin/jgit') ? false : 'jgit is not installed; hint: apt-get install jgit-cli'),
  clone: (world, door, name, directory) => jgit(world, name, ['clone', bareUrl(world, door, name), directory]),
  fetch: (world, _door, name, directory) => jgit(world, name, ['fetch', 'origin'], directory),
  push: (world, _door, name, directory, refspec) => jgit(world, name, ['push', 'origin', refspec], directory),
};

/** Debian's jgit forgets half of its class path, asks for passwords in a window and brings an ssh of long ago. */
async function jgit(world: World, name: string, args: readonly string[], cwd = world.directory): Promise<Run> {
  const home = join(world.directory, `jgit-${name}`);
  await mkdir(home, { recursive: true });
  await writeFile(join(home, '.netrc'), `machine 127.0.0.1 login ${name} password ${world.token(name)}\n`);
  const { GIT_SSH_COMMAND: ssh, ...environment } = world.environment(name);
  await writeFile(join(home, 'ssh'), `#!/bin/sh\nexec ${ssh} "$@"\n`);
  await chmod(join(home, 'ssh'), 0o700);
  const jars = [
    'org.eclipse.jgit.lfs',
    'org.eclipse.jgit.http.apache',
    'jsch',
    'slf4j-api',
    'slf4j-simple',
    'javaewah',
  ];
  const more = ['gson', 'httpclient', 'httpcore', 'commons-logging'];
  return run(
    '/usr/bin/jgit',
    args,
    {
      ...environment,
      GIT_SSH: join(home, 'ssh'),
      JGIT_CLASSPATH: [...jars, ...more].map((jar) => join(JARS, `${jar}.jar`)).join(':'),
      JAVA_TOOL_OPTIONS: `-Duser.home=${home} -Djava.awt.headless=true -XX:TieredStopAtLevel=1 -XX:+UseSerialGC`,
    },
    cwd,
  );
}

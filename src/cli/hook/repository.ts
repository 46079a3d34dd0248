// Finds the repository of a file without starting git: a hook has no time for it.
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

export interface Repository {
  readonly top: string;
  readonly gitDir: string;
  /** Of the repository that a linked worktree belongs to. */
  readonly commonDir: string;
}

const MAX_DEPTH = 64;

/** The repository around a directory that need not exist; undefined when there is none. */
export function findRepository(directory: string): Repository | undefined {
  let at = realDirectory(resolve(directory));
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const gitDir = gitDirAt(at);
    if (gitDir !== undefined) return { top: at, gitDir, commonDir: commonDirOf(gitDir) };
    const parent = dirname(at);
    if (parent === at) return undefined;
    at = parent;
  }
  return undefined;
}

/** With `/`, as git has it; undefined for what is not in the work tree. */
export function pathInside({ top }: Repository, file: string): string | undefined {
  const inside = relative(top, join(realDirectory(dirname(file)), basename(file)));
  const parts = inside.split(sep);
  return inside === '' || parts[0] === '..' || resolve(top, inside) === inside || parts.includes('.git')
    ? undefined
    : parts.join('/');
}

/** Through symbolic links, as far as the directory exists. */
function realDirectory(directory: string): string {
  let missing = '';
  for (let at = directory; ; at = dirname(at)) {
    try {
      return join(realpathSync(at), missing);
    } catch {
      if (dirname(at) === at) return directory;
      missing = join(basename(at), missing);
    }
  }
}

function gitDirAt(directory: string): string | undefined {
  const at = join(directory, '.git');
  try {
    if (statSync(at).isDirectory()) return at;
    const [, pointed] = /^gitdir: (.+)/.exec(readFileSync(at, 'utf8')) ?? [];
    return pointed === undefined ? undefined : resolve(directory, pointed.trim());
  } catch {
    return undefined;
  }
}

function commonDirOf(gitDir: string): string {
  try {
    return resolve(gitDir, readFileSync(join(gitDir, 'commondir'), 'utf8').trim());
  } catch {
    return gitDir;
  }
}

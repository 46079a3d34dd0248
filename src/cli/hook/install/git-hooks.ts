// The hooks of a repository. A hook that is there already is moved aside and called first; what it refuses stays refused.
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { HOOKS_FOLDER } from '../agents.ts';
import { askGit } from '../git/run-git.ts';
import { ENTRY } from '../outbox.ts';
import type { Repository } from '../repository.ts';
import { remove } from '../state/disk.ts';
import { bytesOf, replace } from './manifest.ts';

export const GIT_HOOKS = ['post-commit', 'post-rewrite', 'pre-push'] as const;
const MARK = 'Written by `sallyport hook install`';
const ASIDE = '.before-sallyport';

export type HooksFolder = { readonly folder: string } | { readonly refused: string };

/** Where git looks for hooks, as long as that is this repository's own. */
export function hooksFolder({ top, commonDir }: Repository): HooksFolder {
  const folder = askGit(top, 'rev-parse', '--path-format=absolute', '--git-path', 'hooks');
  if (folder === undefined) return { refused: 'git does not say where its hooks are' };
  if ([top, commonDir].some((place) => isInside(place, folder))) return { folder };
  return { refused: `core.hooksPath is ${folder}, which other repositories use as well` };
}

export function hookText(name: string): string {
  const template = readFileSync(join(HOOKS_FOLDER, 'git', name), 'utf8');
  return template
    .replaceAll('@NODE@', () => quoted(process.execPath))
    .replaceAll('@ENTRY@', () => quoted(ENTRY))
    .replaceAll('@PROGRAM@', () => quoted(join(ENTRY, '../../sallyport.mjs')))
    .replaceAll('@PRE_PUSH@', () => quoted(join(HOOKS_FOLDER, 'pre-push')));
}

/** True when it was written, false when it was there. */
export function installGitHook(folder: string, name: string): boolean {
  const file = join(folder, name);
  const text = hookText(name);
  const there = bytesOf(file)?.toString('utf8');
  if (there === text) return false;
  if (there !== undefined && !there.includes(MARK)) renameSync(file, file + ASIDE);
  replace(file, Buffer.from(text), 0o755);
  return true;
}

/** True when ours was there. */
export function uninstallGitHook(folder: string, name: string): boolean {
  const file = join(folder, name);
  if (!isInstalled(folder, name)) return false;
  if (existsSync(file + ASIDE)) renameSync(file + ASIDE, file);
  else remove(file);
  return true;
}

export function isInstalled(folder: string, name: string): boolean {
  return bytesOf(join(folder, name))?.toString('utf8').includes(MARK) === true;
}

function isInside(place: string, folder: string): boolean {
  const path = relative(place, folder);
  return path !== '' && !path.startsWith('..') && !isAbsolute(path);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

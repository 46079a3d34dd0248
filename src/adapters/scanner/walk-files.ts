// The files below a directory, in order of their names. Symbolic links are not followed: what they lead to is somebody
// else's, or is found at its own place. Git's own folder is left out; its objects are for `--rev-range`.
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileToScan } from './scan-files.ts';

export type Walked =
  | ({ readonly kind: 'file' } & FileToScan)
  | { readonly kind: 'unreadable'; readonly path: string; readonly code: string };

const MAX_DEPTH = 500;

/** `isExcluded` is asked for files and directories alike, by their path below the root. */
export async function* walkFiles(root: string, isExcluded: (path: string) => boolean): AsyncGenerator<Walked> {
  yield* walk(root, '', 0, isExcluded);
}

async function* walk(
  directory: string,
  prefix: string,
  depth: number,
  isExcluded: (path: string) => boolean,
): AsyncGenerator<Walked> {
  const entries = depth > MAX_DEPTH ? 'too deep' : await list(directory);
  if (typeof entries === 'string') {
    yield { kind: 'unreadable', path: prefix.slice(0, -1) || '.', code: entries };
    return;
  }
  for (const entry of entries) {
    const path = prefix + entry.name;
    if (entry.name === '.git' || isExcluded(path)) continue;
    const file = join(directory, entry.name);
    if (entry.isDirectory()) yield* walk(file, `${path}/`, depth + 1, isExcluded);
    else if (entry.isFile()) yield { kind: 'file', file, path };
  }
}

/** Or the code of what stands against it. */
async function list(directory: string): Promise<Dirent[] | string> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
    throw error;
  }
}

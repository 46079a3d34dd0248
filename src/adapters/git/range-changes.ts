// What the commits of a range introduce, oldest first: per commit the blobs that none of its parents has at that place,
// with the blobs they replace there. Two plumbing commands, the second fed by the first; nothing is held.
//
//   output of diff-tree --stdin -z = *(commit NUL *(meta NUL path NUL))     (git-diff-tree, RAW OUTPUT FORMAT)
//   meta   = ":" mode SP mode SP oid SP oid SP status                       renames have two paths, the new one last
//   meta   = "::" … one mode, oid and status letter more for each further parent, and one path
import { decodeBytes } from '../../protocol/bytes.ts';
import type { Oid } from '../../protocol/oid.ts';
import { type GitChild, type GitEnvironment, spawnGit } from './git-process.ts';

export type RangeChange =
  | { readonly kind: 'commit'; readonly commit: Oid }
  | {
      readonly kind: 'blob';
      readonly commit: Oid;
      readonly oid: Oid;
      readonly path: string;
      /** At that place in the parents, before a rename too; none for a new file. */
      readonly replaces: readonly Oid[];
    };

/** The range is not understood by git: somebody wrote it wrongly. */
export class RevisionError extends Error {
  override readonly name = 'RevisionError';
}

const DIFF = ['diff-tree', '--stdin', '--always', '--root', '-r', '-c', '-M', '-z', '--raw', '--no-abbrev'];
const REV_LIST = ['rev-list', '--reverse', '--topo-order'];
const GITLINK = '160000';
const STDERR_KEPT = 2048;

/** `revisions` are arguments of rev-list, checked by the caller to be revisions. */
export async function* rangeChanges(where: GitEnvironment, revisions: readonly string[]): AsyncGenerator<RangeChange> {
  const list = spawnGit(where, [...REV_LIST, ...revisions, '--']);
  const diff = spawnGit(where, DIFF);
  const ends = [endOf(list), endOf(diff)] as const;
  list.stdin.end();
  diff.stdin.on('error', () => {}); // it may end before it read all: its exit code says why
  list.stdout.pipe(diff.stdin);
  try {
    const reader = new RawDiff();
    for await (const token of tokens(diff)) {
      const change = reader.take(token);
      if (change !== undefined) yield change;
    }
    const [listed, compared] = await Promise.all(ends);
    if (listed.code !== 0) throw new RevisionError(listed.stderr.replace(/^fatal: /, '') || `code ${listed.code}`);
    if (compared.code !== 0) throw new Error(`git diff-tree failed (code ${compared.code}): ${compared.stderr}`);
  } finally {
    list.kill('SIGKILL');
    diff.kill('SIGKILL');
  }
}

function endOf(child: GitChild): Promise<{ code: number; stderr: string }> {
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_KEPT);
  });
  const ended = new Promise<{ code: number; stderr: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code: number | null) => resolve({ code: code ?? 137, stderr: stderr.trim() }));
  });
  ended.catch(() => {});
  return ended;
}

async function* tokens({ stdout }: GitChild): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stdout) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let at = 0;
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, at)) {
      yield bytes.subarray(at, end);
      at = end + 1;
    }
    rest = Buffer.from(bytes.subarray(at));
  }
  if (rest.length > 0) throw new Error('git diff-tree ended in the middle of a line');
}

class RawDiff {
  #commit = '';
  #meta: readonly string[] | undefined;
  #parents = 1;
  #pathsLeft = 0;

  /** A change once it is whole. */
  take(token: Buffer): RangeChange | undefined {
    if (this.#meta !== undefined) return this.#path(token);
    if (token[0] !== 0x3a) {
      this.#commit = token.toString('latin1');
      return { kind: 'commit', commit: this.#commit };
    }
    const text = token.toString('latin1');
    this.#parents = text.length - text.replace(/^:+/, '').length;
    this.#meta = text.slice(this.#parents).split(' ');
    this.#pathsLeft = this.#parents === 1 && /^[RC]/.test(this.#meta.at(-1) ?? '') ? 2 : 1;
    return undefined;
  }

  #path(token: Buffer): RangeChange | undefined {
    this.#pathsLeft -= 1;
    if (this.#pathsLeft > 0) return undefined;
    const meta = this.#meta as readonly string[];
    this.#meta = undefined;
    const oids = meta.slice(this.#parents + 1, -1);
    const [mode, oid] = [meta[this.#parents], oids.at(-1)];
    // A deletion has no mode; a submodule's content is in another repository.
    if (oid === undefined || mode === GITLINK || /^0+$/.test(mode ?? '')) return undefined;
    const replaced = oids.slice(0, -1).filter((old, parent) => !/^0+$/.test(old) && meta[parent] !== GITLINK);
    return { kind: 'blob', commit: this.#commit, oid, path: decodeBytes(token), replaces: [...new Set(replaced)] };
  }
}

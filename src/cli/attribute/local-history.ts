// The commits of a range of a local repository, as an inspection would see them if they were pushed.
//
//   output of diff-tree --stdin -m -z = *(commit NUL *(meta NUL path NUL))        (git-diff-tree, RAW OUTPUT FORMAT)
//   meta = ":" mode SP mode SP oid SP oid SP status; of a merge one group for each parent
import { type GitEnvironment, runGit } from '../../adapters/git/git-process.ts';
import { RevisionError } from '../../adapters/git/range-changes.ts';
import { commitOfNotePath } from '../../domain/attribution/notes/notes-tree.ts';
import { isTellingRef } from '../../domain/attribution/notes/other-notes.ts';
import type { NotePlace } from '../../domain/attribution/push/notes-of-push.ts';
import type { ObjectReader } from '../../domain/ports.ts';
import type { Change, ChangeStatus, CommitFacts } from '../../domain/push/inputs.ts';
import { decodeBytes } from '../../protocol/bytes.ts';
import { coAuthors, parseCommit } from '../../protocol/object.ts';
import { isZeroOid, type ObjectFormat, type Oid } from '../../protocol/oid.ts';

const REV_LIST = ['rev-list', '--reverse', '--topo-order'];
const DIFF = ['diff-tree', '--stdin', '--always', '--root', '-r', '-m', '--no-renames', '-z', '--raw', '--no-abbrev'];
const MAX_OUTPUT = 1024 * 1024 * 1024;
const TIMEOUT_MS = 600_000;
const LIMITS = { maxOutput: MAX_OUTPUT, timeoutMs: TIMEOUT_MS };
const MAX_COMMIT_BYTES = 4 * 1024 * 1024;

/** Oldest first. Throws RevisionError when git does not understand the range. */
export async function localCommits(
  where: GitEnvironment,
  reader: ObjectReader,
  revisions: readonly string[],
  onProgress: (commits: number, total: number) => void,
): Promise<readonly CommitFacts[]> {
  const listed = await runGit(where, [...REV_LIST, ...revisions, '--'], LIMITS);
  if (listed.code !== 0) throw new RevisionError(listed.stderr.replace(/^fatal: /, '').trim());
  const oids = listed.stdout.toString('latin1').split('\n').filter(Boolean);
  const compared = await runGit(where, DIFF, { ...LIMITS, input: listed.stdout });
  if (compared.code !== 0) throw new Error(`git diff-tree failed (code ${compared.code}): ${compared.stderr.trim()}`);
  const changes = parseChanges(compared.stdout);
  const commits: CommitFacts[] = [];
  for (const oid of oids) {
    commits.push(await commitFacts(oid, changes.get(oid) ?? [], reader));
    onProgress(commits.length, oids.length);
  }
  return commits;
}

async function commitFacts(oid: Oid, changes: readonly Change[], reader: ObjectReader): Promise<CommitFacts> {
  const object = await reader.read(oid, MAX_COMMIT_BYTES);
  if (object === undefined) throw new Error(`commit ${oid} cannot be read`);
  const format: ObjectFormat = oid.length === 40 ? 'sha1' : 'sha256';
  const { tree, parents, author, committer, message, signed } = parseCommit(object.content, format);
  const infos = await Promise.all(
    changes.map(({ newOid, newMode }) => (isFile(newMode) ? reader.info(newOid) : undefined)),
  );
  return {
    oid,
    parents,
    tree,
    author: { name: author.name, email: author.email },
    committer: { name: committer.name, email: committer.email },
    coAuthors: coAuthors(message),
    ...(committer.time !== undefined && { committedAt: committer.time * 1000 }),
    message,
    signed,
    changes: changes.map((change, at) => {
      const size = infos[at]?.size;
      return size === undefined ? change : { ...change, size };
    }),
  };
}

function isFile(mode: string): boolean {
  return mode.startsWith('100');
}

function parseChanges(output: Buffer): ReadonlyMap<Oid, readonly Change[]> {
  const byCommit = new Map<Oid, Change[]>();
  let current: Change[] = [];
  let meta: readonly string[] | undefined;
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0, at);
    const token = output.subarray(at, end < 0 ? output.length : end);
    at += token.length + 1;
    if (meta !== undefined) {
      current.push(changeOf(meta, decodeBytes(token)));
      meta = undefined;
    } else if (token[0] === 0x3a) meta = token.toString('latin1', 1).split(' ');
    else {
      // A merge names itself once for each of its parents.
      const oid = token.toString('latin1').slice(0, 64).split(' ')[0] as Oid;
      current = byCommit.get(oid) ?? [];
      byCommit.set(oid, current);
    }
  }
  return byCommit;
}

function changeOf([oldMode = '', newMode = '', oldOid = '', newOid = '']: readonly string[], path: string): Change {
  return { path, status: statusOf(oldOid, newOid), oldMode, newMode, oldOid, newOid };
}

function statusOf(oldOid: Oid, newOid: Oid): ChangeStatus {
  if (isZeroOid(oldOid)) return 'added';
  return isZeroOid(newOid) ? 'deleted' : 'modified';
}

/** Notes in the repository that may say who wrote commits. */
export async function localNotes(where: GitEnvironment): Promise<readonly NotePlace[]> {
  const refs = await runGit(where, ['for-each-ref', '--format=%(refname)', 'refs/notes/'], LIMITS);
  const telling = refs.stdout.toString().split('\n').filter(isTellingRef);
  const places: NotePlace[] = [];
  for (const ref of telling) {
    const tree = await runGit(where, ['ls-tree', '-r', '-z', '--end-of-options', ref], LIMITS);
    for (const entry of tree.stdout.toString('latin1').split('\0')) {
      const [, blob, path] = /^\d{6} blob ([0-9a-f]+)\t(.+)$/.exec(entry) ?? [];
      const about = path === undefined ? undefined : commitOfNotePath(path);
      if (blob !== undefined && about !== undefined) places.push({ ref, about, blob });
    }
  }
  return places;
}

// The diff of a push for people: git's own, with nothing of the repository allowed to hide a line of it (no attributes,
// no textconv, no external diff; binary files as git shows them).
import { join } from 'node:path';
import type { PushDiff, Recordings, UpdateDiff } from '../../domain/ports.ts';
import type { Inputs, UpdateFacts } from '../../domain/push/inputs.ts';
import type { Push } from '../../domain/push/push.ts';
import { decodeBytes } from '../../protocol/bytes.ts';
import { isZeroOid, type ObjectFormat, type Oid } from '../../protocol/oid.ts';
import { type GitEnvironment, runGit } from './git-process.ts';
import type { MirrorRepository } from './mirror.ts';
import type { GitWorkspaces } from './workspaces.ts';

const MAX_DIFF_BYTES = 4 * 1024 * 1024;
const MAX_FILES = 3_000;
/** Blobs fetched from the upstream to show what was there before. */
const MAX_OLD_BLOBS = 3_000;
const EMPTY_TREE: Readonly<Record<ObjectFormat, Oid>> = {
  sha1: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  sha256: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
};

export function createPushDiff(workspaces: GitWorkspaces, recordings: Pick<Recordings, 'loadInputs'>): PushDiff {
  return {
    async diff(push) {
      const where = await objectsOf(workspaces, push);
      const inputs = await recordings.loadInputs(push.id);
      if (where === undefined || inputs === undefined) return undefined;
      const diffs: UpdateDiff[] = [];
      for (const update of inputs.updates) diffs.push(await updateDiff(where, inputs, update));
      return diffs;
    },
  };
}

interface Objects {
  readonly environment: GitEnvironment;
  readonly mirror: MirrorRepository;
}

/** Held: in the quarantine. Landed: in the mirror. Otherwise they are gone. */
async function objectsOf(workspaces: GitWorkspaces, push: Push): Promise<Objects | undefined> {
  const mirror = await workspaces.mirrorRepository(push.address, push.objectFormat);
  if (push.state === 'landed') return { mirror, environment: { gitDir: mirror.directory } };
  if (push.state !== 'held' && push.state !== 'relaying' && push.state !== 'unknown') return undefined;
  const objectDirectory = join(workspaces.quarantineDirectory(push.id), 'objects');
  return {
    mirror,
    environment: { gitDir: mirror.directory, objectDirectory, alternates: [join(mirror.directory, 'objects')] },
  };
}

async function updateDiff(where: Objects, inputs: Inputs, update: UpdateFacts): Promise<UpdateDiff> {
  const { refName } = update;
  if (isZeroOid(update.newOid))
    return { refName, text: `delete ${refName} (was ${update.oldOid})\n`, truncated: false };
  if (update.tipType !== 'commit') return { refName, text: `${refName} names a ${update.tipType}\n`, truncated: false };
  const before = [...new Set(update.net.filter(isText).map((change) => change.oldOid))].slice(0, MAX_OLD_BLOBS);
  await where.mirror.ensureObjects(before);
  const args = [
    'diff-tree',
    '-r',
    '-p',
    '--no-color',
    '--no-ext-diff',
    '--no-textconv',
    '--no-renames',
    '--full-index',
    '--submodule=short',
    `--ignore-submodules=none`,
    '--end-of-options',
    baseOf(inputs, update),
    update.newOid,
  ];
  const files = update.net.length;
  const run = await runGit(where.environment, args, { maxOutput: MAX_DIFF_BYTES * 4, timeoutMs: 30_000 });
  const all = run.stdout;
  const truncated = run.code !== 0 || all.length > MAX_DIFF_BYTES || files > MAX_FILES;
  return { refName, text: decodeBytes(all.subarray(0, MAX_DIFF_BYTES)), truncated };
}

function isText(change: { readonly oldMode: string; readonly oldOid: Oid }): boolean {
  return change.oldMode.startsWith('100') && !isZeroOid(change.oldOid);
}

/** What the new tip is compared with: the old tip, or for a new ref the one commit it grew from. */
function baseOf(inputs: Inputs, update: UpdateFacts): Oid {
  if (!isZeroOid(update.oldOid)) return update.oldOid;
  const commits = update.commits.map((at) => inputs.commits[at]).filter((commit) => commit !== undefined);
  const brought = new Set(commits.map((commit) => commit.oid));
  const outside = new Set(commits.flatMap((commit) => commit.parents).filter((oid) => !brought.has(oid)));
  const [only, ...more] = outside;
  if (only !== undefined && more.length === 0) return only;
  return commits.length === 0 ? update.newOid : EMPTY_TREE[inputs.objectFormat];
}

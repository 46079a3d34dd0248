// CODEOWNERS as the upstream has it: of the branch a push moves, or of the default branch for a new ref. Never from the
// pushed tree: a push must not choose who judges it (THREATS.md 37).
import type { Mirror } from '../domain/ports.ts';
import type { CodeownersFile, UpdateFacts } from '../domain/push/inputs.ts';
import type { RepoAddress } from '../domain/push/push.ts';
import type { Advertisement } from '../protocol/advertisement.ts';
import { decodeBytes } from '../protocol/bytes.ts';
import { parseCommit, parseTree } from '../protocol/object.ts';
import { isZeroOid, type ObjectFormat, type Oid } from '../protocol/oid.ts';
import { defaultBranch } from './default-branch.ts';
import type { Gate } from './gate.ts';

/** Where GitHub looks, in its order. */
const PLACES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];
const MAX_BYTES = 3 * 1024 * 1024;

export async function readCodeowners(
  gate: Pick<Gate, 'agent'>,
  address: RepoAddress,
  advertisement: Advertisement,
  updates: readonly UpdateFacts[],
  mirror: Mirror,
): Promise<readonly CodeownersFile[]> {
  const files: CodeownersFile[] = [];
  let fallback: Oid | undefined;
  for (const update of updates) {
    let base: Oid | undefined = update.oldOid;
    if (isZeroOid(update.oldOid) || !update.refName.startsWith('refs/heads/')) {
      fallback ??= await defaultBranch(gate, address, advertisement);
      base = fallback;
    }
    const file = base === undefined ? undefined : await findCodeowners(mirror, base);
    if (file !== undefined) files.push({ refName: update.refName, ...file });
  }
  return files;
}

async function findCodeowners(mirror: Mirror, commit: Oid): Promise<{ path: string; text: string } | undefined> {
  const lacking = await mirror.ensureCommits([commit]);
  if (lacking.size > 0) throw new Error(`the upstream lacks its own tip ${commit}`);
  const root = await mirror.reader.read(commit);
  if (root?.type !== 'commit') return undefined;
  const tree = parseCommit(root.content, mirror.objectFormat).tree;
  for (const path of PLACES) {
    const oid = await entryAt(mirror, mirror.objectFormat, tree, path.split('/'));
    if (oid === undefined) continue;
    if ((await mirror.ensureObjects([oid])).size > 0) throw new Error(`the upstream lacks ${path}`);
    const blob = await mirror.reader.read(oid, MAX_BYTES);
    if (blob?.type === 'blob') return { path, text: decodeBytes(blob.content) };
  }
  return undefined;
}

async function entryAt(
  mirror: Mirror,
  format: ObjectFormat,
  tree: Oid,
  [name, ...below]: readonly string[],
): Promise<Oid | undefined> {
  const object = await mirror.reader.read(tree);
  if (object?.type !== 'tree') return undefined;
  const entry = parseTree(object.content, format).find((one) => one.name === name);
  if (entry === undefined) return undefined;
  // A symlink's blob is a path, not owners.
  if (below.length === 0 && !entry.mode.startsWith('100')) return undefined;
  return below.length === 0 ? entry.oid : entryAt(mirror, format, entry.oid, below);
}

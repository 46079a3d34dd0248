// Reads the files that commits change, and says which of their lines are added: so many commits at a time as fit in memory
// with ease.
import type { Oid } from '../../../protocol/oid.ts';
import type { ObjectReader } from '../../ports.ts';
import type { CommitFacts } from '../../push/inputs.ts';
import type { AddedFile } from '../added-file.ts';
import type { PushAttribution } from '../attribution.ts';
import { addedLines } from '../lines/added-lines.ts';
import { isGeneratedFile } from '../lines/generated-file.ts';
import { type FileChange, fileChanges } from './file-changes.ts';

export interface BlobSource {
  readonly reader: ObjectReader;
  /** Makes earlier versions readable; answers those the upstream lacks. Absent: only what is here is looked at. */
  readonly ensureObjects?: (oids: readonly Oid[]) => Promise<ReadonlySet<Oid>>;
  readonly signal: AbortSignal;
}

export interface FilesRead {
  readonly commits: readonly CommitFacts[];
  readonly files: readonly AddedFile[];
  readonly unseen: PushAttribution['unseen'];
  /** What each file was before, for whoever asks; gone with the files. */
  readonly befores: ReadonlyMap<AddedFile, Buffer>;
  /** Earlier versions that are not here. */
  readonly missing: number;
}

const MIB = 1024 * 1024;
const MAX_FILE_BYTES = 8 * MIB;
const MAX_COMMIT_BYTES = 16 * MIB;
const MAX_PUSH_BYTES = 64 * MIB;
/** Commits are taken together until they have so much to read. */
const CHUNK_BYTES = 2 * MIB;
const CHUNK_COMMITS = 500;

/** Chunk by chunk, parents before children; each commit in exactly one of them. */
export async function* readFiles(commits: readonly CommitFacts[], source: BlobSource): AsyncGenerator<FilesRead> {
  let left = MAX_PUSH_BYTES;
  let ahead: Promise<FilesRead> | undefined;
  for (const chunk of chunksOf(commits)) {
    source.signal.throwIfAborted();
    const plan = planOf(chunk, left);
    left -= plan.bytes;
    const read = readChunk(plan, source);
    read.catch(() => {}); // looked at when it is its turn
    // While one is compared, the next is read.
    if (ahead !== undefined) yield await ahead;
    ahead = read;
  }
  if (ahead !== undefined) yield await ahead;
}

interface CommitChanges {
  readonly commit: CommitFacts;
  readonly changes: readonly FileChange[];
}

function* chunksOf(commits: readonly CommitFacts[]): Generator<readonly CommitChanges[]> {
  let chunk: CommitChanges[] = [];
  let bytes = 0;
  for (const commit of commits) {
    const changes = fileChanges(commit);
    chunk.push({ commit, changes });
    bytes += changes.reduce((sum, { size }) => sum + size, 0);
    if (bytes < CHUNK_BYTES && chunk.length < CHUNK_COMMITS) continue;
    yield chunk;
    [chunk, bytes] = [[], 0];
  }
  if (chunk.length > 0) yield chunk;
}

interface Plan {
  readonly commits: readonly CommitFacts[];
  readonly wanted: readonly { readonly commit: Oid; readonly change: FileChange }[];
  readonly unseen: PushAttribution['unseen'];
  /** Of what is wanted. */
  readonly bytes: number;
}

function planOf(chunk: readonly CommitChanges[], bytesLeft: number): Plan {
  const unseen: PushAttribution['unseen'][number][] = [];
  const wanted = chunk.flatMap(({ commit, changes }) => {
    let left = Math.min(MAX_COMMIT_BYTES, bytesLeft);
    return changes.flatMap((change) => {
      const why = change.size > MAX_FILE_BYTES ? 'too large' : change.size > left ? 'too much in one push' : undefined;
      if (why !== undefined) unseen.push({ commit: commit.oid, path: change.path, why });
      else left -= change.size;
      return why === undefined ? [{ commit: commit.oid, change }] : [];
    });
  });
  const bytes = wanted.reduce((sum, { change }) => sum + change.size, 0);
  return { commits: chunk.map(({ commit }) => commit), wanted, unseen, bytes };
}

async function readChunk({ commits, wanted, ...plan }: Plan, source: BlobSource): Promise<FilesRead> {
  const unseen = [...plan.unseen];
  const olds = await readableOlds(wanted, source);
  const files: AddedFile[] = [];
  const befores = new Map<AddedFile, Buffer>();
  let missing = 0;
  const read = await Promise.all(wanted.map((one) => readVersions(one.change, olds, source.reader)));
  for (const [at, { commit, change }] of wanted.entries()) {
    const versions = read[at];
    if (versions === undefined || versions === 'missing') {
      missing += 1;
      unseen.push({ commit, path: change.path, why: 'an earlier version is not at hand' });
      continue;
    }
    const file = addedFile(commit, change, versions);
    files.push(file);
    if (versions.before !== undefined) befores.set(file, versions.before);
  }
  return { commits, files, unseen, befores, missing };
}

/** Earlier versions that can be read, after what can be done about those that cannot. */
async function readableOlds(
  wanted: readonly { readonly change: FileChange }[],
  { reader, ensureObjects }: BlobSource,
): Promise<ReadonlySet<Oid>> {
  const olds = [...new Set(wanted.flatMap(({ change }) => [change.before, ...change.others].filter(isGiven)))];
  const infos = await Promise.all(olds.map((oid) => reader.info(oid)));
  const absent = olds.filter((_, at) => infos[at] === undefined);
  const tooLarge = olds.filter((_, at) => (infos[at]?.size ?? 0) > MAX_FILE_BYTES);
  const lacking = absent.length === 0 ? [] : ((await ensureObjects?.(absent)) ?? absent);
  const out = new Set([...lacking, ...tooLarge]);
  return new Set(olds.filter((oid) => !out.has(oid)));
}

interface VersionsRead {
  readonly before?: Buffer;
  readonly others: readonly Buffer[];
  readonly after: Buffer;
}

async function readVersions(
  { before, others, blob }: FileChange,
  readable: ReadonlySet<Oid>,
  reader: ObjectReader,
): Promise<VersionsRead | 'missing'> {
  const olds = [...(before === undefined ? [] : [before]), ...others];
  if (olds.some((oid) => !readable.has(oid))) return 'missing';
  const [after, ...read] = await Promise.all([blob, ...olds].map((oid) => contentOf(oid, reader)));
  if (after === undefined || read.includes(undefined)) return 'missing';
  const known = read as Buffer[];
  const [first, ...rest] = known;
  if (before === undefined || first === undefined) return { after, others: known };
  return { after, before: first, others: rest };
}

/** Undefined also for what is larger than lines are looked at. */
async function contentOf(oid: Oid, reader: ObjectReader): Promise<Buffer | undefined> {
  try {
    return (await reader.read(oid, MAX_FILE_BYTES))?.content;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'object-too-large') return undefined;
    throw error;
  }
}

function addedFile(commit: Oid, { path, blob }: FileChange, { before, others, after }: VersionsRead): AddedFile {
  const { ranges, ...lines } = addedLines({ before, parents: others, after });
  return { commit, path, blob, added: ranges, ...lines, isGenerated: isGeneratedFile(path, after) };
}

function isGiven<T>(value: T | undefined): value is T {
  return value !== undefined;
}

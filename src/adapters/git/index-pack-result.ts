// What a run of `git index-pack` has come to: the index it made, or why it made none.
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IndexedPack } from '../../domain/ports.ts';
import type { ObjectFormat } from '../../protocol/oid.ts';
import { PackIndex } from '../../protocol/pack-index.ts';
import type { GitEnvironment } from './git-process.ts';
import { packInfos } from './pack-infos.ts';

const OUR_FAULT =
  /unable to (?:create|write|open|close|rename|read|link|mkdir|unlink|fsync|deflate)|cannot (?:create|store|open|write|close|fsync|mkdir)|No space left|Disk quota|File too large|Input\/output error|Read-only file system|No such file or directory|Permission denied|Not a directory/i;
const DISK_FULL = /No space left|Disk quota/i;
const OUT_OF_MEMORY = /out of memory|cannot allocate/i;
const MISSING_BLOB = /in blob ([0-9a-f]{40,64}): git(?:modules|attributes)Missing/g;

export interface FailedRun {
  readonly code: number | null;
  readonly stderr: string;
  readonly isTimedOut: boolean;
}

/** Why the pack is refused. Throws when it is our own disk that failed, with the code ENOSPC when it is full. */
export function indexRefusal({ code, stderr, isTimedOut }: FailedRun): IndexedPack {
  // Our own disk or memory is no fault of the client's bytes, and its paths are nobody's business.
  if (!isTimedOut && OUR_FAULT.test(stderr)) {
    const failure = new Error(`git index-pack could not do its work: ${stderr.trim().slice(-500)}`);
    throw DISK_FULL.test(stderr) ? Object.assign(failure, { code: 'ENOSPC' }) : failure;
  }
  const text = isTimedOut
    ? 'git index-pack took longer than a pack of this size may'
    : OUT_OF_MEMORY.test(stderr)
      ? 'git index-pack needs more memory than one push may take'
      : lastLine(stderr, code);
  return { outcome: 'refused', text, missing: [...stderr.matchAll(MISSING_BLOB)].map((match) => match[1] as string) };
}

export interface SuccessfulRun {
  readonly where: GitEnvironment;
  /** Where the pack is now. */
  readonly objects: string;
  readonly objectFormat: ObjectFormat;
  /** `pack\t<hash>` (or keep), then a line for each .gitmodules or .gitattributes blob that could not be read. */
  readonly stdout: string;
  /** At least the 12 bytes of the header of the pack as it was sent. */
  readonly header: Buffer;
}

/** The index that git made, and which of its objects the client sent. */
export async function readIndexed(run: SuccessfulRun): Promise<IndexedPack> {
  const [first = '', ...rest] = run.stdout.split('\n');
  const hash = /^(?:pack|keep)\t([0-9a-f]+)$/.exec(first)?.[1];
  if (hash === undefined) throw new Error(`unexpected answer of git index-pack: ${first.slice(0, 200)}`);
  const base = join(run.objects, 'pack', `pack-${hash}`);
  const index = PackIndex.parse(await readFile(`${base}.idx`), run.objectFormat);
  const sentObjects = run.header.readUInt32BE(8);
  const trailer = run.objectFormat === 'sha1' ? 20 : 32;
  const appendedFrom = endOfSent(index, sentObjects) ?? statSync(`${base}.pack`).size - trailer;
  return {
    outcome: 'indexed',
    index,
    infos: () => packInfos(run.where, index),
    sentObjects,
    sentBytes: appendedFrom + trailer,
    appendedFrom,
    unchecked: rest.filter((line) => /^[0-9a-f]{40,64}$/.test(line)),
  };
}

/**
 * Where the client's objects end, if others follow: --fix-thin appends the missing bases where the client's trailer
 * stood, so that the client's are the first `sentObjects` by offset.
 */
function endOfSent(index: PackIndex, sentObjects: number): number | undefined {
  if (index.count <= sentObjects) return undefined;
  const offsets = new Float64Array(index.count);
  for (let at = 0; at < index.count; at++) offsets[at] = index.offsetAt(at);
  return offsets.sort()[sentObjects];
}

/** What git said last, or first called an error, without its prefix. */
export function lastLine(stderr: string, code: number | null): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const wanted = lines.find((line) => /^(error|fatal):/.test(line)) ?? lines.at(-1);
  return wanted?.replace(/^(error|fatal): /, '').slice(0, 300) ?? `git index-pack ended with code ${code ?? 'none'}`;
}

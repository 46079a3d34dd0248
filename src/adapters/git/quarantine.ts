// One push's objects, apart from everything else until the upstream has taken them: `quarantine/<id>/objects` with the
// mirror as alternate (git's own scheme: gitprotocol docs of git-receive-pack, "quarantine environment"). A crash
// leaves at most a folder: the recorded request is what is durable, and the objects can be made from it again.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { IndexedPack, IndexLimits, PackIndexing, Quarantine } from '../../domain/ports.ts';
import type { ObjectFormat } from '../../protocol/oid.ts';
import { PackIndex } from '../../protocol/pack-index.ts';
import { openCatFile } from './cat-file.ts';
import { cpuSecondsOf, type GitEnvironment, spawnGit } from './git-process.ts';
import type { MirrorRepository } from './mirror.ts';
import { packInfos } from './pack-infos.ts';

export interface QuarantineLimits {
  /** Largest object that can be accepted; decides what memory git gets to look at undecided ones. */
  readonly maxObjectBytes: number;
}

/** For the tables of five million objects and git's caches, beside the objects it has in hand. */
const BASE_MEMORY_BYTES = 1 << 30;
/** A delta's base and its result. */
const OBJECTS_IN_HAND = 2;

/** Makes (or reopens) the quarantine in `directory`, before `mirror`. */
export async function openQuarantine(
  directory: string,
  mirror: MirrorRepository,
  limits: QuarantineLimits,
): Promise<Quarantine> {
  const objects = join(directory, 'objects');
  // Names alone, here and below: these calls take microseconds, and through the thread pool many times that.
  mkdirSync(join(objects, 'pack'), { recursive: true, mode: 0o700 });
  const where: GitEnvironment = {
    gitDir: mirror.directory,
    objectDirectory: objects,
    alternates: [join(mirror.directory, 'objects')],
    quarantine: true,
  };
  // A few bytes can describe objects of any size: git would take all memory of the machine for them (THREATS.md 79).
  const memoryBytes = BASE_MEMORY_BYTES + OBJECTS_IN_HAND * limits.maxObjectBytes;
  const reader = openCatFile(where, { memoryBytes });
  return {
    place: { gitDir: mirror.directory, objectDirectory: objects },
    reader,
    index: (indexLimits) => startIndexing(where, objects, mirror.objectFormat, indexLimits, memoryBytes),
    async promote() {
      reader.close();
      const from = join(objects, 'pack');
      await mirror.change(async () => {
        const to = join(mirror.directory, 'objects', 'pack');
        // Packs first, their indexes last: git finds a pack by its index.
        const names = readdirSync(from).filter((name) => /^pack-[0-9a-f]+\.(pack|idx)$/.test(name));
        for (const name of names.toSorted((a, b) => Number(a.endsWith('.idx')) - Number(b.endsWith('.idx')))) {
          renameSync(join(from, name), join(to, name));
        }
      });
      rmSync(directory, { recursive: true, force: true }); // empty but for folders
    },
    warm: () => reader.warm(),
    close: () => reader.close(),
    async remove() {
      reader.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const OUR_FAULT =
  /unable to (?:create|write|open|close|rename|read|link|mkdir|unlink|fsync|deflate)|cannot (?:create|store|open|write|close|fsync|mkdir)|No space left|Disk quota|File too large|Input\/output error|Read-only file system|No such file or directory|Permission denied|Not a directory/i;
const OUT_OF_MEMORY = /out of memory|cannot allocate/i;
/**
 * Time git may compute. Honest packs need a tenth of a second for each MiB: a small pack that takes long was made to
 * (THREATS.md 79), and what bounds the time bounds what it can unfold to.
 */
const CPU_SECONDS = 20;
const CPU_SECONDS_PER_MIB = 1;
const CPU_CHECK_MS = 500;
const MISSING_BLOB = /in blob ([0-9a-f]{40,64}): git(?:modules|attributes)Missing/g;

function startIndexing(
  where: GitEnvironment,
  objects: string,
  objectFormat: ObjectFormat,
  limits: IndexLimits,
  memoryBytes: number,
): PackIndexing {
  // --fsck-objects, not --strict: --strict also wants every linked object to exist here, and the mirror is partial.
  // What is linked is checked by the inspection, and once more by the upstream.
  const child = spawnGit(
    where,
    [
      '-c',
      'core.fsync=none', // the recording is synced; this can be made again from it
      '-c',
      'core.bigFileThreshold=32m', // larger blobs are hashed as they stream by, not held
      'index-pack',
      '--stdin',
      '--fix-thin',
      '--fsck-objects',
      `--max-input-size=${limits.maxPackBytes}`,
      ...(limits.small ? ['--threads=1'] : []),
    ],
    { memoryBytes, cpuSeconds: (limits.timeoutMs / 1000) * availableParallelism() },
  );
  let ended = false;
  let stdout = '';
  let stderr = '';
  let given = 0;
  let timedOut = false;
  let timer: NodeJS.Timeout | undefined;
  const giveUp = () => {
    timedOut = true;
    child.kill('SIGKILL');
  };
  const watch = setInterval(() => {
    const allowed = CPU_SECONDS + (given / (1 << 20)) * CPU_SECONDS_PER_MIB;
    void cpuSecondsOf(child).then((used) => used > Math.min(allowed, limits.timeoutMs / 1000) && giveUp());
  }, CPU_CHECK_MS);
  const header: Buffer[] = [];
  let headerBytes = 0;
  let resume: (() => void) | undefined;
  child.stdin.on('drain', () => resume?.());
  child.stdin.on('error', () => resume?.());
  child.stdout.on('data', (chunk: Buffer) => {
    stdout = (stdout + chunk.toString('latin1')).slice(-(1 << 20));
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('latin1')).slice(-(1 << 16));
  });
  const done = new Promise<IndexedPack>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      clearInterval(watch);
      ended = true;
      resume?.();
      if (code === 0) {
        readIndex(where, objects, stdout, Buffer.concat(header), objectFormat).then(resolve, reject);
        return;
      }
      // Our own disk or memory is no fault of the client's bytes, and its paths are nobody's business.
      if (!timedOut && OUR_FAULT.test(stderr)) {
        reject(new Error(`git index-pack could not do its work: ${stderr.trim().slice(-500)}`));
        return;
      }
      const text = timedOut
        ? 'git index-pack took longer than a pack of this size may'
        : OUT_OF_MEMORY.test(stderr)
          ? 'git index-pack needs more memory than one push may take'
          : lastLine(stderr, code);
      resolve({
        outcome: 'refused',
        text,
        missing: [...stderr.matchAll(MISSING_BLOB)].map((match) => match[1] as string),
      });
    });
  });
  done.catch(() => {});
  return {
    done,
    async write(chunk) {
      if (headerBytes < 12) {
        const part = Buffer.from(chunk.subarray(0, 12 - headerBytes));
        header.push(part);
        headerBytes += part.length;
      }
      if (ended || child.stdin.destroyed) return false;
      given += chunk.length;
      if (!child.stdin.write(chunk)) {
        await new Promise<void>((resolve) => {
          resume = resolve;
        });
        resume = undefined;
      }
      return !ended && !child.stdin.destroyed;
    },
    end() {
      // From here on nobody else is waited for. Over SSH git has seen the end of the pack before us, and may be done.
      if (!ended) timer = setTimeout(giveUp, limits.timeoutMs);
      child.stdin.end();
    },
    abort: () => child.kill('SIGKILL'),
  };
}

async function readIndex(
  where: GitEnvironment,
  objects: string,
  stdout: string,
  header: Buffer,
  objectFormat: ObjectFormat,
): Promise<IndexedPack> {
  // stdout: "pack\t<hash>" (or keep), then one line for each .gitmodules blob that could not be read.
  const [first = '', ...rest] = stdout.split('\n');
  const hash = /^(?:pack|keep)\t([0-9a-f]+)$/.exec(first)?.[1];
  if (hash === undefined) throw new Error(`unexpected answer of git index-pack: ${first.slice(0, 200)}`);
  const base = join(objects, 'pack', `pack-${hash}`);
  const index = PackIndex.parse(await readFile(`${base}.idx`), objectFormat);
  const sentObjects = header.readUInt32BE(8);
  const trailer = objectFormat === 'sha1' ? 20 : 32;
  const { size } = statSync(`${base}.pack`);
  // --fix-thin appends the missing bases where the client's trailer stood: the
  // client's objects are the first `sentObjects` by offset.
  let appendedFrom = size - trailer;
  if (index.count > sentObjects) {
    const offsets = new Float64Array(index.count);
    for (let at = 0; at < index.count; at++) offsets[at] = index.offsetAt(at);
    offsets.sort();
    appendedFrom = offsets[sentObjects] as number;
  }
  return {
    outcome: 'indexed',
    index,
    infos: () => packInfos(where, index),
    sentObjects,
    sentBytes: appendedFrom + trailer,
    appendedFrom,
    unchecked: rest.filter((line) => /^[0-9a-f]{40,64}$/.test(line)),
  };
}

function lastLine(stderr: string, code: number | null): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const wanted = lines.find((line) => /^(error|fatal):/.test(line)) ?? lines.at(-1);
  return wanted?.replace(/^(error|fatal): /, '').slice(0, 300) ?? `git index-pack ended with code ${code ?? 'none'}`;
}

/** Writes a whole pack stream into a repository's own objects (for objects fetched from the upstream). */
export async function indexIntoRepository(gitDir: string, pack: Readable, maxBytes: number): Promise<void> {
  const child = spawnGit({ gitDir }, ['index-pack', '--stdin', '--fix-thin', `--max-input-size=${maxBytes}`]);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('latin1')).slice(-4096);
  });
  child.stdout.resume();
  child.stdin.on('error', () => {});
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 137));
  });
  try {
    for await (const chunk of pack) {
      if (child.exitCode !== null) break;
      if (!child.stdin.write(chunk)) await Promise.race([onceDrained(child.stdin), ended]);
    }
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    throw error;
  }
  child.stdin.end();
  const code = await ended;
  if (code !== 0) throw new Error(`cannot store objects of the upstream: ${lastLine(stderr, code)}`);
}

function onceDrained(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done).off('error', done);
      resolve();
    };
    stream.once('drain', done).once('close', done).once('error', done);
  });
}

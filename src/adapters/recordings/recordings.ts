// Recordings as files: `recordings/<id>/request` and `recordings/<id>/inputs.json.gz`. Written once, synced before
// anybody is told, then only read.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip, gunzip, gzip } from 'node:zlib';
import type { Recorder, Recordings } from '../../domain/ports.ts';
import type { Inputs } from '../../domain/push/inputs.ts';
import { jsonPieces } from './json-pieces.ts';

const zip = promisify(gzip);
const unzip = promisify(gunzip);
const READ_CHUNK = 1 << 18;
/** Small chunks are collected up to this size before they are written. */
const WRITE_BLOCK = 1 << 18;
/** Data is pushed to the disk while it still arrives, so that the final sync has little left to do. */
const SYNC_EVERY = 32 << 20;
const MAX_INPUTS_BYTES = 1 << 30;

export function openRecordings(root: string): Recordings {
  const folder = (id: number) => join(root, String(id));
  return {
    async record(id) {
      await mkdir(folder(id), { recursive: true, mode: 0o700 });
      return recorder(folder(id));
    },
    read(id, start, end) {
      if (end !== undefined && end <= start) return Readable.from([]);
      return createReadStream(join(folder(id), 'request'), {
        start,
        ...(end === undefined ? {} : { end: end - 1 }),
        highWaterMark: READ_CHUNK,
      });
    },
    async size(id) {
      try {
        return (await stat(join(folder(id), 'request'))).size;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async saveInputs(id, inputs) {
      const hash = createHash('sha256');
      await mkdir(folder(id), { recursive: true, mode: 0o700 });
      await writeDurably(folder(id), 'inputs.json.gz', async (file) => {
        const pieces = jsonPieces(inputs);
        const first = pieces.next().value ?? '';
        const second = pieces.next().value;
        hash.update(first);
        // Nearly every push: one piece, and no stream to set up for it.
        if (second === undefined) return file.writeFile(await zip(first, { level: 1 }));
        const all = function* () {
          yield first;
          hash.update(second);
          yield second;
          for (const piece of pieces) {
            hash.update(piece);
            yield piece;
          }
        };
        await pipeline(all, createGzip({ level: 1 }), async (zipped: AsyncIterable<Buffer>) => {
          for await (const chunk of zipped) await file.writeFile(chunk);
        });
      });
      return hash.digest('hex');
    },
    async loadInputs(id) {
      let zipped: Buffer;
      try {
        zipped = await readFile(join(folder(id), 'inputs.json.gz'));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
      return JSON.parse((await unzip(zipped, { maxOutputLength: MAX_INPUTS_BYTES })).toString()) as Inputs;
    },
    remove: (id) => rm(folder(id), { recursive: true, force: true }),
  };
}

async function recorder(directory: string): Promise<Recorder> {
  const file = await open(join(directory, 'request'), 'w', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let unsynced = 0;
  let syncing: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    if (pendingBytes === 0) return;
    const blocks = pending;
    pending = [];
    unsynced += pendingBytes;
    pendingBytes = 0;
    await writeAll(file, blocks);
    if (unsynced >= SYNC_EVERY) {
      unsynced = 0;
      await syncing;
      syncing = file.datasync();
      syncing.catch(() => {}); // seen by the next await of it
    }
  }

  return {
    async write(chunk) {
      hash.update(chunk);
      bytes += chunk.length;
      pending.push(chunk);
      pendingBytes += chunk.length;
      if (pendingBytes >= WRITE_BLOCK) await flush();
    },
    async finish() {
      await flush();
      await syncing;
      await file.sync();
      await file.close();
      await syncDirectory(directory);
      return { sha256: hash.digest('hex'), bytes };
    },
    async discard() {
      await syncing.catch(() => {});
      await file.close().catch(() => {});
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function writeAll(file: FileHandle, blocks: Buffer[]): Promise<void> {
  let left = blocks.reduce((sum, block) => sum + block.length, 0);
  let rest = blocks;
  while (left > 0) {
    const { bytesWritten } = await file.writev(rest);
    left -= bytesWritten;
    if (left === 0) return;
    // A short write (disk nearly full): go on where it stopped; the next call reports ENOSPC if that is why.
    const joined = Buffer.concat(rest);
    rest = [joined.subarray(bytesWritten)];
  }
}

/** Temporary file, sync, rename, sync of the folder: after a crash there is the whole file or none. */
async function writeDurably(
  directory: string,
  name: string,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const temporary = join(directory, `${name}.new`);
  const file = await open(temporary, 'w', 0o600);
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(directory, name));
  await syncDirectory(directory);
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

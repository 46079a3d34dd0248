// Recordings as files: `recordings/<id>/request` and `recordings/<id>/inputs.json.gz`. Written once, synced before
// anybody is told, then only read.
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip, gunzip, gzip, gzipSync } from 'node:zlib';
import type { Recorder, Recordings } from '../../domain/ports.ts';
import type { Inputs } from '../../domain/push/inputs.ts';
import { createDurableFile, type DurableFile, syncDirectory, writeDurably } from './durable-file.ts';
import { jsonPieces } from './json-pieces.ts';

const zip = promisify(gzip);
const unzip = promisify(gunzip);
const READ_CHUNK = 1 << 18;
/** Small chunks are collected up to this size before they are written. */
const WRITE_BLOCK = 1 << 18;
/** Data is pushed to the disk while it still arrives, so that the final sync has little left to do. */
const SYNC_EVERY = 32 << 20;
const MAX_INPUTS_BYTES = 1 << 30;
/** Characters of inputs that are compressed at once: nearly every push. */
const SMALL_INPUTS = 1 << 15;

export function openRecordings(root: string): Recordings {
  const folder = (id: number) => join(root, String(id));
  return {
    async record(id) {
      return recorder(root, folder(id));
    },
    read(id, start, end) {
      if (end !== undefined && end <= start) return Readable.from([]);
      const path = join(folder(id), 'request');
      const whole = readSmall(path, start, end);
      if (whole !== undefined) return Readable.from([whole], { objectMode: false });
      return createReadStream(path, {
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
      await writeDurably(folder(id), 'inputs.json.gz', async (file) => {
        const pieces = jsonPieces(inputs);
        const first = pieces.next().value ?? '';
        hash.update(first);
        const second = pieces.next().value;
        // Nearly every push: one piece, and no stream to set up for it.
        if (second === undefined) return file.write([await zipped(first)]);
        const zip = new Zip(file);
        await zip.write(first);
        for (let piece: string | undefined = second; piece !== undefined; piece = pieces.next().value) {
          hash.update(piece);
          await zip.write(piece);
        }
        await zip.end();
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
    async ids() {
      const names = await readdir(root).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return []; // made with the first of them
        throw error;
      });
      return names.filter((name) => /^[1-9]\d{0,14}$/.test(name)).map(Number);
    },
    remove: (id) => rm(folder(id), { recursive: true, force: true }),
  };
}

/** Compresses text into a file, through one buffer: tens of megabytes of it leave no garbage behind. */
class Zip {
  readonly #file: DurableFile;
  readonly #zip = createGzip({ level: 1 });
  #text = Buffer.allocUnsafe(1 << 18);
  #packed: Buffer[] = [];

  constructor(file: DurableFile) {
    this.#file = file;
    this.#zip.on('data', (chunk: Buffer) => this.#packed.push(chunk));
  }

  async write(text: string): Promise<void> {
    const most = text.length * 3; // UTF-8 of a UTF-16 unit
    if (most > this.#text.length) this.#text = Buffer.allocUnsafe(most);
    const bytes = this.#text.subarray(0, this.#text.write(text));
    await new Promise<void>((resolve, reject) => {
      this.#zip.write(bytes, (error) => (error ? reject(error) : resolve())); // the buffer is ours again
    });
    await this.#save();
  }

  async end(): Promise<void> {
    this.#zip.end();
    await finished(this.#zip);
    await this.#save();
  }

  async #save(): Promise<void> {
    const packed = this.#packed;
    this.#packed = [];
    await this.#file.write(packed);
  }
}

async function zipped(text: string): Promise<Buffer> {
  return text.length <= SMALL_INPUTS ? gzipSync(text, { level: 1 }) : zip(text, { level: 1 });
}

/** What fits into one chunk is read at once; undefined = it does not, or cannot be read. */
function readSmall(path: string, start: number, end: number | undefined): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return undefined; // the stream says why
  }
  try {
    const length = Math.min(end ?? Number.POSITIVE_INFINITY, fstatSync(file).size) - start;
    if (length < 0 || length > READ_CHUNK) return undefined;
    const whole = Buffer.allocUnsafe(length);
    return whole.subarray(0, readSync(file, whole, 0, length, start));
  } finally {
    closeSync(file);
  }
}

function recorder(root: string, directory: string): Recorder {
  const file = createDurableFile(directory, 'request');
  const hash = createHash('sha256');
  let bytes = 0;
  let readable = 0;
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
    const written = bytes;
    await file.write(blocks);
    readable = written;
    if (unsynced >= SYNC_EVERY) {
      unsynced = 0;
      await syncing;
      syncing = file.dataSync();
      syncing.catch(() => {}); // seen by the next await of it
    }
  }

  return {
    path: file.path,
    get readable() {
      return readable;
    },
    flush,
    async write(chunk) {
      hash.update(chunk);
      bytes += chunk.length;
      pending.push(chunk);
      pendingBytes += chunk.length;
      if (pendingBytes >= WRITE_BLOCK) await flush();
    },
    async finish() {
      try {
        await flush();
        await syncing;
        await file.finish();
      } finally {
        file.close();
      }
      await Promise.all([syncDirectory(directory), syncDirectory(root)]); // its name, and that of its folder
      return { sha256: hash.digest('hex'), bytes };
    },
    async discard() {
      await syncing.catch(() => {});
      file.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

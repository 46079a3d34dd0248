// Synthetic repositories, made by git-fast-import(1): the same sizes at every run, contents that neither compress to
// nothing nor not at all, and no deltas, so that what is measured is not how long a client looks for deltas.
import { spawn } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './stage.ts';

export interface Shape {
  readonly commits: number;
  readonly filesPerCommit: number;
  /** Files per directory. */
  readonly spread: number;
  /** Average bytes of a file. */
  readonly fileBytes: number;
  /** Files that stay the same number: a commit changes others again. Default: every commit adds new ones. */
  readonly files?: number;
  /** Bytes that do not compress, as in archives and pictures. */
  readonly isBinary?: boolean;
}

/** Makes a bare repository with `shape` on top of `base` (another one; its objects are copied). */
export async function makeRepository(stage: Stage, name: string, shape: Shape, base?: string): Promise<string> {
  const directory = join(stage.directory, `${name}.git`);
  if (base === undefined) {
    mkdirSync(directory);
    await stage.git(['init', '-q', '--bare', '--initial-branch=main', directory]);
  } else await stage.git(['clone', '-q', '--bare', '--no-hardlinks', base, directory]);
  await stage.git(['config', 'gc.auto', '0'], directory);
  await stage.git(['config', 'receive.autogc', 'false'], directory);
  await fastImport(directory, name, shape, base !== undefined);
  return directory;
}

/** Source code is about this compressible; every file begins differently, so no two are one object. */
const POOL_BYTES = 8 * 1024 * 1024;
const pools = new Map<'text' | 'binary', Buffer>();

function poolOf(kind: 'text' | 'binary'): Buffer {
  const pool = pools.get(kind) ?? (kind === 'text' ? randomText() : randomBytes());
  pools.set(kind, pool);
  return pool;
}

async function fastImport(directory: string, name: string, shape: Shape, hasBase: boolean): Promise<void> {
  const pool = poolOf(shape.isBinary === true ? 'binary' : 'text');
  const child = spawn(
    'git',
    [
      ...['-c', `core.compression=${shape.isBinary === true ? 0 : 1}`, '-c', 'fastimport.unpackLimit=0'],
      ...['fast-import', '--quiet', '--depth=0', '--date-format=raw'],
    ],
    { cwd: directory, stdio: ['pipe', 'ignore', 'inherit'] },
  );
  const ended = once(child, 'close') as Promise<[number | null]>;
  child.stdin.on('error', () => {}); // its exit code says why
  const write = async (chunk: string | Buffer) => {
    if (!child.stdin.write(chunk)) await once(child.stdin, 'drain');
  };
  let file = 0;
  for (let commit = 0; commit < shape.commits; commit++) {
    const when = `Author <author@example.com> ${1_700_000_000 + commit * 60} +0000`;
    const message = `${name}: step ${commit + 1}\n`;
    await write(`commit refs/heads/main\ncommitter ${when}\ndata ${message.length}\n${message}`);
    if (commit === 0 && hasBase) await write('from refs/heads/main^0\n');
    for (let at = 0; at < shape.filesPerCommit; at++, file++) {
      const number = shape.files === undefined ? file : file % shape.files;
      const folder = Math.floor(number / shape.spread);
      const path = `${name}/part-${String(folder).padStart(4, '0')}/file-${number}.txt`;
      const head = Buffer.from(`// ${name} ${file}\n`);
      const digest = createHash('sha1').update(head).digest();
      // Between half and one and a half times the average, from somewhere in the pool.
      const length = Math.round(shape.fileBytes * (0.5 + digest.readUInt16BE(0) / 65_536));
      await write(`M 100644 inline ${path}\ndata ${head.length + length}\n`);
      await write(head);
      for (let left = length; left > 0; ) {
        const from = digest.readUInt32BE(2) % (POOL_BYTES / 2);
        const part = pool.subarray(from, from + Math.min(left, POOL_BYTES / 2));
        await write(part);
        left -= part.length;
      }
      await write('\n');
    }
  }
  child.stdin.end('done\n');
  const [code] = await ended;
  if (code !== 0) throw new Error(`git fast-import failed in ${directory}`);
}

function randomBytes(): Buffer {
  return randomFillSync(Buffer.allocUnsafe(POOL_BYTES));
}

/** Lines of words from a vocabulary of some thousand: compresses to about half, as identifiers and prose do. */
function randomText(): Buffer {
  const words = Array.from({ length: 4096 }, (_, n) =>
    createHash('sha1')
      .update(`word ${n}`)
      .digest('base64url')
      .slice(0, 3 + (n % 9)),
  );
  const picks = new Uint16Array(randomFillSync(Buffer.alloc(POOL_BYTES)).buffer);
  const text: string[] = [];
  let length = 0;
  for (let at = 0; length < POOL_BYTES; at++) {
    const word = words[(picks[at % picks.length] as number) % words.length] as string;
    text.push(word, at % 9 === 8 ? '\n' : ' ');
    length += word.length + 1;
  }
  return Buffer.from(text.join('').slice(0, POOL_BYTES));
}

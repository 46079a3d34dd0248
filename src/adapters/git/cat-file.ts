// Objects by id through one long-lived `git cat-file --batch-command` (git >= 2.36): a warm answer costs about 20 us
// where a spawn costs milliseconds. Requests are pipelined: many may be under way, answers come in order.

import type { GitObject, ObjectInfo, ObjectReader, ObjectType } from '../../domain/ports.ts';
import type { Oid } from '../../protocol/oid.ts';
import { type GitChild, type GitEnvironment, spawnGit } from './git-process.ts';
import type { ProcessLimits } from './launcher-protocol.ts';

/** An object is larger than the reader was told to take into memory. */
export class ObjectTooLargeError extends Error {
  readonly code = 'object-too-large';
  readonly oid: Oid;
  readonly size: number;
  constructor(oid: Oid, size: number, limit: number) {
    super(`object ${oid} has ${size} bytes, more than the limit of ${limit}`);
    this.oid = oid;
    this.size = size;
  }
}

interface Waiting {
  readonly oid: Oid;
  readonly contents: boolean;
  readonly maxBytes: number;
  resolve(object: GitObject | ObjectInfo | undefined): void;
  reject(error: Error): void;
}

const TYPES: ReadonlySet<string> = new Set(['commit', 'tree', 'blob', 'tag']);
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const LF = 0x0a;
/** An unused process ends after this; the next read starts another. */
const IDLE_MS = 30_000;

export interface CatFile extends ObjectReader {
  /** Starts the process ahead of the first read. */
  warm(): void;
  /** Ends the process; later reads fail. */
  close(): void;
}

/** Opens a reader; the process starts at the first read, rests when unused, starts again when needed. */
export function openCatFile(where: GitEnvironment, limits?: ProcessLimits): CatFile {
  let child: GitChild | undefined;
  let closed = false;
  let queue: Waiting[] = [];
  let head = 0;
  let outgoing = '';
  let flushing = false;
  let idle: NodeJS.Timeout | undefined;

  // Parser state: the header line being collected, or the object being filled.
  let line: Buffer[] = [];
  let body: { readonly info: ObjectInfo; readonly into: Buffer | undefined; filled: number } | undefined;
  let skipNewline = false;

  function fail(error: Error): void {
    const waiting = queue.slice(head);
    queue = [];
    head = 0;
    child = undefined;
    line = [];
    body = undefined;
    skipNewline = false;
    outgoing = '';
    for (const one of waiting) one.reject(error);
  }

  function start(): GitChild {
    const started = spawnGit(where, ['cat-file', '--batch-command'], limits);
    started.stdout.on('data', (chunk: Buffer) => {
      if (started === child) {
        try {
          consume(chunk);
        } catch (error) {
          started.kill('SIGKILL');
          fail(error as Error);
        }
      }
    });
    let stderr = '';
    started.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString('latin1')).slice(-2048);
    });
    started.stdin.on('error', () => {});
    started.once('error', (error) => {
      if (started === child) fail(error);
    });
    started.once('close', () => {
      if (started === child) fail(new Error(`git cat-file ended: ${stderr.trim() || 'no message'}`));
    });
    return started;
  }

  function rest(): void {
    idle = undefined;
    if (head < queue.length || child === undefined) return;
    const resting = child;
    child = undefined;
    resting.stdin.end();
  }

  function awake(): void {
    child ??= start();
    if (idle === undefined) {
      idle = setTimeout(rest, IDLE_MS);
      idle.unref();
    } else idle.refresh();
  }

  function ask(oid: Oid, contents: boolean, maxBytes: number): Promise<GitObject | ObjectInfo | undefined> {
    // The id goes into a line of git's input: anything but hex would be another command.
    if (!/^[0-9a-f]{40}$|^[0-9a-f]{64}$/.test(oid)) throw new TypeError(`not an object id: ${JSON.stringify(oid)}`);
    if (closed) return Promise.reject(new Error('object reader is closed'));
    awake();
    outgoing += contents ? `contents ${oid}\n` : `info ${oid}\n`;
    if (!flushing) {
      flushing = true;
      queueMicrotask(flush);
    }
    return new Promise((resolve, reject) => {
      queue.push({ oid, contents, maxBytes, resolve, reject });
    });
  }

  function flush(): void {
    flushing = false;
    if (child === undefined || outgoing === '') return;
    child.stdin.write(outgoing);
    outgoing = '';
  }

  function settle(value: GitObject | ObjectInfo | undefined, error?: Error): void {
    const waiting = queue[head] as Waiting;
    head += 1;
    if (head > 1024 && head * 2 > queue.length) {
      queue = queue.slice(head);
      head = 0;
    }
    if (error !== undefined) waiting.reject(error);
    else waiting.resolve(value);
  }

  function consume(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (body !== undefined) {
        const take = Math.min(chunk.length - at, body.info.size - body.filled);
        if (body.into !== undefined) chunk.copy(body.into, body.filled, at, at + take);
        body.filled += take;
        at += take;
        if (body.filled === body.info.size) finishBody();
        continue;
      }
      if (skipNewline) {
        skipNewline = false;
        at += 1;
        continue;
      }
      const end = chunk.indexOf(LF, at);
      if (end === -1) {
        line.push(Buffer.from(chunk.subarray(at)));
        return;
      }
      line.push(chunk.subarray(at, end));
      at = end + 1;
      const text = Buffer.concat(line).toString('latin1');
      line = [];
      header(text);
    }
  }

  function finishBody(): void {
    const done = body as NonNullable<typeof body>;
    body = undefined;
    skipNewline = true;
    if (done.into === undefined) {
      const waiting = queue[head] as Waiting;
      settle(undefined, new ObjectTooLargeError(waiting.oid, done.info.size, waiting.maxBytes));
    } else settle({ ...done.info, content: done.into });
  }

  function header(text: string): void {
    const waiting = queue[head];
    if (waiting === undefined) throw new Error('git cat-file answered without being asked');
    const [oid, type, size] = text.split(' ');
    if (oid !== waiting.oid) throw new Error(`git cat-file answered about ${oid} instead of ${waiting.oid}`);
    if (type === 'missing') {
      settle(undefined);
      return;
    }
    if (type === undefined || !TYPES.has(type) || size === undefined || !/^\d+$/.test(size)) {
      throw new Error(`unexpected answer of git cat-file: ${text.slice(0, 200)}`);
    }
    const info: ObjectInfo = { type: type as ObjectType, size: Number(size) };
    if (!waiting.contents) {
      settle(info);
      return;
    }
    body = {
      info,
      into: info.size > waiting.maxBytes ? undefined : Buffer.allocUnsafe(info.size),
      filled: 0,
    };
    if (info.size === 0) finishBody();
  }

  return {
    warm() {
      if (!closed) awake();
    },
    info: (oid) => ask(oid, false, 0) as Promise<ObjectInfo | undefined>,
    read: (oid, maxBytes = DEFAULT_MAX_BYTES) => ask(oid, true, maxBytes) as Promise<GitObject | undefined>,
    close() {
      closed = true;
      clearTimeout(idle);
      child?.stdin.end();
    },
  };
}

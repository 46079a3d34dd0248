// The gateway's scanner: small pushes in its own thread, the objects of large ones in a process of its own, as git reads
// them: what that takes of memory goes with it, and a crash of it is a failed search, not the end of the gateway.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { HeldDigests } from '../../domain/secrets/held-values.ts';
import type {
  ArrivingPack,
  ArrivingScan,
  EarlyScans,
  ObjectPlace,
  ObjectScan,
  RepositoryScanned,
  RepositoryScanOptions,
  ScannedObject,
  SecretScanner,
} from '../../domain/secrets/secret-scanner.ts';
import { type Held, openScanner } from './open-scanner.ts';
import type { FromProcess, ToProcess } from './process-messages.ts';
import { ScannerError } from './scanner-error.ts';
import type { ScannerSettings } from './settings.ts';

/** A process that has nothing to do ends after this; the next large push starts another. */
const IDLE_MS = 60_000;
/** Of JavaScript values; without them V8 takes what it likes of a large machine. */
const HEAP_FLAGS = ['--max-semi-space-size=8', '--max-old-space-size=1024'];
/**
 * Garbage is collected by the thread that makes it (helpers would not be as nice as that is), and at once: marking bit by
 * bit goes with what JavaScript allocates, and buffers, which are most of it here, pile up meanwhile.
 */
const GC_FLAGS = ['--single-threaded-gc', '--no-incremental-marking'];

/** Objects of one message. */
const SLICE = 10_000;

/** Bytes of an arriving pack between two messages about it. */
const GROWN_BYTES = 1024 * 1024;

interface Waiting {
  readonly options: RepositoryScanOptions;
  resolve(total: RepositoryScanned): void;
  reject(error: ScannerError): void;
}

/** Starts nothing yet. Close it in the end. */
export function openScannerProcess(settings: ScannerSettings, options: { readonly held?: Held } = {}): SecretScanner {
  return new ProcessScanner(settings, options.held);
}

class ProcessScanner implements SecretScanner {
  readonly #settings: ScannerSettings;
  readonly #held: Held | undefined;
  readonly #near: SecretScanner;
  readonly #waiting = new Map<number, Waiting>();
  /** Arriving packs, and who waits for what is seen of them. */
  readonly #arriving = new Map<number, (seen: EarlyScans | undefined) => void>();
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #nextId = 1;
  #isClosed = false;

  constructor(settings: ScannerSettings, held: Held | undefined) {
    this.#settings = settings;
    this.#held = held;
    this.#near = openScanner(settings, held === undefined ? {} : { held });
  }

  scanObjects(objects: readonly ScannedObject[], signal?: AbortSignal): Promise<readonly ObjectScan[]> {
    return this.#near.scanObjects(objects, signal);
  }

  async scanRepository(place: ObjectPlace, options: RepositoryScanOptions): Promise<RepositoryScanned> {
    const { wanted } = options;
    if (wanted === undefined || wanted.length <= SLICE) return this.#scan(place, options);
    // Slice by slice: what is said to the process in one message is in memory three times.
    const total = { objects: 0, bytes: 0 };
    for (let from = 0; from < wanted.length; from += SLICE) {
      const before = { ...total };
      const done = await this.#scan(place, {
        ...options,
        wanted: wanted.slice(from, from + SLICE),
        onScan: (oid, scan, index) => options.onScan(oid, scan, index + from),
        onProgress: (objects, bytes) => options.onProgress?.(before.objects + objects, before.bytes + bytes),
      });
      total.objects += done.objects;
      total.bytes += done.bytes;
    }
    return total;
  }

  async #scan(place: ObjectPlace, options: RepositoryScanOptions): Promise<RepositoryScanned> {
    if (this.#isClosed) throw new ScannerError('scanner-closed', 'the scanner is closed');
    if (options.signal?.aborted === true) throw new ScannerError('scanner-closed', 'the scan was called off');
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<RepositoryScanned>();
    this.#waiting.set(id, { options, resolve, reject });
    const callOff = () => {
      this.#tell({ kind: 'cancel', id });
      this.#end(id)?.reject(new ScannerError('scanner-closed', 'the scan was called off'));
    };
    options.signal?.addEventListener('abort', callOff, { once: true });
    try {
      this.#wake();
      const { wanted } = options;
      this.#tell({ kind: 'scan', id, place, ...(wanted && { wanted }), held: this.#held?.digests() });
      return await promise;
    } finally {
      options.signal?.removeEventListener('abort', callOff);
      this.#rest();
    }
  }

  scanArriving(pack: ArrivingPack): ArrivingScan | undefined {
    if (this.#isClosed || this.#settings.gitleaks !== undefined) return undefined;
    const id = this.#nextId++;
    const held = this.#held?.digests();
    const { promise, resolve } = Promise.withResolvers<EarlyScans | undefined>();
    this.#arriving.set(id, resolve);
    this.#wake();
    this.#tell({ kind: 'arriving', id, pack, held });
    let [readable, told] = [0, 0];
    const tellGrown = (least: number) => {
      if (readable - told < least) return;
      told = readable;
      if (this.#arriving.has(id)) this.#tell({ kind: 'grown', id, bytes: readable });
    };
    return {
      grown: (bytes) => {
        readable = bytes;
        tellGrown(GROWN_BYTES);
      },
      end: () => {
        tellGrown(1);
        if (this.#arriving.has(id)) this.#tell({ kind: 'whole', id });
      },
      // What the agent has learned meanwhile, nobody has looked for.
      seen: promise.then((seen) => (isSame(held, this.#held?.digests()) ? seen : undefined)),
      stop: () => {
        if (this.#arriving.has(id)) this.#tell({ kind: 'stop', id });
      },
    };
  }

  #endArriving(id: number, seen: EarlyScans | undefined): void {
    this.#arriving.get(id)?.(seen);
    this.#arriving.delete(id);
    this.#rest();
  }

  warm(): Promise<void> {
    return this.#near.warm();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    this.#child?.kill('SIGKILL');
    this.#lose('scanner-closed', 'the scanner is closed');
    await this.#near.close();
  }

  #wake(): void {
    clearTimeout(this.#idle);
    this.#child ??= this.#start();
    this.#child.ref();
    this.#child.channel?.ref();
  }

  #start(): ChildProcess {
    const name = `process-main.${import.meta.filename.endsWith('.ts') ? 'ts' : 'js'}`;
    // Of the environment only what starting git needs: secrets of the configuration have no business in there.
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', MALLOC_ARENA_MAX: '2' };
    const child = fork(join(import.meta.dirname, name), [], {
      serialization: 'advanced',
      execArgv: [...HEAP_FLAGS, ...GC_FLAGS],
      env,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('message', (message) => this.#hear(message as FromProcess));
    const gone = () => {
      if (child !== this.#child) return;
      this.#child = undefined;
      this.#lose('scanner-crashed', 'the scanner process has ended');
    };
    child.once('exit', gone);
    child.once('error', gone);
    child.send({ kind: 'settings', settings: this.#settings } satisfies ToProcess, () => {});
    return child;
  }

  #tell(message: ToProcess): void {
    if (this.#child?.connected === true) this.#child.send(message, () => {});
  }

  #hear(message: FromProcess): void {
    if (message.kind === 'seen') {
      this.#endArriving(message.id, message.seen);
      return;
    }
    const { options } = this.#waiting.get(message.id) ?? {};
    if (options === undefined) return; // called off
    if (message.kind === 'told') options.onScan(message.oid, message.scan, message.index);
    else if (message.kind === 'failed') {
      this.#end(message.id)?.reject(new ScannerError(message.code, message.message));
    } else if (message.kind === 'done') {
      this.#end(message.id)?.resolve({ objects: message.objects, bytes: message.bytes });
    } else options.onProgress?.(message.objects, message.bytes);
  }

  #end(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #lose(code: ScannerError['code'], text: string): void {
    for (const id of [...this.#waiting.keys()]) this.#end(id)?.reject(new ScannerError(code, text));
    for (const id of [...this.#arriving.keys()]) this.#endArriving(id, undefined);
  }

  get #isBusy(): boolean {
    return this.#waiting.size + this.#arriving.size > 0;
  }

  /** Nobody waits for it: it keeps no process alive, and goes after a while. */
  #rest(): void {
    const child = this.#child;
    if (child === undefined || this.#isBusy) return;
    child.unref();
    child.channel?.unref();
    this.#idle = setTimeout(() => {
      if (this.#isBusy) return;
      this.#child = undefined; // whoever comes now gets another
      child.disconnect();
    }, IDLE_MS);
    this.#idle.unref();
  }
}

/** Whether the agent holds what it held. */
function isSame(one: HeldDigests | undefined, other: HeldDigests | undefined): boolean {
  const values = (held: HeldDigests | undefined) =>
    held?.values
      .map(({ digest }) => digest)
      .toSorted()
      .join() ?? '';
  return values(one) === values(other);
}

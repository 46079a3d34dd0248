// The pool's end of one thread. A thread that crashes, is unintelligible or says nothing for too long is ended, and its
// job fails: half an answer is none.
import { Worker } from 'node:worker_threads';
import { ScannerError } from './scanner-error.ts';
import type { ScannerSettings } from './settings.ts';
import type { FromThread, ToThread } from './thread-messages.ts';

/** Of JavaScript values; bytes of objects are beside it. */
const MAX_HEAP_MB = 512;

export interface Running {
  readonly message: ToThread;
  /** Buffers to be given away. */
  readonly transfer: readonly ArrayBuffer[];
  onMessage(message: Exclude<FromThread, { kind: 'ready' | 'failed' }>): void;
  /** The last call about this job. */
  onEnd(error?: ScannerError): void;
}

export class ScannerThread {
  readonly #worker: Worker;
  readonly #ready = Promise.withResolvers<void>();
  readonly #exited = Promise.withResolvers<void>();
  readonly #silenceMs: number;
  readonly #onFree: (thread: ScannerThread) => void;
  #running: Running | undefined;
  #timer: NodeJS.Timeout | undefined;
  #end: ScannerError | undefined;

  /** `onFree` is called when a job has ended, and when the thread has. */
  constructor(settings: ScannerSettings, silenceMs: number, onFree: (thread: ScannerThread) => void) {
    this.#silenceMs = silenceMs;
    this.#onFree = onFree;
    // Sources run unbuilt; the build renames imports, but not this.
    const source = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url);
    // Of the environment only what starting git needs: secrets of the configuration have no business in there.
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };
    const resourceLimits = { maxOldGenerationSizeMb: MAX_HEAP_MB };
    this.#worker = new Worker(source, { workerData: settings, env, execArgv: [], name: 'scanner', resourceLimits });
    this.#ready.promise.catch(() => {});
    this.#worker.on('message', (message: FromThread) => this.#hear(message));
    this.#worker.on('error', (cause) => this.#over('scanner-crashed', 'the scanner has crashed', cause));
    this.#worker.on('messageerror', (cause) => this.#over('scanner-crashed', 'the scanner is unintelligible', cause));
    this.#worker.on('exit', () => {
      this.#over('scanner-crashed', 'the scanner has ended');
      this.#exited.resolve();
    });
    this.#worker.unref();
  }

  get isFree(): boolean {
    return this.#running === undefined && this.#end === undefined;
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Resolves when it has compiled its rules. */
  async ready(): Promise<void> {
    this.#worker.ref();
    await this.#ready.promise;
    if (this.isFree) this.#worker.unref();
  }

  run(running: Running): void {
    this.#running = running;
    this.#worker.ref();
    this.#watch();
    try {
      this.#worker.postMessage(running.message, [...running.transfer]);
    } catch (cause) {
      this.#finish(new ScannerError('scanner-failed', 'the objects cannot be handed to the scanner', { cause }));
    }
  }

  /** Ends the thread, and its job with this error. */
  async stop(code: ScannerError['code'], message: string): Promise<void> {
    this.#over(code, message);
    // Whoever waits for the end must live to see it.
    this.#worker.ref();
    await this.#exited.promise;
  }

  #hear(message: FromThread): void {
    if (message.kind === 'ready') this.#ready.resolve();
    else if (message.kind === 'failed') {
      this.#finish(new ScannerError('scanner-failed', `the scanner failed: ${message.message}`));
    } else if (this.#running !== undefined) {
      this.#watch();
      this.#running.onMessage(message);
      if (message.kind !== 'progress') this.#finish();
    }
  }

  /** Starts the clock anew: it has said something. */
  #watch(): void {
    clearTimeout(this.#timer);
    const late = (): void => this.#over('scanner-deadline', `the scanner said nothing for ${this.#silenceMs} ms`);
    this.#timer = setTimeout(late, this.#silenceMs);
  }

  #finish(error?: ScannerError): void {
    const running = this.#running;
    this.#running = undefined;
    clearTimeout(this.#timer);
    this.#worker.unref();
    running?.onEnd(error);
    this.#onFree(this);
  }

  #over(code: ScannerError['code'], message: string, cause?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = new ScannerError(code, message, { cause });
    this.#ready.reject(this.#end);
    void this.#worker.terminate();
    this.#finish(this.#end);
  }
}

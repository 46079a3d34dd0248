// Threads for jobs: started when there is a job and none is free, ended when they had nothing to do for a while.
import { ScannerError } from './scanner-error.ts';
import { type Running, ScannerThread } from './scanner-thread.ts';
import type { ScannerSettings } from './settings.ts';

export interface PoolOptions {
  readonly threads: number;
  /** Silence after which a thread counts as stuck. */
  readonly silenceMs: number;
  /** A thread without a job ends after this. */
  readonly idleMs: number;
  /** Threads that stay, once they were started. */
  readonly keep: number;
  /** Of objects that wait for a thread. */
  readonly maxWaitingBytes: number;
}

export interface PoolJob extends Running {
  /** In memory until a thread takes it. */
  readonly bytes: number;
}

export class ThreadPool {
  readonly #settings: ScannerSettings;
  readonly #options: PoolOptions;
  readonly #threads = new Set<ScannerThread>();
  readonly #running = new Map<PoolJob, ScannerThread>();
  readonly #waiting: PoolJob[] = [];
  #waitingBytes = 0;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(settings: ScannerSettings, options: PoolOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  /** The job ends with an error at once when it cannot be taken. */
  submit(job: PoolJob): void {
    const refusal = this.#refusal(job);
    if (refusal !== undefined) {
      job.onEnd(refusal);
      return;
    }
    this.#waiting.push(job);
    this.#waitingBytes += job.bytes;
    this.#dispatch();
  }

  #refusal(job: PoolJob): ScannerError | undefined {
    if (this.#isClosed) return closed();
    // What is larger than all that may wait is taken when nothing else waits.
    const isTooMuch = this.#waitingBytes + job.bytes > this.#options.maxWaitingBytes && this.#waiting.length > 0;
    return isTooMuch ? new ScannerError('scanner-busy', 'too much waits for the scanner') : undefined;
  }

  /** Ends the job without an answer, running or not. */
  cancel(job: PoolJob): void {
    const at = this.#waiting.indexOf(job);
    const error = new ScannerError('scanner-closed', 'the scan was called off');
    if (at >= 0) {
      this.#waiting.splice(at, 1);
      this.#waitingBytes -= job.bytes;
      job.onEnd(error);
    }
    // A thread in the middle of a scan hears nothing: only its end stops it.
    void this.#running.get(job)?.stop(error.code, error.message);
  }

  async warm(): Promise<void> {
    if (this.#isClosed) throw closed();
    const thread = [...this.#threads].find(({ isOver }) => !isOver) ?? this.#start();
    await thread.ready();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    for (const job of this.#waiting.splice(0)) job.onEnd(closed());
    this.#waitingBytes = 0;
    await Promise.all([...this.#threads].map((thread) => thread.stop('scanner-closed', 'the scanner is closed')));
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#freeThread();
      if (thread === undefined) return;
      const job = this.#waiting.shift() as PoolJob;
      this.#waitingBytes -= job.bytes;
      this.#running.set(job, thread);
      const onEnd: PoolJob['onEnd'] = (error) => {
        this.#running.delete(job);
        job.onEnd(error);
      };
      thread.run({ message: job.message, transfer: job.transfer, onMessage: (said) => job.onMessage(said), onEnd });
    }
  }

  #freeThread(): ScannerThread | undefined {
    const free = [...this.#threads].find(({ isFree }) => isFree);
    return free ?? (this.#threads.size < this.#options.threads ? this.#start() : undefined);
  }

  #start(): ScannerThread {
    const thread = new ScannerThread(this.#settings, this.#options.silenceMs, (one) => this.#free(one));
    this.#threads.add(thread);
    return thread;
  }

  #free(thread: ScannerThread): void {
    if (thread.isOver) this.#threads.delete(thread);
    if (this.#isClosed) return;
    this.#dispatch();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#rest(), this.#options.idleMs);
    this.#idle.unref();
  }

  #rest(): void {
    const free = [...this.#threads].filter(({ isFree }) => isFree);
    for (const thread of free.slice(Math.max(0, this.#options.keep - (this.#threads.size - free.length)))) {
      void thread.stop('scanner-closed', 'the scanner had nothing to do');
    }
  }
}

function closed(): ScannerError {
  return new ScannerError('scanner-closed', 'the scanner is closed');
}

// Work in a process beside this one: what it takes of memory goes with it, nobody else waits for its thread, and a crash of
// it is a failed job. It is started by the first job, and ends when there was none for a while.
import { type ChildProcess, fork } from 'node:child_process';
import type { FromSide, ToSide } from './messages.ts';

/** A process that has nothing to do ends after this; the next job starts another. */
const IDLE_MS = 60_000;
/** A job that was called off and goes on for longer holds up all others: its process is ended. */
const GRACE_MS = 10_000;

export interface SideProcessOptions<Settings> {
  /** Module that calls `serveJobs`, without its ending: it is run as it lies there, as source or built. */
  readonly module: string;
  /** Given once to each process. */
  readonly settings: Settings;
  /** Of node: how much memory it may have. */
  readonly flags: readonly string[];
  /** Milliseconds that a job which was called off may go on; default: GRACE_MS. */
  readonly graceMs?: number;
}

export interface JobOptions<More, Said> {
  /** What the job says on its way; `reply` answers. */
  readonly onSaid: (said: Said, reply: (more: More) => void) => void;
  /** At once: how to tell the job more while it runs; nothing happens once it has ended. */
  readonly onBegun?: (tell: (more: More) => void) => void;
  /** The rest of the task, in pieces: the next is made when the last was written. */
  readonly rest?: Iterable<More>;
  readonly signal?: AbortSignal;
}

export type SideProcessErrorCode = 'crashed' | 'closed' | 'called-off' | 'failed';

/** Nothing is known of what the job would have answered. */
export class SideProcessError extends Error {
  readonly code: SideProcessErrorCode;
  /** Of a job that failed by itself. */
  readonly jobCode: string | undefined;

  constructor(code: SideProcessErrorCode, message: string, jobCode?: string) {
    super(message);
    this.code = code;
    this.jobCode = jobCode;
  }
}

interface Waiting<More, Said, Result> {
  readonly onSaid: JobOptions<More, Said>['onSaid'];
  resolve(result: Result): void;
  reject(error: SideProcessError): void;
}

/** Starts nothing yet. Close it in the end. */
export class SideProcess<Settings, Task, More, Said, Result> {
  readonly #options: SideProcessOptions<Settings>;
  readonly #waiting = new Map<number, Waiting<More, Said, Result>>();
  /** Called off, and not yet heard to have ended. */
  readonly #leaving = new Map<number, NodeJS.Timeout>();
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #nextId = 1;
  #isClosed = false;

  constructor(options: SideProcessOptions<Settings>) {
    this.#options = options;
  }

  /** Rejects with SideProcessError. */
  async run(task: Task, { onSaid, onBegun, rest, signal }: JobOptions<More, Said>): Promise<Result> {
    if (this.#isClosed) throw new SideProcessError('closed', 'it is closed');
    if (signal?.aborted === true) throw calledOff();
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    promise.catch(() => {}); // it may end while the task is still being told
    this.#waiting.set(id, { onSaid, resolve, reject });
    const callOff = () => this.#callOff(id);
    signal?.addEventListener('abort', callOff, { once: true });
    try {
      this.#awake();
      const told = this.#tell({ kind: 'job', id, task });
      onBegun?.((more) => {
        if (this.#waiting.has(id)) void this.#tell({ kind: 'more', id, more });
      });
      await told;
      for (const more of rest ?? []) {
        if (!this.#waiting.has(id)) break;
        await this.#tell({ kind: 'more', id, more });
      }
      return await promise;
    } catch (error) {
      this.#callOff(id); // when the rest of the task could not be made
      throw error;
    } finally {
      signal?.removeEventListener('abort', callOff);
      this.#rest();
    }
  }

  /** Whoever waits is told that it is closed. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    this.#child?.kill('SIGKILL');
    this.#lose('closed', 'it is closed');
  }

  #awake(): void {
    clearTimeout(this.#idle);
    this.#child ??= this.#start();
    this.#child.ref();
    this.#child.channel?.ref();
  }

  #start(): ChildProcess {
    const { module, settings, flags } = this.#options;
    // Of the environment only what starting git needs: secrets of the configuration have no business in there.
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', MALLOC_ARENA_MAX: '2' };
    const child = fork(`${module}.${import.meta.filename.endsWith('.ts') ? 'ts' : 'js'}`, [], {
      serialization: 'advanced',
      execArgv: [...flags],
      env,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('message', (message) => this.#hear(message as FromSide<Said, Result>));
    const gone = () => {
      if (child !== this.#child) return;
      this.#child = undefined;
      this.#lose('crashed', 'its process has ended');
    };
    child.once('exit', gone);
    child.once('error', gone);
    child.send({ kind: 'settings', settings } satisfies ToSide<Settings, Task, More>, () => {});
    return child;
  }

  /** Resolves when it is written, or cannot be: who waits is told of that by the end of the process. */
  #tell(message: ToSide<Settings, Task, More>): Promise<void> {
    const child = this.#child;
    if (child?.connected !== true) return Promise.resolve();
    return new Promise((resolve) => child.send(message, () => resolve()));
  }

  #hear(message: FromSide<Said, Result>): void {
    const { id } = message;
    if (message.kind !== 'said') this.#hasLeft(id);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return; // called off
    if (message.kind === 'said') waiting.onSaid(message.said, (more) => void this.#tell({ kind: 'more', id, more }));
    else if (message.kind === 'done') this.#end(id)?.resolve(message.result);
    else this.#end(id)?.reject(new SideProcessError('failed', message.message, message.code));
  }

  #callOff(id: number): void {
    const child = this.#child;
    const waiting = this.#end(id);
    if (waiting === undefined || child === undefined) return;
    void this.#tell({ kind: 'cancel', id });
    this.#leaving.set(id, setTimeout(() => child.kill('SIGKILL'), this.#options.graceMs ?? GRACE_MS).unref());
    waiting.reject(calledOff());
  }

  #hasLeft(id: number): void {
    clearTimeout(this.#leaving.get(id));
    this.#leaving.delete(id);
  }

  #end(id: number): Waiting<More, Said, Result> | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #lose(code: SideProcessErrorCode, text: string): void {
    for (const id of [...this.#leaving.keys()]) this.#hasLeft(id);
    for (const id of [...this.#waiting.keys()]) this.#end(id)?.reject(new SideProcessError(code, text));
  }

  /** Nobody waits for it: it keeps no process alive, and goes after a while. */
  #rest(): void {
    const child = this.#child;
    if (child === undefined || this.#waiting.size > 0) return;
    child.unref();
    child.channel?.unref();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#waiting.size > 0) return;
      this.#child = undefined; // whoever comes now gets another
      child.disconnect();
    }, IDLE_MS);
    this.#idle.unref();
  }
}

function calledOff(): SideProcessError {
  return new SideProcessError('called-off', 'it was called off');
}

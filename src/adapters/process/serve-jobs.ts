// The other side of side-process.ts: jobs as they come, several at once. It ends with the connection to whoever started it.
import type { FromSide, ToSide } from './messages.ts';

export interface Job<More, Said> {
  readonly signal: AbortSignal;
  /** Resolves when it is written: what is told faster than it is heard waits in the memory of this process. */
  say(said: Said): Promise<void>;
  /** What comes after the task, in order, also what came before this is called. */
  listen(hear: (more: More) => void): void;
}

/** `open` makes, from the settings, what does one job after another. Rejecting fails the job, with the error's `code`. */
export function serveJobs<Settings, Task, More, Said, Result>(
  open: (settings: Settings) => (task: Task, job: Job<More, Said>) => Promise<Result>,
): void {
  const running = new Map<number, RunningJob<More, Said>>();
  let work: ((task: Task, job: Job<More, Said>) => Promise<Result>) | undefined;

  async function run(id: number, task: Task): Promise<void> {
    const job = new RunningJob<More, Said>((said) => tell({ kind: 'said', id, said }));
    running.set(id, job);
    try {
      if (work === undefined) throw new Error('there are no settings');
      await tell({ kind: 'done', id, result: await work(task, job) });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? { code: String(error.code) } : {};
      await tell({ kind: 'failed', id, ...code, message: String(error).slice(0, 500) });
    } finally {
      running.delete(id);
    }
  }

  function tell(message: FromSide<Said, Result>): Promise<void> {
    if (!process.connected || process.send === undefined) return Promise.resolve();
    const send = process.send.bind(process);
    return new Promise((resolve) => send(message, undefined, {}, () => resolve()));
  }

  process.on('message', (message: ToSide<Settings, Task, More>) => {
    if (message.kind === 'settings') work = open(message.settings);
    else if (message.kind === 'cancel') running.get(message.id)?.stop();
    else if (message.kind === 'more') running.get(message.id)?.hear(message.more);
    else void run(message.id, message.task);
  });
  process.once('disconnect', () => process.exit());
  process.on('error', () => {}); // whoever started it has gone: `disconnect` follows
}

class RunningJob<More, Said> implements Job<More, Said> {
  readonly say: (said: Said) => Promise<void>;
  readonly #stop = new AbortController();
  readonly #early: More[] = [];
  #hear: ((more: More) => void) | undefined;

  constructor(say: (said: Said) => Promise<void>) {
    this.say = say;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  listen(hear: (more: More) => void): void {
    this.#hear = hear;
    for (const more of this.#early.splice(0)) hear(more);
  }

  hear(more: More): void {
    if (this.#hear === undefined) this.#early.push(more);
    else this.#hear(more);
  }

  stop(): void {
    this.#stop.abort();
  }
}

// The gateway's side of the launcher: processes that wait to become git, with their connections. See launcher-main.ts.
import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { FromLauncher, ToLauncher } from './launcher-protocol.ts';

/** A running child as far as anybody here uses one; node's ChildProcess is one too. */
export interface GitChild {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exitCode: number | null;
  /** Unknown until it has started. */
  readonly pid?: number | undefined;
  kill(signal: 'SIGKILL'): unknown;
  once(event: 'close', listener: (code: number | null) => void): unknown;
  once(event: 'error', listener: (error: Error) => void): unknown;
}

export interface Launcher {
  /** A process that waits for its lines (startLines); `undefined` when none is ready. */
  take(): GitChild | undefined;
  /** Ends the processes that wait. Those that were taken work on. */
  close(): void;
}

const RESTART_MS = 1_000;
const REFILL_AFTER_MS = 25;
/** After a rush more are kept ready, up to so many (1 MB each, most of it shared), until it has been calm for a while. */
const MAX_READY = 64;
const CALM_MS = 60_000;

export interface LauncherOptions {
  /** Absolute path of the program. */
  readonly git: string;
  /** What every child has in common: its first arguments and its environment. */
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Processes kept ready; more for a while when that was not enough. */
  readonly count: number;
}

/** Starts the launcher. */
export function startLauncher({ git, args, environment, count }: LauncherOptions): Launcher {
  // Short, whatever the data directory is called: socket paths have 107 bytes. Only this user may enter.
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-'));
  chmodSync(directory, 0o700);
  const socketPath = join(directory, 'git');
  const half = new Map<number, { io?: Socket; errors?: Socket }>();
  const started = new Map<number, Launched>();
  const ready: Launched[] = [];
  const pids = new Map<number, number | undefined>();
  let launcher: ChildProcess | undefined;
  let coming = 0;
  let nextId = 1;
  let closed = false;
  let wanted = count;
  const calm = setTimeout(() => shrink(), CALM_MS).unref();

  const server: Server = createServer({ allowHalfOpen: true }, greet);
  server.unref();
  server.listen(socketPath, run);

  function run(): void {
    if (closed) return;
    const running = fork(
      join(import.meta.dirname, `launcher-main.${import.meta.filename.endsWith('.ts') ? 'ts' : 'js'}`),
      [socketPath, git, ...args],
      {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        execArgv: [],
        env: { ...environment },
      },
    );
    launcher = running;
    running.on('message', (message: FromLauncher) => {
      if ('started' in message) {
        pids.set(message.started, message.pid);
        return;
      }
      half.delete(message.ended);
      pids.delete(message.ended);
      const child = started.get(message.ended);
      started.delete(message.ended);
      if (child === undefined) coming -= 1;
      else child.ended(message.code);
      forget(child);
      leaveWhenDone();
    });
    running.once('exit', () => {
      if (launcher !== running) return;
      launcher = undefined;
      coming = 0;
      for (const child of started.values()) child.ended(null);
      started.clear();
      pids.clear();
      ready.length = 0;
      if (!closed) setTimeout(run, RESTART_MS).unref();
    });
    running.on('error', () => {});
    running.unref();
    running.channel?.unref();
    refill();
  }

  function refill(): void {
    while (launcher?.connected === true && ready.length + coming < wanted) {
      coming += 1;
      tell({ do: 'start', id: nextId++ });
    }
  }

  function grow(): void {
    wanted = Math.min(wanted * 2, MAX_READY);
    calm.refresh();
    refill();
  }

  function shrink(): void {
    wanted = count;
    for (const child of ready.splice(count)) child.discard();
  }

  function tell(message: ToLauncher): void {
    if (launcher?.connected === true) launcher.send(message, () => {});
  }

  /** The first line of a connection says whose it is and which. */
  function greet(socket: Socket): void {
    if (closed) {
      socket.destroy();
      return;
    }
    socket.unref();
    socket.on('error', () => {});
    socket.once('readable', () => {
      const first = socket.read() as Buffer | null;
      const greeting = /^(\d+) (io|err)\n$/.exec(first?.toString('latin1') ?? '');
      if (greeting === null) {
        socket.destroy();
        return;
      }
      const id = Number(greeting[1]);
      const pair = { ...half.get(id), [greeting[2] === 'io' ? 'io' : 'errors']: socket };
      half.set(id, pair);
      if (pair.io === undefined || pair.errors === undefined) return;
      half.delete(id);
      const child = new Launched(
        pair.io,
        pair.errors,
        () => tell({ do: 'kill', id }),
        () => pids.get(id),
      );
      started.set(id, child);
      ready.push(child);
      coming -= 1;
    });
  }

  function forget(child: Launched | undefined): void {
    const at = child === undefined ? -1 : ready.indexOf(child);
    if (at !== -1) ready.splice(at, 1);
  }

  /** Who still works keeps the launcher: only through it their end is heard of. */
  function leaveWhenDone(): void {
    if (!closed || started.size > 0) return;
    launcher?.disconnect();
    launcher = undefined;
  }

  return {
    take() {
      const child = ready.shift();
      // The next ones are made when this one has had its time: they would compete for the same cores.
      if (ready.length * 2 >= wanted) setTimeout(refill, REFILL_AFTER_MS).unref();
      else if (child !== undefined) refill();
      else grow();
      child?.use();
      return child;
    },
    close() {
      closed = true;
      clearTimeout(calm);
      for (const [id, child] of started) {
        if (!ready.includes(child)) continue;
        child.discard();
        started.delete(id);
      }
      ready.length = 0;
      leaveWhenDone();
      server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

class Launched extends EventEmitter implements GitChild {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  exitCode: number | null = null;
  readonly #io: Socket;
  readonly #errors: Socket;
  readonly #kill: () => void;
  readonly #pid: () => number | undefined;
  #open = 2;
  #exit: { readonly code: number | null } | undefined;

  constructor(io: Socket, errors: Socket, kill: () => void, pid: () => number | undefined) {
    super();
    this.#io = io;
    this.#errors = errors;
    this.#kill = kill;
    this.#pid = pid;
    this.stdin = io;
    this.stdout = io;
    this.stderr = errors;
    for (const socket of [io, errors]) {
      let isOpen = true;
      const done = () => {
        if (!isOpen) return;
        isOpen = false;
        this.#open -= 1;
        this.#finish();
      };
      socket.once('end', done);
      socket.once('close', done);
    }
  }

  get pid(): number | undefined {
    return this.#pid();
  }

  /** From now on it keeps this process alive, as any child does. */
  use(): void {
    this.#io.ref();
    this.#errors.ref();
  }

  kill(): void {
    this.#kill();
  }

  /** One that was never used: it ends with its input. */
  discard(): void {
    this.#io.destroy();
    this.#errors.destroy();
  }

  ended(code: number | null): void {
    this.#exit = { code };
    this.exitCode = code ?? 137;
    this.#finish();
  }

  /** As node does it: `close` comes when the process has ended and everything it wrote was read. */
  #finish(): void {
    if (this.#exit === undefined || this.#open > 0) return;
    this.#io.destroy();
    this.#errors.destroy();
    this.emit('close', this.#exit.code);
  }
}

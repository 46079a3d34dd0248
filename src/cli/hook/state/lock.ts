// One recorder at a time in a repository: two agents may work in it. Who dies with the lock loses it.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const PATIENCE = 2_000;
const PAUSE = 4;
/** Nobody has that much to do. */
const TOO_OLD = 30_000;

/** Undefined, with `work` not done, when somebody else has it for longer than a person would wait. */
export function withLock<T>(file: string, work: () => T): T | undefined {
  if (!take(file)) return undefined;
  try {
    return work();
  } finally {
    release(file);
  }
}

/** One attempt, for who waits in other ways; released with `release`. */
export function tryLock(file: string): boolean {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (create(file)) return true;
  if (isAbandoned(file)) rmSync(file, { force: true });
  return false;
}

export function release(file: string): void {
  rmSync(file, { force: true });
}

function take(file: string): boolean {
  for (let waited = 0; waited <= PATIENCE; waited += PAUSE) {
    if (tryLock(file)) return true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
  }
  return false;
}

function create(file: string): boolean {
  try {
    const handle = openSync(file, 'wx', 0o600);
    writeSync(handle, String(process.pid));
    closeSync(handle);
    return true;
  } catch {
    return false;
  }
}

function isAbandoned(file: string): boolean {
  try {
    const age = Date.now() - statSync(file).mtimeMs;
    const pid = Number(readFileSync(file, 'utf8'));
    return age > TOO_OLD || (age > PAUSE * 10 && pid > 0 && !isAlive(pid));
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

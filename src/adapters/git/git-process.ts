// Every git child starts here: fixed binary, clean environment, no hooks, no network, no lazy fetch, no replace refs,
// nothing read from anybody's configuration: a repository may hold anything, and none of it may run here.
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { type GitChild, type Launcher, startLauncher } from './launcher.ts';
import { BECOME_GIT, type ProcessLimits, startLines } from './launcher-protocol.ts';

export type { GitChild } from './launcher.ts';

export interface GitEnvironment {
  readonly gitDir: string;
  /** Where new objects go; with it set, `gitDir`'s own objects must be among `alternates`. */
  readonly objectDirectory?: string;
  readonly alternates?: readonly string[];
  /** Set while the objects are undecided: git then refuses every ref update. */
  readonly quarantine?: boolean;
}

const HARDENED = [
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'gc.auto=0',
  '-c',
  'maintenance.auto=false',
  '-c',
  'protocol.allow=never',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.attributesFile=/dev/null',
  '-c',
  'pack.writeReverseIndex=false',
] as const;

let found: string | undefined;

/** Absolute path of the git program; throws a clear error when there is none. */
export function gitProgram(): string {
  if (found !== undefined) return found;
  for (const folder of (process.env['PATH'] ?? '/usr/bin:/bin').split(delimiter)) {
    const candidate = join(folder, 'git');
    if (!isAbsolute(candidate)) continue;
    try {
      accessSync(candidate, constants.X_OK);
      found = candidate;
      return candidate;
    } catch {}
  }
  throw new Error('git is not on PATH\nhint: install git 2.39 or newer');
}

/** The environment of a git child: nothing is inherited but PATH. */
export function gitEnvironment(where: GitEnvironment): NodeJS.ProcessEnv {
  return { ...commonEnvironment(), ...placeEnvironment(where) };
}

function commonEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LC_ALL: 'C',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_GRAFT_FILE: '/dev/null',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
  };
}

function placeEnvironment(where: GitEnvironment): Record<string, string> {
  return {
    GIT_DIR: where.gitDir,
    ...(where.objectDirectory === undefined ? {} : { GIT_OBJECT_DIRECTORY: where.objectDirectory }),
    // git splits this variable on ':'; a path with ':' or a quote would need C-quoting, and data directories with such
    // names are refused at start.
    ...(where.alternates === undefined ? {} : { GIT_ALTERNATE_OBJECT_DIRECTORIES: where.alternates.join(':') }),
    ...(where.quarantine === true && where.objectDirectory !== undefined
      ? { GIT_QUARANTINE_PATH: where.objectDirectory }
      : {}),
  };
}

let launcher: Launcher | undefined;
/** Gateways in this process that want one. */
let users = 0;

/**
 * Keeps `count` processes ready to become git, for all gateways of this process; 0 when one of them needs them no
 * longer. For a long-running gateway, not for a command.
 */
export function keepGitReady(count: number): void {
  users = Math.max(0, users + (count === 0 ? -1 : 1));
  if (users === 0) {
    launcher?.close();
    launcher = undefined;
  } else launcher ??= startLauncher({ git: gitProgram(), args: HARDENED, environment: commonEnvironment(), count });
}

/** Starts git with these arguments; the caller owns its pipes and its end. */
export function spawnGit(where: GitEnvironment, args: readonly string[], limits?: ProcessLimits): GitChild {
  const lines = startLines(placeEnvironment(where), args, limits);
  const waiting = launcher?.take();
  if (waiting !== undefined) {
    waiting.stdin.write(lines);
    return waiting;
  }
  const settings = {
    env: gitEnvironment(where),
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'] as ['pipe', 'pipe', 'pipe'],
  };
  if (limits === undefined) return spawn(gitProgram(), [...HARDENED, ...args], settings);
  // Only a shell can set limits for what it becomes.
  const child = spawn('/bin/sh', ['-c', BECOME_GIT, gitProgram(), ...HARDENED], settings);
  child.stdin.on('error', () => {});
  child.stdin.write(lines);
  return child;
}

/** `getconf CLK_TCK`: fixed in what Linux shows. */
const TICKS_PER_SECOND = 100;

/** Computing time that a child has used so far, in all its threads; 0 where the system does not tell (not Linux). */
export async function cpuSecondsOf(child: GitChild): Promise<number> {
  const text = child.pid === undefined ? '' : await readFile(`/proc/${child.pid}/stat`, 'latin1').catch(() => '');
  // proc(5): utime and stime are fields 14 and 15; the name before them may hold anything, in parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND;
}

export interface GitResult {
  /** Exit code; 128+n stands for "killed by signal n". */
  readonly code: number;
  readonly stdout: Buffer;
  /** The last 16 KiB at most. */
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Buffer;
  readonly maxOutput?: number;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const STDERR_KEPT = 16 * 1024;

/** Runs git to its end. Too much output, the time limit or the signal kill it and end in a code other than 0. */
export function runGit(where: GitEnvironment, args: readonly string[], options: RunOptions = {}): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawnGit(where, args);
    const chunks: Buffer[] = [];
    let size = 0;
    let stderr = '';
    const kill = () => child.kill('SIGKILL');
    const timer = setTimeout(kill, options.timeoutMs ?? 60_000);
    options.signal?.addEventListener('abort', kill, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > (options.maxOutput ?? 64 * 1024 * 1024)) kill();
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString('latin1')).slice(-STDERR_KEPT);
    });
    child.stdin.on('error', () => {}); // it may end before it read all: its exit code says why
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', kill);
      resolve({ code: code ?? 137, stdout: Buffer.concat(chunks), stderr });
    });
    child.stdin.end(options.input);
  });
}

// Runs git for a hook: bounded, without questions, without locks that could be in somebody's way.
import { spawnSync } from 'node:child_process';

const MAX_OUTPUT = 256 * 1024 * 1024;
const TIMEOUT = 10_000;

export interface GitOptions {
  readonly input?: string | Buffer;
  readonly timeout?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** What git wrote; undefined when it failed. */
export function runGit(top: string, args: readonly string[], options: GitOptions = {}): Buffer | undefined {
  const { stdout, status } = spawnSync('git', ['--no-optional-locks', ...args], {
    cwd: top,
    input: options.input ?? '',
    timeout: options.timeout ?? TIMEOUT,
    maxBuffer: MAX_OUTPUT,
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
    env: { ...process.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C', ...options.env },
  });
  return status === 0 ? stdout : undefined;
}

/** Its one line. */
export function askGit(top: string, ...args: readonly string[]): string | undefined {
  const line = runGit(top, args)?.toString('utf8').trim();
  return line === '' ? undefined : line;
}

/** The parts of a -z listing. */
export function parted(output: Buffer | undefined): string[] {
  const parts = (output?.toString('utf8') ?? '').split('\0');
  if (parts.at(-1) === '') parts.pop();
  return parts;
}

export interface GitBlob {
  readonly oid: string;
  readonly content: Buffer;
}

/** Blobs by name (`HEAD:path`), all with one process; undefined for one that is not there, or larger than `most` bytes. */
export function readBlobs(top: string, names: readonly string[], most: number): (GitBlob | undefined)[] {
  const usable = names.map((name) => (name.includes('\n') ? '' : name));
  const output =
    names.length === 0 ? undefined : runGit(top, ['cat-file', '--batch'], { input: `${usable.join('\n')}\n` });
  const blobs: (GitBlob | undefined)[] = [];
  for (let at = 0; blobs.length < names.length; ) {
    const end = output?.indexOf(0x0a, at) ?? -1;
    const [, oid, type, size] =
      /^([0-9a-f]+) (\w+) (\d+)$/.exec(output?.toString('latin1', at, Math.max(at, end)) ?? '') ?? [];
    if (output === undefined || end < 0) blobs.push(undefined);
    else if (oid === undefined) {
      blobs.push(undefined);
      at = end + 1;
    } else {
      const from = end + 1;
      at = from + Number(size) + 1;
      const isWanted = type === 'blob' && Number(size) <= most;
      blobs.push(isWanted ? { oid, content: output.subarray(from, at - 1) } : undefined);
    }
  }
  return blobs;
}

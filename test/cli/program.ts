// Runs the real command line, as a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, '../../src/cli/sallyport.mjs');

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Starts it with nothing of this process's own environment that could name a gateway. */
export function startProgram(args: readonly string[], options: RunOptions = {}): ChildProcess {
  const { SALLYPORT_URL: _url, SALLYPORT_TOKEN: _token, UPSTREAM_PASSWORD: _password, ...inherited } = process.env;
  return spawn(process.execPath, [PROGRAM, ...args], {
    cwd: options.cwd,
    env: { ...inherited, ...options.env },
    stdio: 'pipe',
  });
}

export function runProgram(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = startProgram(args, options);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      stdout += part;
    });
    child.stderr?.setEncoding('utf8').on('data', (part: string) => {
      stderr += part;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
    child.stdin?.end(options.input ?? '');
  });
}

// Runs a program to its end. Imports nothing else of ours, so that a small process can do it.
import { spawn } from 'node:child_process';

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function must(running: Promise<Run>): Promise<Run> {
  const done = await running;
  if (done.code !== 0) throw new Error(`command failed with ${done.code}: ${done.stderr}${done.stdout}`);
  return done;
}

export function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
  input?: string,
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.on('error', () => {});
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({
        code: code ?? 128,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      });
    });
    child.stdin.end(input);
  });
}

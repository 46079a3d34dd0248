// An agent that runs apart, for the bench: the program that operators run, joined with a token as they would.
import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const PROGRAM = join(import.meta.dirname, '../src/cli/sallyport.mjs');

export interface BenchAgent {
  readonly pid: number;
  close(): Promise<void>;
}

export interface BenchAgentOptions {
  readonly directory: string;
  /** The gateway's configuration file. */
  readonly gate: string;
  /** `host:port` where the gateway takes agents. */
  readonly gateway: string;
  /** YAML of the agent's `credentials` entries and its `upstreams` entries. */
  readonly credentials: string;
  readonly upstreams: string;
}

export async function startBenchAgent(options: BenchAgentOptions): Promise<BenchAgent> {
  const { directory } = options;
  await mkdir(directory, { recursive: true });
  const made = await promisify(execFile)(process.execPath, [
    PROGRAM,
    'agent-token',
    'create',
    'bench',
    '--config',
    options.gate,
  ]);
  await writeFile(join(directory, 'join'), made.stdout, { mode: 0o600 });
  const config = join(directory, 'sallyport-agent.yaml');
  await writeFile(
    config,
    `agent:
  name: bench
  gateway: https://${options.gateway}
  joinToken: { file: join }
  stateDir: state
  credentials:
${options.credentials}
upstreams:
${options.upstreams}
`,
  );
  const log = join(directory, 'agent.log');
  const output = openSync(log, 'a');
  const child = spawn(process.execPath, [PROGRAM, 'agent', '--config', config], { stdio: ['ignore', 'pipe', output] });
  const { stdout } = child;
  if (stdout === null) throw new Error('the agent has no standard output');
  closeSync(output);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    createInterface(stdout).once('line', () => resolve());
    void ended.then(async () => reject(new Error(`the agent did not start: ${await readFile(log, 'utf8')}`)));
  });
  return {
    pid: child.pid ?? 0,
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

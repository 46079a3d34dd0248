// What a step of the story is made of: people who run real programs, and claims about what came of it. Everything they
// run is shown as they would type it, with what it really printed.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { gitEnvironment } from '../../demo-upstream/git-process.ts';
import { print } from '../terminal.ts';
import { asTyped, environmentOf, type Name } from './cast.ts';
import type { Stage } from './stage.ts';
import { type Repository, upstreamDirectory } from './upstreams.ts';

/** What a step said did not come true. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
}

export interface Ran {
  readonly code: number;
  /** stdout and stderr, line by line, as they came. */
  readonly text: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Sees each line as it comes. */
  onLine?(line: string): void;
}

export interface Scene {
  /** Shown as `name$ program args`. */
  run(name: Name, program: 'git' | 'sallyport', args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Says what is so, or fails the step. */
  check(claim: string, holds: boolean): void;
  /** What a ref of the upstream itself points to; empty when there is none. */
  upstreamRef(repository: Repository, refName: string): Promise<string>;
  /** A quiet git of this person, for what the story does not show. */
  quietly(name: Name, cwd: string, args: readonly string[]): Promise<string>;
  /** A command line in this person's shell that is given `input`, as an editor or a coding agent starts hooks. */
  feed(name: Name, cwd: string, command: string, input: string): Promise<void>;
}

/** Longest that one program may take: the story has no step that waits for anybody outside of it. */
const STEP_TIMEOUT_MS = 60_000;

export function openScene(stage: Stage, signal: AbortSignal): Scene {
  async function environment(name: Name): Promise<Record<string, string>> {
    return {
      PATH: `${stage.directory}/bin:${process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'}`,
      HOME: `${stage.directory}/${name}`,
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      ...(await environmentOf(name, stage.directory, stage.doors)),
    };
  }

  return {
    async run(name, program, args, options = {}) {
      const env = await environment(name);
      print(`      ${name}$ ${[program, ...args.map(asTyped)].join(' ')}`);
      return execute(program, args, env, options.cwd ?? stage.directory, signal, (line) => {
        print(`        ${line}`);
        options.onLine?.(line);
      });
    },
    check(claim, holds) {
      if (!holds) throw new StepFailure(claim);
      print(`      ok: ${claim}`);
    },
    async upstreamRef(repository, refName) {
      const directory = upstreamDirectory(stage.upstreamRoot, repository);
      const args = ['for-each-ref', '--format=%(objectname)', refName];
      const { code, text } = await execute('git', args, gitEnvironment({}) ?? {}, directory, signal);
      if (code !== 0) throw new StepFailure(`the upstream's refs can be read: ${text}`);
      return text;
    },
    async quietly(name, cwd, args) {
      const { code, text } = await execute('git', args, await environment(name), cwd, signal);
      if (code !== 0) throw new StepFailure(`git ${args[0]} works: ${text}`);
      return text;
    },
    async feed(name, cwd, command, input) {
      const { code, text } = await execute(
        'sh',
        ['-c', command],
        await environment(name),
        cwd,
        signal,
        undefined,
        input,
      );
      if (code !== 0) throw new StepFailure(`a hook ends well: ${text}`);
    },
  };
}

async function execute(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  signal: AbortSignal,
  onLine?: (line: string) => void,
  input?: string,
): Promise<Ran> {
  const ended = AbortSignal.any([signal, AbortSignal.timeout(STEP_TIMEOUT_MS)]);
  const child = spawn(program, [...args], { env, cwd, stdio: ['pipe', 'pipe', 'pipe'], signal: ended });
  child.stdin.on('error', () => {}); // who does not read it need not
  child.stdin.end(input);
  const lines: string[] = [];
  const read = async (stream: Readable) => {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      // git pads its remote lines for a terminal.
      const text = line.trimEnd();
      lines.push(text);
      onLine?.(text);
    }
  };
  const code = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 128));
  });
  try {
    const [status] = await Promise.all([code, read(child.stdout), read(child.stderr)]);
    return { code: status, text: lines.join('\n') };
  } catch (error) {
    if (signal.aborted) throw new StepFailure('nobody stopped the story');
    if (ended.aborted) throw new StepFailure(`${program} ends within ${STEP_TIMEOUT_MS / 1000} s`);
    throw error;
  }
}

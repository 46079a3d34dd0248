// A developer's machine: a home with settings of agents, a repository with real commits, and the hooks that the real program
// installed there. What an agent would run is run: the command line in its configuration, with a payload on standard input.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { loadAgent } from '../../../src/cli/hook/agents.ts';
import type { QueuedEvent } from '../../../src/cli/hook/send/queue.ts';

const ROOT = join(import.meta.dirname, '../../..');
const FIXTURES = join(ROOT, 'fixtures/hooks');
const PROGRAM = join(ROOT, 'src/cli/sallyport.mjs');

export type Changes = Readonly<Record<string, unknown>>;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class HookLab {
  readonly root = mkdtempSync(join(tmpdir(), 'sallyport-hooks-'));
  readonly home = join(this.root, 'home');
  top = join(this.root, 'work');
  prompt = 'add the total';
  readonly env: Record<string, string>;

  constructor(env: Readonly<Record<string, string>> = {}) {
    mkdirSync(this.home);
    mkdirSync(this.top);
    this.env = {
      ...{ PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: this.home, GIT_CONFIG_NOSYSTEM: '1' },
      ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0' },
      ...{ GIT_AUTHOR_NAME: 'Dev', GIT_AUTHOR_EMAIL: 'dev@example.com' },
      ...{ GIT_COMMITTER_NAME: 'Dev', GIT_COMMITTER_EMAIL: 'dev@example.com', ...env },
    };
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  run(command: string, args: readonly string[], input = '', cwd = this.top): Ran {
    const { status, stdout, stderr } = spawnSync(command, [...args], { cwd, env: this.env, input, encoding: 'utf8' });
    return { code: status, stdout, stderr };
  }

  git(...args: readonly string[]): string {
    const { code, stdout, stderr } = this.run('git', args);
    assert.equal(code, 0, `git ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  }

  sallyport(...args: readonly string[]): Ran {
    return this.run(process.execPath, [PROGRAM, ...args]);
  }

  /** A repository with one commit, in which these agents' hooks are installed. */
  begin(agents: readonly string[] = ['claude-code'], files: Readonly<Record<string, string>> = START): void {
    this.git('init', '-q', '-b', 'main');
    for (const [path, text] of Object.entries(files)) this.write(path, text);
    this.git('add', '-A');
    if (Object.keys(files).length > 0) this.git('commit', '-qm', 'first');
    const installed = this.sallyport('hook', 'install', ...agents.flatMap((agent) => ['--coding-agent', agent]));
    assert.equal(installed.code, 0, installed.stderr);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.top, path)), { recursive: true });
    writeFileSync(join(this.top, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.top, path), 'utf8');
  }

  /** Calls the agent's hook as it is installed, with a documented payload. */
  hook(agent: string, fixture: string, changes: Changes = {}): Ran {
    const text = readFileSync(join(FIXTURES, agent, `${fixture}.json`), 'utf8').replaceAll('@REPO@', this.top);
    const filled = text.replaceAll('@PROMPT@', () => JSON.stringify(this.prompt).slice(1, -1));
    const payload = { ...JSON.parse(filled), ...changes };
    if (agent === 'opencode') return this.#plugin(payload);
    const command = this.command(agent, eventOf(agent, fixture, payload));
    return this.run('sh', ['-c', command], JSON.stringify(payload));
  }

  /** An edit as the agent makes it: hook, write, hook. */
  edit(agent: string, path: string, text: string, changes: Changes = {}): void {
    const input = { tool_input: { file_path: join(this.top, path) }, ...changes };
    this.hook(agent, 'before-edit', input);
    this.write(path, text);
    this.hook(agent, 'after-edit', input);
  }

  commit(message = 'work', ...args: readonly string[]): string {
    this.git('commit', '-qm', message, ...args);
    return this.git('rev-parse', 'HEAD');
  }

  /** The part of the note that says which lines are whose. */
  noteLines(commit = 'HEAD'): string {
    const { code, stdout } = this.run('git', ['notes', '--ref=ai', 'show', commit]);
    return code === 0 ? stdout.slice(0, stdout.indexOf('---\n')) : '';
  }

  /** Paths with the ranges of all that the note says, whoever it was. */
  lines(commit = 'HEAD'): Record<string, string[]> {
    const found: Record<string, string[]> = {};
    let path = '';
    for (const line of this.noteLines(commit).split('\n').filter(Boolean)) {
      if (line.startsWith('  ')) found[path]?.push(line.trim().split(' ')[1] as string);
      else {
        path = line;
        found[path] = [];
      }
    }
    return found;
  }

  /** What waits to be sent, once everything is masked. */
  async queued(): Promise<readonly QueuedEvent[]> {
    const place = join(this.git('rev-parse', '--path-format=absolute', '--git-common-dir'), 'sallyport');
    const names = (name: string) => {
      try {
        return readdirSync(join(place, name));
      } catch {
        return [];
      }
    };
    for (let turn = 0; turn < 400 && names('pending').length > 0; turn++) await pause(25);
    assert.deepEqual(names('pending'), []);
    return names('queue')
      .sort()
      .flatMap((name) => JSON.parse(readFileSync(join(place, 'queue', name), 'utf8')).entries as QueuedEvent[]);
  }

  /** The command line in the configuration of the agent. */
  command(agent: string, event: string): string {
    const file = join(this.home, (loadAgent(agent)?.files.global ?? '').slice(2));
    const entry = JSON.parse(readFileSync(file, 'utf8')).hooks[event]?.at(-1);
    const command: unknown = entry?.hooks?.[0].command ?? entry?.bash ?? entry?.command;
    assert.ok(typeof command === 'string', `${agent} has no hook for ${event}`);
    return command;
  }

  #plugin({ hook, input, output }: Record<string, unknown>): Ran {
    const file = join(this.home, '.config/opencode/plugins/sallyport.js');
    const program = `const { SallyportRecorder } = await import(process.argv[1]);
      const hooks = await SallyportRecorder({ directory: process.argv[2] });
      const { hook, input, output } = JSON.parse(process.argv[3]);
      await hooks[hook](input, output);`;
    const call = JSON.stringify({ hook, input, output });
    return this.run(process.execPath, ['--input-type=module', '-e', program, file, this.top, call]);
  }
}

export const START = { 'src/app.ts': 'const one = 1;\nconst two = 2;\n' };

/** Copilot's payloads do not say which event they are of. */
const COPILOT: Readonly<Record<string, string>> = {
  ...{ 'session-start': 'sessionStart', prompt: 'userPromptSubmitted', 'turn-end': 'agentStop' },
  ...{ 'before-edit': 'preToolUse', 'after-edit': 'postToolUse', 'before-shell': 'preToolUse' },
  ...{ 'after-shell': 'postToolUse', 'session-end': 'sessionEnd' },
};

function eventOf(agent: string, fixture: string, payload: Record<string, unknown>): string {
  if (agent === 'github-copilot-cli') return COPILOT[fixture] ?? '';
  return String(payload['hook_event_name'] ?? payload['hookEventName']);
}

/** A lab that is gone after the test. */
export async function inLab(work: (lab: HookLab) => void | Promise<void>, env: Readonly<Record<string, string>> = {}) {
  const lab = new HookLab(env);
  try {
    await work(lab);
  } finally {
    lab.close();
  }
}

// What install writes, what it leaves, and that uninstall gives everything back.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { HOOK_AGENTS, loadAgent } from '../../../src/cli/hook/agents.ts';
import { type HookLab, inLab } from './hook-lab.ts';

const ALL = HOOK_AGENTS.flatMap((agent) => ['--coding-agent', agent]);
const fileOf = (lab: HookLab, agent: string) => join(lab.home, loadAgent(agent)?.files.global.slice(2) ?? '');

function put(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Settings as people have them: odd indents, other hooks, keys that nobody knows. */
const SETTINGS: Readonly<Record<string, string>> = {
  'claude-code':
    '{\n\t"model": "opus",\n\t"env": {"A":"1"},\n\t"hooks": {\n\t\t"PostToolUse": [{"matcher":"Edit","hooks":[{"type":"command","command":"prettier --write"}]}],\n\t\t"Notification": [{"hooks":[{"type":"command","command":"beep"}]}]\n\t}\n}',
  cursor: '{"version":1,"hooks":{"afterFileEdit":[{"command":"./format.sh"}]}}\n',
  'openai-codex': '{\n    "hooks": {}\n}\n',
  'gemini-cli': '{\n  "ui": {"theme": "x"},\n  "hooks": {"BeforeTool": [{"matcher":"a","hooks":[]}]}\n}\r\n',
};

function prepared(lab: HookLab): void {
  lab.git('init', '-q', '-b', 'main');
  for (const [agent, text] of Object.entries(SETTINGS)) put(fileOf(lab, agent), text);
}

const filesIn = (directory: string) =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(directory, name)).isFile(),
  );

describe('hook install', () => {
  test('keeps what is there, twice is once, and uninstall gives it back byte for byte', () =>
    inLab((lab) => {
      prepared(lab);
      const before = filesIn(lab.home).sort();
      const first = lab.sallyport('hook', 'install', ...ALL);
      assert.deepEqual([first.code, first.stderr], [0, '']);
      const claude = JSON.parse(readFileSync(fileOf(lab, 'claude-code'), 'utf8'));
      assert.deepEqual([claude.model, claude.env, claude.hooks.Notification.length], ['opus', { A: '1' }, 1]);
      assert.deepEqual(
        claude.hooks.PostToolUse.map((entry: { hooks: { command: string }[] }) =>
          entry.hooks[0]?.command.split(' ').at(-1),
        ),
        ['--write', 'PostToolUse'],
      );
      const texts = HOOK_AGENTS.map((agent) => readFileSync(fileOf(lab, agent), 'utf8'));
      const second = lab.sallyport('hook', 'install', ...ALL);
      assert.ok(
        second.stdout
          .trim()
          .split('\n')
          .every((line) => line.startsWith('unchanged: ')),
        second.stdout,
      );
      assert.deepEqual(
        HOOK_AGENTS.map((agent) => readFileSync(fileOf(lab, agent), 'utf8')),
        texts,
      );

      const status = JSON.parse(lab.sallyport('hook', 'status', '--json').stdout);
      assert.ok(
        status.agents.every((one: { global: string; repo: string }) => one.global === 'installed' && one.repo === '-'),
      );
      assert.deepEqual(status.gitHooks, { 'post-commit': true, 'post-rewrite': true, 'pre-push': true });

      const out = lab.sallyport('hook', 'uninstall');
      assert.deepEqual([out.code, out.stderr], [0, '']);
      for (const [agent, text] of Object.entries(SETTINGS))
        assert.equal(readFileSync(fileOf(lab, agent), 'utf8'), text);
      assert.deepEqual(
        filesIn(lab.home)
          .filter((name) => !name.startsWith('.cache'))
          .sort(),
        before,
      );
      assert.deepEqual(
        readdirSync(join(lab.top, '.git/hooks')).filter((name) => !name.endsWith('.sample')),
        [],
      );
    }));

  test('uninstall takes out its own alone from settings that were changed since', () =>
    inLab((lab) => {
      prepared(lab);
      lab.sallyport('hook', 'install', ...ALL);
      for (const agent of Object.keys(SETTINGS)) {
        const changed = { ...JSON.parse(readFileSync(fileOf(lab, agent), 'utf8')), added: 'since' };
        put(fileOf(lab, agent), JSON.stringify(changed));
      }
      lab.sallyport('hook', 'uninstall');
      for (const [agent, text] of Object.entries(SETTINGS)) {
        const { hooks, ...rest } = JSON.parse(text);
        const left = JSON.parse(readFileSync(fileOf(lab, agent), 'utf8'));
        const kept = Object.keys(hooks).length === 0 ? rest : { ...rest, hooks };
        assert.deepEqual(left, { ...kept, added: 'since' }, agent);
      }
    }));

  test('leaves settings that it cannot read as they are, and says what to add', () =>
    inLab((lab) => {
      lab.git('init', '-q');
      const text = '{\n  // my settings\n  "ui": {}\n}\n';
      put(fileOf(lab, 'gemini-cli'), text);
      const { code, stdout, stderr } = lab.sallyport('hook', 'install', '--coding-agent', 'gemini-cli');
      assert.equal(code, 1);
      assert.match(stderr, /is left as it is: it is no plain JSON \(it has comments\)/);
      assert.match(stdout, /"BeforeTool"/);
      assert.equal(readFileSync(fileOf(lab, 'gemini-cli'), 'utf8'), text);
    }));

  test('with --dry-run writes nothing', () =>
    inLab((lab) => {
      prepared(lab);
      const { code, stdout } = lab.sallyport('hook', 'install', '--dry-run', ...ALL);
      assert.equal(code, 0);
      assert.match(stdout, /would write: Claude Code/);
      assert.equal(readFileSync(fileOf(lab, 'cursor'), 'utf8'), SETTINGS['cursor']);
      assert.ok(!existsSync(fileOf(lab, 'opencode')) && !existsSync(join(lab.top, '.git/hooks/post-commit')));
    }));

  test('with --repo writes into the work tree', () =>
    inLab((lab) => {
      lab.git('init', '-q');
      assert.equal(lab.sallyport('hook', 'install', '--repo', ...ALL).code, 0);
      for (const agent of HOOK_AGENTS) assert.ok(existsSync(join(lab.top, loadAgent(agent)?.files.repo ?? '')), agent);
      assert.deepEqual(
        filesIn(lab.home).filter((name) => !name.startsWith('.cache')),
        [],
      );
      lab.sallyport('hook', 'uninstall', '--repo');
      assert.deepEqual(
        filesIn(lab.top).filter((name) => !name.startsWith('.git/')),
        [],
      );
    }));

  test('takes the agents that are used here, and none but those', () =>
    inLab((lab) => {
      lab.git('init', '-q');
      assert.equal(lab.sallyport('hook', 'install').code, 2);
      mkdirSync(join(lab.home, '.codex'));
      assert.equal(lab.sallyport('hook', 'install').code, 0);
      assert.deepEqual(
        HOOK_AGENTS.filter((agent) => existsSync(fileOf(lab, agent))),
        ['openai-codex'],
      );
    }));

  test('refuses an agent that nobody knows, as a usage error', () =>
    inLab((lab) => {
      lab.git('init', '-q');
      const { code, stderr } = lab.sallyport('hook', 'install', '--coding-agent', 'clippy');
      assert.deepEqual([code, /no such coding agent: clippy/.test(stderr)], [2, true]);
    }));
});

describe('hooks of the repository', () => {
  const HOOK = ['#!/bin/sh', 'echo "called $*" >> called.txt', 'cat >> called.txt', 'exit "$REFUSE"', ''].join('\n');

  function withHook(lab: HookLab, name: string, folder = join(lab.top, '.git/hooks')): string {
    put(join(folder, name), HOOK);
    chmodSync(join(folder, name), 0o755);
    return join(folder, name);
  }

  test('that were there are called, may refuse, and come back', () =>
    inLab((lab) => {
      lab.git('init', '-q', '-b', 'main');
      lab.git('init', '-q', '--bare', join(lab.root, 'bare.git'));
      const commit = withHook(lab, 'post-commit');
      const push = withHook(lab, 'pre-push');
      lab.env['REFUSE'] = '0';
      lab.sallyport('hook', 'install', '--coding-agent', 'claude-code');
      lab.write('a.ts', 'const a = 1;\n');
      lab.git('add', '-A');
      lab.git('commit', '-qm', 'first');
      assert.equal(lab.read('called.txt'), 'called \n');
      const to = join(lab.root, 'bare.git');
      lab.env['REFUSE'] = '1';
      assert.equal(lab.run('git', ['push', to, 'main']).code, 1);
      lab.env['REFUSE'] = '0';
      const pushed = lab.run('git', ['push', to, 'main']);
      assert.equal(pushed.code, 0, pushed.stderr);
      assert.match(lab.read('called.txt'), /refs\/heads\/main [0-9a-f]{40} refs\/heads\/main 0{40}\n/);
      lab.sallyport('hook', 'uninstall');
      assert.deepEqual([readFileSync(commit, 'utf8'), readFileSync(push, 'utf8')], [HOOK, HOOK]);
    }));

  test('go where core.hooksPath says, when that is of this repository', () =>
    inLab((lab) => {
      lab.git('init', '-q');
      lab.git('config', 'core.hooksPath', '.hooks');
      assert.equal(lab.sallyport('hook', 'install', '--coding-agent', 'claude-code').code, 0);
      assert.ok(existsSync(join(lab.top, '.hooks/post-commit')));
    }));

  test('are not put where other repositories have theirs', () =>
    inLab((lab) => {
      lab.git('init', '-q');
      const shared = join(lab.root, 'shared');
      mkdirSync(shared);
      lab.git('config', 'core.hooksPath', shared);
      const { code, stderr } = lab.sallyport('hook', 'install', '--coding-agent', 'claude-code');
      assert.deepEqual([code, readdirSync(shared)], [1, []]);
      assert.match(stderr, /other repositories use as well/);
    }));
});

// Which lines of a commit are whose, whatever happened to the files on the way.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseGitAiNote } from '../../../src/domain/attribution/notes/git-ai-note.ts';
import { type HookLab, inLab } from './hook-lab.ts';

const AGENT = 'claude-code';
const START = ['const alpha = first();', 'const beta = second();', 'const gamma = third();', ''].join('\n');
const file = (...lines: readonly string[]) => `${lines.join('\n')}\n`;

/** A repository with one file, and a session that was asked something. */
function begun(lab: HookLab, agents: readonly string[] = [AGENT]): void {
  lab.begin(agents, { 'a.ts': START });
  lab.hook(AGENT, 'prompt');
}

function commitAll(lab: HookLab, message = 'work'): string {
  lab.git('add', '-A');
  return lab.commit(message);
}

describe('lines of a commit', () => {
  test('of a file staged in part: only what is in the commit, the rest goes with the next one', () =>
    inLab((lab) => {
      begun(lab);
      lab.edit(AGENT, 'a.ts', file('const added = top();', ...START.trim().split('\n'), 'const last = bottom();'));
      const whole = lab.read('a.ts');
      lab.write('a.ts', file('const added = top();', ...START.trim().split('\n')));
      lab.git('add', 'a.ts');
      lab.write('a.ts', whole);
      lab.commit('top');
      assert.deepEqual(lab.lines(), { 'a.ts': ['1'] });
      commitAll(lab);
      assert.deepEqual(lab.lines(), { 'a.ts': ['5'] });
    }));

  test('staged, and written over by a person before the commit', () =>
    inLab((lab) => {
      begun(lab);
      lab.edit(AGENT, 'a.ts', file(...START.trim().split('\n'), 'const machine = written();'));
      lab.git('add', 'a.ts');
      lab.write('a.ts', file(...START.trim().split('\n'), 'const person = rewrote();'));
      lab.commit();
      assert.deepEqual(lab.lines(), { 'a.ts': ['4'] });
    }));

  test('that a person wrote before, between and after the edits are nobody’s', () =>
    inLab((lab) => {
      begun(lab);
      lab.write('a.ts', `const human = before();\n${START}`);
      lab.edit(AGENT, 'a.ts', `const human = before();\nconst machine = one();\n${START}`);
      lab.write('a.ts', `const human = before();\nconst human2 = between();\nconst machine = one();\n${START}`);
      lab.edit(AGENT, 'a.ts', `${lab.read('a.ts')}const machine = two();\n`);
      lab.write('a.ts', `${lab.read('a.ts')}const human = after();\n`);
      commitAll(lab);
      assert.deepEqual(lab.lines(), { 'a.ts': ['3,7'] });
    }));

  test('stay the session’s when a formatter indents and quotes them anew', () =>
    inLab((lab) => {
      begun(lab);
      lab.edit(AGENT, 'b.ts', file('if (ready) {', "const name = 'alpha';", '}', 'run( name );'));
      lab.write('b.ts', file('if (ready) {', '  const name = "alpha";', '}', 'run(name);'));
      commitAll(lab);
      assert.deepEqual(lab.lines(), { 'b.ts': ['1-4'] });
    }));

  test('keep their owner when the agent moves them', () =>
    inLab((lab) => {
      begun(lab);
      lab.write('a.ts', file('const alpha = first();', 'const personally = written();', 'const gamma = third();'));
      lab.hook(AGENT, 'before-edit', { tool_input: { file_path: join(lab.top, 'a.ts') } });
      lab.write(
        'a.ts',
        file(
          'const gamma = third();',
          'const machine = made();',
          'const alpha = first();',
          'const personally = written();',
        ),
      );
      lab.hook(AGENT, 'after-edit', { tool_input: { file_path: join(lab.top, 'a.ts') } });
      commitAll(lab);
      assert.deepEqual(lab.lines(), { 'a.ts': ['2'] });
    }));

  test('keep their owner when a shell command moves them to another file', () =>
    inLab((lab) => {
      begun(lab);
      lab.hook(AGENT, 'before-shell');
      lab.git('mv', 'a.ts', 'moved.ts');
      appendFileSync(join(lab.top, 'moved.ts'), 'const machine = appended();\n');
      lab.hook(AGENT, 'after-shell');
      commitAll(lab);
      assert.deepEqual(lab.lines(), { 'moved.ts': ['4'] });
    }));

  test('whose proposal a person changed are claimed by no note, and are told to the gateway', () =>
    inLab(async (lab) => {
      begun(lab);
      lab.edit(AGENT, 'a.ts', `${START}const both = wroteThis();\n`, { tool_response: { userModified: true } });
      commitAll(lab);
      assert.deepEqual(lab.lines(), {});
      const edits = (await lab.queued()).flatMap(({ event }) => (event.kind === 'edit' ? [event.userModified] : []));
      assert.deepEqual(edits, [true]);
    }));

  test('committed by the agent itself, from its shell', () =>
    inLab((lab) => {
      begun(lab);
      lab.hook(AGENT, 'before-shell');
      lab.write('made.ts', file('const made = inTheShell();', 'const more = lines();'));
      commitAll(lab);
      assert.deepEqual(lab.lines(), { 'made.ts': ['1-2'] });
      lab.write('later.ts', file('const later = afterTheCommit();'));
      lab.hook(AGENT, 'after-shell');
      commitAll(lab, 'later');
      assert.deepEqual(lab.lines(), { 'later.ts': ['1'] });
    }));

  test('that a checkout in the agent’s shell brought are not the agent’s', () =>
    inLab((lab) => {
      begun(lab);
      lab.git('checkout', '-qb', 'other');
      lab.write('brought.ts', file('const brought = byGit();'));
      lab.git('add', '-A');
      lab.git('commit', '-qm', 'other');
      lab.git('checkout', '-q', 'main');
      lab.hook(AGENT, 'before-shell');
      lab.git('checkout', '-q', 'other');
      lab.write('own.ts', file('const own = byTheAgent();'));
      lab.hook(AGENT, 'after-shell');
      lab.write('brought.ts', file('const brought = byGit();', 'const human = addsOne();'));
      commitAll(lab);
      assert.deepEqual(lab.lines(), { 'own.ts': ['1'] });
    }));

  test('of two agents each in its own place', () =>
    inLab(async (lab) => {
      begun(lab, [AGENT, 'openai-codex']);
      lab.edit(AGENT, 'a.ts', `${START}const claude = wrote();\n`);
      lab.hook('openai-codex', 'before-edit', { tool_input: { command: '*** Update File: a.ts' } });
      lab.write('a.ts', `const codex = wrote();\n${START}const claude = wrote();\n`);
      lab.hook('openai-codex', 'after-edit', { tool_input: { command: '*** Update File: a.ts' } });
      commitAll(lab);
      const parsed = parseGitAiNote(Buffer.from(lab.git('notes', '--ref=ai', 'show', 'HEAD')));
      assert.ok(parsed.outcome === 'parsed');
      const said = parsed.note.files.flatMap(({ entries }) =>
        entries.map(({ key, ranges }) => [parsed.note.sessions.get(key.slice(0, 16))?.tool, ranges]),
      );
      assert.deepEqual(
        new Map(said as [string, unknown][]),
        new Map([
          ['codex', [{ start: 1, end: 1 }]],
          ['claude', [{ start: 5, end: 5 }]],
        ]),
      );
    }));

  test('that two agents edited at once are neither’s', () =>
    inLab((lab) => {
      begun(lab, [AGENT, 'openai-codex']);
      lab.hook('openai-codex', 'before-edit', { tool_input: { command: '*** Update File: a.ts' } });
      lab.edit(AGENT, 'a.ts', `${START}const whose = line();\n`);
      lab.hook('openai-codex', 'after-edit', { tool_input: { command: '*** Update File: a.ts' } });
      commitAll(lab);
      assert.deepEqual(lab.lines(), {});
    }));

  test('in the first commit of a repository', () =>
    inLab((lab) => {
      lab.begin([AGENT], {});
      lab.hook(AGENT, 'prompt');
      lab.edit(AGENT, 'first.ts', file('const first = line();'));
      commitAll(lab);
      assert.deepEqual(lab.lines(), { 'first.ts': ['1'] });
    }));

  test('in a linked work tree', () =>
    inLab(async (lab) => {
      begun(lab);
      lab.git('worktree', 'add', '-q', join(lab.root, 'linked'));
      lab.top = join(lab.root, 'linked');
      lab.edit(AGENT, 'a.ts', `${START}const linked = tree();\n`);
      commitAll(lab);
      assert.deepEqual(lab.lines(), { 'a.ts': ['4'] });
      assert.ok((await lab.queued()).some(({ event }) => event.kind === 'commit'));
    }));

  test('of merges are what no parent has', () =>
    inLab((lab) => {
      begun(lab);
      lab.git('checkout', '-qb', 'side');
      lab.edit(AGENT, 'a.ts', `${START}const side = line();\n`);
      commitAll(lab);
      lab.git('checkout', '-q', 'main');
      lab.edit(AGENT, 'a.ts', `${START}const main = line();\n`);
      commitAll(lab);
      assert.notEqual(lab.run('git', ['merge', '-q', 'side']).code, 0);
      lab.edit(AGENT, 'a.ts', `${START}const main = line();\nconst side = line();\nconst joined = both();\n`);
      commitAll(lab, 'merged');
      assert.deepEqual(lab.lines(), { 'a.ts': ['6'] });
    }));
});

describe('not recorded', () => {
  test('is a file outside of the repository, nor one that git ignores', () =>
    inLab(async (lab) => {
      begun(lab);
      lab.write('.gitignore', '.env\n');
      lab.edit(AGENT, '.env', 'KEY=value of the environment\n');
      lab.edit(AGENT, '../outside.ts', 'const outside = of(everything);\n');
      const events = await lab.queued();
      assert.deepEqual(
        events.map(({ event }) => event.kind),
        ['session-start', 'prompt'],
      );
    }));

  test('is anything when the payload is none: the agent never notices', () =>
    inLab((lab) => {
      begun(lab, [AGENT, 'gemini-cli']);
      for (const input of [
        '',
        '{',
        'null',
        '[]',
        '{"session_id":7}',
        '{"hook_event_name":"PreToolUse","session_id":"x"}',
      ]) {
        const { code, stdout, stderr } = lab.run('sh', ['-c', lab.command(AGENT, 'PreToolUse')], input);
        assert.deepEqual([code, stdout, stderr], [0, '', ''], input);
        assert.equal(lab.run('sh', ['-c', lab.command('gemini-cli', 'BeforeTool')], input).stdout, '{}\n');
      }
    }));

  test('is anything where there is no repository, and nothing is left there', () =>
    inLab((lab) => {
      begun(lab);
      lab.top = join(lab.root, 'elsewhere');
      mkdirSync(lab.top);
      lab.hook(AGENT, 'prompt');
      lab.edit(AGENT, 'x.ts', 'const x = 1;\n');
      assert.deepEqual(readdirSync(lab.top), ['x.ts']);
    }));
});

describe('notes', () => {
  test('go with an amended commit', () =>
    inLab(async (lab) => {
      begun(lab);
      lab.edit(AGENT, 'a.ts', `${START}const amended = later();\n`);
      commitAll(lab);
      lab.write('human.ts', 'const human = line();\n');
      lab.write('a.ts', `const above = human();\n${lab.read('a.ts')}`);
      lab.git('add', '-A');
      lab.git('commit', '-q', '--amend', '-m', 'amended');
      assert.deepEqual(lab.lines(), { 'a.ts': ['5'] });
      assert.match(
        lab.git('notes', '--ref=ai', 'show', 'HEAD'),
        new RegExp(`"base_commit_sha": "${lab.git('rev-parse', 'HEAD')}"`),
      );
    }));

  test('go with rebased commits, to where the lines are then', () =>
    inLab(async (lab) => {
      begun(lab);
      lab.git('checkout', '-qb', 'topic');
      lab.edit(AGENT, 'a.ts', `${START}const topic = one();\n`);
      const one = commitAll(lab, 'one');
      lab.edit(AGENT, 'b.ts', file('const topic = two();', 'const human = soon();'));
      commitAll(lab, 'two');
      lab.git('checkout', '-q', 'main');
      lab.write('a.ts', file('// a licence', '// of two lines', ...START.trim().split('\n')));
      lab.git('commit', '-qam', 'main goes on');
      lab.git('checkout', '-q', 'topic');
      lab.git('rebase', '-q', 'main');
      assert.notEqual(lab.git('rev-parse', 'HEAD~1'), one);
      assert.deepEqual([lab.lines('HEAD~1'), lab.lines()], [{ 'a.ts': ['6'] }, { 'b.ts': ['1-2'] }]);
      const made = (await lab.queued()).flatMap(({ event }) => (event.kind === 'commit' ? [event.commit] : []));
      assert.ok(made.includes(lab.git('rev-parse', 'HEAD')));
    }));

  test('of commits that a rebase squashes are joined', () =>
    inLab((lab) => {
      begun(lab);
      lab.git('checkout', '-qb', 'topic');
      lab.edit(AGENT, 'a.ts', `${START}const topic = one();\n`);
      commitAll(lab, 'one');
      lab.write('human.ts', 'const human = line();\n');
      commitAll(lab, 'human');
      lab.edit(AGENT, 'b.ts', file('const topic = two();'));
      commitAll(lab, 'two');
      lab.env['GIT_SEQUENCE_EDITOR'] = "sed -i '2,3s/^pick/fixup/'";
      lab.git('rebase', '-q', '-i', 'main');
      assert.equal(lab.git('rev-list', '--count', 'main..HEAD'), '1');
      assert.deepEqual(lab.lines(), { 'a.ts': ['4'], 'b.ts': ['1'] });
    }));

  test('that git-ai wrote itself stay, and get what it did not see', () =>
    inLab((lab) => {
      begun(lab);
      const theirs = `a.ts\n  s_0123456789abcd::t_0123456789abcd 4\n---\n{"schema_version":"authorship/3.0.0","base_commit_sha":"@","prompts":{},"sessions":{"s_0123456789abcd":{"agent_id":{"tool":"cursor","id":"c","model":"m"}}}}`;
      lab.edit(AGENT, 'a.ts', `${START}const one = line();\nconst two = line();\n`);
      lab.git('add', '-A');
      lab.git('-c', 'core.hooksPath=/dev/null', 'commit', '-qm', 'work');
      const note = theirs.replace('@', lab.git('rev-parse', 'HEAD'));
      lab.git('notes', '--ref=ai', 'add', '-m', note, 'HEAD');
      lab.sallyport('hook', 'post-commit');
      assert.match(
        lab.noteLines(),
        /^a\.ts\n {2}s_0123456789abcd::t_0123456789abcd 4\n {2}s_[0-9a-f]{14}::t_[0-9a-f]{14} 5\n$/,
      );
    }));

  test('that nobody understands are left alone', () =>
    inLab((lab) => {
      begun(lab);
      lab.edit(AGENT, 'a.ts', `${START}const one = line();\n`);
      lab.git('add', '-A');
      lab.git('-c', 'core.hooksPath=/dev/null', 'commit', '-qm', 'work');
      lab.git('notes', '--ref=ai', 'add', '-m', 'remember the milk', 'HEAD');
      lab.sallyport('hook', 'post-commit');
      assert.equal(lab.git('notes', '--ref=ai', 'show', 'HEAD'), 'remember the milk');
    }));

  test('are none where no agent was', () =>
    inLab((lab) => {
      lab.begin();
      lab.write('a.ts', 'const human = line();\n');
      commitAll(lab);
      assert.equal(lab.run('git', ['rev-parse', '--verify', '-q', 'refs/notes/ai']).code, 1);
      assert.ok(!existsSync(join(lab.top, '.git/sallyport')));
    }));
});

test('what the recorder keeps is its owner’s alone, and holds no line of any file', () =>
  inLab(async (lab) => {
    begun(lab);
    lab.edit(AGENT, 'a.ts', `${START}const recognisable = line();\n`);
    await lab.queued();
    const place = join(lab.top, '.git/sallyport');
    assert.equal(statSync(place).mode & 0o777, 0o700);
    for (const name of readdirSync(place, { recursive: true, encoding: 'utf8' })) {
      const stat = statSync(join(place, name));
      assert.equal(stat.mode & 0o077, 0, name);
      if (stat.isFile() && !name.startsWith('queue'))
        assert.ok(!readFileSync(join(place, name), 'utf8').includes('recognisable'), name);
    }
  }));

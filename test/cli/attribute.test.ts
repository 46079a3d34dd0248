// `sallyport attribute` as its user runs it: the real program on a real repository.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sessionKey } from '../../src/domain/attribution/sessions/session-event.ts';

const PROGRAM = resolve(import.meta.dirname, '../../src/cli/sallyport.mjs');
const repo = mkdtempSync(join(tmpdir(), 'sallyport-attribute-'));
const env = {
  PATH: process.env['PATH'],
  HOME: repo,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Alice',
  GIT_AUTHOR_EMAIL: 'alice@example.com',
  GIT_COMMITTER_NAME: 'Alice',
  GIT_COMMITTER_EMAIL: 'alice@example.com',
};

const git = (args: readonly string[], input = ''): string =>
  execFileSync('git', ['-C', repo, ...args], { env, input, encoding: 'utf8' }).trim();

function commit(lines: readonly string[], message: string): string {
  writeFileSync(join(repo, 'a.ts'), `${lines.join('\n')}\n`);
  git(['add', '.']);
  git(['commit', '-q', '-F', '-'], message);
  return git(['rev-parse', 'HEAD']);
}

const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, [PROGRAM, 'attribute', ...args, '-C', repo], { env, encoding: 'utf8' });

let oids: readonly string[];
before(() => {
  git(['init', '-q']);
  const first = commit(['one', 'two'], 'by hand');
  const declared = commit(['one', '2', 'two'], 'feat: x\n\nCo-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>\n');
  const noted = commit(['one', '2', 'two', 'three', 'four'], 'with a note');
  const session = sessionKey({ codingAgent: 'cursor', conversation: 'c1' });
  const agent = { agent_id: { tool: 'cursor', id: 'c1', model: 'auto' } };
  const about = { schema_version: 'authorship/3.0.0', base_commit_sha: noted, prompts: {} };
  const note = `a.ts\n  ${session} 4\n---\n${JSON.stringify({ ...about, sessions: { [session]: agent } })}`;
  git(['notes', '--ref=ai', 'add', '-F', '-', noted], note);
  oids = [first, declared, noted];
});
after(() => rmSync(repo, { recursive: true, force: true }));

describe('attribute', () => {
  test('says by commit and line what commits and notes say, and nothing of the rest', () => {
    const { status, stdout } = run('HEAD', '--json');
    assert.equal(status, 0);
    const { commits } = JSON.parse(stdout) as {
      commits: { oid: string; codingAgents: { id: string; evidence: object[] }[]; lines: object; files: object[] }[];
    };
    assert.deepEqual(
      commits.map(({ oid, codingAgents }) => [oid, codingAgents.map(({ id }) => id)]),
      [
        [oids[0], []],
        [oids[1], ['claude-code']],
        [oids[2], ['cursor']],
      ],
    );
    const none = { ai: 0, humanAttested: 0, mixed: 0, declared: 0, disputed: 0, unknown: 0 };
    assert.deepEqual(
      commits.map(({ lines }) => lines),
      [
        { ...none, unknown: 2 },
        { ...none, declared: 1 },
        { ...none, ai: 1, unknown: 1 },
      ],
    );
    const [trailer] = commits[1]?.codingAgents[0]?.evidence ?? [];
    const raw = 'Co-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>';
    assert.deepEqual(trailer, {
      kind: 'trailer',
      rule: 'claude-code/identity',
      raw,
      tier: 'E2',
      verifier: 'unverifiable',
    });
  });

  test('for people, and of a part of the history', () => {
    const { status, stdout } = run('HEAD~1..HEAD');
    assert.equal(status, 0);
    assert.match(stdout, /with a note\n {2}lines: 1 ai, 1 unknown\n {2}E3 cursor/);
    assert.doesNotMatch(stdout, /by hand/);
  });

  test('a range that git does not know is wrong usage', () => {
    const { status, stderr } = run('nowhere..HEAD');
    assert.equal(status, 2);
    assert.match(stderr, /nowhere\.\.HEAD/);
  });
});

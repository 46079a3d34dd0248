import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LineCounts, NO_LINES } from '../../../../src/domain/attribution/attribution.ts';
import { combinePush } from '../../../../src/domain/attribution/combine/combine-push.ts';
import { countsByPath } from '../../../../src/domain/attribution/combine/path-counts.ts';
import type { Evidence } from '../../../../src/domain/attribution/evidence.ts';
import { addedFile, evidence, oid } from '../sample.ts';

const A = oid('a');
const B = oid('b');
const TEXT = ['const total = 1;', 'const other = 2;', 'const third = 3;'];
const CLAUDE = 'claude-code';
const CODEX = 'openai-codex';

function trailer(agent: string, commit = A, more: Partial<Evidence> = {}): Evidence {
  return evidence(agent, { kind: 'trailer', tier: 'E2', target: { commit }, ...more });
}

function attributed(
  items: readonly Evidence[],
  kind: 'ordinary' | 'merge' | 'squash' | 'revert' = 'ordinary',
  path = 'a.ts',
) {
  const files = [addedFile(A, path, TEXT)];
  return combinePush({ commits: [{ oid: A, kind }], files, evidence: items, ruleSet: 'test', unseen: [] });
}

const pusher = evidence(CODEX, { kind: 'principal', tier: 'E4', scope: 'push' });
const branch = evidence(CODEX, {
  kind: 'branch',
  tier: 'E1',
  scope: 'branch',
  target: { refName: 'refs/heads/codex/x' },
});

const COMMITS: readonly (readonly [
  title: string,
  items: readonly Evidence[],
  kind: 'ordinary' | 'merge' | 'squash' | 'revert',
  counts: Partial<LineCounts>,
])[] = [
  ['a trailer declares all lines of an ordinary commit', [trailer(CLAUDE)], 'ordinary', { declared: 3 }],
  ['and those a merge has of its own', [trailer(CLAUDE)], 'merge', { declared: 3 }],
  ['of a squash it says nothing of any line', [trailer(CLAUDE)], 'squash', { unknown: 3 }],
  ['a revert of agent work is not agent work', [trailer(CLAUDE)], 'revert', { unknown: 3 }],
  ['two agents in one commit are disputed', [trailer(CLAUDE), trailer(CODEX)], 'ordinary', { disputed: 3 }],
  ['having had part says nothing of any line', [trailer(CLAUDE, A, { isPartial: true })], 'ordinary', { unknown: 3 }],
  ['the name of a branch says nothing of any line', [branch], 'ordinary', { unknown: 3 }],
  ['an agent that pushes with its own key declares what it pushes', [pusher], 'ordinary', { declared: 3 }],
  ['its key is better than a trailer', [pusher, trailer(CLAUDE)], 'ordinary', { declared: 3 }],
  ['what speaks for another commit does not count', [trailer(CLAUDE, B)], 'ordinary', { unknown: 3 }],
];
for (const [title, items, kind, counts] of COMMITS) {
  test(title, () => assert.deepEqual(attributed(items, kind).lines, { ...NO_LINES, ...counts }));
}

test('agents are shown with the strongest tier that names them, the strongest first', () => {
  const push = attributed([trailer(CLAUDE), branch, pusher]);
  const shown = push.commits[0]?.codingAgents.map(({ id, tier, evidence: items }) => [id, tier, items]);
  assert.deepEqual(shown, [
    [CODEX, 'E4', [1, 2]],
    [CLAUDE, 'E2', [0]],
  ]);
  assert.deepEqual(
    push.codingAgents.map(({ id }) => id),
    [CODEX, CLAUDE],
  );
});

test('a contradicted item names its agent as a hint only', () => {
  const note = evidence(CLAUDE, {
    kind: 'git-ai-note',
    tier: 'E3',
    verifier: 'contradicted',
    target: { commit: A, path: 'a.ts', ranges: [{ start: 1, end: 3 }] },
  });
  const [commit] = attributed([note]).commits;
  assert.deepEqual(
    commit?.codingAgents.map(({ tier }) => tier),
    ['E1'],
  );
});

test('a file that is generated is counted apart', () => {
  const push = attributed([trailer(CLAUDE)], 'ordinary', 'yarn.lock');
  assert.deepEqual([push.lines, push.generated], [NO_LINES, { ...NO_LINES, declared: 3 }]);
  assert.equal(countsByPath(push).get('yarn.lock')?.declared, 3);
});

test('ranges about another version of the file do not count', () => {
  const target = { commit: A, path: 'a.ts', blob: oid('other'), ranges: [{ start: 1, end: 3 }] };
  assert.equal(attributed([evidence(CLAUDE, { kind: 'git-ai-note', tier: 'E3', target })]).lines.unknown, 3);
});

test('what speaks for a file as a whole declares its lines', () => {
  const record = evidence(CLAUDE, {
    kind: 'agent-trace',
    tier: 'E3',
    scope: 'file',
    target: { commit: A, path: 'a.ts' },
  });
  assert.equal(attributed([record]).lines.declared, 3);
});

test('a branch speaks only for commits that it brings', () => {
  const commits = [
    { oid: A, kind: 'ordinary', refNames: ['refs/heads/main'] },
    { oid: B, kind: 'ordinary', refNames: ['refs/heads/codex/x'] },
  ] as const;
  const push = combinePush({ commits, files: [], evidence: [branch], ruleSet: 'test', unseen: [] });
  assert.deepEqual(
    push.commits.map((commit) => commit.evidence),
    [[], [0]],
  );
});

test('evidence that comes late gives another answer and changes nothing else', () => {
  const note = evidence(CLAUDE, {
    kind: 'git-ai-note',
    tier: 'E3',
    target: { commit: A, path: 'a.ts', ranges: [{ start: 2, end: 2 }] },
  });
  const early = attributed([trailer(CODEX)]);
  const late = attributed([trailer(CODEX), note]);
  assert.deepEqual(late.lines, { ...NO_LINES, declared: 2, ai: 1 });
  assert.deepEqual(late.evidence.slice(0, 1), early.evidence);
});

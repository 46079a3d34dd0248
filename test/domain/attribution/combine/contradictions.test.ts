import assert from 'node:assert/strict';
import { test } from 'node:test';
import { combinePush } from '../../../../src/domain/attribution/combine/combine-push.ts';
import { contradictions } from '../../../../src/domain/attribution/combine/contradictions.ts';
import type { Evidence, EvidenceKind, Tier } from '../../../../src/domain/attribution/evidence.ts';
import { addedFile, evidence, oid } from '../sample.ts';

const A = oid('a');
const CLAUDE = 'claude-code';
const CODEX = 'openai-codex';
const FILE = addedFile(A, 'a.ts', ['const total = 1;', 'const other = 2;', 'const third = 3;']);

const trailer = (agent: string, more: Partial<Evidence> = {}) =>
  evidence(agent, { kind: 'trailer', tier: 'E2', target: { commit: A }, ...more });
const lines = (agent: string, kind: EvidenceKind, tier: Tier, start = 1, end = 3) =>
  evidence(agent, { kind, tier, target: { commit: A, path: 'a.ts', ranges: [{ start, end }] } });

const seen = lines(CLAUDE, 'recorded-output', 'E5');
const note = lines(CLAUDE, 'git-ai-note', 'E3');

const CASES: readonly (readonly [title: string, items: readonly Evidence[], rules: readonly string[]])[] = [
  ['nothing known, nothing found', [], []],
  ['declared and not observed', [trailer(CLAUDE)], []],
  ['declared and observed', [trailer(CLAUDE), seen], []],
  ['recorded in a note, and observed', [note, seen], []],
  ['observed, not declared', [seen], ['undeclared-ai']],
  [
    'observed, and only a branch says so',
    [seen, evidence(CLAUDE, { kind: 'branch', tier: 'E1', scope: 'branch' })],
    ['undeclared-ai'],
  ],
  ['another agent declared than observed', [trailer(CODEX), seen], ['agent-mismatch']],
  ['one of two declared agents observed', [trailer(CODEX), trailer(CLAUDE), seen], []],
  [
    'a note names another agent for lines that were observed',
    [lines(CODEX, 'git-ai-note', 'E3', 2, 2), trailer(CLAUDE), seen],
    ['agent-mismatch'],
  ],
  [
    'a note names another agent for other lines',
    [lines(CODEX, 'git-ai-note', 'E3', 3, 3), note, lines(CLAUDE, 'hook-record', 'E5', 1, 2)],
    [],
  ],
  [
    'attested as human, observed to be a machine',
    [lines('human:Ada', 'git-ai-note', 'E3'), trailer(CLAUDE), seen],
    ['human-mismatch'],
  ],
  [
    'attested as human, pushed by an agent',
    [lines('human:Ada', 'git-ai-note', 'E3'), evidence(CODEX, { kind: 'principal', tier: 'E4', scope: 'push' })],
    ['human-mismatch'],
  ],
  [
    'declared when it was another commit, and not now',
    [trailer(CLAUDE, { carriedFrom: oid('old') })],
    ['declaration-dropped'],
  ],
  ['declared then and now', [trailer(CLAUDE, { carriedFrom: oid('old') }), trailer(CLAUDE)], []],
  ['declared then, in a note now', [trailer(CLAUDE, { carriedFrom: oid('old') }), note], []],
  ['a hint then', [trailer(CLAUDE, { carriedFrom: oid('old'), tier: 'E1' })], []],
  ['a note then', [{ ...note, carriedFrom: oid('old') }], []],
];
for (const [title, items, rules] of CASES) {
  test(title, () => {
    const commits = [{ oid: A, kind: 'ordinary' }] as const;
    const attribution = combinePush({ commits, files: [FILE], evidence: items, ruleSet: 'test', unseen: [] });
    const findings = contradictions({ attribution });
    assert.deepEqual(
      findings.map(({ rule }) => rule),
      rules,
    );
    for (const { commit } of findings) assert.equal(commit, A);
  });
}

test('a coding agent that signed off is found, its trailer made visible', () => {
  const commits = [{ oid: A, kind: 'ordinary' }] as const;
  const attribution = combinePush({ commits, files: [], evidence: [], ruleSet: 'test', unseen: [] });
  const signOffs = new Map([[A, [{ codingAgent: CLAUDE, raw: 'Signed-off-by: \u001b[31mClaude' }]]]);
  const [finding] = contradictions({ attribution, signOffs });
  assert.equal(finding?.rule, 'agent-signed-off');
  assert.ok(finding?.text.endsWith('Signed-off-by: \\x1b[31mClaude'));
});

test('thousands of claims at odds cost little and are said once', () => {
  const claims = Array.from({ length: 5_000 }, (_, at) => lines(`agent-${at}`, 'git-ai-note', 'E3', 1 + (at % 3), 3));
  const commits = [{ oid: A, kind: 'ordinary' }] as const;
  const began = process.cpuUsage();
  const attribution = combinePush({ commits, files: [FILE], evidence: [seen, ...claims], ruleSet: 'test', unseen: [] });
  const rules = contradictions({ attribution }).map(({ rule }) => rule);
  assert.deepEqual(rules, ['agent-mismatch', 'too-many-claims']);
  assert.ok(process.cpuUsage(began).user < 2e6);
});

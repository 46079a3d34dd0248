import assert from 'node:assert/strict';
import { test } from 'node:test';
import { combinePush } from '../../../../src/domain/attribution/combine/combine-push.ts';
import { sensitiveKind, sensitivePathFindings } from '../../../../src/domain/attribution/combine/sensitive-paths.ts';
import type { Evidence } from '../../../../src/domain/attribution/evidence.ts';
import { addedFile, evidence, oid } from '../sample.ts';

const KINDS: readonly (readonly [path: string, kind: string | undefined])[] = [
  ['.github/workflows/release.yml', 'CI'],
  ['sub/.github/workflows/x.yml', 'CI'],
  ['.github/ISSUE_TEMPLATE.md', undefined],
  ['Jenkinsfile', 'CI'],
  ['tools/Makefile', 'build'],
  ['package.json', 'build'],
  ['web/package-lock.json', 'lock file'],
  ['src/Auth/login.ts', 'access'],
  ['docs/CODEOWNERS', 'access'],
  ['lib/crypto/aes.c', 'cryptography'],
  ['src/author/name.ts', undefined],
  ['src/auth.ts', undefined],
  ['constructor', undefined],
  ['__proto__/hasOwnProperty', undefined],
];

for (const [path, kind] of KINDS) {
  test(`${path} is ${kind ?? 'like any other'}`, () => assert.equal(sensitiveKind(path), kind));
}

const A = oid('a');
const LINES = ['make release', 'make publish', 'make sure'];

function found(path: string, items: readonly Evidence[]): readonly string[] {
  const files = [addedFile(A, path, LINES)];
  const push = combinePush({
    commits: [{ oid: A, kind: 'ordinary' }],
    files,
    evidence: items,
    ruleSet: 'r',
    unseen: [],
  });
  return sensitivePathFindings(push).map(({ rule, text }) => `${rule}: ${text}`);
}

const written = (path: string, end: number) =>
  evidence('claude-code', {
    kind: 'git-ai-note',
    tier: 'E3',
    target: { commit: A, path, ranges: [{ start: 1, end }] },
  });

test('lines of a machine, and those that nobody speaks for beside them, are pointed at', () => {
  assert.deepEqual(found('Makefile', [written('Makefile', 2)]), [
    'machine-lines-in-sensitive-path: at least 2 lines of build by a machine: Makefile',
    'unknown-lines-in-sensitive-path: 1 lines of build that nobody speaks for: Makefile',
  ]);
});

test('other files, and pushes in which no machine had a part, are not', () => {
  assert.deepEqual(found('src/a.ts', [written('src/a.ts', 3)]), []);
  assert.deepEqual(found('Makefile', []), []);
});

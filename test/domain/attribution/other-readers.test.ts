import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UNKNOWN_AI } from '../../../src/domain/attribution/evidence.ts';
import { readBranch } from '../../../src/domain/attribution/readers/branch-name.ts';
import {
  checkCommitSignature,
  readSignature,
  signatureVerdict,
} from '../../../src/domain/attribution/readers/commit-signature.ts';
import { agentSignOffs } from '../../../src/domain/attribution/readers/message.ts';
import { readPrincipal } from '../../../src/domain/attribution/readers/pushing-principal.ts';
import { readCommit } from '../../../src/domain/attribution/readers/read-commit.ts';
import { RealGit } from '../../protocol/real-git.ts';
import { commit, DAY, github } from './labelled-commits.ts';

const dir = mkdtempSync(join(tmpdir(), 'commit-signature-'));
after(() => rmSync(dir, { recursive: true, force: true }));

test('branches that agents name are a hint and no more', () => {
  for (const [branch, agent] of [
    ['claude/fix-login-01Ab', 'claude-code'],
    ['claudecode/fix', 'claude-code'],
    ['copilot/fix-123', 'github-copilot-coding-agent'],
    ['cursor/fix-the-login-3f2a', 'cursor'],
    ['codex/add-tests', 'openai-codex'],
    ['devin/1734567890-fix', 'devin'],
    ['jules/fix', 'jules'],
    ['fix-login-1234567890123456789', 'jules'],
    ['openhands/fix', 'openhands'],
    ['openhands-fix-issue-42', 'openhands'],
    ['windsurf-bot/fix', 'windsurf'],
    ['kiro/spec', 'kiro'],
    ['opencode/fix', 'opencode'],
    ['goose/fix', 'goose'],
    ['sweep/fix', 'sweep'],
  ] as const) {
    const refName = `refs/heads/${branch}`;
    const evidence = readBranch(refName, DAY);
    assert.deepEqual(
      evidence.map(({ kind, tier, scope, target, claim, observedAt }) => [
        kind,
        tier,
        scope,
        target,
        claim,
        observedAt,
      ]),
      [['branch', 'E1', 'branch', { refName }, { by: 'ai', codingAgent: agent }, DAY]],
      branch,
    );
  }
  for (const refName of [
    'refs/heads/main',
    'refs/heads/claude',
    'refs/heads/fix/claude/x',
    'refs/heads/cursor/fix',
    'refs/heads/cursor-position',
    'refs/heads/devin/fix',
    'refs/heads/backup-20260820101112345',
    'refs/heads/123456789012345678',
    'refs/heads/codexes/x',
    'refs/tags/claude/x',
    'refs/notes/claude/x',
    `refs/heads/claude/${'x'.repeat(2000)}`,
  ]) {
    assert.deepEqual(readBranch(refName, DAY), [], refName);
  }
});

test('a coding agent that pushes is known to push; people and services say nothing', () => {
  const [item] = readPrincipal({ name: 'copilot', kind: 'coding-agent', sponsor: 'alice' }, 'github-copilot');
  assert.deepEqual(item?.claim, { by: 'ai', codingAgent: 'github-copilot', human: 'alice' });
  assert.deepEqual([item?.tier, item?.scope, item?.verifier, item?.principal], ['E4', 'push', 'verified', 'copilot']);
  assert.equal(readPrincipal({ name: 'x', kind: 'coding-agent' })[0]?.claim.codingAgent, UNKNOWN_AI);
  assert.deepEqual(readPrincipal({ name: 'claude', kind: 'human' }, 'claude-code'), []);
  assert.deepEqual(readPrincipal({ name: 'ci', kind: 'service' }), []);
});

test('agents that sign off are found, people who do are not', () => {
  const signed = (email: string) => `Signed-off-by: Claude <${email}>`;
  const ours = signed('noreply@anthropic.com');
  for (const [message, agents] of [
    [`x\n\n${ours}\n`, ['claude-code']],
    [`x\n\n${ours}\n${ours}\n`, ['claude-code']],
    [
      `x\n\nSigned-off-by: Devin <${github('158243242+devin-ai-integration[bot]')}>\n${ours}\n`,
      ['devin', 'claude-code'],
    ],
    [`x\n\n${signed('claude@example.com')}\n`, []],
    [`x\n\nSigned-off-by: dependabot[bot] <support@github.com>\n`, []],
    [`x\n\n    ${ours}\n`, []],
    [`docs: ${ours}\n`, []],
    ['x\n\nCo-authored-by: Claude <noreply@anthropic.com>\n', []],
  ] as const) {
    assert.deepEqual(
      agentSignOffs(message).map(({ codingAgent }) => codingAgent),
      agents,
      message,
    );
  }
  assert.equal(agentSignOffs(`x\n\n${ours}\n`)[0]?.raw, ours);
  assert.deepEqual(agentSignOffs(`Merge branch 'x'\n\nQuotes:\n${ours}\n`, 'merge'), []);
});

test("a commit signed with a coding agent's own key is its act; a person's key says nothing about who wrote", () => {
  using git = new RealGit();
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, 'agent')]);
  git.init('repo');
  git.run('repo', 'config', 'gpg.format', 'ssh');
  git.run('repo', 'config', 'user.signingKey', join(dir, 'agent.pub'));
  git.run('repo', 'config', 'commit.gpgSign', 'true');
  const oid = git.commit('repo', 'a.txt', 'a\n');
  const content = git.bytes(['-C', 'repo', 'cat-file', 'commit', oid]);
  const checked = checkCommitSignature(content, 'sha1');
  const fingerprint = execFileSync('ssh-keygen', ['-l', '-f', join(dir, 'agent.pub')], { encoding: 'utf8' }).split(
    ' ',
  )[1];
  assert.equal(checked.outcome === 'good' && checked.fingerprint, fingerprint);

  const agent = signatureVerdict(checked, { name: 'copilot', codingAgent: 'github-copilot' });
  const [item] = readCommit(commit({ oid, signature: agent }));
  assert.deepEqual(item?.claim, { by: 'ai', codingAgent: 'github-copilot' });
  assert.deepEqual([item?.kind, item?.tier, item?.verifier], ['signature', 'E4', 'verified']);
  assert.equal(item?.source.raw, `copilot ${fingerprint}`);

  assert.deepEqual(readSignature(oid, signatureVerdict(checked, { name: 'alice' }), DAY), []);
  const stranger = signatureVerdict(checked, undefined);
  assert.equal(stranger.outcome, 'unverified');
  assert.deepEqual(readSignature(oid, stranger, DAY), []);

  const forged = Buffer.from(content.toString('latin1').replace('add a.txt', 'add b.txt'), 'latin1');
  const bad = signatureVerdict(checkCommitSignature(forged, 'sha1'), {
    name: 'copilot',
    codingAgent: 'github-copilot',
  });
  assert.deepEqual(bad, { outcome: 'bad', text: 'the signature does not verify' });
  assert.deepEqual(readSignature(oid, bad, DAY), []);
});

test('signatures that are not checked are told apart', () => {
  const signed = (text: string) => Buffer.from(`tree ${'a'.repeat(40)}\ngpgsig ${text}\n\nm\n`);
  for (const [title, content, outcome, format] of [
    ['none', Buffer.from(`tree ${'a'.repeat(40)}\n\nm\n`), 'unchecked', 'none'],
    ['two', signed('-----BEGIN SSH SIGNATURE-----\ngpgsig x'), 'unchecked', 'none'],
    ['OpenPGP', signed('-----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----'), 'unchecked', 'openpgp'],
    ['X.509', signed('-----BEGIN SIGNED MESSAGE-----\n -----END SIGNED MESSAGE-----'), 'unchecked', 'x509'],
    ['something else', signed('hello'), 'unchecked', 'other'],
    ['SSH, malformed', signed('-----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----'), 'bad', undefined],
    ['SSH, cut off', signed('-----BEGIN SSH SIGNATURE-----\n AAAA'), 'bad', undefined],
  ] as const) {
    const checked = checkCommitSignature(content, 'sha1');
    assert.deepEqual(
      [checked.outcome, checked.outcome === 'unchecked' ? checked.format : undefined],
      [outcome, format],
      title,
    );
  }
});

// Commits that real git signed with real gpg, openssl and ssh-keygen, and whose key the gateway says it was.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openSignatureVerifier } from '../../../src/adapters/signatures/signature-verifier.ts';
import type { TrustedSigner } from '../../../src/domain/attribution/trusted-signer.ts';
import type { KeyRecord, User } from '../../../src/domain/ports.ts';
import { parseSshPublicKeyLine } from '../../../src/protocol/ssh-key.ts';

const dir = mkdtempSync(join(tmpdir(), 'sallyport-signatures-'));
const repo = join(dir, 'repo');
const home = join(dir, 'gnupg');
const env = {
  PATH: process.env['PATH'],
  HOME: dir,
  GNUPGHOME: home,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Alice',
  GIT_AUTHOR_EMAIL: 'alice@example.com',
  GIT_COMMITTER_NAME: 'Alice',
  GIT_COMMITTER_EMAIL: 'alice@example.com',
};

const run = (program: string, args: readonly string[], input?: string): Buffer =>
  execFileSync(program, args, {
    cwd: dir,
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(input !== undefined && { input }),
  });
const git = (...args: string[]): Buffer => run('git', ['-C', repo, ...args]);

/** The content of a new commit that git signs in this way. */
function signedCommit(...config: string[]): Buffer {
  const options = config.flatMap((one) => ['-c', one]);
  git(...options, 'commit', '-q', '-S', '--allow-empty', '-m', 'signed');
  return git('cat-file', 'commit', 'HEAD');
}

const hasGpg = isThere('gpg');
const without = hasGpg ? false : 'gpg is missing; hint: apt-get install gnupg';
if (!hasGpg && process.env['CI'] === 'true') throw new Error(String(without));

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const nobody = { findKeyByFingerprint: async () => undefined, findUser: async () => undefined };

before(() => {
  run('git', ['init', '-q', repo]);
  mkdirSync(home, { mode: 0o700 });
});
after(() => {
  if (hasGpg) execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'], { stdio: 'ignore' });
  rmSync(dir, { recursive: true, force: true });
});

describe('OpenPGP', { skip: without }, () => {
  const gpgKey = (name: string, algorithm: string): TrustedSigner => {
    const file = join(dir, `${name}.asc`);
    const batch = ['--batch', '--pinentry-mode', 'loopback', '--passphrase', ''];
    run('gpg', [...batch, '--quick-generate-key', `${name} <${name}@example.com>`, algorithm, 'sign', 'never']);
    writeFileSync(file, run('gpg', ['--armor', '--export', `${name}@example.com`]));
    return { name, codingAgent: 'github-copilot-coding-agent', key: { kind: 'openpgp', file } };
  };

  for (const algorithm of ['ed25519', 'rsa3072']) {
    it(`a commit signed with an ${algorithm} key is its owner's`, async () => {
      const signer = gpgKey(`bot-${algorithm}`, algorithm);
      const other = gpgKey(`other-${algorithm}`, algorithm);
      const content = signedCommit(`user.signingkey=bot-${algorithm}@example.com`);
      const verifier = await openSignatureVerifier(nobody, [other, signer]);
      const verdict = await verifier.verify(content, 'sha1');
      assert.ok(verdict.outcome === 'verified', JSON.stringify(verdict));
      assert.deepEqual(verdict.signer, { name: signer.name, codingAgent: 'github-copilot-coding-agent' });
      const listed = run('gpg', ['--with-colons', '--fingerprint', `${signer.name}@example.com`]).toString();
      assert.ok(listed.includes(verdict.fingerprint ?? 'none'));
      const forged = Buffer.from(content.toString('latin1').replace('signed', 'sighed'), 'latin1');
      assert.equal((await verifier.verify(forged, 'sha1')).outcome, 'bad');
      const stranger = await openSignatureVerifier(nobody, [other]);
      assert.equal((await stranger.verify(content, 'sha1')).outcome, 'unverified');
      assert.equal((await (await openSignatureVerifier(nobody, [])).verify(content, 'sha1')).outcome, 'unverified');
    });
  }
});

describe('X.509', () => {
  /** An authority, a certificate of it, and a program that signs with it as git asks gpgsm to. */
  function authority(name: string, algorithm: readonly string[]): { ca: string; program: string; leaf: string } {
    const at = (file: string) => join(dir, `${name}-${file}`);
    const request = ['req', '-batch', '-nodes', '-newkey', ...algorithm];
    run('openssl', [
      ...request,
      '-x509',
      '-days',
      '30',
      '-subj',
      `/CN=${name} authority`,
      '-keyout',
      at('ca.key'),
      '-out',
      at('ca.pem'),
    ]);
    run('openssl', [...request, '-subj', `/CN=${name}`, '-keyout', at('leaf.key'), '-out', at('leaf.csr')]);
    run('openssl', [
      'x509',
      '-req',
      '-days',
      '30',
      '-in',
      at('leaf.csr'),
      '-CA',
      at('ca.pem'),
      '-CAkey',
      at('ca.key'),
      '-CAcreateserial',
      '-out',
      at('leaf.pem'),
    ]);
    const program = at('sign.sh');
    writeFileSync(
      program,
      `#!/bin/sh
openssl cms -sign -binary -outform PEM -md sha256 -signer '${at('leaf.pem')}' -inkey '${at('leaf.key')}' |
  sed 's/ CMS-----/ SIGNED MESSAGE-----/'
echo '[GNUPG:] SIG_CREATED D' >&2
`,
    );
    chmodSync(program, 0o755);
    return { ca: at('ca.pem'), leaf: at('leaf.pem'), program };
  }
  const trusted = (name: string, file: string): TrustedSigner => ({ name, key: { kind: 'x509', file } });

  for (const [what, algorithm] of [
    ['rsa', ['rsa:2048']],
    ['ecdsa', ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']],
  ] as const) {
    it(`a commit signed under an ${what} authority is its owner's`, async () => {
      const [ours, theirs] = [authority(`ours-${what}`, algorithm), authority(`theirs-${what}`, algorithm)];
      const content = signedCommit('gpg.format=x509', `gpg.x509.program=${ours.program}`, 'user.signingkey=x');
      for (const file of [ours.ca, ours.leaf]) {
        const verifier = await openSignatureVerifier(nobody, [trusted('bot', file)]);
        const verdict = await verifier.verify(content, 'sha1');
        assert.ok(verdict.outcome === 'verified', JSON.stringify(verdict));
        assert.deepEqual(verdict.signer, { name: 'bot' });
        const forged = Buffer.from(content.toString('latin1').replace('signed', 'sighed'), 'latin1');
        assert.equal((await verifier.verify(forged, 'sha1')).outcome, 'bad');
      }
      const stranger = await openSignatureVerifier(nobody, [trusted('bot', theirs.ca)]);
      assert.equal((await stranger.verify(content, 'sha1')).outcome, 'unverified');
    });
  }
});

describe('SSH', () => {
  const user: User = { name: 'claude-ci', kind: 'coding-agent', sponsor: 'alice', groups: [], createdAt: 1 };
  const enrolled = (more: Partial<KeyRecord> = {}, owner: Partial<User> = {}) => ({
    findKeyByFingerprint: async (fingerprint: string): Promise<KeyRecord | undefined> => {
      const key = publicKey();
      if (fingerprint !== key.fingerprint) return undefined;
      const blob = key.blob.toString('base64');
      const { algorithm } = key;
      return { id: 'k', user: user.name, fingerprint, algorithm, blob, comment: '', createdAt: 1, ...more };
    },
    findUser: async () => ({ ...user, ...owner }),
  });
  const file = join(dir, 'id');
  const publicKey = () => {
    const line = parseSshPublicKeyLine(readFileSync(`${file}.pub`, 'utf8'));
    assert.ok('key' in line);
    return { blob: line.key.blob, fingerprint: line.fingerprint, algorithm: line.key.algorithm };
  };

  it("a commit signed with a coding agent's enrolled key is that agent's", async () => {
    run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
    const content = signedCommit('gpg.format=ssh', `user.signingkey=${file}`);
    const verdict = async (directory: Parameters<typeof openSignatureVerifier>[0]) =>
      (await openSignatureVerifier(directory, [])).verify(content, 'sha1');
    const verified = await verdict(enrolled());
    assert.ok(verified.outcome === 'verified');
    assert.deepEqual(verified.signer, { name: 'claude-ci', codingAgent: 'claude-code' });
    assert.equal((await verdict(nobody)).outcome, 'unverified');
    assert.equal((await verdict(enrolled({ revokedAt: 2 }))).outcome, 'unverified');
    assert.equal((await verdict(enrolled({}, { disabledAt: 2 }))).outcome, 'unverified');
    const person = await verdict(enrolled({}, { kind: 'human' }));
    assert.ok(person.outcome === 'verified' && person.signer.codingAgent === undefined);
  });
});

describe('signers that cannot be read', () => {
  const cases: readonly [string, string, TrustedSigner['key']['kind'], RegExp][] = [
    ['no key at all', 'hello\n', 'openpgp', /ai\.signers: bot: .*: /],
    ['no certificate', 'hello\n', 'x509', /no certificate in PEM form/],
  ];
  for (const [what, text, kind, message] of cases) {
    it(`${what}: the entry and its file are named`, async () => {
      const file = join(dir, 'broken');
      writeFileSync(file, text);
      await assert.rejects(openSignatureVerifier(nobody, [{ name: 'bot', key: { kind, file } }]), message);
    });
  }
});

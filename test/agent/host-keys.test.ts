import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { formatHostKey, HostKeyError, loadHostKeyPins } from '../../src/agent/host-keys.ts';
import { parseTarget } from '../../src/agent/target.ts';
import { sshKeyFingerprint } from '../../src/protocol/ssh-key.ts';

const directory = mkdtempSync(join(tmpdir(), 'sallyport-host-keys-'));
after(() => rmSync(directory, { recursive: true }));

function makeKey(name: string, type: string): { readonly line: string; readonly blob: Buffer } {
  const path = join(directory, name);
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'test', '-f', path]);
  const [algorithm, base64] = readFileSync(`${path}.pub`, 'utf8').trim().split(' ');
  return { line: `${algorithm} ${base64}`, blob: Buffer.from(base64 as string, 'base64') };
}

const ed25519 = makeKey('ed25519', 'ed25519');
const ecdsa = makeKey('ecdsa', 'ecdsa');
const other = makeKey('other', 'ed25519');

function knownHosts(text: string): string {
  const path = join(directory, `known_hosts-${Math.random().toString(36).slice(2)}`);
  writeFileSync(path, text);
  return path;
}

function pinsOf(options: {
  readonly url?: string;
  readonly hostKeys?: readonly string[];
  readonly knownHosts?: string;
}) {
  return loadHostKeyPins(parseTarget({ name: 'main', url: 'ssh://git@git.example.com/{path}', ...options }));
}

describe('pinned host keys', () => {
  test('nothing pinned accepts nothing', async () => {
    const pins = await pinsOf({});
    assert.equal(pins.isEmpty, true);
    assert.equal(pins.accepts(ed25519.blob), false);
  });

  for (const [form, pin] of [
    ['a whole key', ed25519.line],
    ['a key with a comment', `${ed25519.line} somebody@somewhere`],
    ['a fingerprint as ssh-keygen prints it', sshKeyFingerprint(ed25519.blob)],
    ['a fingerprint with padding', `${sshKeyFingerprint(ed25519.blob)}=`],
  ] as const) {
    test(`${form} pins exactly that key`, async () => {
      const pins = await pinsOf({ hostKeys: [pin] });
      assert.equal(pins.accepts(ed25519.blob), true);
      assert.equal(pins.accepts(other.blob), false);
      assert.equal(pins.accepts(ecdsa.blob), false);
    });
  }

  test('the algorithms of pinned keys are known, unless a fingerprint hides one', async () => {
    assert.deepEqual((await pinsOf({ hostKeys: [ecdsa.line] })).algorithms, ['ecdsa-sha2-nistp256']);
    assert.deepEqual((await pinsOf({ hostKeys: [ecdsa.line, sshKeyFingerprint(ed25519.blob)] })).algorithms, []);
  });

  for (const line of ['ssh-rsa AAAA', `ssh-rsa ${ed25519.line.split(' ')[1]}`, 'nonsense']) {
    test(`${JSON.stringify(line.slice(0, 30))} in hostKeys is an error, not nothing`, async () => {
      await assert.rejects(pinsOf({ hostKeys: [line] }), HostKeyError);
    });
  }

  test('a host key is shown in the form that hostKeys takes', () => {
    assert.equal(formatHostKey(ed25519.blob), ed25519.line);
    assert.equal(formatHostKey(Buffer.from('nonsense')), undefined);
  });
});

describe('a known_hosts file', () => {
  const cases: readonly (readonly [string, string, string, boolean])[] = [
    ['a plain name', `git.example.com ${ed25519.line}`, 'ssh://git.example.com/{path}', true],
    ['a name in upper case', `Git.Example.COM ${ed25519.line}`, 'ssh://git.example.com/{path}', true],
    ['one of several names', `a,git.example.com,b ${ed25519.line}`, 'ssh://git.example.com/{path}', true],
    ['another name', `git.example.org ${ed25519.line}`, 'ssh://git.example.com/{path}', false],
    ['a name that only begins alike', `git.example.co ${ed25519.line}`, 'ssh://git.example.com/{path}', false],
    ['a wildcard', `*.example.com ${ed25519.line}`, 'ssh://git.example.com/{path}', true],
    ['a question mark', `gi?.example.com ${ed25519.line}`, 'ssh://git.example.com/{path}', true],
    ['a negated name', `*.example.com,!git.example.com ${ed25519.line}`, 'ssh://git.example.com/{path}', false],
    ['another port', `git.example.com ${ed25519.line}`, 'ssh://git.example.com:2222/{path}', false],
    ['the same port', `[git.example.com]:2222 ${ed25519.line}`, 'ssh://git.example.com:2222/{path}', true],
    ['a comment line', `# git.example.com ${ed25519.line}`, 'ssh://git.example.com/{path}', false],
    ['a certificate authority', `@cert-authority * ${ed25519.line}`, 'ssh://git.example.com/{path}', false],
    [
      'a line with another algorithm',
      `git.example.com ssh-rsa ${ed25519.line.split(' ')[1]}`,
      'ssh://git.example.com/{path}',
      false,
    ],
    ['a slow pattern', `${'*a'.repeat(200)} ${ed25519.line}`, 'ssh://git.example.com/{path}', false],
  ];
  for (const [what, text, url, isAccepted] of cases) {
    test(`${what} ${isAccepted ? 'pins' : 'does not pin'}`, async () => {
      const pins = await pinsOf({ url, knownHosts: knownHosts(`${text}\n`) });
      assert.equal(pins.accepts(ed25519.blob), isAccepted);
    });
  }

  test('a revoked key is refused even when it is pinned elsewhere', async () => {
    const path = knownHosts(`@revoked git.example.com ${ed25519.line}\ngit.example.com ${ed25519.line}\n`);
    const pins = await pinsOf({ knownHosts: path, hostKeys: [ed25519.line] });
    assert.equal(pins.accepts(ed25519.blob), false);
  });

  test('names hashed by ssh-keygen -H are found', async () => {
    const path = knownHosts(`git.example.com ${ed25519.line}\n[git.example.com]:2222 ${other.line}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', path], { stdio: 'ignore' });
    assert.ok(!readFileSync(path, 'utf8').includes('git.example.com'));
    const pins = await pinsOf({ knownHosts: path });
    assert.equal(pins.accepts(ed25519.blob), true);
    assert.equal(pins.accepts(other.blob), false);
    const onPort = await pinsOf({ url: 'ssh://git.example.com:2222/{path}', knownHosts: path });
    assert.equal(onPort.accepts(other.blob), true);
  });

  test('a missing file is an error, not an empty one', async () => {
    await assert.rejects(pinsOf({ knownHosts: join(directory, 'none') }), /known_hosts file .* cannot be read/);
  });
});

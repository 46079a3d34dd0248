import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { signedPayload } from '../../src/protocol/signed-payload.ts';
import { parseSshPublicKeyLine } from '../../src/protocol/ssh-key.ts';
import { MAX_SSH_SIGNATURE_BYTES, sshSignatureBlob, verifySshSignature } from '../../src/protocol/ssh-signature.ts';
import { wireString } from '../../src/protocol/ssh-wire.ts';
import { RealGit } from './real-git.ts';

const dir = mkdtempSync(join(tmpdir(), 'ssh-signature-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const KINDS = [
  ['ed25519', '-t', 'ed25519'],
  ['ecdsa-256', '-t', 'ecdsa', '-b', '256'],
  ['ecdsa-384', '-t', 'ecdsa', '-b', '384'],
  ['ecdsa-521', '-t', 'ecdsa', '-b', '521'],
  ['rsa', '-t', 'rsa', '-b', '3072'],
] as const;
for (const [name, ...args] of KINDS) keygen(['-q', ...args, '-N', '', '-C', '', '-f', join(dir, name)]);

const MESSAGE = Buffer.from('what was signed\n');

test('signatures of ssh-keygen verify, for their message and namespace alone', () => {
  for (const [name] of KINDS) {
    for (const hash of ['sha256', 'sha512']) {
      const blob = signedBySshKeygen(name, MESSAGE, 'file', hash);
      const result = verifySshSignature({ blob, message: MESSAGE, namespace: 'file' });
      assert.deepEqual(result, { outcome: 'verified', key: keyOf(name).blob, fingerprint: keyOf(name).fingerprint });
      refuses({ blob, message: Buffer.from('what was signeD\n') }, /does not verify/);
      refuses({ blob, namespace: 'git' }, /for something else/);
    }
  }
});

test('a changed byte anywhere is never another verified signature by the same key', () => {
  const blob = signedBySshKeygen('ed25519', MESSAGE, 'file', 'sha512');
  for (let at = 0; at < blob.length; at++) {
    const changed = Buffer.from(blob);
    changed[at] = (changed[at] as number) ^ 1;
    assert.equal(verifySshSignature({ blob: changed, message: MESSAGE, namespace: 'file' }).outcome, 'refused');
    assert.equal(
      verifySshSignature({ blob: blob.subarray(0, at), message: MESSAGE, namespace: 'file' }).outcome,
      'refused',
    );
  }
  refuses({ blob: Buffer.concat([blob, Buffer.of(0)]) }, /malformed/);
  refuses({ blob: Buffer.alloc(MAX_SSH_SIGNATURE_BYTES + 1) }, /malformed/);
});

test('signatures of a touched security key verify', () => {
  for (const kind of ['ed25519', 'ecdsa'] as const) {
    const key = securityKey(kind);
    const blob = key.sign(MESSAGE, 0x05, 41);
    const result = verifySshSignature({ blob, message: MESSAGE, namespace: 'file' });
    assert.equal(result.outcome, 'verified');
    assert.deepEqual(result.outcome === 'verified' && result.key, key.wire);
    refuses({ blob: key.sign(MESSAGE, 0x04, 42) }, /not touched/);
    refuses({ blob, message: Buffer.from('something else') }, /does not verify/);
  }
});

test('the text form is read whole or not at all', () => {
  const text = readFileSync(`${join(dir, signatureFile('ed25519', MESSAGE, 'file', 'sha512'))}`, 'utf8');
  assert.ok(sshSignatureBlob(text));
  assert.ok(sshSignatureBlob(text.replaceAll('\n', '\r\n')));
  for (const bad of [
    '',
    text + text,
    `${text}x`,
    `x${text}`,
    text.replace('U1NI', 'U1N*'),
    text.replace('SSH SIGNATURE', 'PGP SIGNATURE'),
    `-----BEGIN SSH SIGNATURE-----\n${'A'.repeat(4 * MAX_SSH_SIGNATURE_BYTES)}\n-----END SSH SIGNATURE-----`,
  ]) {
    assert.equal(sshSignatureBlob(bad), undefined, bad.slice(0, 60));
  }
});

test('what is no signature is refused, never thrown at', () => {
  const parts = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom('git', 'sha256', 'ssh-ed25519', 'constructor'),
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 6 }), fc.uint8Array({ maxLength: 80 }), (fields, tail) => {
      const head = Buffer.concat([Buffer.from('SSHSIG\0\0\0\x01'), ...fields.map(wireString)]);
      for (const blob of [head, Buffer.concat([head, tail]), Buffer.from(tail)]) {
        assert.equal(verifySshSignature({ blob, message: MESSAGE, namespace: 'git' }).outcome, 'refused');
      }
    }),
  );
});

test('a commit that git signed verifies, in both object formats, also as a merge', () => {
  using git = new RealGit();
  for (const format of ['sha1', 'sha256'] as const) {
    for (const [name] of KINDS) {
      const repo = `${format}-${name}`;
      git.init(repo, { format });
      git.run(repo, 'config', 'gpg.format', 'ssh');
      git.run(repo, 'config', 'user.signingKey', join(dir, `${name}.pub`));
      git.run(repo, 'config', 'commit.gpgSign', 'true');
      const first = git.commit(repo, 'a.txt', 'a\n');
      git.run(repo, 'checkout', '-q', '-b', 'side');
      git.commit(repo, 'b.txt', 'b\n');
      git.run(repo, 'checkout', '-q', 'main');
      git.run(repo, 'merge', '-q', '--no-ff', '-S', '-m', 'merge\n\n gpgsig in the message stays', 'side');
      for (const oid of [first, 'HEAD']) {
        const content = git.bytes(['-C', repo, 'cat-file', 'commit', oid]);
        const parts = signedPayload(content, format);
        assert.ok(parts, oid);
        const blob = sshSignatureBlob(parts.signature.toString('latin1'));
        assert.ok(blob);
        const result = verifySshSignature({ blob, message: parts.payload, namespace: 'git' });
        assert.equal(result.outcome === 'verified' && result.fingerprint, keyOf(name).fingerprint);
      }
    }
  }
});

test('a payload is cut as git cuts it', () => {
  const head = 'tree 1\nauthor a\n';
  for (const [title, content, payload, signature] of [
    ['the header and its continuation', `${head}gpgsig A\n B\n\nm\n`, `${head}\nm\n`, 'A\nB\n'],
    ['headers behind it stay', `${head}gpgsig A\nencoding x\n\nm`, `${head}encoding x\n\nm`, 'A\n'],
    ['the other format goes as well', `${head}gpgsig A\ngpgsig-sha256 C\n D\n\nm`, `${head}\nm`, 'A\n'],
    ['continuations of other headers stay', `mergetag x\n y\ngpgsig A\n\nm`, 'mergetag x\n y\n\nm', 'A\n'],
    ['the message is no header', `${head}gpgsig A\n\ngpgsig B\n`, `${head}\ngpgsig B\n`, 'A\n'],
    ['no message at all', `${head}gpgsig A`, head, 'A'],
  ] as const) {
    const parts = signedPayload(Buffer.from(content), 'sha1');
    assert.equal(parts?.payload.toString(), payload, title);
    assert.equal(parts?.signature.toString(), signature, title);
  }
  for (const [title, content] of [
    ['none', `${head}\nm`],
    ['one of the other format', `${head}gpgsig-sha256 A\n\nm`],
    ['only in the message', `${head}\ngpgsig A\n`],
    ['two', `${head}gpgsig A\ngpgsig B\n\nm`],
  ] as const) {
    assert.equal(signedPayload(Buffer.from(content), 'sha1'), undefined, title);
  }
});

function refuses(given: { blob: Buffer; message?: Buffer; namespace?: string }, text: RegExp): void {
  const result = verifySshSignature({ message: MESSAGE, namespace: 'file', ...given });
  assert.match(result.outcome === 'refused' ? result.text : 'verified', text);
}

function keygen(args: readonly string[]): void {
  execFileSync('ssh-keygen', [...args], { stdio: ['ignore', 'ignore', 'pipe'] });
}

function signatureFile(name: string, message: Buffer, namespace: string, hash: string): string {
  const file = `message-${name}-${hash}`;
  rmSync(join(dir, `${file}.sig`), { force: true });
  writeFileSync(join(dir, file), message);
  keygen(['-Y', 'sign', '-q', '-f', join(dir, name), '-n', namespace, '-O', `hashalg=${hash}`, join(dir, file)]);
  return `${file}.sig`;
}

function signedBySshKeygen(name: string, message: Buffer, namespace: string, hash: string): Buffer {
  const text = readFileSync(join(dir, signatureFile(name, message, namespace, hash)), 'utf8');
  const blob = sshSignatureBlob(text);
  assert.ok(blob, text);
  return blob;
}

function keyOf(name: string): { readonly blob: Buffer; readonly fingerprint: string } {
  const line = parseSshPublicKeyLine(readFileSync(join(dir, `${name}.pub`), 'utf8'));
  if ('refused' in line) throw new Error(line.refused);
  return { blob: line.key.blob, fingerprint: line.fingerprint };
}

/** What OpenSSH does with a security key, with the device played here. */
function securityKey(kind: 'ed25519' | 'ecdsa') {
  const application = 'ssh:';
  const { publicKey, privateKey } =
    kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });
  const x = Buffer.from(jwk.x ?? '', 'base64url');
  const y = Buffer.from(jwk.y ?? '', 'base64url');
  const name = kind === 'ed25519' ? 'sk-ssh-ed25519@openssh.com' : 'sk-ecdsa-sha2-nistp256@openssh.com';
  const point = kind === 'ed25519' ? [x] : ['nistp256', Buffer.concat([Buffer.of(4), x, y])];
  const wire = Buffer.concat([name, ...point, application].map(wireString));
  return {
    wire,
    sign(message: Buffer, flags: number, count: number): Buffer {
      const head = Buffer.from('SSHSIG');
      const fields = ['file', '', 'sha512'];
      const signed = Buffer.concat([head, ...[...fields, digest('sha512', message)].map(wireString)]);
      const counter = Buffer.alloc(5);
      counter.writeUInt8(flags, 0);
      counter.writeUInt32BE(count, 1);
      const data = Buffer.concat([digest('sha256', Buffer.from(application)), counter, digest('sha256', signed)]);
      const signature = Buffer.concat([wireString(name), wireString(rawSignature(kind, privateKey, data)), counter]);
      const version = Buffer.from([0, 0, 0, 1]);
      return Buffer.concat([head, version, ...[wire, ...fields, signature].map(wireString)]);
    },
  };
}

function rawSignature(kind: 'ed25519' | 'ecdsa', key: KeyObject, data: Buffer): Buffer {
  if (kind === 'ed25519') return sign(null, data, key);
  const both = sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
  return Buffer.concat([both.subarray(0, 32), both.subarray(32)].map((number) => wireString(mpint(number))));
}

function mpint(number: Buffer): Buffer {
  const first = number.findIndex((byte) => byte !== 0);
  const short = number.subarray(first);
  return (short[0] as number) >= 0x80 ? Buffer.concat([Buffer.of(0), short]) : short;
}

function digest(hash: string, bytes: Buffer): Buffer {
  return createHash(hash).update(bytes).digest();
}

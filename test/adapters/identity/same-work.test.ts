// Who is refused costs the same look-ups whatever the reason: counted, since time on a shared machine proves nothing.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { openCertificateTrust } from '../../../src/adapters/identity/certificate-trust.ts';
import { createIdentity } from '../../../src/adapters/identity/local.ts';
import { createSshIdentity } from '../../../src/adapters/identity/ssh-identity.ts';
import { createLog } from '../../../src/adapters/log/log.ts';
import type { TrailEntry } from '../../../src/domain/audit/entry.ts';
import { DEFAULT_SSH_KEY_POLICY } from '../../../src/domain/identity/ssh-key-policy.ts';
import { hashTokenText, newTokenText } from '../../../src/domain/token-text.ts';
import { parseSshPublicKeyLine, type SshPublicKey } from '../../../src/protocol/ssh-key.ts';
import { temporaryPlace } from '../store/temporary-store.ts';

const entry: TrailEntry = { type: 'admin.changed', body: {} };

function newKey(): SshPublicKey {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  const blob = sshStrings([Buffer.from('ssh-ed25519'), Buffer.from(x, 'base64url')]);
  const line = parseSshPublicKeyLine(`ssh-ed25519 ${blob.toString('base64')}`);
  if ('refused' in line) throw new Error(line.refused);
  return line.key;
}

/** Strings of RFC 4251, section 5. */
function sshStrings(parts: readonly Buffer[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}

/** The same port, with every read counted by its name. */
function counting<T extends object>(port: T, counts: Map<string, number>): T {
  return new Proxy(port, {
    get(target, key, receiver) {
      const member: unknown = Reflect.get(target, key, receiver);
      if (typeof member !== 'function' || String(key).startsWith('touch')) return member;
      return (...args: readonly unknown[]): unknown => {
        counts.set(String(key), (counts.get(String(key)) ?? 0) + 1);
        return Reflect.apply(member, target, args);
      };
    },
  });
}

test('a token or key that is unknown, revoked, expired, of another scope, of somebody disabled or good: the same work', async (t) => {
  const place = temporaryPlace(t);
  place.clock.time = 1_000;
  const store = await place.open();
  const counts = new Map<string, number>();
  const log = createLog({ level: 'silent' });
  const sshKey = newKey();
  const identity = createIdentity({
    directory: counting(store.directory, counts),
    grants: counting(store.grants, counts),
    clock: place.clock,
  });
  for (const user of [
    { name: 'alice', kind: 'human' },
    { name: 'gone', kind: 'human' },
    { name: 'copilot', kind: 'coding-agent', sponsor: 'alice' },
    { name: 'orphan', kind: 'coding-agent', sponsor: 'gone' },
  ] as const) {
    await store.directory.addUser({ ...user, groups: ['dev'], createdAt: 1 }, entry);
    const key = { user: user.name, algorithm: sshKey.algorithm, blob: 'AAAA', comment: '', createdAt: 1 };
    await store.directory.addKey({ ...key, id: `key-${user.name}`, fingerprint: `SHA256:${user.name}` }, entry);
  }
  const ssh = createSshIdentity({
    directory: counting(store.directory, counts),
    certificates: store.certificates,
    principalOf: identity.principalOf,
    trust: openCertificateTrust({ own: sshKey, authorities: [], log }),
    keys: DEFAULT_SSH_KEY_POLICY,
    principals: '{name}',
    clock: place.clock,
    log,
  });
  const issue = async (user: string, more: object = {}) =>
    (await identity.issueToken({ user, scopes: ['git'], actor: 'x', ...more })).text;
  const tokens = {
    good: await issue('alice'),
    'of an agent': await issue('copilot'),
    'of another scope': await issue('alice', { scopes: ['api'] }),
    expired: await issue('alice', { expiresAt: 2_000 }),
    revoked: await issue('copilot'),
    disabled: await issue('gone'),
    'of an agent whose sponsor is disabled': await issue('orphan'),
    unknown: newTokenText(),
  };
  const revoked = (await store.directory.findTokenByHash(hashTokenText(tokens.revoked)))?.id ?? '';
  await store.directory.revokeToken(revoked, 5, entry);
  const keyed = async (name: string) => (await store.directory.listKeys(name))[0]?.id ?? '';
  await store.directory.revokeKey(await keyed('copilot'), 5, entry);
  await store.directory.disableUser('gone', 5, entry);
  place.clock.time = 3_000;

  const work = async (look: () => Promise<unknown>) => {
    counts.clear();
    const found = await look();
    return { found: found !== undefined, counts: [...counts].toSorted() };
  };
  const byToken = { findTokenByHash: 1, findUser: 2, inForce: 1 };
  for (const [title, text] of Object.entries(tokens)) {
    const { found, counts: done } = await work(() => identity.token(text, 'git'));
    assert.equal(
      found,
      title === 'good' || title.startsWith('of an agent') ? title !== 'of an agent whose sponsor is disabled' : false,
      title,
    );
    assert.deepEqual(Object.fromEntries(done), byToken, title);
  }
  const byKey = { findKeyByFingerprint: 1, findUser: 2, inForce: 1 };
  for (const name of ['alice', 'copilot', 'gone', 'orphan', 'nobody']) {
    const proof = { key: sshKey, fingerprint: `SHA256:${name}`, userVerified: false };
    const login = { proof, user: 'git', remoteAddress: '127.0.0.1', isNew: true };
    const { found, counts: done } = await work(() => ssh.find(login));
    assert.equal(found, name === 'alice', name);
    assert.deepEqual(Object.fromEntries(done), byKey, name);
  }
  const byName = { findUser: 2, inForce: 1 };
  for (const name of ['alice', 'copilot', 'gone', 'nobody']) {
    assert.deepEqual(Object.fromEntries((await work(() => identity.principalOf(name))).counts), byName, name);
  }
});

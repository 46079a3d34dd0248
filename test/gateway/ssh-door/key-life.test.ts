import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { exec } from './open-door.ts';
import { openDoorWithIdentity } from './with-identity.ts';

const HOUR = 3600e3;

test('a key is taken until it expires; what is open then goes on, and nothing new begins', async (t) => {
  const door = await openDoorWithIdentity(t);
  const alice = await door.open.makeKey('alice');
  await door.register('alice', alice, { expiresAt: door.clock.now() + HOUR });
  const client = await door.open.client(alice);
  assert.equal(await (await exec(client, "git-upload-pack 'a'")).exit, 0);
  door.clock.time += HOUR;
  assert.match((await door.login(alice)).stderr, /Permission denied/);
  assert.equal(await door.open.door.recheck(), 0);
  assert.equal(await (await exec(client, "git-upload-pack 'a'")).exit, 1);
});

test('the policy of now bounds the age of keys that were added before', async (t) => {
  const door = await openDoorWithIdentity(t, { ssh: '{ keys: { maxAge: 1h } }' });
  const alice = await door.open.makeKey('alice');
  await door.register('alice', alice);
  assert.equal((await door.login(alice)).status, 0);
  door.clock.time += HOUR;
  assert.match((await door.login(alice)).stderr, /Permission denied/);
});

test('kinds that the policy no longer takes do not log in, and larger rsa keys can be asked for', async (t) => {
  const door = await openDoorWithIdentity(t, { ssh: '{ keys: { algorithms: [ed25519, rsa], minRsaBits: 4096 } }' });
  for (const [kind, status] of [
    [['-t', 'ed25519'], 0],
    [['-t', 'ecdsa'], 255],
    [['-t', 'rsa', '-b', '3072'], 255],
    [['-t', 'rsa', '-b', '4096'], 0],
  ] as const) {
    const key = await door.open.makeKey('key', kind);
    await door.register('alice', key);
    assert.equal((await door.login(key)).status, status, kind.join(' '));
  }
});

test('a key on the revocation list does not log in, and ends when it is put there', async (t) => {
  const door = await openDoorWithIdentity(t, {
    ssh: '{ certificates: { revoked: revoked } }',
    prepare: (directory) => writeFile(join(directory, 'revoked'), ''),
  });
  const alice = await door.open.makeKey('alice');
  await door.register('alice', alice);
  await door.open.client(alice);
  await writeFile(join(door.directory, 'revoked'), `hash: ${alice.fingerprint}\n`);
  assert.match((await door.login(alice)).stderr, /Permission denied/);
  assert.equal(await door.open.door.recheck(), 1);
});

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeSecurityKey, type SecurityKey, startSecurityKeyAgent } from '../../support/security-key-agent.ts';
import { ending, openDoor, type Person } from './open-door.ts';
import { type DoorWithIdentity, openDoorWithIdentity } from './with-identity.ts';

const KINDS = ['sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com'] as const;

/** The real ssh client with the key of an agent. */
async function loginWith(t: TestContext, door: DoorWithIdentity, key: SecurityKey, certificate?: string) {
  const agent = await startSecurityKeyAgent([key]);
  t.after(() => agent.close());
  const file = join(door.directory, `key-${Math.random().toString(36).slice(2)}.pub`);
  await writeFile(file, `${key.line}\n`);
  const person: Person = { name: 'sk', file, privateKey: '', fingerprint: '', line: key.line };
  // Of an option given twice, ssh takes the first.
  const first = ['-o', `IdentityAgent=${agent.socket}`];
  const last = certificate === undefined ? [] : ['-o', `CertificateFile=${certificate}`];
  return ending('ssh', [...first, ...door.open.sshArguments(person, last), 'git@127.0.0.1', "git-upload-pack 'a'"]);
}

for (const kind of KINDS) {
  test(`${kind}: logs in when it was touched, and not when it was not`, async (t) => {
    const door = await openDoorWithIdentity(t);
    const key = makeSecurityKey(kind);
    await door.register('alice', key);
    const good = await loginWith(t, door, key);
    assert.equal(good.stdout, 'alice git-upload-pack a -\n', good.stderr);
    key.flags = 0;
    assert.match((await loginWith(t, door, key)).stderr, /Permission denied/);
    key.flags = 4; // a PIN, but nobody touched it
    assert.match((await loginWith(t, door, key)).stderr, /Permission denied/);
  });

  test(`${kind}: a signature for another application does not log in`, async (t) => {
    const door = await openDoorWithIdentity(t);
    const key = makeSecurityKey(kind);
    await door.register('alice', key);
    key.application = 'ssh:other';
    assert.match((await loginWith(t, door, key)).stderr, /Permission denied/);
  });

  test(`${kind}: a PIN is needed when the key or the configuration says so`, async (t) => {
    const strict = await openDoorWithIdentity(t, { ssh: '{ keys: { verifyRequired: true } }' });
    const lax = await openDoorWithIdentity(t);
    const key = makeSecurityKey(kind);
    await strict.register('alice', key);
    await lax.register('alice', key, { verifyRequired: true });
    for (const door of [strict, lax]) {
      key.flags = 1;
      assert.match((await loginWith(t, door, key)).stderr, /Permission denied/);
      key.flags = 5;
      assert.equal((await loginWith(t, door, key)).stdout, 'alice git-upload-pack a -\n');
    }
  });

  test(`${kind}: a certificate of it counts, and verify-required in it is enforced`, async (t) => {
    const authority = await (await openDoor(t)).makeKey('ca');
    const other = await openDoorWithIdentity(t, {
      ssh: '{ certificates: { authorities: [ca.pub] } }',
      prepare: (directory) => writeFile(join(directory, 'ca.pub'), authority.line),
    });
    const key = makeSecurityKey(kind);
    for (const [options, flags, expected] of [
      [[], 1, /^alice/],
      [['-O', 'verify-required'], 1, /^$/],
      [['-O', 'verify-required'], 5, /^alice/],
    ] as const) {
      const file = join(other.directory, 'sk.pub');
      await writeFile(file, `${key.line}\n`);
      const person: Person = { name: 'sk', file: file.slice(0, -4), privateKey: '', fingerprint: '', line: key.line };
      const certificate = await other.certify(authority, person, ['-I', 'a', '-n', 'alice', ...options]);
      key.flags = flags;
      const ended = await loginWith(t, other, key, certificate);
      assert.match(ended.stdout, expected, ended.stderr);
    }
  });
}

import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ending, openDoor, type Person } from './open-door.ts';
import { type DoorWithIdentity, openDoorWithIdentity, type WithIdentityOptions } from './with-identity.ts';

interface Certified {
  readonly door: DoorWithIdentity;
  readonly authority: Person;
  readonly person: Person;
}

/** A door that trusts an authority, and a key that nobody has registered. */
async function certified(
  t: TestContext,
  kind: readonly string[] = ['-t', 'ed25519'],
  options: WithIdentityOptions = {},
): Promise<Certified> {
  const maker = await openDoor(t);
  const authority = await maker.makeKey('ca');
  const door = await openDoorWithIdentity(t, {
    ssh: '{ certificates: { authorities: [ca.pub], revoked: revoked } }',
    ...options,
    prepare: async (directory) => {
      await writeFile(join(directory, 'ca.pub'), authority.line);
      await writeFile(join(directory, 'revoked'), '');
      await options.prepare?.(directory);
    },
  });
  return { door, authority, person: await maker.makeKey('laptop', kind) };
}

const ALICE = ['-I', 'alice@laptop', '-n', 'alice', '-z', '7', '-V', '-1m:+1h'];

for (const kind of [
  ['-t', 'ed25519'],
  ['-t', 'ecdsa', '-b', '256'],
  ['-t', 'ecdsa', '-b', '384'],
  ['-t', 'ecdsa', '-b', '521'],
  ['-t', 'rsa', '-b', '3072'],
]) {
  test(`a certificate of a key made with ${kind.join(' ')} logs in, and its key alone does not`, async (t) => {
    const { door, authority, person } = await certified(t, kind);
    assert.match((await door.login(person)).stderr, /Permission denied/);
    await door.certify(authority, person, ALICE);
    const ended = await door.login(person);
    assert.equal(ended.stdout, 'alice git-upload-pack a -\n', ended.stderr);
    assert.deepEqual(door.open.sessions.at(-1)?.principal.credential, {
      kind: 'ssh-certificate',
      fingerprint: person.fingerprint,
      serial: '7',
      keyId: 'alice@laptop',
      authority: authority.fingerprint,
    });
  });
}

for (const kind of [
  ['-t', 'ecdsa', '-b', '384'],
  ['-t', 'rsa', '-b', '4096'],
]) {
  test(`an authority whose key was made with ${kind.join(' ')} is taken`, async (t) => {
    const authority = await (await openDoor(t)).makeKey('ca', kind);
    const { door, person } = await certified(t, undefined, {
      prepare: (directory) => writeFile(join(directory, 'ca.pub'), `# ours\n\n${authority.line}`),
    });
    await door.certify(authority, person, ALICE);
    assert.equal((await door.login(person)).stdout, 'alice git-upload-pack a -\n');
  });
}

for (const [what, options] of [
  ['that has expired', ['-I', 'x', '-n', 'alice', '-V', '-2h:-1h']],
  ['that is not valid yet', ['-I', 'x', '-n', 'alice', '-V', '+1h:+2h']],
  ['for a principal that is nobody here', ['-I', 'x', '-n', 'mallory', '-V', '-1m:+1h']],
  ['without principals', ['-I', 'x', '-V', '-1m:+1h']],
  ['of a host', ['-I', 'x', '-h', '-n', 'alice', '-V', '-1m:+1h']],
  ['for one command alone', [...ALICE, '-O', 'force-command=id']],
  ['for other addresses', [...ALICE, '-O', 'source-address=192.0.2.0/24,2001:db8::/32']],
  ['with a critical option that nobody knows', [...ALICE, '-O', 'critical:new@example.com=1']],
  ['that asks for a PIN, of a key that has none', [...ALICE, '-O', 'verify-required']],
] as const) {
  test(`a certificate ${what} is refused`, async (t) => {
    const { door, authority, person } = await certified(t);
    await door.certify(authority, person, options);
    const ended = await door.login(person);
    assert.equal(ended.status, 255);
    assert.match(ended.stderr, /Permission denied/);
    // It was the certificate: an ordinary one of the same key is taken.
    await door.certify(authority, person, ALICE);
    assert.equal((await door.login(person)).stdout, 'alice git-upload-pack a -\n');
  });
}

test('a certificate for this address, with extensions that nobody needs, is taken', async (t) => {
  const { door, authority, person } = await certified(t);
  const options = ['-O', 'source-address=10.0.0.0/8,127.0.0.1', '-O', 'no-touch-required', '-O', 'extension:x@y=1'];
  await door.certify(authority, person, [...ALICE, ...options]);
  assert.equal((await door.login(person)).stdout, 'alice git-upload-pack a -\n');
});

test('a certificate of another authority is refused, also when it has the name and key id of a good one', async (t) => {
  const { door, person } = await certified(t);
  const mallory = await door.open.makeKey('mallory');
  await door.certify(mallory, person, ALICE);
  assert.match((await door.login(person)).stderr, /Permission denied/);
});

test('a certificate of a certified key is none: an authority is a plain key', async (t) => {
  const { door, authority, person } = await certified(t);
  const between = await door.open.makeKey('between');
  await door.certify(authority, between, ALICE);
  await door.certify(between, person, ALICE);
  assert.match((await door.login(person)).stderr, /Permission denied/);
});

test('the certificate of somebody else does not log in without their key', async (t) => {
  const { door, authority, person } = await certified(t);
  const mallory = await door.open.makeKey('mallory');
  await door.certify(authority, person, ALICE);
  await cp(`${person.file}-cert.pub`, `${mallory.file}-cert.pub`);
  assert.match((await door.login(mallory)).stderr, /Permission denied/);
});

test('with several principals the login name says who it is; without it nobody is guessed', async (t) => {
  const { door, authority, person } = await certified(t);
  await door.certify(authority, person, ['-I', 'pair', '-n', 'alice,bob,nobody', '-V', '-1m:+1h']);
  const as = (name: string) =>
    ending('ssh', [...door.open.sshArguments(person), `${name}@127.0.0.1`, "git-upload-pack 'a'"]);
  assert.equal((await as('bob')).stdout, 'bob git-upload-pack a -\n');
  assert.equal((await as('alice')).stdout, 'alice git-upload-pack a -\n');
  assert.match((await as('git')).stderr, /Permission denied/);
  assert.match((await as('nobody')).stderr, /Permission denied/);
});

test('principals may be written in another form than names', async (t) => {
  const { door, authority, person } = await certified(t, undefined, {
    ssh: '{ certificates: { authorities: [ca.pub], principals: "{name}@example.com" } }',
  });
  await door.certify(authority, person, ALICE);
  assert.match((await door.login(person)).stderr, /Permission denied/);
  await door.certify(authority, person, ['-I', 'x', '-n', 'alice@example.com', '-V', '-1m:+1h']);
  assert.equal((await door.login(person)).stdout, 'alice git-upload-pack a -\n');
});

test('a user who is disabled is not let in by a certificate', async (t) => {
  const { door, authority, person } = await certified(t);
  await door.certify(authority, person, ALICE);
  await door.store.directory.disableUser('alice', 1, { type: 'admin.changed', actor: 'root', body: {} });
  assert.match((await door.login(person)).stderr, /Permission denied/);
});

test('a certificate on the revocation list is refused, in every form the list can have, as soon as it is written', async (t) => {
  const { door, authority, person } = await certified(t);
  const certificate = await door.certify(authority, person, ALICE);
  const list = join(door.directory, 'revoked');
  const krl = async (...args: string[]) => {
    const { status, stderr } = await ending('ssh-keygen', ['-q', '-k', '-f', list, ...args]);
    assert.equal(status, 0, stderr);
  };
  const spec = async (text: string) => {
    await writeFile(join(door.directory, 'spec'), text);
    await krl('-s', join(door.directory, 'ca.pub'), join(door.directory, 'spec'));
  };
  for (const write of [
    () => krl(certificate),
    () => krl(`${person.file}.pub`),
    () => spec('serial: 7\n'),
    () => spec('serial: 1-9\n'),
    () => spec('id: alice@laptop\n'),
    () => spec(`hash: ${person.fingerprint}\n`),
    () => spec(`sha1: ${person.line}`),
    () => krl(join(door.directory, 'ca.pub')),
    () => writeFile(list, 'serial: 7\n'),
    () => writeFile(list, '# stolen\nserial: 3-7\n'),
    () => writeFile(list, 'id: alice@laptop\n'),
    () => writeFile(list, `hash: ${person.fingerprint}\n`),
    () => writeFile(list, person.line),
    () => writeFile(list, authority.line),
  ]) {
    await write();
    assert.match((await door.login(person)).stderr, /Permission denied/, String(write));
    await writeFile(list, 'serial: 8\nid: bob\n');
    assert.equal((await door.login(person)).stdout, 'alice git-upload-pack a -\n', String(write));
  }
});

test('while the revocation list cannot be read no certificate counts, and keys do', async (t) => {
  const { door, authority, person } = await certified(t);
  await door.certify(authority, person, ALICE);
  const bob = await door.open.makeKey('bob');
  await door.register('bob', bob);
  await writeFile(join(door.directory, 'revoked'), 'serial: seven\n');
  assert.match((await door.login(person)).stderr, /Permission denied/);
  assert.equal((await door.login(bob)).stdout, 'bob git-upload-pack a -\n');
});

test('a certificate revoked by its serial in the store is refused', async (t) => {
  const { door, authority, person } = await certified(t);
  await door.certify(authority, person, ALICE);
  const entry = { type: 'admin.changed', actor: 'root', body: {} } as const;
  await door.store.certificates.revoke({ authority: authority.fingerprint, serial: '8' }, 1, entry);
  assert.equal((await door.login(person)).stdout, 'alice git-upload-pack a -\n');
  await door.store.certificates.revoke({ authority: authority.fingerprint, serial: '7' }, 1, entry);
  assert.match((await door.login(person)).stderr, /Permission denied/);
});

test('kinds of keys that the policy does not take are not taken with a certificate either', async (t) => {
  const { door, authority, person } = await certified(t, ['-t', 'ecdsa'], {
    ssh: '{ keys: { algorithms: [ed25519] }, certificates: { authorities: [ca.pub] } }',
  });
  await door.certify(authority, person, ALICE);
  assert.match((await door.login(person)).stderr, /Permission denied/);
});

test('a certificate of our own authority that is not on record is refused: somebody has copied the key', async (t) => {
  const { door, person } = await certified(t);
  const own = { ...person, file: join(door.directory, 'keys', 'ssh_user_ca_key') };
  await door.certify(own, person, ALICE);
  assert.match((await door.login(person)).stderr, /Permission denied/);
});

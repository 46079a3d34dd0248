import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import ssh2 from 'ssh2';
import { decodeSshPublicKey } from '../../../src/protocol/ssh-key.ts';
import { wireString, wireStrings } from '../../../src/protocol/ssh-wire.ts';
import { verifyWireSignature } from '../../../src/protocol/ssh-wire-signature.ts';
import { ending, type OpenDoor, openDoor, type Person } from './open-door.ts';
import { openDoorWithIdentity } from './with-identity.ts';

/** The real client with a known_hosts of its own, which it may change. */
async function sshWith(open: OpenDoor, person: Person, knownHosts: string, extra: readonly string[] = []) {
  const first = ['-o', `UserKnownHostsFile=${knownHosts}`, ...extra];
  return ending('ssh', [...first, ...open.sshArguments(person), 'git@127.0.0.1', "git-upload-pack 'a'"]);
}

test('the ssh client learns the next host keys by itself, and goes on with them after they have taken over', async (t) => {
  const door = await openDoorWithIdentity(t);
  const alice = await door.open.makeKey('alice');
  await door.register('alice', alice);
  const hosts = join(door.directory, 'known');
  await writeFile(hosts, door.access.administration.hostKeys.knownHosts());
  const { hostKeys } = door.access.administration;
  const next = (await hostKeys.rotate('prepare'))?.next ?? [];
  assert.equal(next.length, 2);
  const learnt = await sshWith(door.open, alice, hosts, ['-o', 'UpdateHostKeys=yes', '-v']);
  assert.equal(learnt.stdout, 'alice git-upload-pack a -\n', learnt.stderr);
  const known = await readFile(hosts, 'utf8');
  for (const { key } of next) assert.ok(known.includes(key.blob.toString('base64')), known);
  await hostKeys.rotate('finish');
  const after = await sshWith(door.open, alice, hosts, ['-o', 'UpdateHostKeys=yes', '-v']);
  assert.equal(after.stdout, 'alice git-upload-pack a -\n', after.stderr);
  assert.match(after.stderr, new RegExp(`Server host key: ssh-ed25519 ${next[0]?.fingerprint.replace(/[+/]/g, '.')}`));
  // The old ones are no longer named, and the client forgets them.
  assert.equal((await readFile(hosts, 'utf8')).trim().split('\n').length, 2);
});

test('a client that trusts our host authority needs no host key, and one that does not goes on as before', async (t) => {
  const door = await openDoorWithIdentity(t, { gateway: '  ssh: { hostCertificate: true }' });
  const alice = await door.open.makeKey('alice');
  await door.register('alice', alice);
  const lines = door.access.administration.hostKeys.knownHosts().trim().split('\n');
  const hosts = join(door.directory, 'known');
  await writeFile(hosts, `${lines.filter((line) => line.startsWith('@cert-authority')).join('\n')}\n`);
  const trusting = await sshWith(door.open, alice, hosts, ['-v']);
  assert.equal(trusting.stdout, 'alice git-upload-pack a -\n', trusting.stderr);
  assert.match(trusting.stderr, /Server host certificate: ssh-ed25519-cert-v01@openssh\.com/);
  const ecdsa = ['-o', 'HostKeyAlgorithms=ecdsa-sha2-nistp256-cert-v01@openssh.com'];
  assert.equal((await sshWith(door.open, alice, hosts, ecdsa)).stdout, 'alice git-upload-pack a -\n');
  await writeFile(hosts, `${lines.filter((line) => !line.startsWith('@')).join('\n')}\n`);
  const plain = await sshWith(door.open, alice, hosts, ['-v']);
  assert.equal(plain.stdout, 'alice git-upload-pack a -\n', plain.stderr);
});

test('a host certificate of another authority, or for another name, is not taken by the client', async (t) => {
  const door = await openDoorWithIdentity(t, { gateway: '  ssh: { hostCertificate: true }' });
  const other = await openDoorWithIdentity(t, { gateway: '  ssh: { hostCertificate: true }' });
  const alice = await door.open.makeKey('alice');
  await door.register('alice', alice);
  const authorityOf = (of: typeof door) =>
    of.access.administration.hostKeys
      .knownHosts()
      .split('\n')
      .find((line) => line.startsWith('@')) ?? '';
  const hosts = join(door.directory, 'known');
  const strange = authorityOf(other).replace(/\[[^ ]+/, authorityOf(door).split(' ')[1] ?? '');
  await writeFile(hosts, `${strange}\n`);
  assert.match((await sshWith(door.open, alice, hosts)).stderr, /Host key verification failed/);
  const renamed = authorityOf(door).replace(/^@cert-authority [^ ]+/, '@cert-authority *');
  await writeFile(hosts, `${renamed}\n`);
  const alias = await sshWith(door.open, alice, hosts, ['-o', 'HostKeyAlias=elsewhere.example.com']);
  assert.match(alias.stderr, /not listed|Host key verification failed/);
});

test('without hostCertificate none is offered, since some clients take no plain key once they have seen one', async (t) => {
  const open = await openDoor(t);
  const alice = await open.addPerson('alice');
  const { stderr } = await open.ssh(alice, ["git-upload-pack 'a'"], ['-vv']);
  const offers = stderr.split('\n').filter((line) => line.startsWith('debug2: host key algorithms:'));
  assert.equal(offers.at(-1)?.trim(), 'debug2: host key algorithms: ssh-ed25519,ecdsa-sha2-nistp256');
});

interface ProtocolInside {
  _handlers: Record<string, unknown>;
  _kex: { sessionID: Buffer };
  openssh_hostKeysProve(keys: readonly { getPublicSSH(): Buffer }[]): void;
}

test('each host key is proved on demand, for this session; others are not, nor more than there are', async (t) => {
  const open = await openDoor(t);
  const client = await open.client(await open.addPerson('alice'));
  const protocol = Reflect.get(client, '_protocol') as ProtocolInside;
  const ask = (blobs: readonly Buffer[]) =>
    new Promise<Buffer | undefined>((resolve) => {
      Object.assign(protocol._handlers, {
        REQUEST_SUCCESS: (_: unknown, data: Buffer) => resolve(Buffer.from(data)),
        REQUEST_FAILURE: () => resolve(undefined),
      });
      protocol.openssh_hostKeysProve(blobs.map((blob) => ({ getPublicSSH: () => blob })));
    });
  const blobs = open.hostKeys.map(({ key }) => key.blob);
  const proofs = wireStrings((await ask(blobs)) ?? Buffer.alloc(0)) ?? [];
  assert.equal(proofs.length, blobs.length);
  for (const [at, blob] of blobs.entries()) {
    const key = decodeSshPublicKey(blob);
    assert.ok(!('refused' in key));
    const of = (session: Buffer) =>
      Buffer.concat([wireString('hostkeys-prove-00@openssh.com'), wireString(session), wireString(blob)]);
    const proof = proofs[at] as Buffer;
    assert.equal(verifyWireSignature(key, of(protocol._kex.sessionID), proof).outcome, 'verified');
    assert.equal(verifyWireSignature(key, of(Buffer.alloc(32)), proof).outcome, 'refused');
  }
  assert.equal(await ask([Buffer.from('nonsense')]), undefined);
  assert.equal(await ask([...blobs, blobs[0] as Buffer]), undefined);
  assert.equal(await ask([]), undefined);
});

test('a stranger who has not logged in gets no proof', async (t) => {
  const open = await openDoor(t);
  const client = new ssh2.Client();
  client.on('error', () => {});
  t.after(() => client.destroy());
  const answered = new Promise((resolve) => {
    client.connect({
      host: '127.0.0.1',
      port: open.port,
      username: 'git',
      authHandler: () => {
        const protocol = Reflect.get(client, '_protocol') as ProtocolInside;
        Object.assign(protocol._handlers, {
          REQUEST_SUCCESS: () => resolve('proved'),
          REQUEST_FAILURE: () => resolve('refused'),
        });
        client.on('close', () => resolve('refused'));
        protocol.openssh_hostKeysProve(open.hostKeys.map(({ key }) => ({ getPublicSSH: () => key.blob })));
        return undefined as never;
      },
    });
  });
  assert.equal(await answered, 'refused');
});

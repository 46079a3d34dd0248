import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import ssh2 from 'ssh2';
import { generateSshKey } from '../../../src/adapters/keys/ssh-private-key.ts';
import { agreeAsServer } from '../../../src/gateway/ssh-door/mlkem768x25519.ts';
import { insideOfHandshake } from '../../../src/gateway/ssh-door/ssh2-handshake-inside.ts';
import { ending, openDoor } from './open-door.ts';
import { execWithRussh } from './russh-client.ts';

test('an independent client that knows nothing else agrees on mlkem768x25519-sha256, and works', async (t) => {
  const open = await openDoor(t);
  const alice = await open.addPerson('alice');
  const seen = await execWithRussh(open.port, alice, "git-upload-pack 'a'", ['mlkem768x25519-sha256']);
  assert.equal(seen.output, 'alice git-upload-pack a -\n');
  assert.ok(seen.hostKeys.includes(open.hostKeys[0]?.fingerprint ?? ''));
});

test('a client that prefers it gets it; one that does not know it gets what it knows', async (t) => {
  const open = await openDoor(t);
  const alice = await open.addPerson('alice');
  const both = await execWithRussh(open.port, alice, "git-upload-pack 'a'", [
    'mlkem768x25519-sha256',
    'curve25519-sha256',
  ]);
  assert.equal(both.output, 'alice git-upload-pack a -\n');
  const old = await open.ssh(alice, ["git-upload-pack 'a'"], ['-v', '-o', 'KexAlgorithms=curve25519-sha256']);
  assert.match(old.stderr, /kex: algorithm: curve25519-sha256/);
  assert.equal(old.stdout, 'alice git-upload-pack a -\n');
});

test('it is offered first', async (t) => {
  const open = await openDoor(t);
  const alice = await open.addPerson('alice');
  const { stderr } = await open.ssh(alice, ["git-upload-pack 'a'"], ['-vv']);
  const offers = stderr.split('\n').filter((line) => line.startsWith('debug2: KEX algorithms:'));
  assert.match(offers.at(-1) ?? '', /^debug2: KEX algorithms: mlkem768x25519-sha256,curve25519-sha256,/);
});

test('the ssh client here does not know it yet: when it does, it must be in this test', async () => {
  const { stdout } = await ending('ssh', ['-Q', 'kex']);
  assert.doesNotMatch(stdout, /mlkem/, 'OpenSSH has learnt it: let it agree on it, too');
});

test('keys are exchanged anew in the middle of a session, with both ends of it whole', async (t) => {
  const open = await openDoor(t, { limits: { rekeyBytes: 64 * 1024 }, serve: echo });
  const alice = await open.addPerson('alice');
  const seen = await execWithRussh(
    open.port,
    alice,
    "git-receive-pack 'a'",
    ['mlkem768x25519-sha256'],
    'x'.repeat(300_000),
  );
  assert.equal(seen.output.length, 300_000);
});

test('shares of the wrong length, or with numbers that are out of range, end the exchange', () => {
  for (const share of [
    Buffer.alloc(0),
    Buffer.alloc(1215),
    Buffer.alloc(1217),
    Buffer.alloc(1216, 0xff), // coefficients beyond the modulus
    Buffer.concat([Buffer.alloc(1184), Buffer.alloc(32)]), // a point that leads to an all-zero secret
  ]) {
    assert.ok(agreeAsServer().secret(share) instanceof Error, String(share.length));
  }
});

test('the inside of ssh2 that this rests on is the one we know: else nobody gets in, with a hint', async (t) => {
  const connection = await acceptedConnection(t);
  const protocol = Reflect.get(connection, '_protocol') as object;
  const use = (inside: ReturnType<typeof insideOfHandshake>) => {
    inside.onKexinit(() => {});
    inside.onGlobalRequest(() => undefined);
  };
  use(insideOfHandshake({ _protocol: Object.create(protocol) } as unknown as ssh2.Connection));
  for (const [name, other] of [
    ['_offer', undefined],
    ['_offer', { lists: {} }],
    ['_decipher', {}],
    ['_hostKeys', undefined],
    ['_handlers', {}],
    ['requestSuccess', undefined],
  ] as const) {
    const changed = Object.create(protocol, { [name]: { value: other, writable: true } });
    assert.throws(
      () => use(insideOfHandshake({ _protocol: changed } as unknown as ssh2.Connection)),
      /inside of ssh2's (?:handshake|connection) is not that of 1\.17\.0\nhint: run npm ci/,
      name,
    );
  }
  const strange = { _protocol: Object.create(protocol, { _kex: { value: { negotiated: {} } } }) };
  const inside = insideOfHandshake(strange as unknown as ssh2.Connection);
  assert.throws(() => inside.exchange(), /inside of ssh2's key exchange is not that of 1\.17\.0/);
});

/** A connection as the door gets it, before the first exchange. */
async function acceptedConnection(t: TestContext): Promise<ssh2.Connection> {
  const server = new ssh2.Server({ hostKeys: [generateSshKey('ed25519', '').privateKey] });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new ssh2.Client();
  client.on('error', () => {});
  t.after(() => {
    client.destroy();
    server.close();
  });
  const accepted = new Promise<ssh2.Connection>((resolve) => server.on('connection', resolve));
  const address = server.address();
  client.connect({ host: '127.0.0.1', port: typeof address === 'object' ? (address?.port ?? 0) : 0, username: 'x' });
  const connection = await accepted;
  connection.on('error', () => {});
  return connection;
}

async function echo(session: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream }): Promise<number> {
  let left = 300_000;
  for await (const chunk of session.input) {
    session.output.write(chunk);
    left -= chunk.length;
    if (left <= 0) break;
  }
  return 0;
}

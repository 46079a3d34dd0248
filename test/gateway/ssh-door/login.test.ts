import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import ssh2 from 'ssh2';
import { closeOf, type OpenDoor, openDoor, type Person, parsedKey, principalNamed, until } from './open-door.ts';

test('ed25519, ecdsa and rsa keys of ssh-keygen log in, and the fingerprint is the one ssh-keygen shows', async (t) => {
  const open = await openDoor(t);
  for (const [name, ...kind] of [
    ['ed', '-t', 'ed25519'],
    ['ec256', '-t', 'ecdsa', '-b', '256'],
    ['ec384', '-t', 'ecdsa', '-b', '384'],
    ['ec521', '-t', 'ecdsa', '-b', '521'],
    ['rsa', '-t', 'rsa', '-b', '3072'],
  ] as const) {
    const person = await open.addPerson(name, kind);
    const { stdout, stderr } = await open.ssh(person, ["git-upload-pack 'a'"]);
    assert.equal(stdout, `${name} git-upload-pack a -\n`, stderr);
    assert.equal(open.used.at(-1), person.fingerprint);
    assert.equal(parsedKey(person.line).fingerprint, person.fingerprint);
  }
});

test('an unknown key is refused', async (t) => {
  const open = await openDoor(t);
  const ended = await open.ssh(await open.makeKey('mallory'), ["git-upload-pack 'a'"]);
  assert.equal(ended.status, 255);
  assert.match(ended.stderr, /Permission denied \(publickey\)/);
  assert.deepEqual(open.sessions, []);
  assert.deepEqual(open.used, []);
});

test('dsa and small rsa keys, and malformed security keys and certificates, are refused when offered', async (t) => {
  const open = await openDoor(t);
  const small = await open.addPerson('small', ['-t', 'rsa', '-b', '2048']);
  const ended = await open.ssh(small, ["git-upload-pack 'a'"]);
  assert.equal(ended.status, 255);
  assert.deepEqual(open.lookups, []);
  const client = await rawLogin(t, open);
  for (const algorithm of ['sk-ssh-ed25519@openssh.com', 'ssh-ed25519-cert-v01@openssh.com', 'ssh-dss', 'x']) {
    const blob = Buffer.concat([lengthAndText(algorithm), lengthAndText('whatever')]);
    assert.equal(await client.offer(algorithm, blob), 'refused');
  }
});

test('offering the key of an admin and signing with mine makes me myself', async (t) => {
  const open = await openDoor(t);
  const admin = await open.addPerson('admin');
  const mallory = await open.addPerson('mallory');
  const client = await rawLogin(t, open);
  assert.equal(await client.offerKeyOf(admin), 'please sign');
  assert.equal(await client.signAs(mallory, mallory), 'accepted');
  assert.deepEqual(open.lookups, [mallory.fingerprint]);
  assert.equal(await client.whoAmI(), 'mallory git-upload-pack a -\n');
});

test('the key of an admin under a signature of mine is refused, before and after an honest offer', async (t) => {
  const open = await openDoor(t);
  const admin = await open.addPerson('admin');
  const mallory = await open.addPerson('mallory');
  const client = await rawLogin(t, open);
  assert.equal(await client.signAs(admin, mallory), 'refused');
  assert.equal(await client.offerKeyOf(admin), 'please sign');
  assert.equal(await client.signAs(admin, mallory), 'refused');
  assert.deepEqual(open.lookups, []);
  assert.deepEqual(open.sessions, []);
});

test('an offered key is answered the same whether we know it or not, and without a look-up', async (t) => {
  const open = await openDoor(t);
  const known = await open.addPerson('alice');
  const client = await rawLogin(t, open);
  assert.equal(await client.offerKeyOf(known), 'please sign');
  assert.equal(await client.offerKeyOf(await open.makeKey('stranger')), 'please sign');
  assert.deepEqual(open.lookups, []);
});

test('an rsa signature with SHA-1 is refused, with SHA-2 accepted', async (t) => {
  const open = await openDoor(t);
  const rsa = await open.addPerson('rsa', ['-t', 'rsa', '-b', '3072']);
  const client = await rawLogin(t, open);
  const blob = parsedKey(rsa.line).key.blob;
  assert.equal(await client.offer('ssh-rsa', blob), 'refused');
  assert.equal(await client.offer('rsa-sha2-512', blob), 'please sign with rsa-sha2-512');
  assert.equal(await client.offer('rsa-sha2-256', blob), 'please sign with rsa-sha2-256');
  assert.equal(await client.sign(rsa, blob, 'ssh-rsa', 'sha1'), 'refused');
  // Named as SHA-2, signed with SHA-1; and named as one SHA-2, signed with the other.
  assert.equal(await client.sign(rsa, blob, 'rsa-sha2-512', 'sha1'), 'refused');
  assert.equal(await client.sign(rsa, blob, 'rsa-sha2-512', 'sha256'), 'refused');
  assert.equal(await client.sign(rsa, blob, 'rsa-sha2-256', 'sha256'), 'accepted');
});

test('passwords are cut off after six', async (t) => {
  const open = await openDoor(t);
  let attempts = 0;
  const client = new ssh2.Client();
  client.on('error', () => {});
  const closed = closeOf(client);
  client.connect({
    host: '127.0.0.1',
    port: open.port,
    username: 'git',
    authHandler: () => {
      attempts += 1;
      return attempts > 500 ? false : { type: 'password', username: 'git', password: `guess ${attempts}` };
    },
  });
  await closed;
  assert.equal(attempts, 6);
});

test('six keys may be tried: the fifth wrong one does no harm, the seventh is not reached', async (t) => {
  const open = await openDoor(t);
  const good = await open.addPerson('alice');
  const wrong = await Promise.all(Array.from({ length: 6 }, (_, at) => open.makeKey(`wrong${at}`)));
  const identities = (people: readonly Person[]) => people.flatMap(({ file }) => ['-i', file]);
  const lucky = await open.ssh(
    wrong[0] as Person,
    ["git-upload-pack 'a'"],
    [...identities(wrong.slice(1, 5)), ...identities([good])],
  );
  assert.equal(lucky.stdout, 'alice git-upload-pack a -\n');
  const unlucky = await open.ssh(
    wrong[0] as Person,
    ["git-upload-pack 'a'"],
    [...identities(wrong.slice(1)), ...identities([good])],
  );
  assert.equal(unlucky.status, 255);
});

test('endless offers without a signature are cut off', async (t) => {
  const open = await openDoor(t);
  const alice = await open.addPerson('alice');
  const client = await rawLogin(t, open);
  for (let at = 0; at < 6; at++) assert.equal(await client.offerKeyOf(alice), 'please sign');
  void client.offerKeyOf(alice);
  await client.closed;
});

test('a silent socket and one that stops after its greeting are closed when the login grace ends', async (t) => {
  const open = await openDoor(t, { limits: { loginGraceMs: 50 } });
  for (const greeting of ['', 'SSH-2.0-', 'SSH-2.0-x\r\n']) {
    const socket = connect(open.port, '127.0.0.1');
    socket.write(greeting);
    socket.resume();
    socket.on('error', () => {});
    await once(socket, 'close');
  }
});

test('what is not SSH is closed at once', async (t) => {
  const open = await openDoor(t);
  for (const nonsense of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'SSH-1.5-old\r\n', 'x'.repeat(10_000)]) {
    const socket = connect(open.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    socket.write(nonsense);
    await once(socket, 'close');
  }
});

test('behind 200 stalled strangers a good login still works', async (t) => {
  const open = await openDoor(t, { limits: { maxUnauthenticated: 50 } });
  const stalled: Socket[] = [];
  t.after(() => {
    for (const socket of stalled) socket.destroy();
  });
  for (let at = 0; at < 200; at++) {
    const socket = connect(open.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    stalled.push(socket);
    await once(socket, 'connect');
  }
  const ended = await open.ssh(await open.addPerson('alice'), ["git-upload-pack 'a'"]);
  assert.equal(ended.stdout, 'alice git-upload-pack a -\n');
  assert.ok(open.door.connections() <= 50);
});

test('an address whose logins keep failing is not let in for a while', async (t) => {
  const open = await openDoor(t, { limits: { maxFailedLoginsPerMinute: 3 } });
  const alice = await open.addPerson('alice');
  const mallory = await open.makeKey('mallory');
  for (let at = 0; at < 3; at++) await open.ssh(mallory, ['x']);
  const ended = await open.ssh(alice, ["git-upload-pack 'a'"]);
  assert.equal(ended.status, 255);
  assert.equal(open.logged.filter((line) => line.message === 'ssh connection refused').length, 1);
});

test('connections per address and in total are limited', async (t) => {
  for (const limits of [{ maxConnectionsPerAddress: 2 }, { maxConnections: 2 }]) {
    const open = await openDoor(t, { limits });
    const alice = await open.addPerson('alice');
    await open.client(alice);
    const second = await open.client(alice);
    assert.equal((await open.ssh(alice, ['x'])).status, 255);
    const closed = closeOf(second);
    second.end();
    await closed;
    await until(() => open.door.connections() === 1);
    assert.equal((await open.ssh(alice, ["git-upload-pack 'a'"])).status, 0);
  }
});

test('a directory that fails logs nobody in', async (t) => {
  const open = await openDoor(t, {
    authenticate: async () => {
      throw new Error('database is gone');
    },
  });
  const ended = await open.ssh(await open.addPerson('alice'), ["git-upload-pack 'a'"]);
  assert.equal(ended.status, 255);
  assert.deepEqual(open.sessions, []);
  assert.ok(open.logged.some((line) => line.message === 'ssh login failed'));
});

test('a client that leaves while it is looked up is not logged in afterwards', async (t) => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const open = await openDoor(t, {
    authenticate: async ({ proof }) => {
      asked.resolve();
      await answer.promise;
      return principalNamed('alice', proof.fingerprint);
    },
  });
  const alice = await open.addPerson('alice');
  const client = new ssh2.Client();
  client.on('error', () => {});
  client.connect({ host: '127.0.0.1', port: open.port, username: 'git', privateKey: alice.privateKey });
  await asked.promise;
  client.destroy();
  await until(() => open.door.connections() === 0);
  answer.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(open.used, []);
  assert.deepEqual(
    open.logged.filter((line) => line.level === 'error'),
    [],
  );
});

test('a banner is shown before the login', async (t) => {
  const open = await openDoor(t, { banner: 'pushes are inspected here' });
  const ended = await open.ssh(await open.makeKey('stranger'), ['x']);
  assert.match(ended.stderr, /^pushes are inspected here\r?\n/);
});

test('the server offers neither SHA-1, group exchange, CBC, chacha20 nor compression, and strict key exchange', async (t) => {
  const open = await openDoor(t);
  const socket = connect(open.port, '127.0.0.1');
  socket.write('SSH-2.0-probe\r\n');
  let seen = '';
  for await (const chunk of socket) {
    seen += (chunk as Buffer).toString('latin1');
    if (seen.includes('hmac') && seen.includes('none')) break;
  }
  assert.match(seen, /^SSH-2\.0-sallyport\r\n/);
  assert.match(seen, /kex-strict-s-v00@openssh\.com/);
  assert.doesNotMatch(seen, /sha1|group-exchange|cbc|chacha|zlib|ssh-rsa|ssh-dss|md5|group1-/);
});

interface RawLogin {
  offer(algorithm: string, blob: Buffer): Promise<string>;
  offerKeyOf(person: Person): Promise<string>;
  sign(signer: Person, blob: Buffer, algorithm: string, hash?: string): Promise<string>;
  /** Claims `claimed`'s key, signs with `signer`'s. */
  signAs(claimed: Person, signer: Person): Promise<string>;
  whoAmI(): Promise<string>;
  readonly closed: Promise<void>;
}

interface ClientInside {
  readonly _protocol: {
    _handlers: Record<string, (...args: never[]) => void>;
    _authsQueue: string[];
    _kex: { sessionID: Buffer };
    _packetRW: {
      write: { allocStart: number; alloc(size: number): Buffer; finalize(packet: Buffer): Buffer };
    };
    _cipher: { encrypt(packet: Buffer): void };
  };
}

/** A client that has asked for the authentication service and writes each request itself (RFC 4252 section 7). */
async function rawLogin(t: TestContext, open: OpenDoor): Promise<RawLogin> {
  const client = new ssh2.Client();
  t.after(() => client.destroy());
  client.on('error', () => {});
  const started = Promise.withResolvers<void>();
  client.connect({
    host: '127.0.0.1',
    port: open.port,
    username: 'git',
    authHandler: () => {
      started.resolve();
      return undefined as never; // this client never asks by itself
    },
  });
  await started.promise;
  client.setNoDelay(true);
  const { _protocol: protocol } = client as unknown as ClientInside;
  let answered: (answer: string) => void = () => {};
  const keep = protocol._handlers['USERAUTH_SUCCESS'];
  Object.assign(protocol._handlers, {
    USERAUTH_FAILURE: () => answered('refused'),
    USERAUTH_PK_OK: (_protocol: unknown, algorithm: string) =>
      answered(algorithm.startsWith('ssh-ed25519') ? 'please sign' : `please sign with ${algorithm}`),
    USERAUTH_SUCCESS: (...args: never[]) => {
      keep?.(...args);
      answered('accepted');
    },
  });
  const request = (payload: Buffer): Promise<string> => {
    const { write } = protocol._packetRW;
    const packet = write.alloc(payload.length);
    packet.set(payload, write.allocStart);
    protocol._authsQueue.push('publickey');
    const answer = new Promise<string>((resolve) => {
      answered = resolve;
    });
    protocol._cipher.encrypt(write.finalize(packet));
    return answer;
  };
  const head = (signed: number, algorithm: string, blob: Buffer) =>
    Buffer.concat([
      Buffer.from([50]),
      ...['git', 'ssh-connection', 'publickey'].map(lengthAndText),
      Buffer.from([signed]),
      lengthAndText(algorithm),
      lengthAndText(blob),
    ]);
  const sign = (signer: Person, blob: Buffer, algorithm: string, hash?: string) => {
    const key = ssh2.utils.parseKey(signer.privateKey);
    if (key instanceof Error) throw key;
    const unsigned = head(1, algorithm, blob);
    const signature = key.sign(Buffer.concat([lengthAndText(protocol._kex.sessionID), unsigned]), hash);
    const wire = Buffer.concat([lengthAndText(algorithm), lengthAndText(signature)]);
    return request(Buffer.concat([unsigned, lengthAndText(wire)]));
  };
  return {
    offer: (algorithm, blob) => request(head(0, algorithm, blob)),
    offerKeyOf: (person) => request(head(0, 'ssh-ed25519', parsedKey(person.line).key.blob)),
    sign,
    signAs: (claimed, signer) => sign(signer, parsedKey(claimed.line).key.blob, 'ssh-ed25519'),
    whoAmI: async () =>
      new Promise((resolve, reject) =>
        client.exec("git-upload-pack 'a'", (error, channel) => {
          if (error !== undefined) reject(error);
          else channel.on('data', (chunk: Buffer) => resolve(chunk.toString()));
        }),
      ),
    closed: closeOf(client),
  };
}

function lengthAndText(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

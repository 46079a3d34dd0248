import assert from 'node:assert/strict';
import { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import ssh2 from 'ssh2';
import { keepKeyObjects } from '../../src/protocol/ssh2-keys.ts';
import { makeSshKeyPair } from '../support/upstream/ssh-key-pair.ts';

/** Names of the key fields of both directions, with what they hold. */
function keysOf(connection: object): Record<string, unknown> {
  const protocol: unknown = Reflect.get(connection, '_protocol');
  assert.ok(typeof protocol === 'object' && protocol !== null);
  const found: Record<string, unknown> = {};
  for (const direction of ['_cipher', '_decipher']) {
    const cipher: unknown = Reflect.get(protocol, direction);
    assert.ok(typeof cipher === 'object' && cipher !== null);
    for (const [name, value] of Object.entries(cipher)) {
      if (/key/i.test(name)) found[`${direction}.${name}`] = value;
    }
  }
  return found;
}

for (const cipher of ['aes128-gcm@openssh.com', 'aes256-ctr'] as const) {
  test(`with ${cipher} every key is a KeyObject, also after another key exchange`, async () => {
    const server = new ssh2.Server({ hostKeys: [makeSshKeyPair().private], algorithms: { cipher: [cipher] } });
    const taken = once(server, 'connection') as Promise<[ssh2.Connection]>;
    server.on('connection', (connection: ssh2.Connection) => {
      keepKeyObjects(connection);
      connection.on('error', () => {});
      connection.on('authentication', (context) => context.accept());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = new ssh2.Client();
    client.on('error', () => {});
    client.connect({
      host: '127.0.0.1',
      port: (server.address() as { port: number }).port,
      username: 'x',
      password: 'y',
    });
    keepKeyObjects(client);
    await once(client, 'ready');
    const [connection] = await taken;
    const first = keysOf(connection);
    assert.ok(Object.keys(first).length >= 2, 'the fields of ssh2 are called otherwise');
    await new Promise<void>((resolve) => connection.rekey(() => resolve()));
    const second = keysOf(connection);
    for (const keys of [first, second, keysOf(client)]) {
      for (const [name, key] of Object.entries(keys)) assert.ok(key instanceof KeyObject, `${name} is no KeyObject`);
    }
    assert.notDeepEqual(second, first, 'the key exchange put no other keys in place');
    client.end();
    await once(server.close(), 'close');
  });
}

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type ConnectionLimits, limitConnections } from '../../src/gateway/connection-limit.ts';

async function open(t: TestContext, limits: ConnectionLimits) {
  const server = createServer((_, response) => response.end('served'));
  limitConnections(server, limits);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  let closed: Promise<unknown> = Promise.resolve();
  server.on('connection', (socket) => {
    closed = once(socket, 'close');
  });
  const dial = async (from = '127.0.0.1'): Promise<Socket> => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: from });
    socket.on('error', () => {}); // a cut connection is what is looked for
    await once(socket, 'connect');
    return socket;
  };
  /** Resolves when the server has seen the end of its newest connection. */
  return { dial, closed: () => closed };
}

/** Whether a request on this connection is answered. */
async function isServed(socket: Socket): Promise<boolean> {
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const answer = await new Promise<string>((resolve) => {
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString('latin1')));
    socket.once('close', () => resolve(''));
  });
  return answer.includes('served');
}

test('an address has so many connections and no more, and others have theirs', async (t) => {
  const { dial } = await open(t, { total: 100, perAddress: 2, isExempt: () => false });
  const first = await dial();
  assert.equal(await isServed(first), true);
  assert.equal(await isServed(await dial()), true);
  assert.equal(await isServed(await dial()), false);
  assert.equal(await isServed(await dial('127.0.0.2')), true);
});

test('a connection that has ended makes room for another', async (t) => {
  const { dial, closed } = await open(t, { total: 100, perAddress: 1, isExempt: () => false });
  for (let at = 0; at < 20; at++) {
    const socket = await dial();
    assert.equal(await isServed(socket), true, `connection ${at}`);
    socket.end();
    await closed();
  }
});

test('a proxy on this machine is not taken for one client', async (t) => {
  const { dial } = await open(t, { total: 100, perAddress: 1 });
  for (let at = 0; at < 10; at++) assert.equal(await isServed(await dial()), true);
});

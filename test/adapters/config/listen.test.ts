import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatListen, isLoopback, parseListen } from '../../../src/adapters/config/listen.ts';

test('listen addresses are a host and a port, and read back as written', () => {
  const rows: readonly [text: string, host: string | undefined, port?: number][] = [
    ['127.0.0.1:8080', '127.0.0.1', 8080],
    ['localhost:0', 'localhost', 0],
    ['[::1]:22', '::1', 22],
    ['0.0.0.0:65535', '0.0.0.0', 65535],
    ['git.example.com:443', 'git.example.com', 443],
    ['::1:22', undefined],
    ['[127.0.0.1]:22', undefined],
    ['127.0.0.1', undefined],
    [':80', undefined],
    ['256.0.0.1:80', undefined],
    ['127.1:80', undefined],
    ['a b:80', undefined],
    ['host:65536', undefined],
    ['host:-1', undefined],
    ['host:0x50', undefined],
  ];
  for (const [text, host, port] of rows) {
    const address = parseListen(text);
    assert.deepEqual(address, host === undefined ? undefined : { host, port }, text);
    if (address) assert.equal(formatListen(address), text);
  }
});

test('loopback is what no other machine can reach', () => {
  for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost', 'LOCALHOST'])
    assert.equal(isLoopback(host), true, host);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'localhost.example.com', '::ffff:127.0.0.1', '128.0.0.1']) {
    assert.equal(isLoopback(host), false, host);
  }
});

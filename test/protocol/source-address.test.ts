import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLocal, sourceOf } from '../../src/protocol/source-address.ts';

test('a source is an IPv4 address or an IPv6 /64', () => {
  for (const [address, source] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['unknown', 'unknown'],
  ] as const) {
    assert.equal(sourceOf(address), source);
  }
});

test('this machine is 127/8 and ::1, and nothing that only looks like it', () => {
  for (const [address, local] of [
    ['127.0.0.1', true],
    ['127.8.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['192.0.2.127', false],
    ['1270.0.0.1', false],
    ['2001:db8::1', false],
    ['unknown', false],
  ] as const) {
    assert.equal(isLocal(sourceOf(address)), local, address);
  }
});

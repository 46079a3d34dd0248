import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission } from '../../../src/gateway/ssh-door/admission.ts';
import { DEFAULT_SSH_DOOR_LIMITS } from '../../../src/gateway/ssh-door/limits.ts';

test('failed logins of an address are forgiven one by one over a minute', () => {
  let now = 0;
  const admission = new Admission({ ...DEFAULT_SSH_DOOR_LIMITS, maxFailedLoginsPerMinute: 3 }, () => now);
  const fail = () => {
    const admitted = admission.enter('192.0.2.7');
    if (admitted.outcome === 'admitted') admission.leave(admitted.source, true);
    return admitted.outcome;
  };
  assert.deepEqual([fail(), fail(), fail(), fail()], ['admitted', 'admitted', 'admitted', 'refused']);
  assert.equal(admission.enter('192.0.2.8').outcome, 'admitted');
  now += 20_000;
  assert.deepEqual([fail(), fail()], ['admitted', 'refused']);
  now += 60_000;
  assert.deepEqual([fail(), fail(), fail(), fail()], ['admitted', 'admitted', 'admitted', 'refused']);
});

test('slow failures never add up', () => {
  let now = 0;
  const admission = new Admission({ ...DEFAULT_SSH_DOOR_LIMITS, maxFailedLoginsPerMinute: 3 }, () => now);
  for (let at = 0; at < 100; at++) {
    const admitted = admission.enter('192.0.2.7');
    assert.equal(admitted.outcome, 'admitted');
    admission.leave(admitted.source, true);
    now += 21_000;
  }
});

test('a connection that left makes room for another', () => {
  const admission = new Admission({ ...DEFAULT_SSH_DOOR_LIMITS, maxConnections: 1 }, () => 0);
  const first = admission.enter('192.0.2.7');
  assert.equal(admission.enter('192.0.2.8').outcome, 'refused');
  admission.leave(first.source, false);
  assert.equal(admission.enter('192.0.2.8').outcome, 'admitted');
});

test('an attacker with endless addresses is not remembered without end, and who is connected is not forgotten', () => {
  let now = 0;
  const admission = new Admission({ ...DEFAULT_SSH_DOOR_LIMITS, maxConnectionsPerAddress: 1 }, () => now++);
  admission.enter('192.0.2.7');
  for (let at = 0; at < 30_000; at++) {
    const admitted = admission.enter(`2001:db8:${(at >> 8).toString(16)}:${(at & 255).toString(16)}::1`);
    admission.leave(admitted.source, true);
  }
  assert.ok(admission.knownSources <= 10_001, `${admission.knownSources}`);
  assert.equal(admission.enter('192.0.2.7').outcome, 'refused');
});

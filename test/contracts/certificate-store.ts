// What every CertificateStore promises (src/domain/ports.ts).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrailEntry } from '../../src/domain/audit/entry.ts';
import type { IssuedCertificate } from '../../src/domain/ports.ts';
import type { OpenStore } from './store-under-test.ts';

const entry: TrailEntry = { type: 'admin.changed', actor: 'alice', body: { before: null } };

function issued(serial: string, changes: Partial<IssuedCertificate> = {}): IssuedCertificate {
  return {
    serial,
    user: 'alice',
    fingerprint: `SHA256:${'k'.repeat(43)}`,
    keyId: `alice ${serial}`,
    authority: 'SHA256:ours',
    issuedAt: 1000,
    validBefore: 5000,
    ...changes,
  };
}

export function certificateStoreContract(name: string, open: OpenStore): void {
  describe(`CertificateStore contract: ${name}`, () => {
    it('keeps what was issued, newest first, and gives a serial once', async (t) => {
      const store = await open(t);
      const [first, second] = [issued('281474976710655'), issued('7', { user: 'bob', issuedAt: 2000 })];
      assert.equal(await store.certificates.add(first, 0, entry), 'added');
      assert.equal(await store.certificates.add(second, 0, entry), 'added');
      assert.equal(await store.certificates.add(issued('7', { user: 'mallory' }), 0, entry), 'taken');
      const again = await store.reopen();
      assert.deepEqual(await again.certificates.list(10), [second, first]);
      assert.deepEqual(await again.certificates.list(1), [second]);
      assert.deepEqual(await again.certificates.list(10, 'alice'), [first]);
      assert.deepEqual(await again.certificates.find('7'), second);
      assert.equal(await again.certificates.find('8'), undefined);
      assert.equal((await again.trail.verify()).entries, 2);
    });

    it('revokes once, on the record, also what it has never seen and of other authorities', async (t) => {
      const store = await open(t);
      await store.certificates.add(issued('7'), 0, entry);
      const ours = { authority: 'SHA256:ours', serial: '7' };
      const theirs = { authority: 'SHA256:theirs', serial: '18446744073709551615' };
      assert.equal(await store.certificates.revoke({ ...ours, authority: 'SHA256:theirs' }, 10, entry), true);
      assert.equal(await store.certificates.isRevoked(ours), false);
      assert.equal((await store.certificates.find('7'))?.revokedAt, undefined);
      assert.equal(await store.certificates.revoke(ours, 20, entry), true);
      assert.equal(await store.certificates.revoke(ours, 30, entry), false);
      assert.equal(await store.certificates.revoke(theirs, 40, entry), true);
      const again = await store.reopen();
      assert.equal((await again.certificates.find('7'))?.revokedAt, 20);
      assert.equal(await again.certificates.isRevoked(ours), true);
      assert.equal(await again.certificates.isRevoked(theirs), true);
      assert.equal((await again.trail.verify()).entries, 4);
    });

    it('forgets certificates that ended long ago, and never a revocation', async (t) => {
      const store = await open(t);
      await store.certificates.add(issued('1', { validBefore: 100 }), 0, entry);
      await store.certificates.revoke({ authority: 'SHA256:ours', serial: '1' }, 50, entry);
      await store.certificates.add(issued('2'), 101, entry);
      assert.deepEqual(await store.certificates.list(10), [issued('2')]);
      assert.equal(await store.certificates.isRevoked({ authority: 'SHA256:ours', serial: '1' }), true);
    });
  });
}

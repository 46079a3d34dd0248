// What an approval is bound to: exactly these ref updates of this repository, these bytes, under this policy.
import { createHash } from 'node:crypto';
import type { Push } from './push.ts';

/** SHA-256 (hex) over repository, every (refName, oldOid, newOid), push options, request digest and policy digest. */
export function approvalBinding(
  push: Pick<Push, 'address' | 'updates' | 'pushOptions' | 'request' | 'policyDigest'>,
): string {
  const bound = JSON.stringify([
    'sallyport approval binding v1',
    push.address.upstream,
    push.address.repo,
    push.updates.map((update) => [update.refName, update.oldOid, update.newOid]),
    push.pushOptions,
    push.request?.sha256 ?? null,
    push.policyDigest ?? null,
  ]);
  return createHash('sha256').update(bound).digest('hex');
}

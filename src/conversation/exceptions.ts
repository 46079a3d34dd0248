// What people do to granted exceptions: see them, revoke them. The only place with these rules, for the API and the
// command line; granting is what releasing a hold does (review.ts).
import { type Access, may } from '../domain/access.ts';
import type { ExceptionStore } from '../domain/ports.ts';
import type { Principal } from '../domain/principal.ts';
import type { ExceptionState, SecretException } from '../domain/push/exception.ts';

export type RevokeResult =
  | { readonly outcome: 'done'; readonly exception: SecretException }
  | { readonly outcome: 'refused'; readonly reason: string }
  /** Does not exist, or this principal may not know that it does: the same answer. */
  | { readonly outcome: 'not-found' }
  /** Holds no longer. */
  | { readonly outcome: 'conflict'; readonly state: ExceptionState };

export interface Exceptions {
  /** Those of repositories one may read, approve in or audit, and those one has asked for. */
  canSee(principal: Principal, exception: SecretException): boolean;
  revoke(principal: Principal, id: number): Promise<RevokeResult>;
}

export function createExceptions({ exceptions, access }: { exceptions: ExceptionStore; access: Access }): Exceptions {
  const mayIn = (principal: Principal, action: Parameters<typeof may>[1], { repo }: SecretException) =>
    may(principal, action, repo, access);

  function canSee(principal: Principal, exception: SecretException): boolean {
    if (principal.credential.kind !== 'anonymous' && principal.name === exception.requestedBy) return true;
    return (['read', 'approve', 'audit', 'admin'] as const).some((action) => mayIn(principal, action, exception));
  }

  function mayRevoke(principal: Principal, exception: SecretException): boolean {
    if (principal.credential.kind === 'anonymous') return false;
    if (mayIn(principal, 'admin', exception)) return true;
    const isOfGroup = exception.groups.some((group) => principal.groups.includes(group));
    return isOfGroup && mayIn(principal, 'approve', exception);
  }

  async function revoke(principal: Principal, id: number): Promise<RevokeResult> {
    const exception = await exceptions.find(id);
    if (exception === undefined || !canSee(principal, exception)) return { outcome: 'not-found' };
    const { state, repo, groups, push, fingerprint, rule } = exception;
    if (!mayRevoke(principal, exception)) {
      const reason = `only who may approve in ${repo} and is of ${groups.join(' or ')} revokes this, or an admin`;
      return { outcome: 'refused', reason };
    }
    if (state !== 'valid') return { outcome: 'conflict', state };
    const revoked = await exceptions.revoke(id, principal.name, {
      type: 'exception.revoked',
      actor: principal.name,
      repo,
      body: { exception: id, push, fingerprint, rule, credential: principal.credential },
    });
    if (revoked !== undefined) return { outcome: 'done', exception: revoked };
    const now = await exceptions.find(id);
    return now === undefined ? { outcome: 'not-found' } : { outcome: 'conflict', state: now.state };
  }

  return { canSee, revoke };
}

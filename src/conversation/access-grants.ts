// What people do with grants: ask, give, refuse, revoke, see. The only place with these rules. A coding agent and its
// sponsor are one party, so a sponsor's word is not enough unless the configuration says so; either way a grant never
// reaches beyond what the sponsor may (domain/access.ts).
import { type Access, mayEverywhere } from '../domain/access.ts';
import { type AccessGrant, GRANT_WAITS_MS, type GrantScope, parseGrantScope } from '../domain/access-grant.ts';
import { adminChanged } from '../domain/audit/admin-change.ts';
import type { Clock, Directory, GrantStore, User } from '../domain/ports.ts';
import type { Principal } from '../domain/principal.ts';
import { randomBase62 } from '../domain/token-text.ts';

export interface GrantSettings {
  /** The group whose members give grants. */
  readonly approvers: string;
  /** A sponsor gives grants to their own agents, too. */
  readonly bySponsor: boolean;
  /** Milliseconds. */
  readonly maxLifetime: number;
}

export interface GrantParts {
  readonly grants: GrantStore;
  readonly directory: Pick<Directory, 'findUser'>;
  readonly access: Access;
  readonly clock: Clock;
  readonly settings: GrantSettings;
  /** A grant was revoked: held pushes that rest on it are looked at again. */
  onRevoked(principal: string): Promise<void>;
}

export interface GrantRequest extends GrantScope {
  readonly principal: string;
  /** Milliseconds. */
  readonly lifetime: number;
  readonly reason: string;
}

export type GrantResult =
  | { readonly outcome: 'done'; readonly grant: AccessGrant }
  | { readonly outcome: 'refused'; readonly reason: string }
  /** Does not exist, or this principal may not know that it does: the same answer. */
  | { readonly outcome: 'not-found' }
  /** It is another one by now. */
  | { readonly outcome: 'conflict'; readonly state: AccessGrant['state'] };

export interface AccessGrants {
  /** Grants at once when whoever asks may give it. */
  ask(principal: Principal, request: GrantRequest): Promise<GrantResult>;
  give(principal: Principal, id: string): Promise<GrantResult>;
  /** Refuses a request, revokes a grant. */
  end(principal: Principal, id: string): Promise<GrantResult>;
  canSee(principal: Principal, grant: AccessGrant): Promise<boolean>;
}

const MAX_REASON = 2_000;

export function createAccessGrants(parts: GrantParts): AccessGrants {
  const { grants, directory, access, clock, settings } = parts;

  /** What somebody is to a coding agent; looked up in the same way whether there is such an agent or not. */
  async function roleOf(principal: Principal, name: string): Promise<Role> {
    const user = await directory.findUser(name);
    const isPerson = principal.kind === 'human' && principal.credential.kind !== 'anonymous';
    const isSponsor = isPerson && user !== undefined && user.sponsor === principal.name;
    const gives = isPerson && (isSponsor ? settings.bySponsor : principal.groups.includes(settings.approvers));
    const administers = isPerson && mayEverywhere(principal, 'admin', access);
    const sees =
      principal.name === name || isSponsor || gives || administers || mayEverywhere(principal, 'audit', access);
    return { user, isSelf: principal.name === name, isSponsor, gives, administers, sees };
  }

  async function ask(principal: Principal, request: GrantRequest): Promise<GrantResult> {
    const { user, isSelf, isSponsor, gives, sees } = await roleOf(principal, request.principal);
    if (user === undefined || !sees) return { outcome: 'not-found' };
    if (user.kind !== 'coding-agent')
      return refused('only coding agents are granted rights for a time; others have roles');
    if (!isSelf && !isSponsor && !gives)
      return refused(`only ${user.name}, its sponsor and ${settings.approvers} ask for it`);
    if (request.lifetime <= 0 || request.lifetime > settings.maxLifetime) {
      return refused('a grant lasts longer than nothing, and no longer than identity.grants.maxLifetime');
    }
    const scope = parseGrantScope(request);
    if (!scope.ok) return refused([scope.message, scope.hint].filter((part) => part !== undefined).join('; hint: '));
    const grant = newGrant(principal, request, scope.value, gives);
    const change = gives ? 'grant given' : 'grant asked for';
    if (await grants.add(grant, adminChanged(principal, { change, before: null, after: grant }))) {
      return { outcome: 'done', grant };
    }
    return refused(`${user.name} is disabled`);
  }

  function newGrant(principal: Principal, request: GrantRequest, scope: GrantScope, gives: boolean): AccessGrant {
    const now = clock.now();
    const { lifetime, reason } = request;
    return {
      id: `grant-${randomBase62(10)}`,
      principal: request.principal,
      ...scope,
      state: gives ? 'valid' : 'asked',
      lifetime,
      reason: reason.slice(0, MAX_REASON),
      askedBy: principal.name,
      askedAt: now,
      ...(gives && { givenBy: principal.name, givenAt: now }),
      expiresAt: now + (gives ? lifetime : GRANT_WAITS_MS),
    };
  }

  async function give(principal: Principal, id: string): Promise<GrantResult> {
    const grant = await grants.find(id);
    const { gives, sees } = await roleOf(principal, grant?.principal ?? '');
    if (grant === undefined || !sees) return { outcome: 'not-found' };
    if (!gives) return refused(`only somebody of ${settings.approvers} who is not its sponsor gives this`);
    if (grant.state !== 'asked') return { outcome: 'conflict', state: grant.state };
    const at = clock.now();
    const after = { ...grant, state: 'valid', givenBy: principal.name, givenAt: at, expiresAt: at + grant.lifetime };
    const entry = adminChanged(principal, { change: 'grant given', before: grant, after });
    const given = await grants.give(id, { by: principal.name, at }, entry);
    return given === undefined ? now(id) : { outcome: 'done', grant: given };
  }

  async function end(principal: Principal, id: string): Promise<GrantResult> {
    const grant = await grants.find(id);
    const { gives, isSponsor, administers, sees } = await roleOf(principal, grant?.principal ?? '');
    if (grant === undefined || !sees) return { outcome: 'not-found' };
    if (!gives && !isSponsor && !administers) {
      return refused(`only its sponsor, ${settings.approvers} and admins end this`);
    }
    if (grant.state !== 'asked' && grant.state !== 'valid') return { outcome: 'conflict', state: grant.state };
    const at = clock.now();
    const state = grant.state === 'asked' ? 'refused' : 'revoked';
    const after = { ...grant, state, endedBy: principal.name, endedAt: at };
    const entry = adminChanged(principal, { change: `grant ${state}`, before: grant, after });
    const ended = await grants.end(id, state, { by: principal.name, at }, entry);
    if (ended === undefined) return now(id);
    await parts.onRevoked(ended.principal);
    return { outcome: 'done', grant: ended };
  }

  async function now(id: string): Promise<GrantResult> {
    const grant = await grants.find(id);
    return grant === undefined ? { outcome: 'not-found' } : { outcome: 'conflict', state: grant.state };
  }

  return { ask, give, end, canSee: async (principal, grant) => (await roleOf(principal, grant.principal)).sees };
}

interface Role {
  readonly user: User | undefined;
  readonly isSelf: boolean;
  readonly isSponsor: boolean;
  readonly gives: boolean;
  readonly administers: boolean;
  readonly sees: boolean;
}

function refused(reason: string): GrantResult {
  return { outcome: 'refused', reason };
}

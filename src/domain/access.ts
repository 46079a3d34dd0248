// Who may do what, where: one function for every door (git over ssh and http, API, pages, command line), because the
// door that checks for itself is the door that forgets (THREATS.md 90). Nothing is implied: `push` does not give `read`,
// `admin` does not give `approve`. A coding agent may what its groups or its grants say, and only where its sponsor may
// the same now; it approves, audits and administers nothing, whatever anybody's groups are.
import { type AccessGrant, limitOf, matchesOne, type PushLimit } from './access-grant.ts';
import { compileGlob, type Glob } from './policy/glob.ts';
import type { PrincipalKind } from './principal.ts';

export type Action = 'read' | 'push' | 'approve' | 'audit' | 'admin';

export const ACTIONS: readonly Action[] = ['read', 'push', 'approve', 'audit', 'admin'];

/** One entry of `access:`: members of any of `groups` may do each of `may` in repositories matching any of `repos`. */
export interface AccessRule {
  readonly repos: readonly string[];
  readonly groups: readonly string[];
  readonly may: readonly Action[];
}

/** Access rules with their patterns compiled. */
export interface Access {
  readonly rules: readonly CompiledAccessRule[];
}

export interface CompiledAccessRule {
  readonly repos: readonly Glob[];
  readonly groups: readonly string[];
  readonly may: readonly Action[];
}

export type CompiledAccess =
  | { readonly ok: true; readonly access: Access }
  /** Which pattern of which entry (from 0) is wrong. */
  | { readonly ok: false; readonly rule: number; readonly pattern: string; readonly message: string };

/** Compiles the rules, or says which pattern is none. */
export function compileAccess(rules: readonly AccessRule[]): CompiledAccess {
  const compiled: CompiledAccessRule[] = [];
  for (const [index, rule] of rules.entries()) {
    const repos: Glob[] = [];
    for (const pattern of rule.repos) {
      const glob = compileGlob(pattern);
      if (!glob.ok) return { ok: false, rule: index, pattern, message: glob.message };
      repos.push(glob.value);
    }
    compiled.push({ repos, groups: rule.groups, may: rule.may });
  }
  return { ok: true, access: { rules: compiled } };
}

/** What is known of somebody when rights are decided. */
export interface RightsHolder {
  readonly kind: PrincipalKind;
  readonly groups: readonly string[];
  /** Of a coding agent; without them it may nothing. */
  readonly bounds?: AgentBounds;
}

export interface AgentBounds {
  /** What its sponsor is in now. */
  readonly sponsorGroups: readonly string[];
  /** Its own groups give it nothing, only what was granted to it for a time. */
  readonly grantsOnly: boolean;
  /** In force now. */
  readonly grants: readonly AccessGrant[];
}

export type Right =
  | { readonly via: 'role' }
  /** A push must stay within what some of these allow. */
  | { readonly via: 'grants'; readonly limits: readonly PushLimit[] };

const AGENT_ACTIONS: readonly Action[] = ['read', 'push'];

/** By what right somebody may do `action` in `repo` (as clients name it, without `.git`); `undefined` = they may not. */
export function rightTo(holder: RightsHolder, action: Action, repo: string, access: Access): Right | undefined {
  const { kind, groups, bounds } = holder;
  if (kind !== 'coding-agent') return hasRole(groups, action, repo, access) ? { via: 'role' } : undefined;
  if (bounds === undefined || !AGENT_ACTIONS.includes(action)) return undefined;
  if (!hasRole(bounds.sponsorGroups, action, repo, access)) return undefined;
  if (!bounds.grantsOnly && hasRole(groups, action, repo, access)) return { via: 'role' };
  const limits = bounds.grants.filter(({ repos }) => matchesOne(repos, repo)).map(limitOf);
  return limits.length === 0 ? undefined : { via: 'grants', limits };
}

/** Whether somebody may do `action` in `repo`. */
export function may(holder: RightsHolder, action: Action, repo: string, access: Access): boolean {
  return rightTo(holder, action, repo, access) !== undefined;
}

/**
 * For what belongs to no repository (users, the trail as a whole): only a rule for all repositories grants it, or else
 * whoever administers one could make themselves a user in every group.
 */
export function mayEverywhere(holder: RightsHolder, action: Action, access: Access): boolean {
  const rules = access.rules.filter((rule) => rule.repos.some((glob) => glob.pattern === '**'));
  return may(holder, action, ANY_REPOSITORY, { rules });
}

const ANY_REPOSITORY = 'any/repository';

function hasRole(groups: readonly string[], action: Action, repo: string, access: Access): boolean {
  return access.rules.some(
    (rule) =>
      rule.may.includes(action) &&
      groups.some((group) => rule.groups.includes(group)) &&
      // What grants matches exactly, never loosely.
      rule.repos.some((pattern) => pattern.matches(repo)),
  );
}

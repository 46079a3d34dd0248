// What the API asks of access rules beyond one repository. The rules themselves are read by domain/access.ts alone.
import { type Access, type Action, may } from '../../domain/access.ts';
import type { RecordedEntry } from '../../domain/audit/entry.ts';
import type { Principal } from '../../domain/principal.ts';

/**
 * For what belongs to no repository (users, the trail as a whole): only a rule for all repositories grants it, or else
 * whoever administers one could make themselves a user in every group.
 */
export function mayEverywhere(principal: Principal, action: Action, access: Access): boolean {
  const rules = access.rules.filter((rule) => rule.repos.some((glob) => glob.pattern === '**'));
  return may(principal.groups, action, ANY_REPOSITORY, { rules });
}

const ANY_REPOSITORY = 'any/repository';

/** Entries of a repository need the right to audit it; all others the right to audit everything. */
export function mayAudit(principal: Principal, entry: RecordedEntry, access: Access): boolean {
  if (entry.repo === undefined) return mayEverywhere(principal, 'audit', access);
  return may(principal.groups, 'audit', entry.repo, access);
}

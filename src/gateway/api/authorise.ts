// What the API asks of access rules beyond one repository. The rules themselves are read by domain/access.ts alone.
import { type Access, may, mayEverywhere } from '../../domain/access.ts';
import type { RecordedEntry } from '../../domain/audit/entry.ts';
import type { Principal } from '../../domain/principal.ts';

/** Entries of a repository need the right to audit it; all others the right to audit everything. */
export function mayAudit(principal: Principal, entry: RecordedEntry, access: Access): boolean {
  if (entry.repo === undefined) return mayEverywhere(principal, 'audit', access);
  return may(principal, 'audit', entry.repo, access);
}

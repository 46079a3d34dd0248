// What the API asks of access rules beyond one repository. The rules themselves are read by domain/access.ts alone.
import { type Access, may, mayEverywhere } from '../../domain/access.ts';
import type { RecordedEntry } from '../../domain/audit/entry.ts';
import type { Principal } from '../../domain/principal.ts';

/**
 * Who audits everything reads the whole trail, and so does who administers everything: it says what admins did, and holds
 * no prompt, which take the right to audit itself.
 */
export function mayReadTrail(principal: Principal, access: Access): boolean {
  return mayEverywhere(principal, 'audit', access) || mayEverywhere(principal, 'admin', access);
}

/** Entries of a repository need the right to audit it; all others the right to the whole trail. */
export function mayAudit(principal: Principal, entry: RecordedEntry, access: Access): boolean {
  if (mayReadTrail(principal, access)) return true;
  return entry.repo !== undefined && may(principal, 'audit', entry.repo, access);
}

// Who may do what, where: one function for every door (git over ssh and http, API, pages, command line), because the
// door that checks for itself is the door that forgets (THREATS.md 90). Nothing is implied: `push` does not give `read`,
// `admin` does not give `approve`.
import { compileGlob, type Glob } from './policy/glob.ts';

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

/** May a member of `groups` do `action` in `repo` (as clients name it, without `.git`)? */
export function may(groups: readonly string[], action: Action, repo: string, access: Access): boolean {
  return access.rules.some(
    (rule) =>
      rule.may.includes(action) &&
      groups.some((group) => rule.groups.includes(group)) &&
      // A grant matches exactly, never loosely.
      rule.repos.some((pattern) => pattern.matches(repo)),
  );
}

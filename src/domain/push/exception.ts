// Exceptions: reviewers looked at what was found and said that it is no secret. One is for one fingerprint in one
// repository, ends by itself, and holds of the value no more than its keyed fingerprint and what masking leaves of it.
import type { Finding } from './finding.ts';
import type { Push, PushId } from './push.ts';

/** `replaced`: reviewers decided anew on the same fingerprint. */
export type ExceptionState = 'valid' | 'revoked' | 'expired' | 'replaced';

/** What a release grants; repository, requester and reason are those of the push that it releases. */
export interface Grant {
  /** Hex HMAC (domain/secrets/fingerprint.ts). */
  readonly fingerprint: string;
  /** Id of the rule that found it. */
  readonly rule: string;
  readonly masked: string;
  /** The groups that were asked; a member of any of them may revoke. */
  readonly groups: readonly string[];
  /** Whose approvals counted. */
  readonly grantedBy: readonly string[];
  /** Times are integer milliseconds since the epoch. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface SecretException extends Grant {
  readonly id: number;
  readonly state: ExceptionState;
  readonly upstream: string;
  readonly repo: string;
  /** The push whose release granted it, who made that push, and why they said it was no secret. */
  readonly push: PushId;
  readonly requestedBy: string;
  readonly reason: string;
  readonly revokedAt?: number;
  readonly revokedBy?: string;
}

/** More than reviewers read is not asked of them in one go. */
export const MAX_EXCEPTIONS = 100;

/** What is covered by an exception that holds in this repository at this time, marked as such. */
export function coverFindings(
  findings: readonly Finding[],
  exceptions: readonly SecretException[],
  { upstream, repo }: Push['address'],
  at: number,
): readonly Finding[] {
  const holding = exceptions.filter(
    (one) => one.upstream === upstream && one.repo === repo && one.state === 'valid' && one.expiresAt > at,
  );
  const ids = new Map(holding.map(({ fingerprint, id }) => [fingerprint, id]));
  return findings.map((finding) => {
    const id = finding.fingerprint === undefined ? undefined : ids.get(finding.fingerprint);
    return id === undefined ? finding : { ...finding, exception: id };
  });
}

/** The fingerprints whose exceptions a decision relied on, each once. */
export function reliedOn(findings: readonly Finding[]): readonly string[] {
  const covered = findings.filter(({ exception }) => exception !== undefined);
  return [...new Set(covered.flatMap(({ fingerprint }) => fingerprint ?? []))];
}

/**
 * What releasing this held push grants, from `at` (milliseconds) on. `approversOf` says whose approvals count for a group.
 * Where two rules ask about the same finding, both groups are named and the shorter time holds.
 */
export function grantsOf(
  { verdict, findings }: Pick<Push, 'verdict' | 'findings'>,
  approversOf: (group: string) => readonly string[],
  at: number,
): readonly Grant[] {
  const grants = new Map<string, Grant>();
  for (const { exceptions } of verdict?.reasons ?? []) {
    if (exceptions === undefined || verdict?.outcome !== 'hold') continue;
    const { group, lifetime } = exceptions;
    for (const { fingerprint, rule, masked } of exceptions.findings.flatMap((index) => findings[index] ?? [])) {
      if (fingerprint === undefined) continue;
      const before = grants.get(fingerprint);
      grants.set(fingerprint, {
        fingerprint,
        rule,
        masked: masked ?? '',
        groups: [...new Set([...(before?.groups ?? []), group])],
        grantedBy: [...new Set([...(before?.grantedBy ?? []), ...approversOf(group)])],
        createdAt: at,
        expiresAt: Math.min(before?.expiresAt ?? Number.MAX_SAFE_INTEGER, at + lifetime),
      });
    }
  }
  return [...grants.values()];
}

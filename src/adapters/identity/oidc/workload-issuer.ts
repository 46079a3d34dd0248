// Jobs of a CI system, by the token that it gives each of them (GitHub Actions, GitLab CI and others have the same shape:
// an OIDC issuer, a token with claims about the job). They become service principals, and are in no directory.
import { claimsMatch, principalName } from '../../../domain/identity/claims.ts';
import type { WorkloadSettings } from '../../../domain/identity/provider-settings.ts';
import type { Clock } from '../../../domain/ports.ts';
import { createConnection } from './connection.ts';
import { discoveryFailure } from './provider-failure.ts';
import { createProviderFetch, type ProviderFetch } from './provider-fetch.ts';
import { createProviderKeys } from './provider-keys.ts';
import { verifyToken } from './verify-token.ts';

export type ShownWorkload =
  | {
      readonly outcome: 'workload';
      readonly principal: string;
      readonly subject: string;
      readonly groups: readonly string[];
    }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'unavailable'; readonly reason: string };

export interface WorkloadIssuer {
  readonly name: string;
  readonly issuer: string;
  /** Which job this token stands for. */
  verify(text: string): Promise<ShownWorkload>;
}

export interface WorkloadParts {
  readonly clock: Clock;
  /** Default: one that trusts `settings.ca`. */
  readonly fetch?: ProviderFetch;
}

export function openWorkloadIssuer(settings: WorkloadSettings, { clock, ...parts }: WorkloadParts): WorkloadIssuer {
  const { name, issuer, audience, algorithms, match, groups } = settings;
  const fetch = parts.fetch ?? createProviderFetch(settings);
  const connection = createConnection({ issuer, clientId: audience }, { fetch, clock });
  const keys = createProviderKeys(
    () => connection.keySet().catch((error: unknown) => Promise.reject(new Error(discoveryFailure(error)))),
    clock,
  );
  const rules = { issuer, audiences: [audience], algorithms };

  return {
    name,
    issuer,
    async verify(text) {
      const verified = await verifyToken(text, rules, keys, clock);
      if (verified.outcome !== 'ok') return verified;
      if (!claimsMatch(verified.claims, match)) return { outcome: 'refused', reason: 'its claims do not match' };
      const principal = principalName(settings.principal, verified.claims);
      if (principal === undefined) return { outcome: 'refused', reason: 'its claims make no name of a principal' };
      return { outcome: 'workload', principal, subject: verified.subject, groups };
    },
  };
}

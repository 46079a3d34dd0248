// Who is connected. Identity belongs to the connection (SSH) or the request (HTTP), never to what a client writes
// inside a commit.
import type { AgentBounds } from './access.ts';

export type PrincipalKind = 'human' | 'coding-agent' | 'service';

export type CredentialUsed =
  | { readonly kind: 'token'; readonly id: string; readonly scopes: readonly TokenScope[] }
  | { readonly kind: 'ssh-key'; readonly fingerprint: string }
  /** A token that an identity provider signed, shown directly. */
  | { readonly kind: 'provider-token'; readonly provider: string; readonly subject: string }
  | { readonly kind: 'workload-token'; readonly provider: string; readonly subject: string }
  | {
      readonly kind: 'ssh-certificate';
      /** Of the certified key. */
      readonly fingerprint: string;
      /** Decimal. */
      readonly serial: string;
      readonly keyId: string;
      /** Fingerprint of the authority's key. */
      readonly authority: string;
    }
  | { readonly kind: 'anonymous' };

export type TokenScope = 'git' | 'api';

export interface Principal {
  readonly name: string;
  readonly kind: PrincipalKind;
  /** The human a coding agent acts for. */
  readonly sponsor?: string;
  readonly groups: readonly string[];
  /** What a coding agent is kept within. */
  readonly bounds?: AgentBounds;
  readonly credential: CredentialUsed;
}

// Agents that run apart from the gateway, and what they may come in with.

/** How long a join token can be used unless something else is asked for; milliseconds. */
export const JOIN_TOKEN_LIFE = 60 * 60_000;
export const MAX_JOIN_TOKEN_LIFE = 7 * 24 * 60 * 60_000;

export interface EnrolledAgent {
  readonly id: string;
  /** What `agent:` of an upstream names. No two agents that are not revoked share one, whatever the case of its letters. */
  readonly name: string;
  readonly joinedAt: number;
  readonly revokedAt?: number;
  /** As of its last link. */
  readonly lastSeenAt?: number;
  readonly version?: string;
  readonly upstreams: readonly string[];
  /** When the latest certificate that it was given ends. */
  readonly certificateExpiresAt: number;
}

export interface AgentCertificate {
  /** Hex SHA-256 of its DER form. */
  readonly fingerprint: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface KnownCertificate extends AgentCertificate {
  readonly agent: EnrolledAgent;
  /** When a later one took its place. */
  readonly retiredAt?: number;
}

export interface JoinToken {
  readonly id: string;
  /** The name that whoever uses it gets. */
  readonly agent: string;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly usedAt?: number;
}

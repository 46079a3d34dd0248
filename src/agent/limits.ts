// Bounds on what an upstream may cost us. Everything that comes from there is untrusted.

export interface AgentLimits {
  /** Milliseconds to a connection that can carry a request (TCP, TLS, SSH login). */
  readonly connectTimeout: number;
  /** Milliseconds an upstream may be silent (or read nothing) inside an advertisement. */
  readonly advertiseTimeout: number;
  /** The same for fetches and pushes: hooks of the upstream may run for minutes without a word. */
  readonly idleTimeout: number;
  readonly maxAdvertisementBytes: number;
  /** Connections at once to one http(s) upstream. */
  readonly httpConnections: number;
  /** Connections at once to one ssh upstream, and sessions on each: OpenSSH's MaxSessions is 10. */
  readonly sshConnections: number;
  readonly sshChannels: number;
  /** Milliseconds until an unused ssh connection is closed. */
  readonly sshIdle: number;
}

export const DEFAULT_LIMITS: AgentLimits = {
  connectTimeout: 15_000,
  advertiseTimeout: 60_000,
  idleTimeout: 10 * 60_000,
  maxAdvertisementBytes: 256 * 1024 * 1024,
  httpConnections: 64,
  sshConnections: 16,
  sshChannels: 8,
  sshIdle: 60_000,
};

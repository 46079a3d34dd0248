// What one client, one address or everybody together may use of the door. Every number here bounds something that a
// stranger can make us hold.

export interface SshDoorLimits {
  /** Refused login attempts on one connection, and keys offered on it (sshd's MaxAuthTries). */
  readonly maxAuthAttempts: number;
  /** From the first byte to a login (sshd's LoginGraceTime). */
  readonly loginGraceMs: number;
  readonly maxConnections: number;
  /** IPv6 addresses count by their /64. */
  readonly maxConnectionsPerAddress: number;
  /** Beyond it the oldest stranger makes room (sshd's MaxStartups refuses the newcomer instead). */
  readonly maxUnauthenticated: number;
  /** Connections of one address that ended without a login, per minute. */
  readonly maxFailedLoginsPerMinute: number;
  readonly maxChannels: number;
  /** Channel opens refused on one connection before it is cut. */
  readonly maxRefusedChannels: number;
  /** Written to the socket and not yet taken by the peer: beyond it, sessions wait. */
  readonly maxUnsentBytes: number;
  /** Received on one channel and not yet read: a lawful peer stays within twice ssh2's window of 2 MiB. */
  readonly maxUnreadBytes: number;
  readonly rekeyBytes: number;
  readonly rekeyMs: number;
  /** A peer that takes nothing of what a session writes, or does not answer our close. */
  readonly stallMs: number;
  /** A logged-in connection without a session (ControlPersist). */
  readonly idleMs: number;
}

const MIB = 1024 * 1024;
const MINUTE = 60_000;

export const DEFAULT_SSH_DOOR_LIMITS: SshDoorLimits = {
  maxAuthAttempts: 6,
  loginGraceMs: 20_000,
  maxConnections: 2000,
  maxConnectionsPerAddress: 500,
  maxUnauthenticated: 100,
  maxFailedLoginsPerMinute: 60,
  maxChannels: 10,
  maxRefusedChannels: 100,
  maxUnsentBytes: MIB,
  maxUnreadBytes: 5 * MIB,
  rekeyBytes: 1024 * MIB, // RFC 4253 section 9: each gigabyte, each hour
  rekeyMs: 60 * MINUTE,
  stallMs: 10 * MINUTE,
  idleMs: 60 * MINUTE,
};

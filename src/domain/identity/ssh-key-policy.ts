// Which SSH keys may be used at all, and for how long: `identity.ssh.keys` of sallyport.yaml.
import { MIN_RSA_BITS, type SshKeyAlgorithm, type SshKeyRefusal, type SshPublicKey } from '../../protocol/ssh-key.ts';

export const SSH_KEY_KINDS = ['ed25519', 'ecdsa', 'rsa', 'sk-ed25519', 'sk-ecdsa'] as const;
export type SshKeyKind = (typeof SSH_KEY_KINDS)[number];

export interface SshKeyPolicy {
  readonly algorithms: readonly SshKeyKind[];
  readonly minRsaBits: number;
  /** Milliseconds that a key may be used after it was added; absent = until it is revoked. */
  readonly maxAge?: number;
  /** Security keys must ask for a PIN or a fingerprint. */
  readonly verifyRequired: boolean;
}

export const DEFAULT_SSH_KEY_POLICY: SshKeyPolicy = {
  algorithms: SSH_KEY_KINDS,
  minRsaBits: MIN_RSA_BITS,
  verifyRequired: false,
};

const KINDS: Readonly<Record<SshKeyAlgorithm, SshKeyKind>> = {
  'ssh-ed25519': 'ed25519',
  'ecdsa-sha2-nistp256': 'ecdsa',
  'ecdsa-sha2-nistp384': 'ecdsa',
  'ecdsa-sha2-nistp521': 'ecdsa',
  'ssh-rsa': 'rsa',
  'sk-ssh-ed25519@openssh.com': 'sk-ed25519',
  'sk-ecdsa-sha2-nistp256@openssh.com': 'sk-ecdsa',
};

/** Why the policy does not take this key; `undefined` when it does. */
export function keyPolicyFault(key: SshPublicKey, policy: SshKeyPolicy): SshKeyRefusal | undefined {
  const kind = KINDS[key.algorithm];
  if (!policy.algorithms.includes(kind)) {
    return { refused: `${kind} keys are not taken here`, hint: `make one of: ${policy.algorithms.join(', ')}` };
  }
  if (key.plain === 'ssh-rsa' && key.bits < policy.minRsaBits) {
    return {
      refused: `the rsa key has ${key.bits} bits, at least ${policy.minRsaBits} are needed here`,
      hint: 'make a new key with: ssh-keygen -t ed25519',
    };
  }
  return undefined;
}

/** When a key ends (milliseconds since the epoch): as was asked for, but never later than the policy of now allows. */
export function keyEnd(
  key: { readonly createdAt: number; readonly expiresAt?: number },
  policy: SshKeyPolicy,
): number | undefined {
  const latest = policy.maxAge === undefined ? undefined : key.createdAt + policy.maxAge;
  if (latest === undefined || key.expiresAt === undefined) return latest ?? key.expiresAt;
  return Math.min(latest, key.expiresAt);
}

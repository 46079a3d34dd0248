// What the API needs to administer SSH; gateway/ssh-access.ts makes it.
import type { SshKeyPolicy } from '../../domain/identity/ssh-key-policy.ts';
import type { CertificateStore } from '../../domain/ports.ts';
import type { SshPublicKey } from '../../protocol/ssh-key.ts';

export interface SshAdministration {
  readonly keys: SshKeyPolicy;
  readonly certificates: CertificateStore;
  /** Our own authority for people. */
  readonly authority: {
    readonly key: SshPublicKey;
    readonly fingerprint: string;
    /** A signature in its wire form. */
    sign(data: Uint8Array): Buffer;
  };
  /** Milliseconds that a certificate of ours is valid. */
  readonly lifetime: number;
  /** What a user is called in certificates. */
  principalNamed(name: string): string;
  readonly hostKeys: {
    list(): PublishedHostKeys;
    /** `undefined` when it is not the turn of that step. */
    rotate(step: 'prepare' | 'finish'): Promise<PublishedHostKeys | undefined>;
    /** Lines for known_hosts. */
    knownHosts(): string;
  };
}

export interface PublishedHostKey {
  readonly fingerprint: string;
  readonly key: SshPublicKey;
}

export interface PublishedHostKeys {
  readonly current: readonly PublishedHostKey[];
  readonly next: readonly PublishedHostKey[];
}

// The keys by which clients know the door.
import type { SshPublicKey } from '../../protocol/ssh-key.ts';

export interface HostIdentity {
  /** OpenSSH or PEM format. */
  readonly privateKey: string;
  readonly key: SshPublicKey;
  /** In its wire form, for clients that trust our authority instead of the key. */
  readonly certificate?: Buffer;
  /** A signature in its wire form. */
  sign(data: Uint8Array): Buffer;
}

export interface DoorHostKeys {
  /** One of a kind: these sign key exchanges. */
  readonly current: readonly HostIdentity[];
  /** Those that will take over: clients may learn them now. */
  readonly next: readonly HostIdentity[];
}

// What somebody proved over SSH: that they can sign with a key, which may come with a certificate. Whose it is, the
// directory and the authorities' rules say.
import type { SshCertificate } from '../../protocol/ssh-certificate.ts';
import type { SshPublicKey } from '../../protocol/ssh-key.ts';

export interface SshProof {
  readonly key: SshPublicKey;
  /** Of the key, `SHA256:…`. */
  readonly fingerprint: string;
  /** Absent: the plain key was offered. */
  readonly certificate?: SshCertificate;
  /** The security key asked for a PIN or a fingerprint when it signed. */
  readonly userVerified: boolean;
}

export interface SshLogin {
  readonly proof: SshProof;
  /** The user name that the client asked for: for a certificate of several names it says which. */
  readonly user: string;
  readonly remoteAddress: string;
  /**
   * `true`: the login itself, or something new on its connection. `false`: only whether what is open may go on, so an
   * end that was known from the start (an expiry) does not count.
   */
  readonly isNew: boolean;
}

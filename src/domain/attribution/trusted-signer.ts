// Whose signatures of commits are known, as the configuration names them.
/** Keys that administrators trust for the signatures of commits, besides the SSH keys of our own directory. */
export interface TrustedSigner {
  readonly name: string;
  /** Given when the keys are a coding agent's own. */
  readonly codingAgent?: string;
  readonly key: /** Armored public keys. */
    | { readonly kind: 'openpgp'; readonly file: string }
    /** PEM: the certificate itself, or the authority that issued it. */
    | { readonly kind: 'x509'; readonly file: string };
}

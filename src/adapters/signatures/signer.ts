// Keys that administrators trust for the signatures of commits, besides the SSH keys of our own directory.
import type { CodingAgentId } from '../../domain/attribution/evidence.ts';

/** One entry of `attribution.signers`: whose key it is, and the file it is in. */
export interface TrustedSigner {
  readonly name: string;
  /** Given when it is a coding agent's own. */
  readonly codingAgent?: CodingAgentId;
  readonly key: /** Armored public keys. */
    | { readonly kind: 'openpgp'; readonly file: string }
    /** PEM: the certificate itself, or the authority that issued it. */
    | { readonly kind: 'x509'; readonly file: string };
}

/** What a check of one signature against one signer's keys says. */
export type KeyCheck =
  | { readonly outcome: 'good'; readonly fingerprint: string }
  /** Made by another key, or one that is not valid any more. */
  | { readonly outcome: 'other-key' }
  | { readonly outcome: 'bad'; readonly text: string };

/** Nothing that people sign with needs more. */
export const MAX_SIGNATURE_BYTES = 64 * 1024;

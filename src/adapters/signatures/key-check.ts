// What checking one signature of a commit against one signer's keys says.

/** What a check of one signature against one signer's keys says. */
export type KeyCheck =
  | { readonly outcome: 'good'; readonly fingerprint: string }
  /** Made by another key, or one that is not valid any more. */
  | { readonly outcome: 'other-key' }
  | { readonly outcome: 'bad'; readonly text: string };

/** Nothing that people sign with needs more. */
export const MAX_SIGNATURE_BYTES = 64 * 1024;

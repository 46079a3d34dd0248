/** The credential cannot be used now: names it and the place, never the text. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
}

// Whose signature a request of a recorder carries.
import { verifySshSignature } from '../../../protocol/ssh-signature.ts';

/** What recorders sign for, so that a signature of something else is none of a session. */
export const SESSION_NAMESPACE = 'sallyport-session';

export type SessionSignature =
  | { readonly outcome: 'signed'; readonly fingerprint: string }
  /** It is no signature of these bytes. */
  | { readonly outcome: 'refused'; readonly text: string };

const MAX_HEADER = 24_000;

/** Checks the value of a `Sallyport-Signature` header: base64 of an SSHSIG blob over exactly `body`. */
export function checkSessionSignature(header: string, body: Uint8Array): SessionSignature {
  const blob = Buffer.from(header.slice(0, MAX_HEADER), 'base64');
  if (header.length > MAX_HEADER || blob.toString('base64') !== header) {
    return { outcome: 'refused', text: 'the signature is not base64' };
  }
  const verified = verifySshSignature({ blob, message: body, namespace: SESSION_NAMESPACE });
  if (verified.outcome === 'refused') return { outcome: 'refused', text: verified.text };
  return { outcome: 'signed', fingerprint: verified.fingerprint };
}

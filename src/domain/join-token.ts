// The text of a join token: `sp_` and 46 digits as any token of ours (scanners and maskers know it), a dot, and the pin:
// base64url SHA-256 of the certificate of the gateway's own authority for agents. Whoever is given the token is given
// with it what to recognise the gateway by.
import { hashTokenText, isTokenText, newTokenText } from './token-text.ts';

export interface JoinTokenText {
  /** What is shown to the gateway. */
  readonly secret: string;
  /** What the gateway is recognised by; never sent. */
  readonly pin: string;
}

const PIN = /^[A-Za-z0-9_-]{43}$/;

export function isPin(text: string): boolean {
  return PIN.test(text);
}

/** A new one; `hash` is what a store keeps. */
export function newJoinToken(pin: string): { readonly text: string; readonly hash: string } {
  const secret = newTokenText();
  return { text: `${secret}.${pin}`, hash: hashTokenText(secret) };
}

export function parseJoinToken(text: string): JoinTokenText | undefined {
  const [secret = '', pin = '', ...rest] = text.split('.');
  return rest.length === 0 && isTokenText(secret) && isPin(pin) ? { secret, pin } : undefined;
}

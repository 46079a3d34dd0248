// The one place that takes a credential out of an HTTP request: exactly one Authorization header, Basic (any user name,
// the token as password) or Bearer. No cookie, no query parameter, no header of a proxy in front ever authenticates.
import type { IncomingMessage } from 'node:http';

export type HttpCredential =
  | {
      readonly kind: 'token';
      readonly text: string;
      /** The user name that came with it: it proves nothing, and says whose account is tried. */
      readonly account?: string;
    }
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed'; readonly text: string };

/** Tokens of ours are 50 characters or so, OIDC ones up to a few KiB. */
const MAX_AUTHORIZATION = 16 * 1024;

export function httpCredential(request: IncomingMessage): HttpCredential {
  const values: string[] = [];
  // node:http silently keeps only the first of several Authorization headers; a proxy in front may keep the last.
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    if (request.rawHeaders[at]?.toLowerCase() === 'authorization') values.push(request.rawHeaders[at + 1] ?? '');
  }
  if (values.length > 1) return { kind: 'malformed', text: 'more than one Authorization header' };
  const [value] = values;
  if (value === undefined) return { kind: 'none' };
  if (value.length > MAX_AUTHORIZATION) return { kind: 'malformed', text: 'Authorization header is too long' };
  const match = /^(Basic|Bearer) +([A-Za-z0-9+/=._~-]+) *$/i.exec(value);
  if (!match) return { kind: 'none' };
  const credential = match[2] as string;
  if (match[1]?.toLowerCase() === 'bearer') return { kind: 'token', text: credential };
  const pair = Buffer.from(credential, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 0) return { kind: 'none' };
  const account = pair.slice(0, colon);
  return { kind: 'token', text: pair.slice(colon + 1), ...(account !== '' && { account }) };
}

// Who calls the API: whoever the token in the request stands for, if it has the scope. Failures are bounded per source.
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../domain/ports.ts';
import type { Principal } from '../../domain/principal.ts';
import { httpCredential } from '../http-credential.ts';
import type { AttemptLimit } from './attempt-limit.ts';
import { Problem } from './problem.ts';

/** Whom a token stands for, if it is valid for the API now; otherwise `undefined`, whatever the reason. */
export type TokenLogin = (text: string) => Promise<Principal | undefined>;

export interface Caller {
  readonly principal: Principal;
  /** Checks the same credential again; `undefined` once it no longer counts. For answers that stay open. */
  again(): Promise<Principal | undefined>;
}

/** The caller of a request. Throws the 400, 401 or 429 that it gets instead. */
export async function authenticate(
  request: IncomingMessage,
  login: TokenLogin,
  limit: AttemptLimit,
  clock: Clock,
): Promise<Caller> {
  const source = request.socket.remoteAddress ?? 'unknown';
  const credential = httpCredential(request);
  const account = credential.kind === 'token' ? credential.account : undefined;
  const wait = limit.waitFor(source, clock.now(), account);
  if (wait > 0) {
    throw new Problem(429, 'too many failed logins from this address, or as this user', {
      headers: { 'retry-after': String(Math.ceil(wait / 1000)) },
    });
  }
  if (credential.kind === 'malformed') throw new Problem(400, credential.text);
  if (credential.kind === 'none') throw loginNeeded();
  const principal = await login(credential.text);
  if (principal) {
    limit.succeeded(source);
    return { principal, again: () => login(credential.text) };
  }
  limit.failed(source, clock.now(), account);
  throw loginNeeded();
}

/** One answer for no credential, a wrong, expired or revoked one, one of a disabled user, and one without the scope. */
function loginNeeded(): Problem {
  return new Problem(401, 'a valid token with the scope "api" is needed; hint: sallyport token create', {
    headers: { 'www-authenticate': 'Bearer realm="sallyport", charset="UTF-8"' },
  });
}

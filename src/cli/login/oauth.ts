// The gateway's login as a client sees it (RFC 6749, 7636, 8252, 8414, 8628, 9207).
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { codeChallenge } from '../../domain/identity/login-secrets.ts';
import { CLIENT_ID } from '../../gateway/login/authorize.ts';
import { DEVICE_GRANT } from '../../gateway/login/token-endpoint.ts';
import { CommandError, UsageError } from '../terminal.ts';
import type { Login } from './login-file.ts';

const TIMEOUT_MS = 30_000;
const MAX_ANSWER = 64 * 1024;

const tokensJson = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  expires_in: z.number(),
  user: z.string(),
});
const refusalJson = z.object({ error: z.string(), error_description: z.string().optional() });
const deviceJson = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  expires_in: z.number(),
  interval: z.number().default(5),
});

export type DeviceCodes = z.infer<typeof deviceJson>;

/** The gateway said no: `code` as in RFC 6749, section 5.2. */
export class GrantError extends CommandError {
  override readonly name = 'GrantError';
  readonly code: string;

  constructor(code: string, message: string, hint?: string) {
    super(message, hint);
    this.code = code;
  }
}

/** The origin of a gateway. In the clear only on this machine: what goes there are tokens. */
export function gatewayOrigin(text: string): string {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new UsageError('the gateway must be an https URL');
  const isHere = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url.protocol === 'http:' && !isHere) {
    throw new UsageError(`${url.origin} is not https: anybody on the way could read your tokens`);
  }
  return url.origin;
}

/** What a browser is sent to, and what has to be known when it comes back. */
export interface AuthorizationRequest {
  readonly url: string;
  readonly state: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

/** Asks who the gateway is first: one that calls itself otherwise could take the code of another. */
export async function beginAuthorization(
  gateway: string,
  redirectUri: string,
  label: string,
): Promise<AuthorizationRequest> {
  await checkIssuer(gateway);
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(24).toString('base64url');
  const url = new URL('/login/authorize', gateway);
  const parameters = {
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: redirectUri,
    state,
    code_challenge: codeChallenge(verifier),
    code_challenge_method: 'S256',
    label,
  };
  for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value);
  return { url: url.href, state, verifier, redirectUri };
}

async function checkIssuer(gateway: string): Promise<void> {
  const answer = await send(gateway, '/.well-known/oauth-authorization-server');
  const issuer = z.object({ issuer: z.string() }).safeParse(answer.body).data?.issuer;
  if (answer.status === 404 || issuer === undefined) {
    throw new CommandError(`${gateway} is no gateway that one can log in to`, 'is the address right, and its version?');
  }
  if (issuer !== gateway) {
    throw new CommandError(`the gateway at ${gateway} calls itself ${issuer}`, `sallyport login --gateway ${issuer}`);
  }
}

export function byCode(gateway: string, code: string, { verifier, redirectUri }: AuthorizationRequest): Promise<Login> {
  return grant(gateway, {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: redirectUri,
  });
}

export function byRefresh(gateway: string, refresh: string): Promise<Login> {
  return grant(gateway, { grant_type: 'refresh_token', refresh_token: refresh });
}

export function byDevice(gateway: string, code: string): Promise<Login> {
  return grant(gateway, { grant_type: DEVICE_GRANT, device_code: code });
}

export async function startDevice(gateway: string, label: string): Promise<DeviceCodes> {
  await checkIssuer(gateway);
  const answer = await send(gateway, '/login/device/start', { client_id: CLIENT_ID, label });
  const codes = deviceJson.safeParse(answer.body);
  if (!codes.success) throw refusal(answer);
  return codes.data;
}

export async function revoke(gateway: string, token: string): Promise<void> {
  await send(gateway, '/login/revoke', { client_id: CLIENT_ID, token });
}

async function grant(gateway: string, fields: Readonly<Record<string, string>>): Promise<Login> {
  const at = Date.now();
  const answer = await send(gateway, '/login/token', { client_id: CLIENT_ID, ...fields });
  const tokens = tokensJson.safeParse(answer.body);
  if (!tokens.success) throw refusal(answer);
  const { access_token: access, refresh_token: refresh, expires_in: seconds, user } = tokens.data;
  return { gateway, user, access, refresh, expiresAt: at + seconds * 1000 };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function refusal({ status, body }: Answer): GrantError {
  const said = refusalJson.safeParse(body).data;
  if (status === 429) return new GrantError('slow_down', 'the gateway wants fewer requests', 'try again later');
  const text = said?.error_description ?? `the gateway answered with status ${status}`;
  const [message = text, hint] = text.split('; hint: ');
  return new GrantError(said?.error ?? 'unknown', message, hint);
}

async function send(gateway: string, path: string, form?: Readonly<Record<string, string>>): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(new URL(path, gateway), {
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(form !== undefined && { method: 'POST', body: new URLSearchParams(form) }),
    });
  } catch (cause) {
    const error = new CommandError(
      `the gateway at ${gateway} does not answer`,
      'is the address right, and is it running?',
    );
    error.cause = cause;
    throw error;
  }
  const text = await response.text();
  try {
    return { status: response.status, body: text.length > MAX_ANSWER ? undefined : JSON.parse(text) };
  } catch {
    return { status: response.status, body: undefined };
  }
}

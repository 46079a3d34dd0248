// Access tokens of an OAuth 2 server (RFC 6749, sections 4.4 and 6), such as GitLab's.
import type { OauthConfig } from '../../domain/credential-config.ts';
import { CredentialError } from '../credential-error.ts';
import type { MintedToken } from './token-cache.ts';
import { requestToken, type TokenAnswer } from './token-request.ts';

export interface OauthSecrets {
  readonly clientSecret?: string;
  readonly refreshToken?: string;
}

export interface OauthToken extends MintedToken {
  /** The server has put this in the place of the one it was given. */
  readonly rotatedTo?: string;
}

const DEFAULT_LIFETIME_MS = 10 * 60_000;

/** Throws CredentialError. */
export async function requestOauthToken(config: OauthConfig, secrets: OauthSecrets): Promise<OauthToken> {
  const { refreshToken, clientSecret } = secrets;
  const began = Date.now();
  const form = new URLSearchParams({
    grant_type: refreshToken === undefined ? 'client_credentials' : 'refresh_token',
    client_id: config.clientId,
    ...(clientSecret !== undefined && { client_secret: clientSecret }),
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    ...(config.scope !== undefined && { scope: config.scope }),
  });
  const answer = await requestToken({
    method: 'POST',
    url: config.tokenUrl,
    body: { type: 'application/x-www-form-urlencoded', text: form.toString() },
    ...(config.ca !== undefined && { ca: config.ca }),
  });
  const { access_token: text, expires_in: seconds, refresh_token: next } = answer.json;
  if (answer.status !== 200 || typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text)) {
    throw new CredentialError(refusal(config, answer));
  }
  const lifetime = typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : DEFAULT_LIFETIME_MS;
  const isRotated = typeof next === 'string' && next !== '' && next !== refreshToken;
  return { text, until: began + lifetime, ...(isRotated && { rotatedTo: next }) };
}

/** The codes of RFC 6749, section 5.2; any other text of the server stays where it is. */
const CODES = /^(?:invalid_(?:request|client|grant|scope)|unauthorized_client|unsupported_grant_type)$/;

function refusal({ tokenUrl }: OauthConfig, { status, json }: TokenAnswer): string {
  const code = typeof json['error'] === 'string' && CODES.test(json['error']) ? `, ${json['error']}` : '';
  const hint = code.includes('invalid_grant')
    ? 'hint: the refresh token has ended; get a new one'
    : 'hint: check clientId and clientSecret';
  return `${new URL(tokenUrl).host} gives no token (status ${status}${code}); ${hint}`;
}

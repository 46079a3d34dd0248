// The token endpoint (RFC 6749, section 5; RFC 8628, section 3.4; RFC 7009): codes and refresh tokens for tokens. No
// cookie counts here, and no client has a secret; each grant proves itself.
import { codeChallenge, isCodeVerifier, isLoginSecret } from '../../domain/identity/login-secrets.ts';
import { hashTokenText } from '../../domain/token-text.ts';
import { CLIENT_ID } from './authorize.ts';
import type { LoginDeps } from './deps.ts';
import { json, type LoginReply, type LoginRequest } from './http.ts';
import type { LoginTokens, Refreshed } from './login-tokens.ts';

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

export interface TokenEndpoint {
  grant(request: LoginRequest): Promise<LoginReply>;
  revoke(request: LoginRequest): Promise<LoginReply>;
}

export function createTokenEndpoint(deps: LoginDeps, tokens: LoginTokens): TokenEndpoint {
  const { logins, clock, attempts } = deps;

  /** A grant that is worth nothing counts against whoever tries it. */
  function invalid(source: string, text: string): LoginReply {
    attempts.failed(source, clock.now());
    return refusal('invalid_grant', text);
  }

  function answer(result: Refreshed, source: string): LoginReply {
    if (result.outcome === 'refused') return invalid(source, result.reason);
    const { access, refresh, expiresInSeconds, scopes, user } = result.pair;
    return json(200, {
      access_token: access,
      token_type: 'Bearer',
      expires_in: expiresInSeconds,
      refresh_token: refresh,
      scope: scopes.join(' '),
      user,
    });
  }

  async function byCode({ form, source }: LoginRequest): Promise<LoginReply> {
    const { code = '', redirect_uri, code_verifier = '' } = form;
    const wrong = 'the code is wrong or has ended; hint: sallyport login';
    if (!isLoginSecret('code', code) || !isCodeVerifier(code_verifier)) return invalid(source, wrong);
    const hash = hashTokenText(code);
    const taken = await logins.takeCode(hash, clock.now());
    // Whoever came first may have been the thief (RFC 6749, section 4.1.2).
    if (taken.outcome === 'used' && taken.family !== undefined) {
      await tokens.endFamily(taken.family, 'its authorization code was used twice', source);
    }
    if (taken.outcome !== 'grant') return invalid(source, wrong);
    const { redirectUri, challenge, label, ...login } = taken.grant;
    if (redirect_uri !== redirectUri || codeChallenge(code_verifier) !== challenge) return invalid(source, wrong);
    return answer(await tokens.open(login, label, source, hash), source);
  }

  async function byDevice({ form, source }: LoginRequest): Promise<LoginReply> {
    const { device_code: code = '' } = form;
    if (!isLoginSecret('device', code)) return invalid(source, 'no such device code');
    const polled = await logins.pollDevice(hashTokenText(code), clock.now());
    switch (polled.outcome) {
      case 'approved':
        return answer(await tokens.open(polled.by, polled.label, source), source);
      case 'pending':
        return refusal('authorization_pending', 'nobody has said yes yet');
      case 'slow-down':
        return refusal('slow_down', 'ask less often');
      case 'denied':
        return refusal('access_denied', 'somebody said no');
      case 'unknown':
        return refusal('expired_token', 'the code has ended; hint: sallyport login --device');
    }
  }

  return {
    async grant(request) {
      const { form, source } = request;
      if (form['client_id'] !== CLIENT_ID) return refusal('invalid_client', 'the client is not known here', 401);
      switch (form['grant_type']) {
        case 'authorization_code':
          return byCode(request);
        case 'refresh_token':
          return answer(await tokens.refresh(form['refresh_token'] ?? '', source), source);
        case DEVICE_GRANT:
          return byDevice(request);
        default:
          return refusal('unsupported_grant_type', 'this grant is not known here');
      }
    },

    async revoke({ form, source }) {
      await tokens.end(form['token'] ?? '', source);
      // The same for a token that is none (RFC 7009, section 2.2).
      return { status: 200 };
    },
  };
}

function refusal(error: string, text: string, status = 400): LoginReply {
  return json(status, { error, error_description: text });
}

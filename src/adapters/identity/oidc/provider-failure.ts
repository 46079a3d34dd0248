// What a failed exchange with a provider says: that the person is refused, that our own set-up is wrong, or that nothing
// is known. Texts of the provider go nowhere: they may quote what we sent.
import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { OtherIssuerError } from './connection.ts';

export type ProviderFailure =
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'unavailable'; readonly reason: string };

const CLIENT_ERRORS = ['invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope'];
const TRANSIENT_ERRORS = ['server_error', 'temporarily_unavailable', 'slow_down'];

export function providerFailure(error: unknown): ProviderFailure {
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
    const code = /^[a-z_]{1,40}$/.test(error.error) ? error.error : 'an error';
    if (CLIENT_ERRORS.includes(code)) {
      return unavailable(`the provider does not accept us as its client (${code}): check clientId and clientSecret`);
    }
    if (TRANSIENT_ERRORS.includes(code)) return unavailable(`the provider answers ${code}`);
    return { outcome: 'refused', reason: `the provider answers ${code}` };
  }
  const system = systemCode(error);
  if (system !== undefined) return unavailable(reachText(system));
  if (error instanceof ClientError && String(error.code).includes('TIMEOUT'))
    return unavailable(reachText('ETIMEDOUT'));
  if (error instanceof ClientError) return { outcome: 'refused', reason: `its answer does not hold (${error.code})` };
  return unavailable('the provider gives an answer that cannot be read');
}

/** Discovery and keys have no person in them: whatever is wrong, nothing is known. */
export function discoveryFailure(error: unknown): string {
  const system = systemCode(error);
  if (system !== undefined) return reachText(system);
  if (error instanceof OtherIssuerError || codeOf(error) === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED') {
    return 'the provider calls itself by another issuer than the configuration does';
  }
  if (codeOf(error) === 'OAUTH_RESPONSE_IS_NOT_CONFORM') return 'no discovery document is at this issuer';
  return error instanceof Error && error.name === 'SecretError'
    ? error.message
    : 'its discovery document cannot be read';
}

function reachText(code: string): string {
  if (/CERT|TLS|SSL|ISSUER|SIGNATURE|ALTNAME/.test(code))
    return `the provider's TLS certificate is not trusted (${code})`;
  return `the provider cannot be reached (${code})`;
}

/** The code of what the system said, however deep it is wrapped. */
function systemCode(error: unknown): string | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const code = codeOf(at);
    if (code !== undefined && /^(?:E[A-Z]+|[A-Z_]*(?:CERT|TLS|SSL|ISSUER|SIGNATURE)[A-Z_]*)$/.test(code)) return code;
    if (at.name === 'TimeoutError') return 'ETIMEDOUT';
  }
  return undefined;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function unavailable(reason: string): ProviderFailure {
  return { outcome: 'unavailable', reason };
}

// Is this text a token that the provider signed for us, and valid now? RFC 7519, RFC 8725 (best current practices), RFC
// 9068 (access tokens), OpenID Connect Core section 3.1.3.7. What the token says about itself (`jku`, `jwk`, `x5u`, its
// own algorithm) never decides how it is checked.
import { decodeProtectedHeader, errors, type JWSHeaderParameters, jwtVerify } from 'jose';
import type { Claims } from '../../../domain/identity/claims.ts';
import type { Clock } from '../../../domain/ports.ts';
import type { ProviderKeys } from './provider-keys.ts';

export interface TokenRules {
  readonly issuer: string;
  /** One of them must be among the token's. */
  readonly audiences: readonly string[];
  /** Whose ID tokens: then `azp`, when there is one, must be it or one of `audiences`. */
  readonly clientId?: string;
  readonly algorithms: readonly string[];
}

export type VerifiedToken =
  | { readonly outcome: 'ok'; readonly subject: string; readonly issuedAt: number; readonly claims: Claims }
  /** `reason` is for the log, and quotes nothing of the token. */
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'unavailable'; readonly reason: string };

export const CLOCK_SKEW_S = 60;
const MAX_TOKEN = 16 * 1024;
/** Whatever a provider is set to: a token that is good for longer is no proof of anything now. */
const MAX_LIFETIME_S = 24 * 3600;
const MAX_SUBJECT = 255;
const TYPES = new Set(['jwt', 'at+jwt', 'application/at+jwt', 'application/jwt']);
/** Each says where the key is, or what else must be understood. */
const FORBIDDEN_HEADERS = ['jku', 'x5u', 'jwk', 'x5c', 'crit', 'b64', 'zip', 'enc'];

/** True for a text that has the form of a signed token; whose it is, is another question. */
export function looksLikeToken(text: string): boolean {
  return text.length <= MAX_TOKEN && /^eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/.test(text);
}

export async function verifyToken(
  text: string,
  rules: TokenRules,
  keys: ProviderKeys,
  clock: Clock,
): Promise<VerifiedToken> {
  const header = readHeader(text);
  const fault = header === undefined ? 'it is no signed token' : headerFault(header, rules);
  if (header === undefined || fault !== undefined) return refused(fault ?? '');
  const found = await keys.find(header);
  if (found.outcome === 'unavailable') return found;
  if (found.outcome === 'unknown-key') return refused('the provider has no such key');
  try {
    const { payload } = await jwtVerify(text, found.key, {
      issuer: rules.issuer,
      audience: [...rules.audiences],
      algorithms: [...rules.algorithms],
      clockTolerance: CLOCK_SKEW_S,
      currentDate: new Date(clock.now()),
      requiredClaims: ['exp', 'iat', 'sub'],
    });
    return accepted(payload, rules, clock.now() / 1000);
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    return refused(reasonOf(error));
  }
}

function readHeader(text: string): JWSHeaderParameters | undefined {
  if (!looksLikeToken(text)) return undefined;
  try {
    return decodeProtectedHeader(text);
  } catch {
    return undefined;
  }
}

function headerFault(header: JWSHeaderParameters, { algorithms }: TokenRules): string | undefined {
  if (typeof header.alg !== 'string' || !algorithms.includes(header.alg)) return 'its algorithm is not allowed';
  const forbidden = FORBIDDEN_HEADERS.find((name) => Object.hasOwn(header, name));
  if (forbidden !== undefined) return `its header has ${forbidden}`;
  if (header.typ !== undefined && !TYPES.has(String(header.typ).toLowerCase())) return 'it is a token of another type';
  return header.kid === undefined || typeof header.kid === 'string' ? undefined : 'its key id is no text';
}

/** What jose does not check. */
function accepted(claims: Claims, { clientId, audiences }: TokenRules, now: number): VerifiedToken {
  const { sub, iat, exp, aud, azp } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT) return refused('its subject is no name');
  if (typeof iat !== 'number' || typeof exp !== 'number') return refused('it has no time');
  if (iat > now + CLOCK_SKEW_S) return refused('it was issued in the future: one of the clocks is wrong');
  if (exp - iat > MAX_LIFETIME_S) return refused('it is valid for more than a day');
  if (clientId !== undefined) {
    const isForUs = azp === undefined || azp === clientId || audiences.includes(String(azp));
    if (!isForUs) return refused('it was given to another client');
    // Several audiences, and nobody says whose it is.
    if (Array.isArray(aud) && aud.length > 1 && aud.includes(clientId) && azp === undefined) {
      return refused('it is for several clients');
    }
  }
  return { outcome: 'ok', subject: sub, issuedAt: iat * 1000, claims };
}

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'nbf'
      ? 'it is not valid yet: one of the clocks may be wrong'
      : `its ${error.claim} is wrong`;
  }
  return error instanceof errors.JWSSignatureVerificationFailed ? 'its signature is wrong' : 'it is malformed';
}

function refused(reason: string): VerifiedToken {
  return { outcome: 'refused', reason };
}

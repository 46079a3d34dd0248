// An OpenID Connect provider, as the gateway's login and its doors use it: the authorization code flow with PKCE, state
// and nonce; asking again with the refresh token it gave; and its tokens as somebody shows them directly.
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  ResponseBodyError,
  randomNonce,
  randomPKCECodeVerifier,
  refreshTokenGrant,
} from 'openid-client';
import { type Claims, isUserName, mapGroups, textClaim } from '../../../domain/identity/claims.ts';
import type { ExternalIdentity } from '../../../domain/identity/external-identity.ts';
import type {
  FinishedLogin,
  LoginProvider,
  ProviderUnavailable,
  RecheckedIdentity,
} from '../../../domain/identity/login-provider.ts';
import type { OidcSettings } from '../../../domain/identity/provider-settings.ts';
import type { Clock } from '../../../domain/ports.ts';
import type { Log } from '../../log/log.ts';
import { createConnection } from './connection.ts';
import { moreClaims, type Person } from './more-claims.ts';
import { discoveryFailure, providerFailure } from './provider-failure.ts';
import { createProviderFetch, type ProviderFetch } from './provider-fetch.ts';
import { createProviderKeys } from './provider-keys.ts';
import { type VerifiedToken, verifyToken } from './verify-token.ts';

/** What a token that somebody shows says of them. Without `groups` it says nothing of groups. */
export interface ShownIdentity {
  readonly subject: string;
  /** Absent when the token has none, or none that a user can have. */
  readonly name?: string;
  readonly email?: string;
  readonly groups?: readonly string[];
  readonly at: number;
}

export type ShownToken =
  | { readonly outcome: 'identity'; readonly shown: ShownIdentity }
  | { readonly outcome: 'refused'; readonly reason: string }
  | ProviderUnavailable;

export interface OidcProvider extends LoginProvider {
  readonly issuer: string;
  /** Whose ID or access token this is. */
  verify(text: string): Promise<ShownToken>;
  recheck(grant: string, identity: Pick<ExternalIdentity, 'subject'>): Promise<RecheckedIdentity>;
}

export interface OidcParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly readClientSecret?: () => Promise<string>;
  /** Default: one that trusts `settings.ca`. */
  readonly fetch?: ProviderFetch;
}

interface Kept {
  readonly verifier: string;
  readonly nonce: string;
}

export function openOidcProvider(settings: OidcSettings, parts: OidcParts): OidcProvider {
  const { name, issuer, clientId } = settings;
  const { clock, log } = parts;
  const fetch = parts.fetch ?? createProviderFetch(settings);
  const connection = createConnection(settings, { ...parts, fetch });
  const keys = createProviderKeys(() => connection.keySet(), clock);
  const idTokenRules = { issuer, clientId, audiences: [clientId], algorithms: settings.algorithms };
  const shownRules = { ...idTokenRules, audiences: [clientId, ...settings.audiences] };

  /** The configuration, or what stands against it. */
  async function reach(ask: () => Promise<Configuration> = connection.configuration) {
    try {
      return { configuration: await ask() };
    } catch (error) {
      return { unavailable: { outcome: 'unavailable', reason: discoveryFailure(error) } as const };
    }
  }

  function identityOf(subject: string, { claims, groups }: Person, at: number): ExternalIdentity {
    const email = textClaim(claims, 'email');
    if (groups.kind !== 'names') noteUnknownGroups(groups.kind);
    return {
      provider: name,
      subject,
      name: textClaim(claims, settings.nameClaim) ?? '',
      ...(email !== undefined && { email }),
      groups: groups.kind === 'names' ? mapGroups(groups.names, settings.groups) : [],
      at,
    };
  }

  function noteUnknownGroups(kind: string): void {
    const hint =
      kind === 'overage'
        ? 'set groupsEndpoint, or let the provider send fewer groups'
        : `does the provider send the claim ${settings.groupsClaim}?`;
    log.warn(
      { provider: name, groups: kind, hint },
      'the provider says nothing of the groups of somebody: they have none',
    );
  }

  /** An ID token for us with everything else that can be learnt, as the person who is expected. */
  async function learn(
    { id_token: idToken, access_token: accessToken }: { id_token?: string; access_token: string },
    expected: string | undefined,
    at: number,
  ): Promise<RecheckedIdentity | FinishedLogin> {
    const reached = await reach();
    if (reached.unavailable) return reached.unavailable;
    let claims: Claims = {};
    let subject = expected;
    if (idToken !== undefined) {
      const verified = await verifyToken(idToken, idTokenRules, keys, clock);
      if (verified.outcome !== 'ok') return { ...verified, reason: `its ID token: ${verified.reason}` };
      ({ claims, subject } = verified);
    }
    if (subject === undefined || (expected !== undefined && subject !== expected)) {
      return { outcome: 'refused', reason: 'its ID token is about somebody else' };
    }
    const person = await moreClaims(settings, reached.configuration, fetch, subject, claims, accessToken);
    return { outcome: 'identity', identity: identityOf(subject, person, at) };
  }

  return {
    name,
    issuer,

    async begin({ state, callback }) {
      // Nobody is sent to a server that does not answer.
      const reached = await reach(connection.present);
      if (reached.unavailable) return reached.unavailable;
      const kept: Kept = { verifier: randomPKCECodeVerifier(), nonce: randomNonce() };
      const url = buildAuthorizationUrl(reached.configuration, {
        // OpenID Connect Core, section 11: offline access needs the person's word.
        ...(settings.scopes.includes('offline_access') && { prompt: 'consent' }),
        ...settings.parameters,
        redirect_uri: callback,
        scope: settings.scopes.join(' '),
        state,
        nonce: kept.nonce,
        code_challenge: await calculatePKCECodeChallenge(kept.verifier),
        code_challenge_method: 'S256',
      });
      return { outcome: 'redirect', url: url.href, kept: JSON.stringify(kept) };
    },

    async finish({ url, state, kept }) {
      const reached = await reach();
      if (reached.unavailable) return reached.unavailable;
      const { verifier, nonce } = JSON.parse(kept) as Kept;
      const at = clock.now();
      try {
        const checks = {
          pkceCodeVerifier: verifier,
          expectedNonce: nonce,
          expectedState: state,
          idTokenExpected: true,
        };
        const tokens = await authorizationCodeGrant(reached.configuration, new URL(url), checks);
        const learnt = await learn(tokens, undefined, at);
        if (learnt.outcome === 'gone') return { outcome: 'refused', reason: learnt.reason };
        if (learnt.outcome !== 'identity' || tokens.refresh_token === undefined) return learnt;
        return { ...learnt, grant: tokens.refresh_token };
      } catch (error) {
        return failed(error);
      }
    },

    async recheck(grant, { subject }) {
      const reached = await reach();
      if (reached.unavailable) return reached.unavailable;
      const at = clock.now();
      const refreshed = await refreshTokenGrant(reached.configuration, grant).then(
        (tokens) => ({ tokens }),
        (error: unknown) => ({ failure: refreshFailure(error) }),
      );
      if ('failure' in refreshed) return refreshed.failure;
      const { tokens } = refreshed;
      // The old one may count no more: whatever comes of what we learn, the new one is kept.
      const next = { ...(tokens.refresh_token !== undefined && { grant: tokens.refresh_token }) };
      const learnt = await learn(tokens, subject, at).catch(failed);
      return learnt.outcome === 'refused'
        ? { outcome: 'unavailable', reason: learnt.reason, ...next }
        : { ...learnt, ...next };
    },

    async verify(text) {
      const verified = await verifyToken(text, shownRules, keys, clock);
      return verified.outcome === 'ok' ? { outcome: 'identity', shown: await shownIdentity(verified, text) } : verified;
    },
  };

  async function shownIdentity(
    { subject, issuedAt, claims }: Extract<VerifiedToken, { outcome: 'ok' }>,
    text: string,
  ): Promise<ShownIdentity> {
    const person = await shownPerson(subject, claims, text);
    const { name: wanted, email, groups } = identityOf(subject, person, issuedAt);
    return {
      subject,
      at: issuedAt,
      ...(isUserName(wanted) && { name: wanted }),
      ...(email !== undefined && { email }),
      ...(person.groups.kind === 'names' && { groups }),
    };
  }

  /** An access token may tell more at userinfo; an ID token is no credential there, and what it says is all there is. */
  async function shownPerson(subject: string, claims: Claims, text: string): Promise<Person> {
    const isAccessToken = Object.hasOwn(claims, 'scope') || Object.hasOwn(claims, 'scp');
    const configuration = await connection.configuration();
    const accessToken = isAccessToken ? text : undefined;
    return moreClaims(settings, configuration, fetch, subject, claims, accessToken).catch(() =>
      moreClaims(settings, configuration, fetch, subject, claims, undefined),
    );
  }

  /** A refresh token that counts no more says that the person, or their consent, is gone; nothing else does. */
  function refreshFailure(error: unknown): RecheckedIdentity {
    const { outcome, reason } = failed(error);
    const isGone = error instanceof ResponseBodyError && error.error === 'invalid_grant';
    return outcome === 'refused' && isGone ? { outcome: 'gone', reason } : { outcome: 'unavailable', reason };
  }

  function failed(error: unknown) {
    const failure = providerFailure(error);
    if (failure.outcome === 'unavailable') {
      log.warn({ provider: name, reason: failure.reason }, 'an identity provider cannot be asked');
      // Its endpoints may have moved, or our secret was changed.
      if (failure.reason.includes('client')) connection.forget();
    }
    return failure;
  }
}

// What we know of a provider: its endpoints (OpenID Connect Discovery), asked for when they are first needed and now and
// then after that. What was known goes on while the provider is down.
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  clockTolerance,
  customFetch,
  discovery,
  None,
} from 'openid-client';
import type { OidcSettings } from '../../../domain/identity/provider-settings.ts';
import type { Clock } from '../../../domain/ports.ts';
import { isOnThisMachine, type ProviderFetch } from './provider-fetch.ts';
import { CLOCK_SKEW_S } from './verify-token.ts';

export interface Connection {
  /** Rejects while the provider has never been reached. */
  configuration(): Promise<Configuration>;
  /** As it is now, give or take a minute: rejects while the provider is down. */
  present(): Promise<Configuration>;
  /** The key set as it is now. */
  keySet(): Promise<unknown>;
  /** Asks anew next time: what we know may be wrong. */
  forget(): void;
}

/** The provider is another one than the configuration names. */
export class OtherIssuerError extends Error {
  override readonly name = 'OtherIssuerError';
}

export interface ConnectionParts {
  readonly fetch: ProviderFetch;
  readonly clock: Clock;
  /** Absent: a public client, which PKCE alone protects. */
  readonly readClientSecret?: () => Promise<string>;
}

const FRESH_MS = 3600_000;
const PRESENT_MS = 60_000;
const RETRY_MS = 5_000;

export function createConnection(
  { issuer, clientId }: Pick<OidcSettings, 'issuer' | 'clientId'>,
  { fetch, clock, readClientSecret }: ConnectionParts,
): Connection {
  let known: { readonly configuration: Configuration; readonly at: number } | undefined;
  let asking: Promise<Configuration> | undefined;
  let failed: { readonly at: number; readonly error: unknown } | undefined;

  async function ask(): Promise<Configuration> {
    const at = clock.now();
    try {
      const secret = await readClientSecret?.();
      const server = new URL(issuer);
      const configuration = await discovery(server, clientId, { [clockTolerance]: CLOCK_SKEW_S }, authOf(secret), {
        algorithm: 'oidc',
        [customFetch]: (url, request) => fetch(url, request),
        ...(isOnThisMachine(server) && { execute: [allowInsecureRequests] }),
      });
      // The library compares URLs; tokens are compared letter by letter, and would all be refused.
      if (configuration.serverMetadata().issuer !== issuer) throw new OtherIssuerError('another issuer');
      known = { configuration, at };
      failed = undefined;
      return configuration;
    } catch (error) {
      failed = { at, error };
      throw error;
    }
  }

  /** One question however many wait for it. */
  function askOnce(): Promise<Configuration> {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  }

  async function configuration(): Promise<Configuration> {
    const now = clock.now();
    if (known !== undefined && now - known.at < FRESH_MS) return known.configuration;
    if (failed === undefined || now - failed.at >= RETRY_MS) {
      if (known === undefined) return askOnce();
      return askOnce().catch(() => known?.configuration ?? Promise.reject(failed?.error));
    }
    if (known === undefined) throw failed.error;
    return known.configuration;
  }

  return {
    configuration,
    async present() {
      return known !== undefined && clock.now() - known.at < PRESENT_MS ? known.configuration : askOnce();
    },
    async keySet() {
      const { jwks_uri: address } = (await configuration()).serverMetadata();
      if (address === undefined) throw new Error('the provider names no key set');
      const answer = await fetch(address, { headers: { accept: 'application/json' } });
      if (answer.status !== 200) throw new Error(`the key set answers with status ${answer.status}`);
      return (await answer.json()) as unknown;
    },
    forget() {
      known = undefined;
    },
  };
}

/** As the provider wants it; Basic is what all must support (RFC 6749, section 2.3.1). */
function authOf(secret: string | undefined): ClientAuth {
  if (secret === undefined) return None();
  const basic = ClientSecretBasic(secret);
  const post = ClientSecretPost(secret);
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported;
    const isBasic = methods === undefined || methods.includes('client_secret_basic');
    (isBasic ? basic : post)(server, client, body, headers);
  };
}

// A real OpenID Connect provider (oidc-provider) on loopback, with people whose groups and standing tests change, keys that
// rotate, and an off switch. Its own key signs whatever token a test asks for.
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import Provider from 'oidc-provider';

export interface Account {
  readonly subject: string;
  name: string;
  email: string;
  groups: readonly string[] | undefined;
  /** False: the provider knows nobody of that subject any more. */
  enabled: boolean;
  /** Further claims of the ID token. */
  more?: Record<string, unknown>;
}

export interface IdentityProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What is typed into its login page is the subject. */
  readonly accounts: Map<string, Account>;
  /** Paths that were asked for, with their method. */
  readonly requests: string[];
  /** Replaces its key: the old one is gone from the key set. */
  rotate(): Promise<void>;
  /** Signs claims with the present key; issuer, times and key id are right unless given. */
  sign(claims: JWTPayload, header?: Readonly<Record<string, unknown>>): Promise<string>;
  /** The public key, for those who try to abuse it. */
  publicKey(): Promise<{ readonly pem: string; readonly jwk: Record<string, unknown> }>;
  /** Takes it off the network, and back. */
  setDown(isDown: boolean): void;
  /** Answers instead of the provider for requests that it likes. */
  intercept(answer: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined): void;
  close(): Promise<void>;
}

export function account(name: string, groups: readonly string[]): Account {
  return { subject: `sub-${name}`, name, email: `${name}@corp.example`, groups, enabled: true };
}

const CLIENT_ID = 'sallyport';
/** Assembled: no scanner shall take it for a real one. */
const CLIENT_SECRET = ['client', 'secret', 'of', 'tests'].join('-').repeat(2);

export async function startIdentityProvider(accounts: Readonly<Record<string, Account>>): Promise<IdentityProvider> {
  const people = new Map(Object.entries(accounts));
  const requests: string[] = [];
  let handler: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  let intercepted: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  let isDown = false;
  const server: Server = createServer((request, response) => {
    if (isDown) return void request.socket.destroy();
    requests.push(`${request.method} ${(request.url ?? '').split('?', 1)[0]}`);
    if (intercepted?.(request, response)) return;
    void handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let key = await newKey();
  handler = providerOf(issuer, key.jwk, people);

  return {
    issuer,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    accounts: people,
    requests,
    async rotate() {
      key = await newKey();
      handler = providerOf(issuer, key.jwk, people);
    },
    sign(claims, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ iss: issuer, aud: CLIENT_ID, iat: now, exp: now + 600, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: String(key.jwk['kid']), ...header })
        .sign(key.privateKey);
    },
    async publicKey() {
      const { n, e, kty, kid } = key.jwk;
      const pem = createPublicKey({ key: { n, e, kty } as JsonWebKey, format: 'jwk' }).export({
        type: 'spki',
        format: 'pem',
      });
      return { pem: String(pem), jwk: { n, e, kty, kid } };
    },
    setDown(value) {
      isDown = value;
    },
    intercept(answer) {
      intercepted = answer;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function newKey() {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk: Record<string, unknown> = {
    ...(await exportJWK(privateKey)),
    kid: `key-${Math.random()}`,
    use: 'sig',
    alg: 'RS256',
  };
  return { privateKey, jwk };
}

function providerOf(issuer: string, jwk: Record<string, unknown>, people: ReadonlyMap<string, Account>) {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: ['http://127.0.0.1/login/callback/corp'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: ['of tests'] },
    conformIdTokenClaims: false,
    claims: {
      openid: ['sub', '_claim_names', '_claim_sources', 'hasgroups'],
      profile: ['preferred_username'],
      email: ['email'],
      groups: ['groups'],
    },
    scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
    features: { devInteractions: { enabled: true } },
    ttl: {
      AccessToken: 7200,
      AuthorizationCode: 60,
      IdToken: 7200,
      RefreshToken: 86_400,
      Interaction: 600,
      Session: 600,
      Grant: 86_400,
    },
    findAccount: (_context: unknown, id: string) => findAccount(people, id),
  });
  // The gateway's port is not known when the provider starts.
  provider.Client.prototype.redirectUriAllowed = (value) =>
    /^http:\/\/127\.0\.0\.1:\d+\/login\/callback\/[a-z-]+$/.test(value);
  provider.on('server_error', (_context, error) => console.error('the provider of the test failed', error));
  return provider.callback();
}

function findAccount(people: ReadonlyMap<string, Account>, id: string) {
  const found = [...people.values()].find(({ subject }) => subject === id);
  if (!found?.enabled) return undefined;
  return {
    accountId: found.subject,
    claims: () => ({
      sub: found.subject,
      preferred_username: found.name,
      email: found.email,
      groups: found.groups,
      ...found.more,
    }),
  };
}

// Installation tokens of a GitHub App. Each is for the one repository of the request and for reading or writing, so one
// that got out would open nothing else, and ends within the hour. (GitHub docs: "Generating a JSON Web Token (JWT) for a
// GitHub App", "Create an installation access token for an app", "Get a repository installation for the authenticated app".)
import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { GithubAppConfig } from '../../domain/credential-config.ts';
import { CredentialError } from '../credential-error.ts';
import type { MintedToken } from './token-cache.ts';
import { requestToken, type TokenAnswer } from './token-request.ts';

/** GitHub takes ten minutes at most, and counts on its own clock. */
const JWT_SECONDS = 9 * 60;
const SKEW_SECONDS = 60;

export interface GithubAppUse {
  /** `owner/name` as the upstream knows it. */
  readonly repo: string;
  readonly writes: boolean;
}

/** What GitHub shows as the password beside the user name `x-access-token`. Throws CredentialError. */
export async function mintInstallationToken(
  config: GithubAppConfig,
  privateKey: string,
  { repo, writes }: GithubAppUse,
): Promise<MintedToken> {
  const [owner, name] = ownerAndName(repo);
  const app = { config, token: await appToken(config, privateKey) };
  const installation = config.installation ?? (await findInstallation(app, owner, name));
  const answer = await ask(app, 'POST', `/app/installations/${installation}/access_tokens`, {
    repositories: [name],
    permissions: {
      contents: writes ? 'write' : 'read',
      metadata: 'read',
      ...(writes && config.workflows && { workflows: 'write' }),
    },
  });
  const { token, expires_at: expiresAt } = answer.json;
  const until = typeof expiresAt === 'string' ? Date.parse(expiresAt) - answer.clockAhead : Number.NaN;
  if (answer.status !== 201 || typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || Number.isNaN(until)) {
    throw new CredentialError(refusal(config, answer, `no token for ${owner}/${name}`));
  }
  return { text: token, until };
}

function ownerAndName(repo: string): readonly [string, string] {
  const parts = /^\/?([A-Za-z0-9-]{1,100})\/(?!\.{1,2}(?:\.git)?$)([A-Za-z0-9._-]{1,100}?)(?:\.git)?$/.exec(repo);
  if (parts === null) throw new CredentialError('a GitHub App serves repositories of the form owner/name');
  return [parts[1] as string, parts[2] as string];
}

interface App {
  readonly config: GithubAppConfig;
  readonly token: string;
}

async function findInstallation(app: App, owner: string, name: string): Promise<number> {
  const answer = await ask(app, 'GET', `/repos/${owner}/${name}/installation`);
  const { id } = answer.json;
  if (answer.status === 200 && typeof id === 'number' && Number.isSafeInteger(id)) return id;
  throw new CredentialError(refusal(app.config, answer, `the app is not installed for ${owner}/${name}`));
}

function ask({ config, token }: App, method: 'GET' | 'POST', path: string, body?: unknown): Promise<TokenAnswer> {
  return requestToken({
    method,
    url: `${config.api}${path}`,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'x-github-api-version': '2022-11-28',
    },
    ...(body !== undefined && { body: { type: 'application/json', text: JSON.stringify(body) } }),
    ...(config.ca !== undefined && { ca: config.ca }),
  });
}

/** What the app itself shows (RS256, RFC 7519). Loaded when it is needed: the agent should start at once. */
async function appToken({ appId }: GithubAppConfig, privateKey: string): Promise<string> {
  const { SignJWT } = await import('jose');
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(appId)
    .setIssuedAt(now - SKEW_SECONDS)
    .setExpirationTime(now + JWT_SECONDS)
    .sign(rsaKey(privateKey));
}

/** As GitHub gives it out (PKCS #1), or PKCS #8. */
function rsaKey(pem: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    // Its message may quote the key.
  }
  if (key?.asymmetricKeyType !== 'rsa') {
    throw new CredentialError('the private key of a GitHub App must be an RSA key in PEM form, as GitHub gives it out');
  }
  return key;
}

function refusal({ api, appId }: GithubAppConfig, { status }: TokenAnswer, what: string): string {
  const hint =
    status === 401
      ? 'hint: are appId and privateKey of one app, is the clock right?'
      : status === 403 || status === 422
        ? 'hint: does the app have the permission "contents" (and "workflows", if configured) there?'
        : 'hint: is the app installed for this repository?';
  return `${what}: ${new URL(api).host} answered GitHub App ${appId} with status ${status}; ${hint}`;
}

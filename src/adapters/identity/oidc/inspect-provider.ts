// What is wrong with a provider, for `sallyport doctor`: asked the way the gateway asks, step by step, with what each step
// says. Nobody is logged in: the client is tried with a code that does not exist, which a provider refuses differently
// from a client that it does not know.
import type { OidcSettings } from '../../../domain/identity/provider-settings.ts';
import { discoveryFailure } from './provider-failure.ts';
import { createProviderFetch, type ProviderFetch } from './provider-fetch.ts';
import { CLOCK_SKEW_S } from './verify-token.ts';

export type ProviderFinding =
  | { readonly kind: 'unreachable'; readonly reason: string }
  | { readonly kind: 'wrong-issuer'; readonly calledItself: string }
  /** Seconds that the provider's clock is ahead of ours. */
  | { readonly kind: 'clock'; readonly seconds: number }
  | { readonly kind: 'no-keys'; readonly reason: string }
  | { readonly kind: 'wrong-client'; readonly code: string }
  | { readonly kind: 'client-unclear'; readonly code: string };

export interface Inspected {
  readonly findings: readonly ProviderFinding[];
  readonly keys: number;
}

interface Metadata {
  readonly issuer?: unknown;
  readonly jwks_uri?: unknown;
  readonly token_endpoint?: unknown;
}

const TIMEOUT_MS = 5_000;

/** `secret` absent: a public client, or an issuer of workload tokens, which has no client. */
export async function inspectProvider(
  settings: Pick<OidcSettings, 'issuer' | 'ca'> & Partial<Pick<OidcSettings, 'clientId'>>,
  secret?: string,
): Promise<Inspected> {
  const { issuer, ca, clientId } = settings;
  const fetch = createProviderFetch({ issuer, timeoutMs: TIMEOUT_MS, ...(ca !== undefined && { ca }) });
  const findings: ProviderFinding[] = [];
  let metadata: Metadata;
  try {
    const answer = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (answer.status !== 200) throw new Error(`no discovery document is there (status ${answer.status})`);
    metadata = (await answer.json()) as Metadata;
    const ahead = Math.round((Date.parse(answer.headers.get('date') ?? '') - Date.now()) / 1000);
    if (Math.abs(ahead) > CLOCK_SKEW_S) findings.push({ kind: 'clock', seconds: ahead });
  } catch (error) {
    return { findings: [{ kind: 'unreachable', reason: reasonOf(error) }], keys: 0 };
  }
  if (metadata.issuer !== issuer) findings.push({ kind: 'wrong-issuer', calledItself: String(metadata.issuer) });
  const keys = await countKeys(fetch, metadata.jwks_uri);
  if (typeof keys === 'string') findings.push({ kind: 'no-keys', reason: keys });
  if (clientId !== undefined) findings.push(...(await tryClient(fetch, metadata.token_endpoint, clientId, secret)));
  return { findings, keys: typeof keys === 'string' ? 0 : keys };
}

/** What we say ourselves, or what the system says. */
function reasonOf(error: unknown): string {
  const reason = discoveryFailure(error);
  const isOurs = error instanceof Error && /^no discovery document|is not https$/.test(error.message);
  return isOurs ? error.message : reason;
}

async function countKeys(fetch: ProviderFetch, address: unknown): Promise<number | string> {
  if (typeof address !== 'string') return 'it names no key set';
  try {
    const { keys } = (await (await fetch(address)).json()) as { keys?: unknown };
    return Array.isArray(keys) && keys.length > 0 ? keys.length : 'its key set is empty';
  } catch (error) {
    return reasonOf(error);
  }
}

async function tryClient(
  fetch: ProviderFetch,
  endpoint: unknown,
  clientId: string,
  secret: string | undefined,
): Promise<readonly ProviderFinding[]> {
  if (typeof endpoint !== 'string') return [{ kind: 'client-unclear', code: 'it names no token endpoint' }];
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: 'sallyport-doctor',
    redirect_uri: 'https://sallyport.invalid/login/callback/doctor',
    ...(secret === undefined && { client_id: clientId }),
  });
  const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret ?? '')}`;
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    ...(secret !== undefined && { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }),
  };
  try {
    const answer = (await (await fetch(endpoint, { method: 'POST', headers, body })).json()) as { error?: unknown };
    const code = String(answer.error).slice(0, 40);
    if (['invalid_client', 'unauthorized_client'].includes(code)) return [{ kind: 'wrong-client', code }];
    return code === 'invalid_grant' ? [] : [{ kind: 'client-unclear', code }];
  } catch (error) {
    return [{ kind: 'client-unclear', code: reasonOf(error) }];
  }
}

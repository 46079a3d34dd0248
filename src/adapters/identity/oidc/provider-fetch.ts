// How a provider is reached: bounded in time and bytes, never redirected, over TLS with the authorities that the
// configuration names. In the clear only on this machine.
import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** What is asked; the shape of openid-client's own. */
export interface ProviderRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export type ProviderFetch = (url: string, request?: ProviderRequest) => Promise<Response>;

export interface ProviderFetchOptions {
  /** Of the provider. */
  readonly issuer: string;
  /** PEM file of the authorities to trust instead of the system's. */
  readonly ca?: string;
  readonly timeoutMs?: number;
}

/** Key sets, discovery documents and a user's groups are all far smaller. */
const MAX_BYTES = 2 * 1024 * 1024;
const TIMEOUT_MS = 10_000;

/** The answer's body is at hand when it resolves. Rejects with the system's error, or one of ours. */
export function createProviderFetch({ issuer, ca, timeoutMs = TIMEOUT_MS }: ProviderFetchOptions): ProviderFetch {
  // A provider elsewhere must not send us to what listens on this machine.
  const isLocal = isOnThisMachine(new URL(issuer));
  return (url, request = {}) => {
    const target = new URL(url);
    const isTls = target.protocol === 'https:';
    if (!isTls && !(isLocal && isOnThisMachine(target))) throw new Error(`${target.origin} is not https`);
    const send = isTls ? httpsRequest : httpRequest;
    const limit = AbortSignal.timeout(timeoutMs);
    return new Promise((resolve, reject) => {
      const sent = send(
        target,
        {
          method: request.method ?? 'GET',
          headers: request.headers,
          signal: request.signal ? AbortSignal.any([request.signal, limit]) : limit,
          // Read anew: authorities are renewed while the gateway runs.
          ...(isTls && ca !== undefined && { ca: readFileSync(ca) }),
        },
        (answer) => {
          readWhole(answer).then((body) => resolve(toResponse(answer, body)), reject);
        },
      );
      sent.once('error', (error) => reject(limit.aborted ? timeoutError(target) : error));
      sent.end(bodyText(request.body));
    });
  };
}

/** True for the addresses that no other machine can answer for. */
export function isOnThisMachine({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function timeoutError({ origin }: URL): Error {
  return Object.assign(new Error(`${origin} did not answer in time`), { code: 'ETIMEDOUT' });
}

async function readWhole(answer: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function toResponse(answer: IncomingMessage, body: Uint8Array<ArrayBuffer>): Response {
  const status = answer.statusCode ?? 502;
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (typeof value === 'string') headers.set(name, value);
  }
  const isEmpty = [101, 204, 205, 304].includes(status);
  return new Response(isEmpty ? null : body, { status, headers });
}

function bodyText(body: unknown): string | Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError('a request to a provider has a text as body');
}

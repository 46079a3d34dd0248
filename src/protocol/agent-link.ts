// The wire form of the link between gateway and agent: HTTP/2 over mutual TLS 1.3 on a connection that the agent opens,
// with roles reversed, so that the gateway asks. What is fixed here is paths, headers, status and trailers; no credential
// of an upstream has a place in any of them.
//
//   GET  /hello                  -> 200, JSON: version, instance, upstreams
//   GET  /advertise/<service>    -> an answer
//   POST /upload-pack            -> an answer
//   POST /receive-pack           -> an answer; `content-length` is the length of the body
//   POST /certificate/request    -> 200, JSON: a new public key, with a proof that its owner is here
//   PUT  /certificate            -> 204: the new certificate is on disk
//
// An answer is 200 with the upstream's bytes, 404, or 503 with `sallyport-sent` and `sallyport-detail`. Every body ends
// with the trailer `sallyport-end: whole`: HTTP/2 cannot tell an end from a connection that was given up in good order.

/** As node:http2 has them. */
export type LinkHeaders = Record<string, string | string[] | undefined>;

/** ALPN of a link. */
export const LINK_PROTOCOL = 'sallyport-agent/1';
/** ALPN of a connection without a certificate: HTTP/1.1 in the usual direction, `POST /join` and `GET /time` alone. */
export const JOIN_PROTOCOL = 'sallyport-agent-join/1';
/** The name in the gateway's certificate, whatever address it is reached at: what is pinned is its authority. */
export const GATEWAY_NAME = 'gateway.sallyport-agent.internal';
/** What a proof of possession is bound to (RFC 5705): it is worth nothing on another connection. */
export const PROOF_LABEL = 'EXPORTER-sallyport-agent';

/** Bandwidth × round trip: 8 MiB is 100 MB/s at 50 ms. The default of 64 KiB would be 1 MB/s. */
export const WINDOW_BYTES = 8 * 1024 * 1024;
export const MAX_UPSTREAMS = 1000;

export const END_TRAILER = { 'sallyport-end': 'whole' } as const;

type Service = 'git-upload-pack' | 'git-receive-pack';

/** Which repository of which upstream, as the domain's RepoAddress. */
interface Address {
  readonly upstream: string;
  readonly repo: string;
  readonly path: string;
}

export type LinkRequest =
  | { readonly operation: 'hello' | 'certificate-request' | 'certificate' }
  | {
      readonly operation: 'advertise';
      readonly service: Service;
      readonly address: Address;
      readonly gitProtocol?: string;
    }
  | { readonly operation: 'upload-pack'; readonly address: Address; readonly gitProtocol?: string }
  | {
      readonly operation: 'receive-pack';
      readonly address: Address;
      readonly gitProtocol?: string;
      /** Bytes of the body. */
      readonly length: number;
    };

const PATHS = {
  hello: ['GET', '/hello'],
  'certificate-request': ['POST', '/certificate/request'],
  certificate: ['PUT', '/certificate'],
  'upload-pack': ['POST', '/upload-pack'],
  'receive-pack': ['POST', '/receive-pack'],
} as const;

/** The request's pseudo headers and headers. */
export function formatLinkRequest(request: LinkRequest): LinkHeaders {
  const [method, path] =
    request.operation === 'advertise' ? ['GET', `/advertise/${request.service}`] : PATHS[request.operation];
  const headers: LinkHeaders = { ':method': method, ':path': path };
  if (!('address' in request)) return headers;
  const { address, gitProtocol } = request;
  return {
    ...headers,
    'sallyport-upstream': encodeURIComponent(address.upstream),
    'sallyport-repo': encodeURIComponent(address.repo),
    'sallyport-path': encodeURIComponent(address.path),
    ...(gitProtocol !== undefined && { 'git-protocol': gitProtocol }),
    ...(request.operation === 'receive-pack' && { 'content-length': `${request.length}` }),
  };
}

/** What is asked; `undefined` = nothing that this version knows. Names and paths are checked by whoever uses them. */
export function parseLinkRequest(headers: Readonly<Record<string, unknown>>): LinkRequest | undefined {
  const { ':method': method, ':path': path } = headers;
  for (const operation of ['hello', 'certificate-request', 'certificate'] as const) {
    if (PATHS[operation][0] === method && PATHS[operation][1] === path) return { operation };
  }
  const address = addressOf(headers);
  if (address === undefined) return undefined;
  const protocol = headers['git-protocol'];
  const asked = { address, ...(typeof protocol === 'string' && { gitProtocol: protocol }) };
  if (method === 'GET' && path === '/advertise/git-upload-pack')
    return { operation: 'advertise', service: 'git-upload-pack', ...asked };
  if (method === 'GET' && path === '/advertise/git-receive-pack')
    return { operation: 'advertise', service: 'git-receive-pack', ...asked };
  if (method === 'POST' && path === '/upload-pack') return { operation: 'upload-pack', ...asked };
  const length = /^\d{1,15}$/.test(String(headers['content-length'])) ? Number(headers['content-length']) : undefined;
  if (method === 'POST' && path === '/receive-pack' && length !== undefined)
    return { operation: 'receive-pack', ...asked, length };
  return undefined;
}

function addressOf(headers: Readonly<Record<string, unknown>>): Address | undefined {
  const [upstream, repo, path] = ['sallyport-upstream', 'sallyport-repo', 'sallyport-path'].map((name) =>
    decoded(headers[name]),
  );
  return upstream === undefined || repo === undefined || path === undefined ? undefined : { upstream, repo, path };
}

function decoded(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

export type LinkAnswer =
  | { readonly outcome: 'ok' }
  | { readonly outcome: 'not-found' }
  | { readonly outcome: 'unavailable'; readonly detail: string; readonly sent: boolean };

const MAX_DETAIL = 1000;

/** Status and headers of an answer; the body of `ok` follows. */
export function formatLinkAnswer(answer: LinkAnswer): LinkHeaders {
  if (answer.outcome === 'ok') return { ':status': '200' };
  if (answer.outcome === 'not-found') return { ':status': '404' };
  return {
    ':status': '503',
    'sallyport-sent': answer.sent ? 'yes' : 'no',
    'sallyport-detail': encodeURIComponent(answer.detail.slice(0, MAX_DETAIL).toWellFormed()),
  };
}

/** What an answer means. Whatever is not clearly something else leaves open what the upstream has seen. */
export function parseLinkAnswer(headers: Readonly<Record<string, unknown>>): LinkAnswer {
  const status = Number(headers[':status']);
  if (status === 200) return { outcome: 'ok' };
  if (status === 404) return { outcome: 'not-found' };
  const detail = status === 503 ? decoded(headers['sallyport-detail']) : undefined;
  return {
    outcome: 'unavailable',
    detail: detail?.slice(0, MAX_DETAIL) ?? `the agent answered with status ${status}`,
    sent: headers['sallyport-sent'] !== 'no',
  };
}

export interface Hello {
  /** Of the program. */
  readonly version: string;
  /** Random, one a process: two processes with one certificate are told apart. */
  readonly instance: string;
  /** Names of the upstreams that the agent's own configuration lists. */
  readonly upstreams: readonly string[];
}

/** What an agent says of itself; `undefined` = not in this form, or too much of it. */
export function parseHello(text: string): Hello | undefined {
  const value = objectIn(text);
  const { version, instance, upstreams } = value ?? {};
  if (typeof version !== 'string' || !/^[\w.+-]{1,64}$/.test(version)) return undefined;
  if (typeof instance !== 'string' || !/^[\w-]{1,64}$/.test(instance)) return undefined;
  if (!Array.isArray(upstreams) || upstreams.length > MAX_UPSTREAMS) return undefined;
  const names = upstreams.filter((name) => typeof name === 'string' && UPSTREAM_NAME.test(name));
  return names.length === upstreams.length ? { version, instance, upstreams: names as string[] } : undefined;
}

const UPSTREAM_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A public key, and a signature by its private half over the connection's proof (RFC 5705 exporter, PROOF_LABEL). */
export interface KeyProof {
  /** PEM, SubjectPublicKeyInfo. */
  readonly publicKey: string;
  /** base64, RSA with SHA-256. */
  readonly proof: string;
}

export function parseKeyProof(value: unknown): KeyProof | undefined {
  const { publicKey, proof } = (typeof value === 'string' ? objectIn(value) : asObject(value)) ?? {};
  if (
    typeof publicKey !== 'string' ||
    !/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]{1,2000}-----END PUBLIC KEY-----\n?$/.test(publicKey)
  )
    return undefined;
  if (typeof proof !== 'string' || !/^[A-Za-z0-9+/]{1,1400}={0,2}$/.test(proof)) return undefined;
  return { publicKey, proof };
}

export interface JoinRequest extends KeyProof {
  readonly token: string;
  readonly version: string;
}

export function parseJoinRequest(text: string): JoinRequest | undefined {
  const value = objectIn(text);
  const key = parseKeyProof(value);
  const { token, version } = value ?? {};
  if (key === undefined || typeof token !== 'string' || token.length > 200) return undefined;
  return typeof version === 'string' && /^[\w.+-]{1,64}$/.test(version) ? { ...key, token, version } : undefined;
}

export interface JoinAnswer {
  readonly agent: string;
  readonly name: string;
  /** PEM. */
  readonly certificate: string;
}

export function parseJoinAnswer(text: string): JoinAnswer | undefined {
  const { agent, name, certificate } = objectIn(text) ?? {};
  if (typeof agent !== 'string' || typeof name !== 'string' || typeof certificate !== 'string') return undefined;
  return { agent, name, certificate };
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** Why a gateway ends a link, as the debug data of its GOAWAY (RFC 9113, section 6.8). */
export const LINK_ENDS = {
  'no-certificate': 'the agent showed no certificate',
  'certificate-foreign': 'the certificate is not one of this gateway',
  'certificate-expired': 'the certificate has expired',
  'certificate-replaced': 'the certificate was replaced by a later one of this agent',
  'agent-revoked': 'this agent was revoked',
  'bad-hello': 'the agent does not speak this version of the link',
  'too-many-links': 'this agent has too many links open',
  draining: 'the gateway drains this link',
  stopping: 'the gateway is stopping',
  busy: 'the gateway cannot look at the certificate now',
} as const;

export type LinkEnd = keyof typeof LINK_ENDS;

export function parseLinkEnd(data: Uint8Array | undefined): LinkEnd | undefined {
  const text = data === undefined || data.length > 64 ? '' : Buffer.from(data).toString('latin1');
  return Object.hasOwn(LINK_ENDS, text) ? (text as LinkEnd) : undefined;
}

/** Ends after which trying again with the same certificate is of no use. */
export function isFinal(end: LinkEnd): boolean {
  return [
    'no-certificate',
    'certificate-foreign',
    'certificate-expired',
    'certificate-replaced',
    'agent-revoked',
  ].includes(end);
}

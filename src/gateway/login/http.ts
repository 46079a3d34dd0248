// Requests and answers of the login pages, as values. No framework: there are a dozen paths, and each header counts.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sourceOf } from '../../protocol/source-address.ts';

export interface LoginRequest {
  readonly method: string;
  /** Path and query, on our public address, whatever Host the client sent. */
  readonly url: URL;
  readonly form: Readonly<Record<string, string>>;
  readonly cookies: ReadonlyMap<string, string>;
  /** Values of these two headers say where a browser's request comes from. */
  readonly origin?: string;
  readonly fetchSite?: string;
  /** The address of the client, as rate limits and the trail name it. */
  readonly source: string;
}

export interface LoginReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

const MAX_FORM_BYTES = 256 * 1024;
const MAX_FIELDS = 50;
const BODY_TIMEOUT_MS = 15_000;

const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

/** The request, or why it cannot be one of ours. */
export async function readLoginRequest(
  request: IncomingMessage,
  publicUrl: string,
): Promise<LoginRequest | LoginReply> {
  const head = readHead(request, publicUrl);
  if ('status' in head || request.method !== 'POST') return head;
  const form = await readForm(request);
  return form === undefined ? { status: 400, body: 'send a form of at most 256 KiB' } : { ...head, form };
}

/** The same without looking at a body. */
export function readHead(request: IncomingMessage, publicUrl: string): LoginRequest | LoginReply {
  const path = request.url ?? '/';
  const url = path.startsWith('/') ? URL.parse(`${publicUrl}${path}`) : null;
  if (url === null) return { status: 400, body: 'the URL is malformed' };
  const { origin } = request.headers;
  const fetchSite = request.headers['sec-fetch-site'];
  return {
    method: request.method ?? 'GET',
    url,
    form: {},
    cookies: readCookies(request.headers.cookie ?? ''),
    ...(origin !== undefined && { origin }),
    ...(typeof fetchSite === 'string' && { fetchSite }),
    source: sourceOf(request.socket.remoteAddress ?? 'unknown'),
  };
}

async function readForm(request: IncomingMessage): Promise<Record<string, string> | undefined> {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') return undefined;
  const timer = setTimeout(() => request.destroy(), BODY_TIMEOUT_MS);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_FORM_BYTES) return undefined;
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
  const fields = [...new URLSearchParams(Buffer.concat(chunks).toString('utf8'))];
  const names = new Set(fields.map(([name]) => name));
  // A field that is there twice could be read as one by us and as the other by whoever checked it.
  return fields.length > MAX_FIELDS || names.size !== fields.length ? undefined : Object.fromEntries(fields);
}

function readCookies(header: string): ReadonlyMap<string, string> {
  const pairs = header
    .slice(0, 16 * 1024)
    .split(';')
    .map((pair) => pair.trim().split('='));
  // The first wins: one that a sibling host or a longer path adds comes later or is refused by the name's prefix.
  return new Map(pairs.toReversed().map(([name = '', ...value]) => [name, value.join('=')]));
}

export function sendLoginReply(
  response: ServerResponse,
  { status, headers, body = '' }: LoginReply,
  isTls: boolean,
): void {
  response.writeHead(status, {
    ...SAFE_HEADERS,
    ...(isTls && { 'strict-transport-security': 'max-age=31536000' }),
    'content-type': 'text/plain; charset=utf-8',
    ...(headers as Record<string, string | string[]>),
    'content-length': Buffer.byteLength(body),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

export function redirect(location: string, cookies: readonly string[] = []): LoginReply {
  return { status: 303, headers: { location, ...(cookies.length > 0 && { 'set-cookie': cookies }) } };
}

export function json(status: number, value: unknown): LoginReply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}

// Asking a forge or an OAuth server for a token: JSON over https, bounded, never redirected, and with errors that hold
// nothing of what was sent or answered but a status and a documented error code.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { CredentialError } from '../credential-error.ts';

export interface TokenRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: { readonly type: string; readonly text: string };
  /** PEM file of the authorities to trust instead of the system's. */
  readonly ca?: string;
}

export interface TokenAnswer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
  /** How far the server's clock is ahead of ours, in milliseconds, as far as it says. */
  readonly clockAhead: number;
}

const TIMEOUT_MS = 20_000;
const MAX_ANSWER_BYTES = 256 * 1024;

/** Sends it once. Throws CredentialError when there is no answer that can be read; every status is an answer. */
export async function requestToken(asked: TokenRequest): Promise<TokenAnswer> {
  const url = new URL(asked.url);
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    throw new CredentialError(`${url.origin} would get a secret in clear; hint: use https`);
  }
  const { status, text, date } = await send(url, asked);
  const said = Date.parse(date ?? '');
  return { status, json: objectOf(text), clockAhead: Number.isNaN(said) ? 0 : said - Date.now() };
}

interface Received {
  readonly status: number;
  readonly text: string;
  readonly date: string | undefined;
}

function send(url: URL, { method, headers, body, ca }: TokenRequest): Promise<Received> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new CredentialError(`${url.origin} ${why}`));
    const options = {
      method,
      headers: {
        accept: 'application/json',
        'user-agent': 'sallyport',
        ...(body && { 'content-type': body.type, 'content-length': String(Buffer.byteLength(body.text)) }),
        ...headers,
      },
      timeout: TIMEOUT_MS,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    };
    const receive = (response: http.IncomingMessage) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        size += part.length;
        if (size > MAX_ANSWER_BYTES) request.destroy(new Error('too large'));
        else parts.push(part);
      });
      response.on('error', () => fail('broke off its answer'));
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(parts).toString('utf8'),
          date: response.headers.date,
        });
      });
    };
    const request =
      url.protocol === 'https:'
        ? https.request(url, { ...options, minVersion: 'TLSv1.2', ...(ca && { ca: authorities(ca) }) }, receive)
        : http.request(url, options, receive);
    request.on('error', (error: Error & { readonly code?: unknown }) => {
      fail(`gave no answer (${typeof error.code === 'string' ? error.code : error.name})`);
    });
    request.end(body?.text);
  });
}

function authorities(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CredentialError(`ca file ${file} cannot be read`, { cause: error });
  }
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

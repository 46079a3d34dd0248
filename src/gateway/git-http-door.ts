// The HTTP door: git's four requests (gitprotocol-http) on plain node:http, routed before any framework sees them.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough, type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { advertiseReceivePack, advertiseUploadPack, refusalText } from '../conversation/advertise.ts';
import type { Denials } from '../conversation/denials.ts';
import type { Gate } from '../conversation/gate.ts';
import { openRepository } from '../conversation/open-repository.ts';
import { receivePush } from '../conversation/receive-push.ts';
import type { RecentTips } from '../conversation/recent-tips.ts';
import { serveFetch } from '../conversation/serve-fetch.ts';
import type { Principal } from '../domain/principal.ts';
import type { RepoAddress } from '../domain/push/push.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { FLUSH } from '../protocol/pkt-line.ts';
import {
  advertisementContentType,
  type GitRoute,
  NO_CACHE_HEADERS,
  parseGitProtocolHeader,
  requestContentType,
  resultContentType,
  serviceAnnouncement,
} from '../protocol/smart-http.ts';
import type { AttemptLimit } from './api/attempt-limit.ts';
import { httpCredential } from './http-credential.ts';
import type { OpenRequests } from './open-requests.ts';

export interface GitHttpDoorDeps {
  readonly gate: Gate;
  readonly denials: Denials;
  /** Whom a token stands for, if it is valid for git now. */
  readonly login: (token: string) => Promise<Principal | undefined>;
  /** Who comes without a credential, when the configuration lets anybody in. */
  readonly anonymous?: Principal;
  readonly attempts: AttemptLimit;
  readonly recentTips: RecentTips;
  /** Requests by whose they are. */
  readonly open: OpenRequests;
  /** Requests under way; a graceful stop waits for them. */
  readonly onRequest: (work: Promise<void>) => void;
  /** Milliseconds without a byte after which a connection is given up. */
  readonly idleMs: number;
}

/** Most bytes of a compressed command section or negotiation, after decompression: packs are not compressed again. */
const MAX_INFLATED_FETCH = 256 * 1024 * 1024;

const UNREAD_MS = 30_000;
/** What a request of somebody who was disabled gets to end in good order. */
const ENDED_MS = 2_000;

type GitRequestRoute = Exclude<GitRoute, { kind: 'dumb' | 'bad' }>;

/** A handler for requests that routeGitRequest() took for git's. */
export function createGitHttpDoor(deps: GitHttpDoorDeps) {
  return {
    handle(request: IncomingMessage, response: ServerResponse, route: GitRoute): void {
      deps.onRequest(
        serve(deps, request, response, route).catch((error: unknown) => {
          deps.gate.log.error({ error, url: request.url }, 'git request failed');
          if (!response.headersSent) plain(response, 500, 'internal error');
          else response.destroy();
        }),
      );
    },
  };
}

async function serve(
  deps: GitHttpDoorDeps,
  request: IncomingMessage,
  response: ServerResponse,
  route: GitRoute,
): Promise<void> {
  response.on('error', () => {});
  if (hasManyHosts(request)) return plain(response, 400, 'more than one Host header');
  if (route.kind === 'bad') return plain(response, route.status, route.reason);
  const login = await authenticate(deps, request);
  if (login.outcome === 'refused') return refuseLogin(response, login.status, login.text);
  // The dumb protocol would read objects that nobody inspected.
  if (route.kind === 'dumb') return plain(response, 403, 'only the smart HTTP protocol is served here');
  const { principal } = login;
  const open = deps.open.enter(principal.name);
  response.once('close', open.leave);
  open.signal.addEventListener('abort', () => cutLater(request, response), { once: true });
  const address = authorise(deps, principal, route);
  if (address === undefined) return plain(response, 404, 'repository not found');
  if (route.kind === 'lfs') return refuseLfs(response);
  if (route.kind === 'advertise') {
    return advertise(deps, request, response, route.service, address, principal);
  }
  return call(deps, request, response, route.kind, { address, principal, ended: open.signal });
}

/** Whoever was ended hears why, if they listen at once. */
function cutLater(request: IncomingMessage, response: ServerResponse): void {
  response.shouldKeepAlive = false;
  const timer = setTimeout(() => request.socket.destroy(), ENDED_MS);
  response.once('close', () => clearTimeout(timer));
}

type Login =
  | { readonly outcome: 'ok'; readonly principal: Principal }
  | { readonly outcome: 'refused'; readonly status: 400 | 401 | 429; readonly text: string };

async function authenticate(deps: GitHttpDoorDeps, request: IncomingMessage): Promise<Login> {
  const source = request.socket.remoteAddress ?? 'unknown';
  const now = deps.gate.clock.now();
  const credential = httpCredential(request);
  const account = credential.kind === 'token' ? credential.account : undefined;
  if (deps.attempts.waitFor(source, now, account) > 0) {
    return { outcome: 'refused', status: 429, text: 'too many failed logins from this address, or as this user' };
  }
  if (credential.kind === 'malformed') return { outcome: 'refused', status: 400, text: credential.text };
  if (credential.kind === 'none') {
    return deps.anonymous === undefined
      ? { outcome: 'refused', status: 401, text: 'a token is needed as password' }
      : { outcome: 'ok', principal: deps.anonymous };
  }
  const principal = await deps.login(credential.text);
  if (principal !== undefined) {
    deps.attempts.succeeded(source);
    return { outcome: 'ok', principal };
  }
  deps.attempts.failed(source, now, account);
  return { outcome: 'refused', status: 401, text: 'this token is not valid' };
}

function authorise(deps: GitHttpDoorDeps, principal: Principal, route: GitRequestRoute): RepoAddress | undefined {
  const writes = route.kind === 'receive-pack' || (route.kind === 'advertise' && route.service === 'git-receive-pack');
  return openRepository(deps, principal, writes ? 'push' : 'read', route.repo);
}

async function advertise(
  deps: GitHttpDoorDeps,
  request: IncomingMessage,
  response: ServerResponse,
  service: 'git-upload-pack' | 'git-receive-pack',
  address: RepoAddress,
  principal: Principal,
): Promise<void> {
  const { gate } = deps;
  const signal = clientGone(response);
  const gitProtocol = gitProtocolOf(request);
  const advertised =
    service === 'git-receive-pack'
      ? await advertiseReceivePack(gate, address, signal)
      : await advertiseUploadPack(gate, address, gitProtocol, signal);
  if (advertised.outcome !== 'ok') {
    return plain(response, advertised.outcome === 'not-found' ? 404 : 503, refusalText(advertised));
  }
  if (advertised.advertisement !== undefined) {
    deps.recentTips.remember(principal.name, address, {
      advertisement: advertised.advertisement,
      at: gate.clock.now(),
    });
  }
  const body = Buffer.concat([serviceAnnouncement(service), advertised.bytes]);
  response.writeHead(200, {
    ...NO_CACHE_HEADERS,
    'Content-Type': advertisementContentType(service),
    'Content-Length': body.length,
  });
  response.end(body);
}

interface Called {
  readonly address: RepoAddress;
  readonly principal: Principal;
  /** Aborts when the principal has been disabled. */
  readonly ended: AbortSignal;
}

async function call(
  deps: GitHttpDoorDeps,
  request: IncomingMessage,
  response: ServerResponse,
  kind: 'upload-pack' | 'receive-pack',
  { address, principal, ended }: Called,
): Promise<void> {
  const service = `git-${kind}` as const;
  if (request.headers['content-type'] !== requestContentType(service)) {
    return plain(response, 415, `the content type must be ${requestContentType(service)}`);
  }
  const maxBytes = kind === 'receive-pack' ? deps.gate.limits.maxPackBytes * 2 : MAX_INFLATED_FETCH;
  const encoding = request.headers['content-encoding'];
  const body = decodeBody(request, encoding, maxBytes);
  if (body === undefined) return plain(response, 415, 'only gzip is understood as content encoding');
  // Only now: a client that asked "may I go on?" was told to log in first (RFC 9110, 10.1.1).
  if (request.headers.expect !== undefined) response.writeContinue();
  request.setTimeout(deps.idleMs, () => request.destroy());
  // From here on it is the client who waits for us; once answered, the connection has its own limit.
  request.once('end', () => !response.writableFinished && request.setTimeout(0));
  endLate(request, deps.idleMs * 2);
  const head = {
    ...NO_CACHE_HEADERS,
    'Content-Type': resultContentType(service),
  };
  const signal = AbortSignal.any([clientGone(response), ended]);
  if (kind === 'upload-pack') {
    const gitProtocol = gitProtocolOf(request);
    const answer = await serveFetch(deps.gate, {
      address,
      principal,
      body,
      signal,
      door: 'http',
      ...(gitProtocol === undefined ? {} : { gitProtocol }),
    });
    if (answer.outcome === 'refused') return plain(response, answer.status, answer.text);
    response.writeHead(200, head);
    response.flushHeaders();
    await pipeline(answer.body, response, { signal }).catch((error: unknown) => {
      deps.gate.log.info({ repo: address.repo, error: String(error) }, 'fetch ended early');
    });
    return;
  }
  const probed = await probe(request, body);
  if (probed === 'malformed') return plain(response, 400, 'malformed push: four bytes that are no flush');
  if (probed === 'probe') {
    response.writeHead(200, { ...head, 'Content-Length': 0 }).end();
    return;
  }
  const output = lateHead(response, head);
  try {
    const shown = deps.recentTips.take(principal.name, address, deps.gate.clock.now());
    await receivePush(deps.gate, {
      principal,
      address,
      input: body,
      output,
      endsWithPack: true,
      signal,
      ...(shown === undefined ? {} : { shown }),
    });
    if (!request.complete) {
      body.resume(); // closing on a client that still sends would take its answer away
      endUnread(request);
    }
  } catch (error) {
    if (!(error instanceof ProtocolError) || response.headersSent) {
      if (signal.aborted) return;
      throw error;
    }
    deps.gate.log.info({ repo: address.repo, principal: principal.name, code: error.code }, 'malformed push');
    request.resume(); // the answer is heard only when the body was taken
    plain(response, 400, `malformed push: ${deps.gate.mask.text(error.message)}`);
  }
}

/** git first posts a lone flush, to settle who it is before it streams a large pack (git-remote-curl). */
async function probe(request: IncomingMessage, body: Readable): Promise<'probe' | 'malformed' | 'no probe'> {
  if (request.headers['content-length'] !== '4' || request.headers['content-encoding'] !== undefined) return 'no probe';
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).equals(FLUSH) ? 'probe' : 'malformed';
}

/** One layer of gzip at most, with a limit on what comes out (THREATS.md 15). */
function decodeBody(request: IncomingMessage, encoding: string | undefined, maxBytes: number): Readable | undefined {
  if (encoding === undefined || encoding === 'identity') return request;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') return undefined;
  const unzipped = new PassThrough();
  let size = 0;
  const gunzip = createGunzip();
  // Before pipeline() passes on zlib's own words: to the reader this is one more malformed request.
  gunzip.once('error', (cause) => {
    unzipped.destroy(new ProtocolError('bad-encoding', 'the body is not the gzip it is said to be', { cause }));
  });
  pipeline(
    request,
    gunzip,
    async function* bounded(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        size += chunk.length;
        if (size > maxBytes)
          throw new ProtocolError('limit-exceeded', `request larger than ${maxBytes} bytes unpacked`);
        yield chunk;
      }
    },
    unzipped,
  ).catch(() => {}); // the reader of `unzipped` sees the error
  return unzipped;
}

/** RFC 9112, section 3.2: a server answers 400 when there is more than one Host. node:http keeps the first. */
function hasManyHosts(request: IncomingMessage): boolean {
  return request.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length > 1;
}

/** A response whose status is decided by the first byte written: until then a malformed push can still be a 400. */
function lateHead(response: ServerResponse, head: Record<string, string>): Writable {
  const start = () => {
    if (!response.headersSent) response.writeHead(200, head);
  };
  const output = new Writable({
    write(chunk, _encoding, callback) {
      start();
      if (response.write(chunk)) callback();
      else response.once('drain', callback);
    },
    final(callback) {
      start();
      response.end(callback);
    },
    destroy(error, callback) {
      if (error !== null) response.destroy();
      callback(error);
    },
  });
  response.once('close', () => output.destroy());
  return output;
}

function clientGone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

/** Until large files get their own inspection, they are refused where their client can read why. */
function refuseLfs(response: ServerResponse): void {
  const body = JSON.stringify({
    message: 'Git LFS is not served by this gateway; hint: push without LFS objects, or ask an administrator',
  });
  response.writeHead(501, { ...NO_CACHE_HEADERS, 'Content-Type': 'application/vnd.git-lfs+json' }).end(body);
}

function refuseLogin(response: ServerResponse, status: number, text: string): void {
  if (status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="sallyport", charset="UTF-8"');
  plain(response, status, text);
}

/** git shows text/plain bodies of a failed GET to its user. */
function plain(response: ServerResponse, status: number, text: string): void {
  endUnread(response.req);
  const body = `${text}\n`;
  response.writeHead(status, {
    ...NO_CACHE_HEADERS,
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** However steadily it drips: no request arrives for longer than its commands and then its pack may take. */
function endLate(request: IncomingMessage, ms: number): void {
  const timer = setTimeout(() => request.destroy(), ms);
  timer.unref();
  for (const event of ['end', 'close']) request.once(event, () => clearTimeout(timer));
}

/** Whoever was refused may still be sending. Node reads and drops that, which nobody may make it do for long. */
function endUnread(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.destroy(), UNREAD_MS);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
}

function gitProtocolOf(request: IncomingMessage): string | undefined {
  const value = request.headers['git-protocol'];
  return parseGitProtocolHeader(typeof value === 'string' ? value : undefined);
}

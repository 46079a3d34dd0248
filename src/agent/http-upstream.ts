// An upstream over smart HTTP (gitprotocol-http). The request is made here from scratch: configured host, checked path,
// our own headers and credential; nothing the client sent but its body and its Git-Protocol value. Redirects are never
// followed: they would carry the credential to wherever the upstream (or whoever answers in its place) points.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { Service, UpstreamAnswer, UpstreamRequest } from '../domain/ports.ts';
import { visibleText } from '../protocol/bytes.ts';
import { ProtocolError } from '../protocol/errors.ts';
import {
  advertisementContentType,
  requestContentType,
  resultContentType,
  ServiceAnnouncementSkipper,
} from '../protocol/smart-http.ts';
import { AdvertisementReader } from './advertisement.ts';
import { CredentialError, type Credentials, type CredentialUse } from './credentials.ts';
import { answerBody, idleTimer, pump, readBeginning, UpstreamError } from './flow.ts';
import type { AgentLimits } from './limits.ts';
import type { AgentLog } from './log.ts';
import { hostAndPort, httpPath, type ParsedTarget, TargetError } from './target.ts';
import { type RequestBody, saysNotFound, type Upstream, type UpstreamCheck } from './upstream.ts';

export interface HttpUpstreamOptions {
  readonly target: ParsedTarget;
  readonly credentials: Credentials;
  readonly limits: AgentLimits;
  readonly log: AgentLog;
}

/**
 * Idle connections are closed by us before common servers do it (Apache and Node after 5 s): a POST on a connection
 * that the server is just closing fails, and a push is never sent twice.
 */
const KEEP_ALIVE_MS = 4000;

/** Some forges recognise git by this prefix and show others a web page. */
const USER_AGENT = 'git/2.0 (sallyport)';

/** Fetch requests up to this size are sent with a Content-Length, as git does (`http.postBuffer`); larger ones chunked. */
const POST_BUFFER_BYTES = 1024 * 1024;

/** One http or https upstream. */
export function createHttpUpstream(options: HttpUpstreamOptions): Upstream {
  const { target, credentials, limits, log } = options;
  const where = hostAndPort(target);
  const pooling = {
    keepAlive: true,
    timeout: KEEP_ALIVE_MS,
    maxSockets: limits.httpConnections,
    maxFreeSockets: 16,
    scheduling: 'lifo',
  } as const;
  const tls = target.ca === undefined ? {} : { ca: readAuthorities(target, target.ca) };
  const agent =
    target.scheme === 'https'
      ? new https.Agent({ ...pooling, ...tls, rejectUnauthorized: true, minVersion: 'TLSv1.2' })
      : new http.Agent(pooling);
  const send = target.scheme === 'https' ? https.request : http.request;
  /** Aborted by close(). */
  const closing = new AbortController();

  async function authorization(use?: CredentialUse): Promise<string | undefined> {
    if (target.credential === undefined) return undefined;
    const credential = await credentials.load(target.credential, use);
    if (credential.kind === 'none') return undefined;
    if (credential.kind === 'authorization') return credential.value.reveal();
    throw new CredentialError(`credential ${target.credential} is an ssh key, and ${target.name} is an http upstream`);
  }

  function unavailable(detail: string, sent: boolean, fields: Readonly<Record<string, unknown>> = {}): UpstreamAnswer {
    const clean = credentials.redact(detail);
    log.warn({ upstream: target.name, ...fields, detail: clean, sent }, 'upstream gave no answer');
    return { outcome: 'unavailable', detail: clean, sent };
  }

  /** What an answer other than the one asked for means. Its body is never read: it is for a browser. */
  function refusal(response: http.IncomingMessage, { operation, use }: Exchange, sent: boolean): UpstreamAnswer {
    const status = response.statusCode ?? 0;
    const fields = { upstream: target.name, operation, status };
    if (status >= 300 && status < 400) {
      log.warn(fields, 'upstream redirects, which is never followed; hint: put the final address into its url');
      return { outcome: 'not-found' };
    }
    // 203: Azure DevOps without (valid) credentials.
    if (status === 401 || status === 403 || status === 203) {
      if (target.credential !== undefined) credentials.forget(target.credential, use);
      log.warn(fields, 'upstream refused our credential or its right to this repository');
      return { outcome: 'not-found' };
    }
    if (status === 404 || status === 410) {
      log.info(fields, 'upstream does not know this repository');
      return { outcome: 'not-found' };
    }
    return unavailable(`upstream ${target.name} answered with status ${status}`, sent, { operation });
  }

  interface Exchange {
    readonly operation: string;
    readonly method: 'GET' | 'POST';
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly contentType: string;
    /** A Buffer is a whole request without effects, which may be sent again. */
    readonly body?: RequestBody | Buffer;
    readonly idleTimeout: number;
    /** The answer is an advertisement of this service. */
    readonly advertises?: Service;
    /** Hears, once, that the credential was refused, before anything is made of it; true: another exchange answers. */
    readonly onRefused?: (use: CredentialUse) => boolean;
    readonly use: CredentialUse;
    readonly signal?: AbortSignal;
  }

  type BuildExchange = (path: string, headers: Record<string, string>) => Omit<Exchange, 'use'>;

  function exchange(asked: Exchange, isRetry = false): Promise<UpstreamAnswer> {
    return new Promise((resolve) => {
      let sent = false;
      let isStarted = false;
      let answered = false;
      const stops = asked.signal === undefined ? [closing.signal] : [closing.signal, asked.signal];
      const request = send({
        agent,
        host: target.host,
        port: target.port,
        path: asked.path,
        method: asked.method,
        headers: asked.headers,
      });
      const settle = (answer: UpstreamAnswer) => {
        if (answered) return;
        answered = true;
        waiting.stop();
        resolve(answer);
      };
      const give = (why: string) => {
        if (answered) return;
        settle(unavailable(`upstream ${target.name} (${where}) ${why}`, sent, { operation: asked.operation }));
        request.destroy();
      };
      const waiting = idleTimer(asked.idleTimeout, () => give('did not answer in time'));
      const connecting = idleTimer(limits.connectTimeout, () => give('could not be connected to in time'));
      const onStop = () => {
        give('was not asked any further: the request was cancelled');
        request.destroy(new UpstreamError('cancelled'));
      };
      for (const stop of stops) stop.addEventListener('abort', onStop, { once: true });
      request.once('close', () => {
        for (const stop of stops) stop.removeEventListener('abort', onStop);
        connecting.stop();
        give('closed the connection without an answer');
      });
      connecting.start();

      request.on('error', (error) => {
        connecting.stop();
        // A kept-alive connection that the server closed meanwhile: another one is asked, as long as nothing has gone
        // out on this one, or what went out has no effect (fetches). A push that was begun is never sent twice.
        const isRepeatable = !isStarted || asked.body === undefined || Buffer.isBuffer(asked.body);
        if (!answered && request.reusedSocket && isRepeatable && !isRetry && !stops.some((stop) => stop.aborted)) {
          answered = true;
          waiting.stop();
          request.destroy();
          resolve(exchange(asked, true));
          return;
        }
        give(reasonOf(error));
      });

      // Set once an answer is being read: a failing upload must break it.
      let breakAnswer: ((error: Error) => void) | undefined;

      request.once('response', (response) => {
        // An answer that failed early may leave body bytes unsent: the connection then cannot serve another request.
        response.on('error', () => {});
        const type = response.headers['content-type'];
        const encoding = response.headers['content-encoding'] ?? 'identity';
        if (response.statusCode !== 200) {
          const isRefused = response.statusCode === 401 && asked.onRefused?.(asked.use) === true;
          settle(isRefused ? { outcome: 'not-found' } : refusal(response, asked, sent));
          discard(response, request);
          return;
        }
        if (type !== asked.contentType || encoding !== 'identity') {
          const got = type === undefined ? 'no type' : visibleText(type.slice(0, 100));
          give(`answered with ${got} (${visibleText(encoding.slice(0, 40))}) instead of ${asked.contentType}`);
          return;
        }
        const advertisement = asked.advertises && new AdvertisementReader(limits.maxAdvertisementBytes);
        const announcement = asked.advertises && new ServiceAnnouncementSkipper(asked.advertises);
        const answer = answerBody({
          source: response,
          idleTimeout: asked.idleTimeout,
          isUpstreamsTurn: () => request.writableEnded,
          abandon: (error) => request.destroy(error),
        });
        breakAnswer = (error) => {
          answer.fail(error);
          request.destroy();
        };
        response.on('data', (chunk: Buffer) => {
          if (advertisement === undefined || announcement === undefined) {
            answer.push(chunk);
            return;
          }
          try {
            const part = advertisement.write(announcement.write(chunk));
            if (part.rest !== undefined && part.rest.length > 0) {
              throw new ProtocolError('trailing-bytes', 'bytes after the end of the advertisement');
            }
            if (advertisement.version !== undefined) settle({ outcome: 'ok', body: answer.body });
            answer.push(part.bytes);
          } catch (error) {
            breakAdvertisement(error);
          }
        });
        const breakAdvertisement = (error: unknown) => {
          if (error instanceof ProtocolError && error.code === 'upstream-err' && saysNotFound(error.detail ?? '')) {
            log.info({ upstream: target.name, operation: asked.operation }, 'upstream does not know this repository');
            settle({ outcome: 'not-found' });
          }
          const text = malformed(target.name, error);
          give(text);
          answer.fail(new UpstreamError(`upstream ${target.name} ${text}`, { cause: error }));
          request.destroy();
        };
        response.on('end', () => {
          // Node ends a message that was cut off as well; only `complete` tells (RFC 9112, section 8).
          if (!response.complete) return;
          if (advertisement !== undefined) {
            try {
              advertisement.end();
            } catch (error) {
              breakAdvertisement(error);
              return;
            }
          }
          answer.finish();
        });
        response.on('close', () => {
          answer.fail(new UpstreamError(`upstream ${target.name} broke off its answer`));
        });
        if (advertisement === undefined) settle({ outcome: 'ok', body: answer.body });
        else waiting.start();
      });

      const startBody = () => {
        if (answered || request.destroyed) return;
        isStarted = true;
        connecting.stop();
        const { body } = asked;
        if (body === undefined || Buffer.isBuffer(body)) {
          sent = body !== undefined;
          request.end(body);
          waiting.start();
          return;
        }
        pump({
          source: body.stream,
          sink: request,
          idleTimeout: asked.idleTimeout,
          ...(body.length !== undefined && { length: body.length }),
          onBytes: () => {
            sent = true;
          },
        }).then(
          () => {
            request.end();
            if (!answered) waiting.start();
          },
          (error: Error) => {
            give(`did not get the whole request: ${error.message}`);
            breakAnswer?.(error);
            request.destroy();
          },
        );
      };
      // Not a byte of the body before the connection stands: `sent` is the truth about the wire, not about a buffer.
      request.once('socket', (socket: Socket) => {
        const isOpening = socket instanceof TLSSocket ? !socket.authorized : socket.connecting;
        if (isOpening) socket.once(target.scheme === 'https' ? 'secureConnect' : 'connect', startBody);
        // The server's goodbye may have arrived and not been read yet: libuv reads the end of a stream in the turn
        // after its last data, so two turns of the loop bring it up.
        else setImmediate(() => setImmediate(startBody));
      });
    });
  }

  /** Runs an exchange once path and credential are settled. */
  async function ask(request: UpstreamRequest, writes: boolean, build: BuildExchange): Promise<UpstreamAnswer> {
    const path = httpPath(target, request.address);
    if (path === undefined) {
      log.warn(
        { upstream: target.name, repo: visibleText(request.address.repo.slice(0, 200)) },
        'refused a path that names no repository',
      );
      return { outcome: 'not-found' };
    }
    if (request.signal?.aborted || closing.signal.aborted) {
      return { outcome: 'unavailable', detail: 'the request was cancelled', sent: false };
    }
    const { scheme, host, port } = target;
    const use = { scheme, host, port, repo: decodeURIComponent(path.slice(1)), writes };
    const headers: Record<string, string> = { 'User-Agent': USER_AGENT, 'Accept-Encoding': 'identity' };
    try {
      const value = await authorization(use);
      if (value !== undefined) headers['Authorization'] = value;
    } catch (error) {
      if (!(error instanceof CredentialError)) throw error;
      return unavailable(error.message, false);
    }
    if (request.gitProtocol !== undefined) headers['Git-Protocol'] = request.gitProtocol;
    const asked = { ...build(path, headers), use };
    return exchange(request.signal === undefined ? asked : { ...asked, signal: request.signal });
  }

  /**
   * A token that was made may have been taken back since: another one is made, once. What has effects is never sent
   * twice.
   */
  async function advertise(service: Service, request: UpstreamRequest): Promise<UpstreamAnswer> {
    let isRefused = false;
    const once = (use: CredentialUse) => {
      isRefused = target.credential !== undefined && credentials.isMinted(target.credential);
      if (isRefused && target.credential !== undefined) credentials.forget(target.credential, use);
      return isRefused;
    };
    const answer = await ask(request, service === 'git-receive-pack', advertisementOf(service, once));
    if (!isRefused) return answer;
    return ask(request, service === 'git-receive-pack', advertisementOf(service));
  }

  function advertisementOf(service: Service, onRefused?: (use: CredentialUse) => boolean): BuildExchange {
    return (path, headers) => ({
      operation: `advertise ${service}`,
      method: 'GET',
      path: `${path}/info/refs?service=${service}`,
      headers: { ...headers, Accept: '*/*' },
      contentType: advertisementContentType(service),
      idleTimeout: limits.advertiseTimeout,
      advertises: service,
      ...(onRefused && { onRefused }),
    });
  }

  function post(service: Service, request: UpstreamRequest, body: RequestBody | Buffer): Promise<UpstreamAnswer> {
    const { length } = body;
    return ask(request, service === 'git-receive-pack', (path, headers) => ({
      operation: service,
      method: 'POST',
      path: `${path}/${service}`,
      headers: {
        ...headers,
        'Content-Type': requestContentType(service),
        Accept: resultContentType(service),
        ...(length === undefined ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': `${length}` }),
      },
      contentType: resultContentType(service),
      body,
      idleTimeout: limits.idleTimeout,
    }));
  }

  return {
    advertise,
    async uploadPack(request, body) {
      const read = await readBeginning(body.stream, POST_BUFFER_BYTES).catch(() => undefined);
      if (read === undefined) return unavailable('the request body broke off', false);
      return post('git-upload-pack', request, Buffer.isBuffer(read.whole) ? read.whole : { stream: read.whole });
    },
    receivePack: (request, body) => post('git-receive-pack', request, body),

    check: () => {
      const { scheme, host, port } = target;
      return checkConnection(target, tls, limits.connectTimeout, () =>
        authorization({ scheme, host, port, writes: false }),
      );
    },

    async close() {
      closing.abort();
      agent.destroy();
    },
  };
}

/** Reads a refused answer's last bytes, so that its connection can be used again; not more than a page's worth. */
function discard(response: http.IncomingMessage, request: http.ClientRequest): void {
  let bytes = 0;
  if (!request.writableFinished) {
    request.destroy();
    return;
  }
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > 64 * 1024) request.destroy();
  });
  response.setTimeout(5000, () => request.destroy());
}

function malformed(name: string, error: unknown): string {
  if (error instanceof ProtocolError && error.code === 'upstream-err') {
    return `said: ${visibleText((error.detail ?? '').slice(0, 300))}`;
  }
  if (error instanceof ProtocolError) return `sent a malformed advertisement: ${error.message}`;
  throw new Error(`reading the advertisement of ${name} failed`, { cause: error });
}

/** A network error in words. Node's own text for them holds the address, and for some the whole request. */
function reasonOf(error: Error & { readonly code?: unknown }): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'refused the connection; hint: is it running, is the port right?';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'cannot be found: its name does not resolve';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'closed the connection';
    default:
      return typeof error.code === 'string' ? `failed (${visibleText(error.code)})` : 'failed';
  }
}

function readAuthorities(target: ParsedTarget, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new TargetError(`upstream ${target.name}: ca file ${path} cannot be read`, { cause: error });
  }
}

/** Is somebody there, with a certificate we trust, and is the credential readable? Asks for no repository. */
async function checkConnection(
  target: ParsedTarget,
  tls: { readonly ca?: string },
  timeout: number,
  authorization: () => Promise<string | undefined>,
): Promise<UpstreamCheck> {
  try {
    await authorization();
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    return { ok: false, text: error.message };
  }
  const where = hostAndPort(target);
  return new Promise((resolve) => {
    const address = { host: target.host, port: target.port };
    const servername = /[a-z]/i.test(target.host) && !target.host.includes(':') ? { servername: target.host } : {};
    const socket = target.scheme === 'https' ? connectTls({ ...address, ...tls, ...servername }) : connectTcp(address);
    const done = (check: UpstreamCheck) => {
      socket.destroy();
      resolve(check);
    };
    socket.setTimeout(timeout, () => done({ ok: false, text: `${where} did not answer in time` }));
    socket.once(target.scheme === 'https' ? 'secureConnect' : 'connect', () => {
      done({ ok: true, text: `${where} accepts connections` });
    });
    socket.on('error', (error: Error & { readonly code?: unknown }) => {
      done({ ok: false, text: `${where} ${reasonOf(error)}` });
    });
  });
}

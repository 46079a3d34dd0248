// One link, from the gateway's side: requests of the port UpstreamAgent become HTTP/2 requests on a connection that the
// agent opened.
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2';
import type { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { UpstreamAnswer } from '../../domain/ports.ts';
import { keepAlive, openWindow, readText, receiveBody, SESSION_OPTIONS, sendBody } from '../../link/session.ts';
import {
  END_TRAILER,
  formatLinkRequest,
  type LinkEnd,
  type LinkRequest,
  parseLinkAnswer,
} from '../../protocol/agent-link.ts';

export interface Tunnel {
  readonly agentId: string;
  /** Of the certificate it stands on. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly openedAt: number;
  /** The other end's address. */
  readonly address: string;
  readonly socket: TLSSocket;
  /** False once it is over or drained. */
  isOpen(): boolean;
  /** Requests under way. */
  busy(): number;
  /** Milliseconds of the last ping, once one came back. */
  roundTrip(): number | undefined;
  ask(request: UpstreamOperation, body?: Readable, signal?: AbortSignal): Promise<TunnelAnswer>;
  /** A short exchange of the link itself; rejects when it fails or takes too long. */
  exchange(request: LinkRequest, body?: string): Promise<{ readonly status: number; readonly text: string }>;
  /** Takes nothing new, ends when what is under way has. */
  drain(end: LinkEnd): void;
  /** Breaks off, with a word on why. */
  end(end: LinkEnd): void;
  readonly closed: Promise<void>;
}

export type UpstreamOperation = Extract<LinkRequest, { readonly address: unknown }>;

/** An answer of the agent, or a link that broke before there was one. */
export type TunnelAnswer = UpstreamAnswer | { readonly outcome: 'broken'; readonly sent: boolean };

export interface TunnelOptions {
  readonly socket: TLSSocket;
  readonly agentId: string;
  readonly fingerprint: string;
  readonly openedAt: number;
  readonly pingMs: number;
  onSilent(): void;
}

/** How long a word on why has to be on its way before the link is cut. */
const END_GRACE_MS = 50;
const EXCHANGE_TIMEOUT_MS = 30_000;
const MAX_TEXT_BYTES = 256 * 1024;

/** Takes over a connection whose certificate has been looked at. */
export function openTunnel(options: TunnelOptions): Tunnel {
  const { socket } = options;
  const session = connect('http://agent', { ...SESSION_OPTIONS, createConnection: () => socket });
  let busy = 0;
  let roundTrip: number | undefined;
  let isDraining = false;
  session.once('connect', () => openWindow(session));
  session.on('error', () => {});
  socket.on('error', () => {});
  const destroy = () => {
    session.destroy();
    socket.destroy();
  };
  const stop = keepAlive({
    session,
    socket,
    idleMs: options.pingMs,
    busyMs: options.pingMs / 3,
    isBusy: () => busy > 0,
    onDead: () => {
      options.onSilent();
      destroy();
    },
    onRoundTrip: (milliseconds) => {
      roundTrip = milliseconds;
    },
  });
  const isOpen = () => !isDraining && !session.closed && !session.destroyed;

  function request(asked: LinkRequest, hasBody: boolean): ClientHttp2Stream | undefined {
    if (!isOpen()) return undefined;
    const stream = session.request(formatLinkRequest(asked), { endStream: !hasBody, waitForTrailers: hasBody });
    busy += 1;
    stream.on('error', () => {});
    stream.once('close', () => {
      busy -= 1;
    });
    return stream;
  }

  return {
    agentId: options.agentId,
    fingerprint: options.fingerprint,
    openedAt: options.openedAt,
    address: socket.remoteAddress ?? '',
    socket,
    isOpen,
    busy: () => busy,
    roundTrip: () => roundTrip,
    async ask(asked, body, signal) {
      const stream = request(asked, body !== undefined);
      return stream === undefined ? { outcome: 'broken', sent: false } : askUpstream(stream, body, signal);
    },
    async exchange(asked, text) {
      const stream = request(asked, text !== undefined);
      if (stream === undefined) throw new Error('the link is closed');
      stream.setTimeout(EXCHANGE_TIMEOUT_MS, () => stream.close(constants.NGHTTP2_CANCEL));
      if (text !== undefined) {
        stream.once('wantTrailers', () => stream.sendTrailers(END_TRAILER));
        stream.end(text);
      }
      const headers = await responseOf(stream);
      if (headers === undefined) throw new Error('the link broke off');
      const status = Number(headers[':status']);
      return { status, text: status === 200 ? await readText(receiveBody(stream), MAX_TEXT_BYTES) : '' };
    },
    drain(end) {
      isDraining = true;
      sayWhy(session, end);
      if (!session.destroyed) session.close();
    },
    end(end) {
      isDraining = true;
      sayWhy(session, end);
      // The word first, then the end.
      setTimeout(destroy, END_GRACE_MS).unref();
    },
    closed: new Promise((resolve) => {
      socket.once('close', () => {
        stop();
        session.destroy();
        resolve();
      });
    }),
  };
}

function sayWhy(session: ClientHttp2Session, end: LinkEnd): void {
  if (!session.destroyed) session.goaway(constants.NGHTTP2_NO_ERROR, 0, Buffer.from(end, 'latin1'));
}

/** Refuses a connection with a word on why, which its agent then shows its operator. */
export function refuseLink(socket: TLSSocket, end: LinkEnd): void {
  const session = connect('http://agent', { createConnection: () => socket });
  const destroy = () => {
    session.destroy();
    socket.destroy();
  };
  session.on('error', () => {});
  socket.on('error', () => {});
  session.once('connect', () => {
    sayWhy(session, end);
    session.close();
  });
  setTimeout(destroy, 2000).unref();
}

async function askUpstream(
  stream: ClientHttp2Stream,
  body: Readable | undefined,
  signal: AbortSignal | undefined,
): Promise<TunnelAnswer> {
  let sent = false;
  const cancel = () => stream.close(constants.NGHTTP2_CANCEL);
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  stream.once('close', () => signal?.removeEventListener('abort', cancel));
  if (body !== undefined) {
    void sendBody(stream, body, () => {
      sent = true;
    });
  }
  const headers = await responseOf(stream);
  if (headers === undefined) return { outcome: 'broken', sent };
  const answer = parseLinkAnswer(headers);
  if (answer.outcome === 'ok') return { outcome: 'ok', body: receiveBody(stream) };
  stream.resume();
  if (!stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
  return answer.outcome === 'not-found' ? answer : { ...answer, sent: answer.sent && sent };
}

function responseOf(stream: ClientHttp2Stream): Promise<IncomingHttpHeaders | undefined> {
  return new Promise((resolve) => {
    stream.once('response', (headers) => resolve(headers));
    stream.once('close', () => resolve(undefined));
  });
}

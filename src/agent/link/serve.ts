// One link, from the agent's side: HTTP/2 with roles reversed. What the gateway may ask is what the port UpstreamAgent
// has, of upstreams that this agent's own configuration lists; everything else gets 404.
import { type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { UpstreamAgent, UpstreamAnswer } from '../../domain/ports.ts';
import { keepAlive, openWindow, readText, receiveBody, SESSION_OPTIONS, sendBody } from '../../link/session.ts';
import {
  formatLinkAnswer,
  type Hello,
  type LinkEnd,
  type LinkRequest,
  PROOF_LABEL,
  parseLinkEnd,
  parseLinkRequest,
} from '../../protocol/agent-link.ts';
import type { AgentLog } from '../log.ts';
import { type NewKey, newKey, proveKey } from './identity.ts';

export interface LinkServices {
  readonly agent: UpstreamAgent;
  readonly hello: Hello;
  readonly log: AgentLog;
  /** A certificate for a key that was made here; keeps it. False = it is not for this key, or cannot be kept. */
  onCertificate(key: NewKey, certificate: string): boolean;
  onHello(): void;
  /** Milliseconds between pings on an idle link. */
  readonly pingMs: number;
}

export interface ServedLink {
  /** Resolves when the link is over: with the gateway's word on why, if it gave one. */
  readonly ended: Promise<{ readonly end?: LinkEnd; readonly wasUsed: boolean }>;
  /** Lets what is under way end, takes nothing new. */
  drain(): void;
  destroy(): void;
}

const MAX_CERTIFICATE_BYTES = 16 * 1024;

/** Serves requests on a connection that stands. */
export function serveLink(socket: TLSSocket, services: LinkServices): ServedLink {
  const session = performServerHandshake(socket, SESSION_OPTIONS);
  let streams = 0;
  let wasUsed = false;
  let end: LinkEnd | undefined;
  /** Made when the gateway asked for one, until its certificate comes. */
  let pending: NewKey | undefined;

  session.once('connect', () => openWindow(session));
  openWindow(session);
  session.on('goaway', (_code, _last, data) => {
    end = parseLinkEnd(data) ?? end;
  });
  session.on('error', () => {});
  socket.on('error', () => {});
  const stop = keepAlive({
    session,
    socket,
    idleMs: services.pingMs,
    busyMs: services.pingMs / 3,
    isBusy: () => streams > 0,
    onDead: () => {
      services.log.warn({}, 'the gateway is silent: this link is given up');
      session.destroy();
      socket.destroy();
    },
  });
  session.on('stream', (stream, headers) => {
    streams += 1;
    wasUsed = true;
    stream.once('close', () => {
      streams -= 1;
    });
    stream.on('error', () => {});
    handle(stream, headers).catch((error: unknown) => {
      services.log.error({ error: error instanceof Error ? error.message : 'unexpected error' }, 'a request failed');
      refuse(stream, 500);
    });
  });

  async function handle(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const asked = parseLinkRequest(headers);
    if (asked === undefined) return refuse(stream, 404);
    switch (asked.operation) {
      case 'hello':
        respondText(stream, JSON.stringify(services.hello));
        services.onHello();
        return;
      case 'certificate-request':
        pending = await newKey();
        respondText(
          stream,
          JSON.stringify(proveKey(pending, socket.exportKeyingMaterial(32, PROOF_LABEL, Buffer.alloc(0)))),
        );
        return;
      case 'certificate': {
        const text = await readText(receiveBody(stream), MAX_CERTIFICATE_BYTES);
        const isKept = pending !== undefined && services.onCertificate(pending, text);
        pending = undefined;
        refuse(stream, isKept ? 204 : 409);
        return;
      }
      default:
        await answerUpstream(services.agent, stream, asked);
    }
  }

  return {
    ended: new Promise((resolve) => {
      socket.once('close', () => {
        stop();
        session.destroy();
        resolve({ wasUsed, ...(end !== undefined && { end }) });
      });
    }),
    drain: () => session.close(),
    destroy() {
      session.destroy();
      socket.destroy();
    },
  };
}

type UpstreamRequest = Extract<LinkRequest, { readonly address: unknown }>;

async function answerUpstream(agent: UpstreamAgent, stream: ServerHttp2Stream, asked: UpstreamRequest): Promise<void> {
  const stopping = new AbortController();
  stream.once('close', () => stopping.abort());
  const answer = await ask(agent, stream, asked, stopping.signal);
  if (stream.destroyed || stream.closed) {
    if (answer.outcome === 'ok') answer.body.destroy();
    return;
  }
  if (answer.outcome !== 'ok') {
    stream.respond(formatLinkAnswer(answer), { endStream: true });
    // What still comes of the request is not read: the gateway need not send it.
    if (!stream.readableEnded) stream.close();
    return;
  }
  stream.respond(formatLinkAnswer(answer), { waitForTrailers: true });
  await sendBody(stream, answer.body);
  answer.body.destroy();
}

function ask(
  agent: UpstreamAgent,
  stream: ServerHttp2Stream,
  asked: UpstreamRequest,
  signal: AbortSignal,
): Promise<UpstreamAnswer> {
  const { address, gitProtocol } = asked;
  const request = { address, ...(gitProtocol !== undefined && { gitProtocol }) };
  switch (asked.operation) {
    case 'advertise':
      return agent.advertise(asked.service, { ...request, signal });
    case 'upload-pack':
      return agent.uploadPack({ ...request, signal, body: receiveBody(stream) });
    case 'receive-pack':
      // Without the signal: once the upstream has all of it, what becomes of it does not depend on our link.
      return agent.receivePack({ ...request, body: receiveBody(stream), length: asked.length });
  }
}

function respondText(stream: ServerHttp2Stream, text: string): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond({ ':status': 200 }, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'sallyport-end': 'whole' }));
  stream.end(text);
}

function refuse(stream: ServerHttp2Stream, status: number): void {
  if (stream.destroyed || stream.closed) return;
  if (stream.headersSent) stream.close();
  else stream.respond({ ':status': status }, { endStream: true });
}

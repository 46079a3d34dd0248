// The port that agents dial. TLS 1.3 alone; a link needs a certificate of our own authority that our store knows and
// nothing has ended, a joining agent a join token. Who is refused hears why, in one of a few fixed phrases.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { type AgentAuthority, fingerprintOf } from '../../adapters/keys/agent-authority.ts';
import type { Log } from '../../adapters/log/log.ts';
import type { KnownCertificate } from '../../domain/enrolment.ts';
import type { AgentStore, Clock, Trail } from '../../domain/ports.ts';
import { JOIN_PROTOCOL, LINK_PROTOCOL, type LinkEnd, parseHello } from '../../protocol/agent-link.ts';
import { sourceOf } from '../../protocol/source-address.ts';
import { createAttemptLimit } from '../api/attempt-limit.ts';
import { limitConnections } from '../connection-limit.ts';
import { answerJoin } from './join.ts';
import { createLinks, type Links } from './links.ts';
import { renewWhenDue } from './renew.ts';
import { openTunnel, refuseLink, type Tunnel } from './tunnel.ts';

export interface LinkServerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly authority: AgentAuthority;
  readonly agents: AgentStore;
  readonly trail: Pick<Trail, 'append'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds that a certificate holds. It is renewed when a third of that is left. */
  readonly certificateLife: number;
  readonly pingMs: number;
}

export interface LinkServer {
  readonly links: Links;
  /** Answers where it listens. */
  start(): Promise<AddressInfo>;
  /** Ends an agent that was revoked. */
  revoked(agentId: string): void;
  close(graceMs: number): Promise<void>;
}

const MAX_LINKS = 16;
const CONNECTIONS = { total: 1000, perAddress: 64 };
const HANDSHAKE_MS = 10_000;
const NEW_CERTIFICATE_MS = 20 * 24 * 3600_000;

export function createLinkServer(options: LinkServerOptions): LinkServer {
  const { authority, agents, clock, log, trail } = options;
  const links = createLinks();
  const attempts = createAttemptLimit();
  const joining = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 8192 });
  joining.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answerJoin({ ...options, attempts, onJoined: (id) => links.end(id, 'certificate-replaced') }, request, response);
  });
  const identity = () => authority.gatewayIdentity(clock.now());
  const server = createTlsServer({
    ...identity(),
    ca: [authority.certificate],
    requestCert: true,
    rejectUnauthorized: false, // looked at below: whoever is refused shall hear why
    minVersion: 'TLSv1.3',
    handshakeTimeout: HANDSHAKE_MS,
    ALPNProtocols: [LINK_PROTOCOL, JOIN_PROTOCOL],
  });
  limitConnections(server as unknown as Server, CONNECTIONS);
  server.on('tlsClientError', (error) => log.debug({ error: error.message }, 'a connection to the agents port failed'));
  server.on('secureConnection', (socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => {});
    if (socket.alpnProtocol === JOIN_PROTOCOL) joining.emit('connection', socket);
    else if (socket.alpnProtocol === LINK_PROTOCOL) {
      accept(socket).catch((error: unknown) => {
        log.warn({ error }, 'an agent could not be let in');
        socket.destroy();
      });
    } else socket.destroy();
  });
  const fresh = setInterval(
    () => server.setSecureContext({ ...identity(), ca: [authority.certificate] }),
    NEW_CERTIFICATE_MS,
  );
  fresh.unref();
  const looking = setInterval(() => void lookAgain(), options.pingMs);
  looking.unref();
  const closing = new AbortController();

  async function accept(socket: TLSSocket): Promise<void> {
    const known = await knownCertificate(socket);
    if (typeof known === 'string') {
      await refuse(socket, known);
      return;
    }
    const { agent, fingerprint } = known;
    if (links.count(agent.id) >= MAX_LINKS) return refuseLink(socket, 'too-many-links');
    const tunnel = openTunnel({
      socket,
      agentId: agent.id,
      fingerprint,
      openedAt: clock.now(),
      pingMs: options.pingMs,
      onSilent: () => log.warn({ agent: agent.name }, 'the agent is silent: its link is given up'),
    });
    const hello = await tunnel.exchange({ operation: 'hello' }).then(
      ({ status, text }) => (status === 200 ? parseHello(text) : undefined),
      () => undefined,
    );
    if (hello === undefined) {
      log.warn({ agent: agent.name }, 'the agent did not say what it serves');
      tunnel.end('bad-hello');
      return;
    }
    await agents.retireBefore(fingerprint, clock.now());
    // Revoked meanwhile: the list of links did not have it yet.
    const again = await agents.findCertificate(fingerprint);
    const end = again === undefined ? 'certificate-foreign' : whyEnded(again, clock.now());
    if (end !== undefined || closing.signal.aborted) return tunnel.end(end ?? 'stopping');
    const name = again?.agent.name ?? agent.name;
    const isFirst = links.add({ ...agent, name }, hello, tunnel);
    for (const other of links.of(agent.id)) if (other.fingerprint !== fingerprint) other.drain('draining');
    void tunnel.closed.then(() => onClosed(tunnel, name));
    const { version, upstreams } = hello;
    const entry = {
      type: 'agent.connected',
      body: { agent: agent.id, name, address: tunnel.address, version, upstreams },
    } as const;
    await agents.seen(agent.id, { at: clock.now(), version, upstreams }, isFirst ? entry : undefined);
    if (isFirst) log.info({ agent: name, version, upstreams }, 'an agent is connected');
    await renewWhenDue(options, known, tunnel);
  }

  async function knownCertificate(socket: TLSSocket): Promise<KnownCertificate | LinkEnd> {
    const shown = socket.getPeerX509Certificate();
    if (shown === undefined) return 'no-certificate';
    const isOver = String(socket.authorizationError ?? '').includes('CERT_HAS_EXPIRED');
    if (!socket.authorized) return isOver ? 'certificate-expired' : 'certificate-foreign';
    const known = await agents.findCertificate(fingerprintOf(shown));
    if (known === undefined) return 'certificate-foreign';
    return whyEnded(known, clock.now()) ?? known;
  }

  async function refuse(socket: TLSSocket, end: LinkEnd): Promise<void> {
    const address = socket.remoteAddress ?? '';
    const shown = socket.getPeerX509Certificate();
    refuseLink(socket, end);
    log.warn({ address, why: end }, 'an agent was refused');
    // Whoever knocks again and again is noted down some times, not for ever.
    if (attempts.waitFor(address, clock.now()) > 0) return;
    attempts.failed(address, clock.now());
    const body = { why: end, address: sourceOf(address), ...(shown && { certificate: fingerprintOf(shown) }) };
    await trail.append({ type: 'agent.refused', body });
  }

  async function onClosed(tunnel: Tunnel, name: string): Promise<void> {
    if (!links.remove(tunnel)) return;
    log.warn({ agent: name }, 'an agent is gone');
    const entry = { type: 'agent.lost', body: { agent: tunnel.agentId, name, address: tunnel.address } } as const;
    await trail
      .append(entry)
      .catch((error: unknown) => log.error({ error }, 'an agent that is gone could not be recorded'));
  }

  /** Revoked by another process on this store, or run out: also a link that stands ends then. */
  async function lookAgain(): Promise<void> {
    for (const tunnel of links.open()) {
      const known = await agents.findCertificate(tunnel.fingerprint).catch(() => 'unknown' as const);
      if (known === 'unknown') continue;
      const end = known === undefined ? 'certificate-foreign' : whyEnded(known, clock.now());
      if (end === 'certificate-replaced') tunnel.drain('draining');
      else if (end !== undefined) tunnel.end(end);
      else if (known !== undefined) {
        links.rename(known.agent.id, known.agent.name);
        await renewWhenDue(options, known, tunnel).catch((error: unknown) =>
          log.warn({ error }, 'a certificate was not renewed'),
        );
      }
    }
  }

  return {
    links,
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.listen.port, options.listen.host, () => {
          server.off('error', reject);
          resolve(server.address() as AddressInfo);
        });
      }),
    revoked: (agentId) => links.end(agentId, 'agent-revoked'),
    async close(graceMs) {
      clearInterval(fresh);
      clearInterval(looking);
      closing.abort();
      server.close();
      joining.closeAllConnections();
      const open = links.open();
      for (const tunnel of open) tunnel.drain('stopping');
      const timer = setTimeout(() => {
        for (const tunnel of open) tunnel.end('stopping');
      }, graceMs);
      await Promise.all(open.map((tunnel) => tunnel.closed));
      clearTimeout(timer);
    },
  };
}

function whyEnded(known: KnownCertificate, now: number): LinkEnd | undefined {
  if (known.agent.revokedAt !== undefined) return 'agent-revoked';
  if (known.retiredAt !== undefined) return 'certificate-replaced';
  return known.expiresAt <= now ? 'certificate-expired' : undefined;
}

// Keeps several links to the gateway open: each dials, serves until its link is over, and dials again, after a pause that
// doubles and is never the same for two agents. All of them share one identity, which may change under them (renewal).
import { setTimeout as sleep } from 'node:timers/promises';
import type { UpstreamAgent } from '../../domain/ports.ts';
import { type Hello, isFinal, LINK_ENDS, type LinkEnd } from '../../protocol/agent-link.ts';
import type { AgentLog } from '../log.ts';
import { connectLink, DialError, type GatewayPlace, placeOf } from './connect.ts';
import { isCertificateFor, type LinkIdentity, type NewKey } from './identity.ts';
import { type ServedLink, serveLink } from './serve.ts';

export interface DialOptions {
  readonly place: GatewayPlace;
  readonly identity: LinkIdentity;
  readonly agent: UpstreamAgent;
  readonly hello: Hello;
  readonly log: AgentLog;
  readonly links: number;
  readonly pingMs: number;
  /** Keeps a new identity; throws when it cannot. */
  save(identity: LinkIdentity): void;
  /** The gateway knows us: it has asked what we serve. */
  onReady(): void;
}

export interface Dialling {
  /** Resolves when the gateway will have no more of this certificate, with its word on why; or after stop(). */
  readonly ended: Promise<LinkEnd | undefined>;
  /** Lets what is under way end, for at most `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 30_000;

export function dialGateway(options: DialOptions): Dialling {
  const { place, log } = options;
  let { identity } = options;
  const stopping = new AbortController();
  const open = new Set<ServedLink>();
  let refusal: LinkEnd | undefined;

  function onCertificate(key: NewKey, certificate: string): boolean {
    if (!isCertificateFor(certificate, key.privateKey, identity.authority)) return false;
    const renewed = { ...identity, key: key.privateKey, certificate };
    options.save(renewed);
    identity = renewed;
    log.info({ agent: identity.name }, 'the certificate was renewed');
    return true;
  }

  /** One link, from dialling to its end. Answers how long to pause before the next. */
  async function once(pause: number): Promise<number> {
    const { certificate } = identity;
    const socket = await connectLink(place, identity);
    if (stopping.signal.aborted) {
      socket.destroy();
      return 0;
    }
    const link = serveLink(socket, {
      ...options,
      onCertificate(key, renewed) {
        if (!onCertificate(key, renewed)) return false;
        // This link comes back with the new certificate; the gateway then ends those that stand on the old one.
        setImmediate(() => link.drain());
        return true;
      },
      onHello: options.onReady,
    });
    open.add(link);
    const { end, wasUsed } = await link.ended;
    open.delete(link);
    if (end !== undefined && isFinal(end) && certificate === identity.certificate) {
      refusal = end;
      stopping.abort();
      return 0;
    }
    if (!stopping.signal.aborted)
      log.info(
        { gateway: placeOf(place), why: end === undefined ? 'connection lost' : LINK_ENDS[end] },
        'a link ended',
      );
    return wasUsed ? FIRST_PAUSE_MS : pause;
  }

  async function keepOne(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    let told = '';
    while (!stopping.signal.aborted) {
      try {
        pause = await once(pause);
        told = '';
      } catch (error) {
        if (!(error instanceof DialError)) throw error;
        // Each trouble once: a gateway that is away for a night is one line, not thousands.
        if (error.message !== told) log[error.isImpostor ? 'error' : 'warn']({}, error.message);
        told = error.message;
      }
      if (stopping.signal.aborted) break;
      await sleep(pause * (0.5 + Math.random()), undefined, { signal: stopping.signal }).catch(() => {});
      pause = Math.min(pause * 2, MAX_PAUSE_MS);
    }
  }

  const loops = Promise.all(Array.from({ length: options.links }, () => keepOne()));
  return {
    ended: loops.then(() => refusal),
    async stop(graceMs) {
      stopping.abort();
      for (const link of open) link.drain();
      const timer = setTimeout(() => {
        for (const link of open) link.destroy();
      }, graceMs);
      await loops;
      clearTimeout(timer);
    },
  };
}

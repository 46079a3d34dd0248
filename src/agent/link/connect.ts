// A connection to the gateway, that the agent opens and nobody else. The gateway is recognised by the authority that was
// pinned when this agent joined; the system's authorities, names and addresses mean nothing here.
import type { X509Certificate } from 'node:crypto';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { GATEWAY_NAME, JOIN_PROTOCOL, LINK_PROTOCOL } from '../../protocol/agent-link.ts';
import type { LinkIdentity } from './identity.ts';

export interface GatewayPlace {
  readonly host: string;
  readonly port: number;
}

/** No connection to the gateway, or not to the right one. */
export class DialError extends Error {
  override readonly name = 'DialError';
  /** Somebody answers who is not our gateway. */
  readonly isImpostor: boolean;

  constructor(message: string, isImpostor = false) {
    super(message);
    this.isImpostor = isImpostor;
  }
}

const CONNECT_TIMEOUT_MS = 15_000;

/** `host:port`, for messages. */
export function placeOf({ host, port }: GatewayPlace): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** With our certificate, to serve as a link. Throws DialError. */
export function connectLink(place: GatewayPlace, identity: LinkIdentity): Promise<TLSSocket> {
  return connect(place, {
    ca: [identity.authority],
    key: identity.key,
    cert: identity.certificate,
    ALPNProtocols: [LINK_PROTOCOL],
  });
}

/** Without a certificate, to join; trusts this authority alone. Throws DialError. */
export function connectToJoin(place: GatewayPlace, authority: string): Promise<TLSSocket> {
  return connect(place, { ca: [authority], ALPNProtocols: [JOIN_PROTOCOL] });
}

/**
 * The authority that vouches for whoever answers there (PEM), if it is the pinned one. Nothing is sent on this
 * connection, and nothing is believed but the digest. Throws DialError.
 */
export async function fetchAuthority(place: GatewayPlace, pin: string): Promise<string> {
  const socket = await connect(place, { rejectUnauthorized: false, ALPNProtocols: [JOIN_PROTOCOL] });
  const authority = topOf(socket.getPeerX509Certificate());
  socket.destroy();
  if (authority === undefined || pinOf(authority) !== pin) {
    throw new DialError(
      `${placeOf(place)} is not the gateway that the join token is for: its certificate comes from another authority`,
      true,
    );
  }
  return authority.toString();
}

export function pinOf(authority: X509Certificate): string {
  return Buffer.from(authority.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
}

function topOf(certificate: X509Certificate | undefined): X509Certificate | undefined {
  let top = certificate;
  // A chain of ours has two; nobody makes us follow a longer one.
  for (let depth = 0; depth < 3 && top?.issuerCertificate !== undefined; depth++) top = top.issuerCertificate;
  return top;
}

function connect(place: GatewayPlace, options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      minVersion: 'TLSv1.3',
      servername: GATEWAY_NAME,
      ...options,
      host: place.host,
      port: place.port,
    });
    const fail = (why: string, isImpostor = false) => {
      socket.destroy();
      reject(new DialError(`${placeOf(place)} ${why}`, isImpostor));
    };
    const timer = setTimeout(() => fail('did not answer in time'), CONNECT_TIMEOUT_MS);
    socket.setNoDelay(true);
    socket.on('error', (error: Error & { readonly code?: unknown }) => {
      clearTimeout(timer);
      fail(...reasonOf(error));
    });
    socket.once('close', () => fail('closed the connection'));
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('close');
      if (socket.alpnProtocol === false) fail('is not a gateway: it does not speak the agent link', true);
      else resolve(socket);
    });
  });
}

/** Node's own texts hold addresses and more; which certificate was wrong, and how, is what the operator needs. */
function reasonOf(error: Error & { readonly code?: unknown }): [string, boolean?] {
  const code = typeof error.code === 'string' ? error.code : '';
  if (code === 'ECONNREFUSED')
    return ['refused the connection; hint: is gateway.agents.listen of the gateway this address?'];
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return ['cannot be found: its name does not resolve'];
  if (/CERT|SIGNATURE|ALTNAME|ISSUER|PURPOSE/.test(code)) {
    return [
      `showed a certificate that is not the gateway's (${code}): it is not trusted, nothing was sent to it`,
      true,
    ];
  }
  if (code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')
    return ['is not a gateway: it does not speak the agent link', true];
  if (code.startsWith('ERR_SSL')) return [`does not speak TLS 1.3 as a gateway does (${code})`];
  return [`cannot be reached (${code || 'unexpected error'})`];
}

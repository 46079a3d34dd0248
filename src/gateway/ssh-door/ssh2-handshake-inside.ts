// The parts of ssh2's key exchange that the door replaces or adds to (see ssh2-inside.ts): what is offered, which host
// key answers, and a way of agreeing on a secret that ssh2 does not have.
import { createRequire } from 'node:module';
import ssh2, { type Connection } from 'ssh2';
import { changed, isObject, property } from './ssh2-inside.ts';

/** What is offered and chosen in a key exchange, by the names of RFC 4253 section 7.1. */
export interface Offered {
  readonly kex: readonly string[];
  readonly serverHostKey: readonly string[];
}

/** An exchange of keys that ssh2 has begun. What is replaced here is ssh2's part of the algorithm. */
export interface ExchangeInside {
  /** What the client sent: it goes into the exchange hash. */
  setRemoteKexinit(payload: Buffer): void;
  setNegotiated(name: 'kex' | 'serverHostKey', value: string): void;
  /** True once: the client wants to hear of extensions; ssh2 does not tell it by itself any more. */
  takeExtensionsWanted(): boolean;
  /** Our share of the exchange, and the secret that follows from the client's. An error ends the connection. */
  replaceAgreement(agreement: { publicKey(): Buffer; secret(clientShare: Buffer): Buffer | Error }): void;
}

/** A host key as ssh2 asks it during an exchange. */
export interface HostKeyInside {
  readonly type: string;
  getPublicSSH(): Buffer;
  sign(data: Buffer, hash?: string): Buffer | Error;
}

export interface HandshakeInside {
  readonly offered: Offered;
  /** Replaces what we offer; only before our first KEXINIT. */
  offer(offered: Offered): void;
  /** Host keys by the algorithm that was agreed on; asked anew in each exchange. */
  setHostKeys(find: (algorithm: string) => HostKeyInside | undefined): void;
  /** Calls `receive` for each KEXINIT of the client; `go` lets ssh2 have it, or another one in its place. */
  onKexinit(receive: (payload: Buffer, go: (payload: Buffer) => void) => void): void;
  /** The exchange under way, or the last one. */
  exchange(): ExchangeInside;
  /** Of the first exchange: what signatures of a login are bound to. */
  sessionId(): Buffer;
  /** Answers global requests that ssh2 does not know; `undefined` = ssh2 refuses it. */
  onGlobalRequest(answer: (name: string, data: Buffer) => Buffer | undefined): void;
  /** Sends a whole message; not while keys are exchanged. */
  send(payload: Buffer): void;
}

/** A host key as ssh2 parses it; with a certificate it shows that in place of the plain key. */
export function hostKeyInside(privateKey: string, certificate?: Buffer): HostKeyInside {
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw new Error('a host key can no longer be read');
  return {
    type: parsed.type,
    getPublicSSH: () => certificate ?? parsed.getPublicSSH(),
    sign: (data, hash) => Reflect.apply(parsed.sign, parsed, [data, hash]) as Buffer | Error,
  };
}

/** To be called as soon as ssh2 has read the client's first line. */
export function insideOfHandshake(connection: Connection): HandshakeInside {
  const protocol = property(connection, '_protocol');
  const decipher = property(protocol, '_decipher');
  const offer = property(protocol, '_offer');
  const handlers = property(protocol, '_handlers');
  const all = [protocol, decipher, offer, handlers];
  if (!all.every(isObject) || !isObject(protocol) || !isObject(decipher) || !isObject(handlers))
    throw changed('handshake');
  const makeOffer = property(offer, 'constructor');
  const lists = property(offer, 'lists');
  const kex = property(property(lists, 'kex'), 'array');
  const serverHostKey = property(property(lists, 'serverHostKey'), 'array');
  if (!isNames(kex) || !isNames(serverHostKey) || typeof makeOffer !== 'function' || makeOffer !== offerClass()) {
    throw changed('handshake');
  }
  if (!isObject(property(protocol, '_hostKeys'))) throw changed('handshake');
  return {
    offered: { kex, serverHostKey },
    offer: (offered) =>
      Reflect.set(protocol, '_offer', Reflect.construct(makeOffer, [{ ...namesOf(lists), ...offered }])),
    setHostKeys: (find) => Reflect.set(protocol, '_hostKeys', new Proxy({}, { get: (_, name) => find(String(name)) })),
    onKexinit: (receive) => watchKexinits(protocol, decipher, receive),
    exchange: () => insideOfExchange(property(protocol, '_kex')),
    sessionId: () => bufferOf(property(property(protocol, '_kex'), 'sessionID')),
    onGlobalRequest: (answer) => answerGlobalRequests(protocol, handlers, answer),
    send: (payload) => sendMessage(protocol, payload),
  };
}

/** The class of what is offered, as a check that it is the one we know how to make. */
function offerClass(): unknown {
  return property(createRequire(import.meta.url)('ssh2/lib/protocol/kex.js') as unknown, 'KexInit');
}

/** What KexInit is made of: names as they are, except for the two that are replaced. */
function namesOf(lists: unknown): Record<string, unknown> {
  const direction = (name: string) =>
    Object.fromEntries(
      ['cipher', 'mac', 'compress', 'lang'].map((kind) => [
        kind,
        property(property(property(lists, name), kind), 'array'),
      ]),
    );
  return { cs: direction('cs'), sc: direction('sc') };
}

const KEXINIT = 20;

/** ssh2 hands packets of the first exchange to a function of the decipher, those of later ones to one of the protocol. */
function watchKexinits(
  protocol: object,
  decipher: object,
  receive: (payload: Buffer, go: (payload: Buffer) => void) => void,
): void {
  for (const owner of [protocol, decipher]) {
    const before = property(owner, '_onPayload');
    if (typeof before !== 'function') throw changed('handshake');
    Reflect.set(owner, '_onPayload', (payload: unknown) => {
      const go = (replaced: Buffer): unknown => Reflect.apply(before, protocol, [replaced]);
      if (!Buffer.isBuffer(payload) || payload[0] !== KEXINIT) return Reflect.apply(before, protocol, [payload]);
      return receive(Buffer.from(payload), go);
    });
  }
}

function insideOfExchange(kex: unknown): ExchangeInside {
  const negotiated = property(kex, 'negotiated');
  const names = ['_remoteKexinit', 'remoteExtInfoEnabled', 'sessionID'];
  if (!isObject(kex) || !isObject(negotiated) || !names.every((name) => name in kex)) throw changed('key exchange');
  return {
    setRemoteKexinit: (payload) => Reflect.set(kex, '_remoteKexinit', payload),
    setNegotiated: (name, value) => Reflect.set(negotiated, name, value),
    takeExtensionsWanted: () => {
      const isWanted = property(kex, 'remoteExtInfoEnabled') === true;
      Reflect.set(kex, 'remoteExtInfoEnabled', false);
      return isWanted;
    },
    replaceAgreement: (agreement) => {
      const known = ['generateKeys', 'getPublicKey', 'convertPublicKey', 'computeSecret'];
      if (!known.every((name) => typeof property(kex, name) === 'function')) throw changed('key exchange');
      Object.assign(kex, {
        generateKeys: () => {},
        getPublicKey: () => agreement.publicKey(),
        convertPublicKey: (share: Buffer) => share,
        computeSecret: (share: Buffer) => agreement.secret(share),
      });
    },
  };
}

function answerGlobalRequests(
  protocol: object,
  handlers: object,
  answer: (name: string, data: Buffer) => Buffer | undefined,
): void {
  const before = property(handlers, 'GLOBAL_REQUEST');
  const succeed = property(protocol, 'requestSuccess');
  if (typeof before !== 'function' || typeof succeed !== 'function') throw changed('connection');
  Reflect.set(handlers, 'GLOBAL_REQUEST', (self: unknown, name: unknown, wantReply: unknown, data: unknown) => {
    const isAsked = typeof name === 'string' && wantReply === true && Buffer.isBuffer(data);
    const reply = isAsked ? answer(name, data) : undefined;
    if (reply === undefined) Reflect.apply(before, handlers, [self, name, wantReply, data]);
    else Reflect.apply(succeed, protocol, [reply]);
  });
}

function sendMessage(protocol: object, payload: Buffer): void {
  if (property(protocol, '_kexinit') !== undefined) return;
  const writer = property(property(protocol, '_packetRW'), 'write');
  const cipher = property(protocol, '_cipher');
  const [alloc, finalize, encrypt] = [
    property(writer, 'alloc'),
    property(writer, 'finalize'),
    property(cipher, 'encrypt'),
  ];
  const start = property(writer, 'allocStart');
  if (typeof alloc !== 'function' || typeof finalize !== 'function' || typeof encrypt !== 'function') {
    throw changed('connection');
  }
  const packet: unknown = Reflect.apply(alloc, writer, [payload.length]);
  if (!Buffer.isBuffer(packet) || typeof start !== 'number') throw changed('connection');
  packet.set(payload, start);
  Reflect.apply(encrypt, cipher, [Reflect.apply(finalize, writer, [packet])]);
}

function bufferOf(value: unknown): Buffer {
  if (!Buffer.isBuffer(value)) throw changed('key exchange');
  return value;
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

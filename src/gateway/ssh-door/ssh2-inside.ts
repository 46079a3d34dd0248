// ssh2 1.17.0 is pinned and used unpatched. Where its public interface does not reach, the door looks at the inner
// parts named here and nowhere else; each is checked when a connection or a channel is made, so that another version
// fails closed with this message instead of losing a guard in silence.
import { Socket } from 'node:net';
import type { Connection, ServerChannel, Session } from 'ssh2';

export interface ConnectionInside {
  readonly socket: Socket;
  /** Between our or the peer's KEXINIT and the end of that exchange ssh2 queues what we write, without a bound. */
  isExchangingKeys(): boolean;
  /** SSH_MSG_CHANNEL_CLOSE for a session whose client closed it before it ran anything: ssh2 forgets to answer. */
  answerClose(session: SessionInside): void;
}

export interface SessionInside {
  readonly localId: number;
  readonly remoteId: number;
  /** What the client takes in one packet; ssh2 spins for ever on 0. */
  readonly packetSize: number;
}

export interface ChannelInside {
  isOpen(): boolean;
  /**
   * To call when a write has been called back. ssh2 keeps the last chunk that had to wait for the window, and sends
   * it a second time when later the *other* of stdout and stderr waits for the window.
   */
  forgetSentChunks(): void;
}

export function insideOfConnection(connection: Connection): ConnectionInside {
  const inner: unknown = connection;
  const socket = property(inner, '_sock');
  const protocol = property(inner, '_protocol');
  const channels = property(inner, '_chanMgr');
  if (!(socket instanceof Socket) || !isObject(protocol) || !('_kexinit' in protocol)) throw changed('connection');
  const close = property(protocol, 'channelClose');
  const remove = property(channels, 'remove');
  if (typeof close !== 'function' || typeof remove !== 'function') throw changed('connection');
  return {
    socket,
    isExchangingKeys: () => property(protocol, '_kexinit') !== undefined,
    answerClose: (session) => {
      close.call(protocol, session.remoteId);
      remove.call(channels, session.localId);
    },
  };
}

export function insideOfSession(session: Session): SessionInside {
  const info = property(session, '_chanInfo');
  const localId = property(property(info, 'incoming'), 'id');
  const remoteId = property(property(info, 'outgoing'), 'id');
  const packetSize = property(property(info, 'outgoing'), 'packetSize');
  if (typeof localId !== 'number' || typeof remoteId !== 'number' || typeof packetSize !== 'number') {
    throw changed('session');
  }
  return { localId, remoteId, packetSize };
}

export function insideOfChannel(channel: ServerChannel): ChannelInside {
  const inner: object = channel;
  const outgoing = property(inner, 'outgoing');
  if (property(outgoing, 'state') !== 'open') throw changed('channel');
  for (const name of CHUNKS) if (!(name in inner)) throw changed('channel');
  const forgotten = Object.fromEntries(CHUNKS.map((name) => [name, undefined]));
  return {
    isOpen: () => property(outgoing, 'state') === 'open',
    forgetSentChunks: () => void Object.assign(inner, forgotten),
  };
}

const CHUNKS = ['_chunk', '_chunkcb', '_chunkErr', '_chunkcbErr'] as const;

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function property(value: unknown, name: string): unknown {
  return isObject(value) ? Reflect.get(value, name) : undefined;
}

/** Another version of ssh2 is there than the one we know. */
export function changed(part: string): Error {
  return new Error(`the inside of ssh2's ${part} is not that of 1.17.0\nhint: run npm ci, the version is pinned`);
}

// The ssh connections to one upstream: a few, shared by all requests, each with as many sessions as the server allows.
// What ssh2 leaves open is closed here: explicit algorithms, pinned host keys, no Nagle delay, bounded waiting, and a
// watch over the receive window, which ssh2 announces but does not enforce (its issue 1505).
import { connect as connectTcp, type Socket } from 'node:net';
import ssh2, {
  type AgentAuthMethod,
  type Algorithms,
  type Client,
  type ClientChannel,
  type NoAuthMethod,
  type PublicKeyAuthMethod,
} from 'ssh2';
import { visibleText } from '../protocol/bytes.ts';
import { sshKeyFingerprint } from '../protocol/ssh-key.ts';
import { keepKeyObjects } from '../protocol/ssh2-keys.ts';
import { CredentialError, type Credentials } from './credentials.ts';
import { formatHostKey, HostKeyError, type HostKeyPins, loadHostKeyPins } from './host-keys.ts';
import type { AgentLimits } from './limits.ts';
import type { AgentLog } from './log.ts';
import { oneKeyOf } from './ssh-agent-key.ts';
import { hostAndPort, type ParsedTarget } from './target.ts';

export type SshFailure =
  /** Nobody there, or the connection was lost. */
  | 'unreachable'
  /** Somebody there who is not who we pinned, or nobody is pinned. */
  | 'host-key'
  /** Our credential cannot be read, or is none for ssh. */
  | 'credential'
  /** The upstream does not accept our credential. */
  | 'login'
  /** The upstream refused to open a session. */
  | 'session'
  | 'cancelled';

/** No session on this upstream. Nothing of a request has been sent. */
export class SshConnectError extends Error {
  override readonly name = 'SshConnectError';
  readonly code: SshFailure;

  constructor(code: SshFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface SshSession {
  readonly channel: ClientChannel;
  /** What lies under the channel, for back pressure. */
  readonly socket: Socket;
  /** The connection broke: however the channel ends now, it was cut off. */
  isLost(): boolean;
  /** Gives the session up at once; a server that does not let go of it loses the connection. */
  abandon(): void;
}

export interface SshConnections {
  /** Runs `command` in a session of its own. Throws SshConnectError. */
  open(command: string, env: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<SshSession>;
  /** Connects and logs in, nothing more. Throws SshConnectError. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface SshConnectionsOptions {
  readonly target: ParsedTarget;
  readonly credentials: Credentials;
  readonly limits: AgentLimits;
  readonly log: AgentLog;
}

// Without ssh2's native binding AES-GCM costs least, chacha20 most (and is there for servers that have nothing else).
// No SHA-1, no CBC, no group exchange, no compression. RFC 9142, RFC 8308, RFC 5647.
const CIPHERS = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'aes128-ctr',
  'aes256-ctr',
  'chacha20-poly1305@openssh.com',
] as const;
const KEX = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group14-sha256',
] as const;
const MACS = [
  'hmac-sha2-256-etm@openssh.com',
  'hmac-sha2-512-etm@openssh.com',
  'hmac-sha2-256',
  'hmac-sha2-512',
] as const;
const HOST_KEYS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const;

const KEEPALIVE_MS = 15_000;
const KEEPALIVE_MISSES = 3;
/** A connection this old or this busy takes no new sessions: its keys and its login are renewed with the next one. */
const MAX_CONNECTION_AGE_MS = 60 * 60_000;
const MAX_CONNECTION_BYTES = 1024 ** 3; // RFC 4253, section 9: new keys after each gigabyte
/** ssh2 announces 2 MiB per channel; what is buffered beyond twice that was sent in breach of the window. */
const MAX_CHANNEL_BUFFER_BYTES = 5 * 1024 * 1024;
/** How long a server may take to close a session we gave up. */
const ABANDON_MS = 10_000;
const MAX_TRIES = 3;

interface Connection {
  readonly client: Client;
  readonly socket: Socket;
  readonly channels: Set<ClientChannel>;
  readonly openedAt: number;
  /** Sessions open or being opened. */
  active: number;
  state: 'open' | 'lost';
  /** A session has worked on it: a failure may mean that it died since. */
  isProven: boolean;
  idle?: NodeJS.Timeout;
}

type LoginMethod = NoAuthMethod | PublicKeyAuthMethod | AgentAuthMethod;

/** The connections to one ssh upstream. */
export function createSshConnections(options: SshConnectionsOptions): SshConnections {
  const { target, credentials, limits, log } = options;
  const where = hostAndPort(target);
  const open = new Set<Connection>();
  /** Connections being opened: everybody who needs one waits for the same. */
  let opening: Promise<Connection> | undefined;
  /** Sessions per connection that the server allows, as far as we know: lowered when it refuses one. */
  let capacity = limits.sshChannels;
  let isClosed = false;
  const waiters: (() => void)[] = [];

  const fail = (code: SshFailure, message: string, cause?: unknown) =>
    new SshConnectError(code, credentials.redact(message), cause === undefined ? undefined : { cause });

  async function login(): Promise<{ readonly username: string; readonly method: LoginMethod }> {
    const credential =
      target.credential === undefined ? ({ kind: 'none' } as const) : await credentials.load(target.credential);
    switch (credential.kind) {
      case 'none': {
        const username = target.user ?? 'git';
        return { username, method: { type: 'none', username } };
      }
      case 'authorization':
        throw new CredentialError(
          `credential ${target.credential} is not an ssh key, and ${target.name} is an ssh upstream`,
        );
      case 'ssh-agent': {
        const username = target.user ?? credential.username;
        return { username, method: { type: 'agent', username, agent: oneKeyOf(credential.socket, credential.key) } };
      }
      case 'ssh-key': {
        const username = target.user ?? credential.username;
        const key = ssh2.utils.parseKey(credential.privateKey.reveal(), credential.passphrase?.reveal());
        // Its message may quote the key file: not passed on.
        if (key instanceof Error) {
          throw new CredentialError(
            `credential ${target.credential} cannot be read as a private key; hint: is the passphrase right? ssh-keygen -y -f FILE must accept it`,
          );
        }
        if (!key.isPrivateKey()) throw new CredentialError(`credential ${target.credential} is a public key`);
        return { username, method: { type: 'publickey', username, key } };
      }
    }
  }

  async function connect(): Promise<Connection> {
    let pins: HostKeyPins;
    let how: Awaited<ReturnType<typeof login>>;
    try {
      pins = await loadHostKeyPins(target);
      how = await login();
    } catch (error) {
      if (error instanceof HostKeyError) throw fail('host-key', error.message, error);
      if (error instanceof CredentialError) throw fail('credential', error.message, error);
      throw error;
    }
    if (isClosed) throw fail('cancelled', 'the agent is closing');
    let refusedKey: Buffer | undefined;
    const socket = connectTcp({ host: target.host, port: target.port, noDelay: true });
    // Sessions of one connection each listen for its 'drain' and 'close'.
    socket.setMaxListeners(0);
    const client = new ssh2.Client();
    client.setMaxListeners(0);
    const connection: Connection = {
      client,
      socket,
      channels: new Set(),
      openedAt: performance.now(),
      active: 0,
      state: 'open',
      isProven: false,
    };
    return new Promise((resolve, reject) => {
      client.once('ready', () => {
        // ssh2 decides at 'data' what it takes in; so do we, right after it.
        socket.on('data', () => checkWindows(connection));
        open.add(connection);
        resolve(connection);
      });
      client.on('error', (error: Error & { readonly level?: string; readonly code?: unknown }) => {
        reject(connectError(error, refusedKey, pins));
        lose(connection);
      });
      client.once('close', () => {
        reject(fail('unreachable', `${where} closed the connection`));
        lose(connection);
      });
      client.connect({
        sock: socket,
        username: how.username,
        authHandler: [how.method],
        readyTimeout: limits.connectTimeout,
        keepaliveInterval: KEEPALIVE_MS,
        keepaliveCountMax: KEEPALIVE_MISSES,
        algorithms: algorithmsFor(pins),
        hostVerifier: (key: Buffer) => {
          const isAccepted = pins.accepts(key);
          if (!isAccepted) refusedKey = key;
          return isAccepted;
        },
      });
      keepKeyObjects(client);
    });
  }

  function connectError(
    error: Error & { readonly level?: string; readonly code?: unknown },
    refusedKey: Buffer | undefined,
    pins: HostKeyPins,
  ): SshConnectError {
    if (refusedKey !== undefined) return fail('host-key', hostKeyMessage(target, refusedKey, pins), error);
    if (error.level === 'client-authentication') {
      const hint = 'hint: does the upstream know the public key of this credential?';
      return fail('login', `${where} does not accept credential ${target.credential ?? '(none)'}; ${hint}`, error);
    }
    if (error.level === 'client-timeout') return fail('unreachable', `${where} did not answer in time`, error);
    if (error.level === 'client-socket' && typeof error.code === 'string') {
      return fail('unreachable', `${where} cannot be reached (${visibleText(error.code)})`, error);
    }
    return fail('unreachable', `${where}: ${visibleText(error.message.slice(0, 300))}`, error);
  }

  function lose(connection: Connection): void {
    connection.state = 'lost';
    open.delete(connection);
    clearTimeout(connection.idle);
    connection.socket.destroy();
    wake();
  }

  /** A peer that sends past the window it was given would fill our memory. */
  function checkWindows(connection: Connection): void {
    for (const channel of connection.channels) {
      if (channel.readableLength + channel.stderr.readableLength <= MAX_CHANNEL_BUFFER_BYTES) continue;
      log.warn({ upstream: target.name }, 'upstream sends more than its ssh window allows: connection closed');
      lose(connection);
      return;
    }
  }

  function isRetired(connection: Connection): boolean {
    const bytes = connection.socket.bytesRead + connection.socket.bytesWritten;
    return performance.now() - connection.openedAt > MAX_CONNECTION_AGE_MS || bytes > MAX_CONNECTION_BYTES;
  }

  /** Somebody waits for room: let one look again. */
  function wake(): void {
    waiters.shift()?.();
  }

  /** A connection with room for one more session, which is reserved. */
  async function reserve(signal: AbortSignal | undefined): Promise<Connection> {
    const deadline = performance.now() + limits.connectTimeout;
    for (;;) {
      if (isClosed) throw fail('cancelled', 'the agent is closing');
      if (signal?.aborted) throw fail('cancelled', 'the request was cancelled');
      for (const connection of open) {
        if (connection.active >= capacity || isRetired(connection)) continue;
        connection.active += 1;
        clearTimeout(connection.idle);
        return connection;
      }
      if (opening !== undefined || open.size < limits.sshConnections) {
        opening ??= connect().finally(() => {
          opening = undefined;
        });
        await opening;
        continue;
      }
      const left = deadline - performance.now();
      if (left <= 0) throw fail('session', `${where} is busy: every session that it allows is in use`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, left);
        function done() {
          clearTimeout(timer);
          const at = waiters.indexOf(done);
          if (at !== -1) waiters.splice(at, 1);
          signal?.removeEventListener('abort', done);
          resolve();
        }
        waiters.push(done);
        signal?.addEventListener('abort', done, { once: true });
      });
    }
  }

  function release(connection: Connection): void {
    connection.active -= 1;
    wake();
    if (connection.active > 0 || connection.state === 'lost') return;
    const end = () => {
      open.delete(connection);
      connection.client.end();
    };
    if (isRetired(connection)) end();
    else {
      connection.idle = setTimeout(end, limits.sshIdle);
      // An idle connection is no reason for the process to live on.
      connection.idle.unref();
    }
  }

  function exec(
    connection: Connection,
    command: string,
    env: Readonly<Record<string, string>>,
  ): Promise<{ readonly channel: ClientChannel } | { readonly refused: string }> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const timer = setTimeout(() => {
        lose(connection);
        settle(() => reject(fail('unreachable', `${where} did not open a session in time`)));
      }, limits.connectTimeout);
      const settle = (how: () => void) => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        how();
      };
      try {
        connection.client.exec(command, { env }, (error, channel) => {
          settle(() => {
            if (error === undefined) resolve({ channel });
            else if (connection.state === 'lost') reject(fail('unreachable', `${where} closed the connection`, error));
            else resolve({ refused: visibleText(error.message.slice(0, 200)) });
          });
        });
      } catch (error) {
        lose(connection);
        settle(() => reject(fail('unreachable', `${where} closed the connection`, error)));
      }
    });
  }

  function track(connection: Connection, channel: ClientChannel): SshSession {
    let isOpen = true;
    connection.channels.add(channel);
    const over = () => {
      if (!isOpen) return;
      isOpen = false;
      connection.channels.delete(channel);
      release(connection);
    };
    channel.once('close', over);
    // A lost connection closes channels only once they are read to their end, which nobody may do any more.
    connection.client.once('close', over);
    channel.once('close', () => connection.client.off('close', over));
    return {
      channel,
      socket: connection.socket,
      isLost: () => connection.state === 'lost',
      abandon() {
        if (!isOpen) return;
        channel.removeAllListeners('data');
        channel.resume();
        channel.close();
        const timer = setTimeout(() => lose(connection), ABANDON_MS);
        channel.once('close', () => clearTimeout(timer));
        connection.client.once('close', () => clearTimeout(timer));
      },
    };
  }

  return {
    async open(command, env, signal) {
      for (let tries = 1; ; tries++) {
        const connection = await reserve(signal);
        const { isProven } = connection;
        let answer: Awaited<ReturnType<typeof exec>>;
        try {
          answer = await exec(connection, command, env);
        } catch (error) {
          release(connection);
          // A pooled connection may have died unnoticed. Nothing has been asked yet, so we may ask elsewhere.
          if (isProven && tries < MAX_TRIES && !signal?.aborted) continue;
          throw error;
        }
        if ('channel' in answer) {
          connection.isProven = true;
          const session = track(connection, answer.channel);
          if (signal?.aborted) {
            session.abandon();
            throw fail('cancelled', 'the request was cancelled');
          }
          return session;
        }
        const others = connection.active - 1;
        if (others > 0) capacity = Math.min(capacity, others);
        release(connection);
        // Alone on its connection and refused: that is not for want of room.
        if (others === 0 || tries > MAX_TRIES + limits.sshChannels)
          throw fail('session', `${where} refused a session: ${answer.refused}`);
      }
    },

    async check() {
      release(await reserve(undefined));
    },

    async close() {
      isClosed = true;
      while (waiters.length > 0) wake();
      await opening?.catch(() => {});
      const ends = [...open].map(
        (connection) =>
          new Promise<void>((resolve) => {
            connection.client.once('close', () => resolve());
            if (connection.active === 0) connection.client.end();
            // Running requests break off. A peer that does not answer our end gets no second chance either.
            const timer = setTimeout(() => connection.socket.destroy(), connection.active === 0 ? 1000 : 0);
            connection.client.once('close', () => clearTimeout(timer));
          }),
      );
      await Promise.all(ends);
    },
  };
}

/** Prefers the pinned keys' algorithms, so that a server with several keys shows one we know. */
function algorithmsFor(pins: HostKeyPins): Algorithms {
  const isPinned = (algorithm: string) =>
    pins.algorithms.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm) ? 0 : 1;
  return {
    kex: [...KEX],
    cipher: [...CIPHERS],
    hmac: [...MACS],
    compress: ['none'],
    serverHostKey: [...HOST_KEYS].sort((a, b) => isPinned(a) - isPinned(b)),
  };
}

function hostKeyMessage(target: ParsedTarget, blob: Buffer, pins: HostKeyPins): string {
  const where = hostAndPort(target);
  const shown = `${sshKeyFingerprint(blob)} (${formatHostKey(blob) ?? 'of an unknown kind'})`;
  if (pins.isEmpty) {
    return (
      `no host key is pinned for ${where}, which shows ${shown}; ` +
      `hint: compare the fingerprint with what the server's operator publishes, then put the key into hostKeys of upstream ${target.name}`
    );
  }
  return (
    `${where} shows a host key that is not pinned: ${shown}, expected ${pins.fingerprints.slice(0, 10).join(' or ')}; ` +
    'hint: somebody may be in between; change hostKeys or known_hosts only when the server was really rekeyed'
  );
}

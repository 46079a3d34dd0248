// The SSH door: git clone, fetch and push for whoever holds a registered key, and nothing else. ssh2 speaks the
// protocol on sockets that this file accepts, so that who may connect, for how long, and how it all ends is ours.
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { Log } from '../../adapters/log/log.ts';
import { Admission } from './admission.ts';
import { ALGORITHMS } from './algorithms.ts';
import { DoorConnection } from './connection.ts';
import type { DoorHostKeys } from './host-identity.ts';
import { DEFAULT_SSH_DOOR_LIMITS, type SshDoorLimits } from './limits.ts';
import type { FindPrincipal, Identity } from './login.ts';
import type { SshGitSession } from './session.ts';
import { insideOfConnection } from './ssh2-inside.ts';

export interface SshDoorOptions {
  readonly listen: { readonly host: string; readonly port: number };
  /** The host keys as of now: asked for each connection, so that they can be replaced while the door is open. */
  readonly hostKeys: () => DoorHostKeys;
  /** Who proved this? Asked after the signature was verified, and again for each command. */
  readonly authenticate: FindPrincipal;
  /** Serves one git session; the exit status it resolves to ends the channel, after all that was written. */
  serve(session: SshGitSession): Promise<number>;
  readonly log: Log;
  readonly limits?: Partial<SshDoorLimits>;
  readonly onLogin?: (identity: Identity, source: string) => void;
  /** Shown to everybody who connects, before the login. */
  readonly banner?: string;
}

export interface SshDoor {
  start(): Promise<{ readonly host: string; readonly port: number }>;
  /** Stops accepting, lets sessions end for up to `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>;
  /** Asks again for everybody who is connected, and ends those who no longer count, whatever runs; says how many. */
  recheck(): Promise<number>;
  /** Ends the connections of whoever was disabled; says how many. */
  endConnectionsOf(name: string): number;
  connections(): number;
}

const SWEEP_MS = 1000;
// What a session that was cut gets to notice before close() no longer waits for it.
const SETTLE_MS = 1000;

export function createSshDoor(options: SshDoorOptions): SshDoor {
  return new Door(options);
}

class Door implements SshDoor {
  readonly #options: SshDoorOptions;
  readonly #limits: SshDoorLimits;
  readonly #admission: Admission;
  readonly #ssh: InstanceType<typeof ssh2.Server>;
  readonly #net: NetServer;
  readonly #connections = new Map<Socket, DoorConnection>();
  #sweeper: NodeJS.Timeout | undefined;
  #loggedRefusalAt = Number.NEGATIVE_INFINITY;

  constructor(options: SshDoorOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_SSH_DOOR_LIMITS, ...options.limits };
    this.#admission = new Admission(this.#limits, now);
    this.#ssh = new ssh2.Server(
      {
        hostKeys: options.hostKeys().current.map((key) => key.privateKey),
        algorithms: ALGORITHMS,
        ident: 'sallyport',
        ...(options.banner === undefined ? {} : { banner: options.banner }),
      },
      (client) => this.#connections.get(insideOfConnection(client).socket)?.attach(client),
    );
    // NODELAY: ssh2 writes a packet in parts, and Nagle's algorithm would hold the last one back (5 times slower).
    this.#net = createServer({ noDelay: true, keepAlive: true }, (socket) => this.#accept(socket));
  }

  async start(): Promise<{ readonly host: string; readonly port: number }> {
    const { host, port } = this.#options.listen;
    const listening = Promise.withResolvers<void>();
    this.#net.once('error', listening.reject);
    this.#net.listen(port, host, listening.resolve);
    await listening.promise;
    this.#net.removeListener('error', listening.reject);
    // Running out of file descriptors is no reason to stop the gateway.
    this.#net.on('error', (error) => this.#options.log.error({ error }, 'ssh door'));
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
    const address = this.#net.address();
    if (address === null || typeof address === 'string') throw new Error('the ssh door has no port');
    return { host: address.address, port: address.port };
  }

  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#net.close(() => resolve()));
    const connections = [...this.#connections.values()];
    const serving = () => connections.flatMap((connection) => connection.running);
    for (const connection of connections) connection.drain();
    const grace = setTimeout(() => {
      for (const connection of this.#connections.values()) connection.cut('the gateway is stopping');
    }, graceMs);
    const running = serving();
    await Promise.all([closed, ...connections.map((connection) => connection.gone)]);
    clearTimeout(grace);
    clearInterval(this.#sweeper);
    const settled = Promise.withResolvers<void>();
    const impatience = setTimeout(settled.resolve, SETTLE_MS);
    await Promise.race([Promise.allSettled([...running, ...serving()]), settled.promise]);
    clearTimeout(impatience);
  }

  async recheck(): Promise<number> {
    const ended = await Promise.all([...this.#connections.values()].map((connection) => this.#recheckOne(connection)));
    return ended.filter(Boolean).length;
  }

  /** A directory that does not answer ends nobody: the next command asks it again. */
  async #recheckOne(connection: DoorConnection): Promise<boolean> {
    const isAccepted = await connection.isStillAccepted().catch((error: unknown) => {
      this.#options.log.error({ error }, 'an open ssh connection could not be checked');
      return true;
    });
    if (!isAccepted) connection.end('the key or its owner is no longer accepted');
    return !isAccepted;
  }

  endConnectionsOf(name: string): number {
    const theirs = [...this.#connections.values()].filter(({ principal }) => principal?.name === name);
    for (const connection of theirs) connection.end('the key or its owner is no longer accepted');
    return theirs.length;
  }

  connections(): number {
    return this.#connections.size;
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress;
    if (address === undefined) {
      socket.destroy(); // gone already
      return;
    }
    const admitted = this.#admission.enter(address);
    if (admitted.outcome === 'refused') {
      socket.destroy();
      this.#logRefusal(admitted.source, admitted.reason);
      return;
    }
    this.#makeRoom();
    const connection = new DoorConnection(socket, admitted.source, {
      limits: this.#limits,
      log: this.#options.log,
      now,
      authenticate: this.#options.authenticate,
      serve: (session) => this.#options.serve(session),
      hostKeys: this.#options.hostKeys,
      loggedIn: (identity, source) => this.#options.onLogin?.(identity, source),
      closed: (gone) => {
        this.#connections.delete(socket);
        this.#admission.leave(gone.source, gone.isFailedLogin);
      },
    });
    this.#connections.set(socket, connection);
    this.#ssh.injectSocket(socket);
    connection.watch();
  }

  /** Stalled strangers must not lock the door: the oldest of the address that has most of them goes. */
  #makeRoom(): void {
    const strangers = [...this.#connections.values()].filter((connection) => connection.principal === undefined);
    if (strangers.length < this.#limits.maxUnauthenticated) return;
    const bySource = Map.groupBy(strangers, (connection) => connection.source);
    const [most] = [...bySource.values()].sort((a, b) => b.length - a.length);
    most?.[0]?.evict();
  }

  /** One line a minute: a flood of connections must not become a flood of lines. */
  #logRefusal(source: string, reason: string): void {
    if (now() - this.#loggedRefusalAt < 60_000) return;
    this.#loggedRefusalAt = now();
    this.#options.log.warn({ source, reason }, 'ssh connection refused');
  }

  #sweep(): void {
    const at = now();
    for (const connection of [...this.#connections.values()]) connection.sweep(at);
  }
}

function now(): number {
  return performance.now();
}

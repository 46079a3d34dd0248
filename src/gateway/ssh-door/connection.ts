// One connection: its login, its sessions, and the guards that ssh2's server lacks (bounded output, an enforced receive
// window, rekeying, limits on attempts, channels and time). All of it from outside of ssh2.
import type { Socket } from 'node:net';
import type { AcceptConnection, AuthContext, Connection, RejectConnection, Session } from 'ssh2';
import type { Log } from '../../adapters/log/log.ts';
import type { Principal } from '../../domain/principal.ts';
import { keepKeyObjects } from '../../protocol/ssh2-keys.ts';
import type { WriteGate } from './channel-streams.ts';
import type { DoorHostKeys } from './host-identity.ts';
import { announceHostKeys } from './host-key-updates.ts';
import type { SshDoorLimits } from './limits.ts';
import { type FindPrincipal, type Identity, Login } from './login.ts';
import { DoorSession, type SshGitSession } from './session.ts';
import { prepareHandshake } from './ssh2-handshake.ts';
import { type ConnectionInside, insideOfConnection, insideOfSession } from './ssh2-inside.ts';

export interface ConnectionSurroundings {
  readonly limits: SshDoorLimits;
  readonly log: Log;
  readonly now: () => number;
  readonly authenticate: FindPrincipal;
  /** The host keys as of now. */
  readonly hostKeys: () => DoorHostKeys;
  serve(session: SshGitSession): Promise<number>;
  /** Somebody has just logged in. */
  loggedIn(identity: Identity, source: string): void;
  closed(connection: DoorConnection): void;
}

// Replies to what a peer asks (refused channels, requests) do not pass the gate; a lawful one reads them.
const MAX_REPLY_BACKLOG = 1024 * 1024;
// A packet size too small for any use; ssh2 spins for ever on 0. Every implementation takes 32768 (RFC 4253 section 6.1).
const MIN_PACKET_SIZE = 1024;
// How long a peer that we cut politely gets to read our DISCONNECT.
const LINGER_MS = 2000;
// Key exchanges cost us a signature: a peer may have as many as it moves data for, one a minute, and a few on top.
const REKEY_BURST = 30;
const BYTES_PER_REKEY = 256 * 1024;
const MS_PER_REKEY = 60_000;

export class DoorConnection {
  readonly socket: Socket;
  readonly source: string;
  readonly remoteAddress: string;
  readonly openedAt: number;
  /** Settles when the socket is closed. */
  readonly gone: Promise<void>;
  readonly #setGone: () => void;
  readonly #surroundings: ConnectionSurroundings;
  readonly #login: Login;
  readonly #sessions = new Set<DoorSession>();
  readonly #running = new Set<Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  readonly #gate: WriteGate;
  readonly #loginTimer: NodeJS.Timeout;
  #lingerTimer: NodeJS.Timeout | undefined;
  #client: Connection | undefined;
  #inside: ConnectionInside | undefined;
  #identity: Identity | undefined;
  #isGone = false;
  #isEvicted = false;
  #isDraining = false;
  #refusedChannels = 0;
  #idleSince: number;
  #exchanges = 0;
  #exchangingSince: number | undefined;
  #keyedAt: number;
  /** Counted here: Socket.bytesWritten walks through everything that is queued. */
  #movedBytes = 0;
  #bytesWhenKeyed = 0;
  #cause: string | undefined;

  constructor(socket: Socket, source: string, surroundings: ConnectionSurroundings) {
    this.socket = socket;
    this.source = source;
    this.remoteAddress = socket.remoteAddress ?? source;
    this.#surroundings = surroundings;
    const gone = Promise.withResolvers<void>();
    this.gone = gone.promise;
    this.#setGone = gone.resolve;
    this.openedAt = surroundings.now();
    this.#idleSince = this.openedAt;
    this.#keyedAt = this.openedAt;
    this.#login = new Login(surroundings.limits.maxAuthAttempts, this.remoteAddress, surroundings.authenticate);
    this.#gate = {
      socket,
      isOpen: () => this.#isWritable(),
      whenOpen: (resume) => void this.#waiting.push(resume),
      wrote: (bytes) => {
        this.#movedBytes += bytes;
        this.#rekeyWhenDue();
      },
      broken: (reason) => this.cut(reason.message),
    };
    this.#loginTimer = setTimeout(() => this.cut('no login in time'), surroundings.limits.loginGraceMs);
    socket.on('error', () => {}); // its close tells all we need
    socket.on('drain', () => this.#wake());
    socket.on('close', () => this.#closed());
  }

  get principal(): Principal | undefined {
    return this.#identity?.principal;
  }

  get identity(): Identity | undefined {
    return this.#identity;
  }

  /** What counts against an address: refused attempts, breaches and silence; not a probe that just leaves. */
  get isFailedLogin(): boolean {
    if (this.#identity !== undefined || this.#isEvicted) return false;
    return this.#login.failures > 0 || this.#cause !== undefined;
  }

  /** What has been asked for and is still being served. */
  get running(): readonly Promise<void>[] {
    return [...this.#running];
  }

  /** ssh2 has read the client's first line. */
  attach(client: Connection): void {
    this.#client = client;
    this.#inside = insideOfConnection(client);
    prepareHandshake(client, this.#surroundings.hostKeys, () => this.#identity !== undefined);
    keepKeyObjects(client);
    client.on('error', (error) => this.cut(error.message, 'info'));
    client.on('authentication', (context) => void this.#authenticate(context));
    client.on('handshake', () => this.#keysExchanged());
    client.on('session', (accept, reject) => this.#openSession(accept, reject));
    // The peer's FIN: ssh2 can write nothing from here on.
    client.on('end', () => this.#leave(new Error('the client is gone')));
  }

  /** To call once ssh2 has the socket: after it, since a listener would start the flow of data before ssh2 reads. */
  watch(): void {
    this.socket.on('data', (chunk: Buffer) => {
      this.#movedBytes += chunk.length;
      this.#check();
      // What ssh2 answers to this chunk leaves together: it writes each packet in three parts.
      this.socket.cork();
      process.nextTick(() => this.socket.uncork());
    });
  }

  /** Ends the connection once nothing runs on it; no new sessions from now on. */
  drain(): void {
    this.#isDraining = true;
    if (this.#sessions.size === 0) this.end('the gateway is stopping');
  }

  /** Ends the connection now, telling the peer. */
  end(cause: string): void {
    if (this.#isGone) return;
    this.#cause ??= cause;
    this.#leave(new Error(cause));
    try {
      this.#client?.end(); // DISCONNECT
    } catch (error) {
      this.#surroundings.log.warn({ error, remoteAddress: this.remoteAddress }, 'ssh disconnect failed');
    }
    this.socket.end();
    // A peer that does not read would keep the socket open for ever.
    this.#lingerTimer ??= setTimeout(() => this.socket.destroy(), LINGER_MS);
  }

  /** A stranger makes room for another one: no fault of its own. */
  evict(): void {
    this.#isEvicted = true;
    this.cut('too many connections wait for a login');
  }

  /** Ends the connection now, without a word. */
  cut(cause: string, level: 'info' | 'warn' = 'warn'): void {
    if (this.#cause === undefined && this.#identity !== undefined && !this.#isGone) {
      this.#surroundings.log[level](
        { remoteAddress: this.remoteAddress, principal: this.#identity.principal.name, cause },
        'ssh connection cut',
      );
    }
    this.#cause ??= cause;
    this.#leave(new Error(cause));
    this.socket.destroy();
  }

  /** Guards that need a clock; called about once a second. */
  sweep(now: number): void {
    if (this.#isGone) return;
    if (this.#inside?.isExchangingKeys() !== true) this.#exchangingSince = undefined;
    else this.#exchangingSince ??= now;
    const breach = this.#isStuck(now);
    if (breach !== undefined) this.cut(breach);
    else if (this.#isIdle(now)) this.end('idle');
    else this.#rekeyWhenDue();
  }

  #isStuck(now: number): string | undefined {
    const { loginGraceMs, stallMs } = this.#surroundings.limits;
    if (now - (this.#exchangingSince ?? now) > loginGraceMs) return 'the key exchange does not end';
    const isStalled = [...this.#sessions].some((session) => now - (session.stalledSince ?? now) > stallMs);
    return isStalled ? 'the client takes nothing' : undefined;
  }

  #isIdle(now: number): boolean {
    if (this.#identity === undefined || this.#sessions.size > 0) return false;
    return now - this.#idleSince > this.#surroundings.limits.idleMs;
  }

  async #authenticate(context: AuthContext): Promise<void> {
    if (this.#isGone) return;
    try {
      const decision = await this.#login.answer(context);
      if (this.#isGone) return;
      switch (decision.answer) {
        case 'sign':
          return context.accept(); // without a signature in the context ssh2 answers PK_OK, and nobody is logged in
        case 'refuse':
          return context.reject(['publickey']);
        case 'cut':
          return this.end('too many login attempts');
        case 'accept': {
          this.#identity = decision.identity;
          this.#idleSince = this.#surroundings.now();
          clearTimeout(this.#loginTimer);
          context.accept();
          if (this.#client !== undefined) announceHostKeys(this.#client, this.#surroundings.hostKeys());
          this.#surroundings.loggedIn(decision.identity, this.source);
        }
      }
    } catch (error) {
      // The directory did not answer, or ssh2 threw: nobody is logged in by an exception.
      this.#surroundings.log.error({ error, remoteAddress: this.remoteAddress }, 'ssh login failed');
      this.#identity = undefined;
      this.end('login is not possible now');
    }
  }

  #openSession(accept: AcceptConnection<Session>, reject: RejectConnection): void {
    const { limits, log, now } = this.#surroundings;
    // What a client has closed still counts until whoever serves it has noticed.
    const isFull = Math.max(this.#sessions.size, this.#running.size) >= limits.maxChannels;
    if (this.#isGone || this.#isDraining || this.#identity === undefined || isFull) {
      this.#refusedChannels += 1;
      if (this.#refusedChannels > limits.maxRefusedChannels) this.cut('too many channels');
      else reject();
      return;
    }
    const channel = accept();
    if (insideOfSession(channel).packetSize < MIN_PACKET_SIZE) {
      this.cut('unusable packet size');
      return;
    }
    const session = new DoorSession(channel, {
      gate: this.#gate,
      remoteAddress: this.remoteAddress,
      log,
      now,
      principal: () => this.#currentPrincipal(),
      serve: (asked) => this.#surroundings.serve(asked),
      answerClose: (closed) => {
        if (!this.#isGone) this.#inside?.answerClose(closed);
      },
      closed: (ended) => this.#sessionClosed(ended),
    });
    this.#sessions.add(session);
    this.#running.add(session.ended);
    void session.ended.then(() => this.#running.delete(session.ended));
  }

  #sessionClosed(session: DoorSession): void {
    this.#sessions.delete(session);
    if (this.#sessions.size > 0) return;
    this.#idleSince = this.#surroundings.now();
    if (this.#isDraining) this.end('the gateway is stopping');
  }

  /** Asked anew for each command: a ControlMaster connection outlives a revoked key, and groups change. */
  async #currentPrincipal(): Promise<Principal | undefined> {
    const identity = this.#identity;
    return identity === undefined ? undefined : this.#findAgain(identity, true);
  }

  /** Does the key or certificate still count, for what is open now? Not asked of expiries: they were known before. */
  async isStillAccepted(): Promise<boolean> {
    const identity = this.#identity;
    return identity === undefined || (await this.#findAgain(identity, false)) !== undefined;
  }

  async #findAgain({ principal, proof, user }: Identity, isNew: boolean): Promise<Principal | undefined> {
    const found = await this.#surroundings.authenticate({ proof, user, remoteAddress: this.remoteAddress, isNew });
    return found?.name === principal.name ? found : undefined;
  }

  #isWritable(): boolean {
    if (this.#isGone) return false;
    if (this.socket.writableLength > this.#surroundings.limits.maxUnsentBytes) return false;
    return this.#inside?.isExchangingKeys() === false;
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  /** For every piece that comes in, before ssh2 sees it. */
  #check(): void {
    if (this.#isGone) return;
    const breach = this.#hasBreached();
    if (breach !== undefined) this.cut(breach);
    else this.#rekeyWhenDue();
  }

  #hasBreached(): string | undefined {
    const { maxUnsentBytes, maxUnreadBytes } = this.#surroundings.limits;
    if (this.socket.writableLength > maxUnsentBytes + MAX_REPLY_BACKLOG) return 'the client does not read our replies';
    for (const session of this.#sessions) {
      if (session.unreadBytes > maxUnreadBytes) return 'the client ignores the channel window';
    }
    return undefined;
  }

  #rekeyWhenDue(): void {
    if (this.#isGone || this.#identity === undefined || this.#inside?.isExchangingKeys() !== false) return;
    const { limits, now } = this.#surroundings;
    const isOld = now() - this.#keyedAt > limits.rekeyMs;
    if (isOld || this.#movedBytes - this.#bytesWhenKeyed > limits.rekeyBytes) this.#client?.rekey();
  }

  #keysExchanged(): void {
    this.#exchanges += 1;
    this.#keyedAt = this.#surroundings.now();
    this.#bytesWhenKeyed = this.#movedBytes;
    this.#exchangingSince = undefined;
    const fair = REKEY_BURST + this.#movedBytes / BYTES_PER_REKEY + (this.#keyedAt - this.openedAt) / MS_PER_REKEY;
    if (this.#exchanges > fair) this.cut('too many key exchanges');
    else this.#wake();
  }

  /** Nothing is written to ssh2 any more, and everybody who waits for the client learns that it is gone. */
  #leave(reason: Error): void {
    if (this.#isGone) return;
    this.#isGone = true;
    clearTimeout(this.#loginTimer);
    for (const session of this.#sessions) session.abort(reason);
    this.#waiting.splice(0);
    // ssh2 ends its side of a broken connection and leaves the socket to the peer.
    this.#lingerTimer ??= setTimeout(() => this.socket.destroy(), LINGER_MS);
  }

  #closed(): void {
    this.#leave(new Error('the client is gone'));
    clearTimeout(this.#lingerTimer);
    this.#sessions.clear();
    this.#surroundings.closed(this);
    this.#setGone();
  }
}

// One session channel: the environment it may set (GIT_PROTOCOL), the one command it runs, and how it ends. Identity
// belongs to the connection, the repository to the channel: ControlMaster runs several of these on one connection.
import { randomUUID } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import type { ServerChannel, Session } from 'ssh2';
import type { Log } from '../../adapters/log/log.ts';
import type { Service } from '../../domain/ports.ts';
import type { Principal } from '../../domain/principal.ts';
import { visibleText } from '../../protocol/bytes.ts';
import type { RepoPath } from '../../protocol/repo-path.ts';
import { parseGitProtocolHeader } from '../../protocol/smart-http.ts';
import { parseSshCommand } from '../../protocol/ssh-command.ts';
import { ChannelStreams, type WriteGate } from './channel-streams.ts';
import { insideOfSession, type SessionInside } from './ssh2-inside.ts';

/** What the door asks to be served: one git service on one repository, for one person. */
export interface SshGitSession {
  readonly principal: Principal;
  readonly service: Service;
  /** The repository as the command named it; `repo` is its parsed form. */
  readonly path: string;
  readonly repo: RepoPath;
  /** From the client's GIT_PROTOCOL. */
  readonly gitProtocol?: 'version=1' | 'version=2';
  readonly remoteAddress: string;
  readonly input: Readable;
  readonly output: Writable;
  /** stderr: the client shows it verbatim and unprefixed. */
  readonly errors: Writable;
  /** Aborted when the client is gone; the streams are destroyed then. */
  readonly signal: AbortSignal;
}

export interface SessionSurroundings {
  readonly gate: WriteGate;
  readonly remoteAddress: string;
  readonly log: Log;
  readonly now: () => number;
  /** The person behind the connection as of now, or `undefined` when the key is no longer accepted. */
  principal(): Promise<Principal | undefined>;
  serve(session: SshGitSession): Promise<number>;
  /** The client closed a channel that never ran anything. */
  answerClose(session: SessionInside): void;
  closed(session: DoorSession): void;
}

interface Ending {
  readonly status: number;
  readonly text?: string;
}

const EXIT_REFUSED = 1;
// What git itself exits with after `fatal:`.
const EXIT_MALFORMED = 128;

export class DoorSession {
  readonly inside: SessionInside;
  /** Settles when what was asked for has been served (or nothing will be). */
  readonly ended: Promise<void>;
  readonly #surroundings: SessionSurroundings;
  readonly #gone = new AbortController();
  readonly #end: () => void;
  #streams: ChannelStreams | undefined;
  #gitProtocol: 'version=1' | 'version=2' | undefined;
  #finishedAt: number | undefined;

  constructor(session: Session, surroundings: SessionSurroundings) {
    this.inside = insideOfSession(session);
    this.#surroundings = surroundings;
    const ended = Promise.withResolvers<void>();
    this.ended = ended.promise;
    this.#end = ended.resolve;
    // What has no listener here (pty, x11, agent, subsystem, signal …) ssh2 refuses without closing the channel.
    session.on('env', (accept, reject, info) => {
      // LD_PRELOAD, GIT_SSH_COMMAND, GIT_DIR …: one name is let in, and it never reaches a shell.
      const { key, val } = info as { key?: unknown; val?: unknown };
      const version = key === 'GIT_PROTOCOL' && typeof val === 'string' ? parseGitProtocolHeader(val) : undefined;
      if (version === undefined) return reject?.();
      this.#gitProtocol = version;
      accept?.();
    });
    session.on('exec', (accept, _reject, { command }) => this.#start(accept(), () => this.#exec(command)));
    session.on('shell', (accept) => this.#start(accept(), () => this.#shell()));
    session.on('close', () => this.#closedByClient());
  }

  get unreadBytes(): number {
    return this.#streams?.unreadBytes ?? 0;
  }

  /** Since when the client has taken nothing of what waits for it, our close included. */
  get stalledSince(): number | undefined {
    return this.#streams?.stalledSince ?? this.#finishedAt;
  }

  /** The client is gone. */
  abort(reason: Error): void {
    this.#gone.abort(reason);
    this.#streams?.abort(reason);
    if (this.#streams === undefined) this.#end();
  }

  #closedByClient(): void {
    if (this.#streams === undefined) this.#surroundings.answerClose(this.inside);
    if (this.#finishedAt === undefined) this.abort(new Error('the client closed the channel'));
    this.#surroundings.closed(this);
  }

  /** `channel` is undefined when ssh2 had already answered: a second command on one channel. */
  #start(channel: ServerChannel | undefined, run: () => Promise<Ending>): void {
    if (channel === undefined || this.#streams !== undefined) return;
    const streams = new ChannelStreams(channel, this.#surroundings.gate, this.#surroundings.now);
    this.#streams = streams;
    void this.#run(streams, run).finally(this.#end);
  }

  async #run(streams: ChannelStreams, run: () => Promise<Ending>): Promise<void> {
    let ending: Ending;
    try {
      ending = await run();
    } catch (error) {
      if (this.#gone.signal.aborted) return;
      const id = randomUUID().slice(0, 8);
      this.#surroundings.log.error(
        { error, id, remoteAddress: this.#surroundings.remoteAddress },
        'ssh session failed',
      );
      ending = { status: EXIT_REFUSED, text: `internal error ${id}\nhint: tell the operator this number` };
    }
    if (ending.text !== undefined && streams.errors.writable) streams.errors.write(`sallyport: ${ending.text}\n`);
    try {
      await streams.finish(ending.status);
    } catch (error) {
      this.#surroundings.gate.broken(error instanceof Error ? error : new Error(String(error)));
    }
    this.#finishedAt = this.#surroundings.now();
  }

  async #shell(): Promise<Ending> {
    const principal = await this.#surroundings.principal();
    if (principal === undefined) return NO_LONGER_ACCEPTED;
    return { status: EXIT_REFUSED, text: `hello ${visibleText(principal.name)}, shell access is not offered` };
  }

  async #exec(text: string): Promise<Ending> {
    const principal = await this.#surroundings.principal();
    if (principal === undefined) return NO_LONGER_ACCEPTED;
    // ssh2 decodes the command as UTF-8 and loses what is not: two such paths would become the same one.
    const command = text.includes('\ufffd')
      ? ({ kind: 'refused', refused: 'the command is not UTF-8' } as const)
      : parseSshCommand(text);
    const streams = this.#streams;
    if (streams === undefined) throw new Error('a command without a channel');
    if (command.kind === 'refused') {
      return {
        status: EXIT_MALFORMED,
        text: `${visibleText(command.refused)}\nhint: only git clone, fetch and push work here`,
      };
    }
    if (command.kind === 'lfs') {
      return {
        status: EXIT_REFUSED,
        text: 'git-lfs over ssh is not offered\nhint: set lfs.url to the https address of the repository',
      };
    }
    const { service, path, repo } = command;
    if (service === 'git-upload-archive') {
      return { status: EXIT_REFUSED, text: 'git archive --remote is not offered\nhint: clone the repository instead' };
    }
    const status = await this.#surroundings.serve({
      principal,
      service,
      path,
      repo,
      ...(this.#gitProtocol === undefined ? {} : { gitProtocol: this.#gitProtocol }),
      remoteAddress: this.#surroundings.remoteAddress,
      input: streams.input,
      output: streams.output,
      errors: streams.errors,
      signal: this.#gone.signal,
    });
    return { status };
  }
}

const NO_LONGER_ACCEPTED: Ending = {
  status: EXIT_REFUSED,
  text: 'this key is no longer accepted\nhint: ask an administrator which keys are registered for you',
};

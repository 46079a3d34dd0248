// One channel as three streams for whoever serves it. ssh2's own channel is not handed out: destroying or leaving it
// half-read would end the answer, it waits for ever when the peer closes in the middle of a write, and it ignores a
// socket that does not take what it writes (CWE-770: a client with a large window that does not read fills our memory).
import type { Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ServerChannel } from 'ssh2';
import { type ChannelInside, insideOfChannel } from './ssh2-inside.ts';

/** Whether a channel may write to the connection just now. */
export interface WriteGate {
  readonly socket: Socket;
  isOpen(): boolean;
  /** Calls back once, when it may be open again. */
  whenOpen(resume: () => void): void;
  /** Told after each piece that was written. */
  wrote(bytes: number): void;
  /** This channel cannot go on, and its peer has to learn of it. */
  broken(reason: Error): void;
}

interface Parcel {
  readonly to: Writable;
  readonly bytes: Buffer;
  at: number;
  readonly done: (error?: Error) => void;
}

// What passes the gate at once: the bound on unsent bytes is exceeded by this at most.
const PIECE = 128 * 1024;
const OUTPUT_HIGH_WATER = 256 * 1024;
const INPUT_HIGH_WATER = 64 * 1024;

export class ChannelStreams {
  readonly input: Readable;
  readonly output: Writable;
  readonly errors: Writable;
  readonly #channel: ServerChannel;
  readonly #inside: ChannelInside;
  readonly #gate: WriteGate;
  /** stdout and stderr in the order they were written, one at a time: see forgetSentChunks. */
  readonly #parcels: Parcel[] = [];
  #writing = false;
  #waiting = false;
  #aborted: Error | undefined;
  #progressAt: number;
  readonly #now: () => number;

  constructor(channel: ServerChannel, gate: WriteGate, now: () => number) {
    this.#channel = channel;
    this.#inside = insideOfChannel(channel);
    this.#gate = gate;
    this.#now = now;
    this.#progressAt = now();
    // An error of a stream that nobody listens to would end the process, and with it everybody's sessions.
    channel.on('error', (error: Error) => this.#fail(error));
    channel.stderr.on('error', (error: Error) => this.#fail(error));
    this.input = this.#readable();
    this.output = this.#writable(channel);
    this.errors = this.#writable(channel.stderr);
    for (const stream of [this.input, this.output, this.errors]) stream.on('error', () => {});
  }

  /** Bytes received that nobody has read. */
  get unreadBytes(): number {
    return this.#channel.readableLength;
  }

  /** Since when something has been waiting to be written. */
  get stalledSince(): number | undefined {
    return this.#parcels.length > 0 ? this.#progressAt : undefined;
  }

  /** The peer is gone: whoever reads or writes here gets `reason`; nothing of ssh2 is touched again. */
  abort(reason: Error): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = reason;
    for (const parcel of this.#parcels.splice(0)) parcel.done(reason);
    for (const stream of [this.input, this.output, this.errors]) stream.destroy(reason);
  }

  /**
   * The end in the order git relies on: last bytes of stdout and stderr, exit-status, EOF, close. Input that still
   * comes is thrown away, so that the peer can finish writing.
   */
  async finish(status: number): Promise<void> {
    await Promise.allSettled([this.output, this.errors].map((stream) => finished(stream.end(), { readable: false })));
    if (this.#aborted !== undefined) return;
    this.input.destroy();
    this.#channel.resume();
    this.#channel.exit(status);
    this.#channel.end();
  }

  #fail(reason: Error): void {
    this.abort(reason);
    this.#gate.broken(reason);
  }

  #readable(): Readable {
    const channel = this.#channel;
    const input = new Readable({
      highWaterMark: INPUT_HIGH_WATER,
      read: () => {
        if (this.#aborted === undefined) channel.resume();
      },
      destroy: (error, done) => {
        // A reader that leaves early must not stop the channel, or the peer could not finish writing.
        if (this.#aborted === undefined) channel.resume();
        done(error);
      },
    });
    channel.on('data', (chunk: Buffer) => {
      if (!input.destroyed && !input.push(chunk)) channel.pause();
    });
    channel.on('end', () => {
      // After a broken connection ssh2 ends the channel too: abort() came first, so that is never taken for an EOF.
      if (!input.destroyed) input.push(null);
    });
    channel.pause();
    return input;
  }

  #writable(to: Writable): Writable {
    return new Writable({
      highWaterMark: OUTPUT_HIGH_WATER,
      decodeStrings: true,
      write: (chunk: Buffer, _encoding, done) => this.#send(to, chunk, done),
      // Small writes (pkt-lines) leave as one: each piece costs an SSH packet.
      writev: (chunks, done) =>
        this.#send(
          to,
          Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), // decodeStrings makes every chunk a Buffer
          done,
        ),
    });
  }

  #send(to: Writable, bytes: Buffer, done: (error?: Error) => void): void {
    if (this.#aborted !== undefined || bytes.length === 0) {
      done(this.#aborted);
      return;
    }
    if (this.#parcels.length === 0) this.#progressAt = this.#now();
    this.#parcels.push({ to, bytes, at: 0, done });
    this.#pump();
  }

  #pump(): void {
    const parcel = this.#parcels[0];
    if (parcel === undefined || this.#writing || this.#waiting || this.#aborted !== undefined) return;
    if (!this.#gate.isOpen()) {
      this.#waiting = true;
      this.#gate.whenOpen(() => {
        this.#waiting = false;
        this.#pump();
      });
      return;
    }
    if (!this.#inside.isOpen()) {
      // ssh2 drops a write to a channel that is not open without ever calling back.
      this.#fail(new Error('the channel is closed'));
      return;
    }
    const piece = parcel.bytes.subarray(parcel.at, parcel.at + PIECE);
    this.#writing = true;
    const { socket } = this.#gate;
    socket.cork(); // ssh2 writes each packet in three parts
    try {
      parcel.to.write(piece, (error) => this.#wrote(parcel, piece.length, error));
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      socket.uncork();
    }
  }

  #wrote(parcel: Parcel, length: number, error: Error | null | undefined): void {
    this.#writing = false;
    if (error) this.#fail(error);
    if (this.#aborted !== undefined) return;
    this.#inside.forgetSentChunks();
    this.#progressAt = this.#now();
    parcel.at += length;
    if (parcel.at === parcel.bytes.length) {
      this.#parcels.shift();
      parcel.done();
    }
    this.#gate.wrote(length);
    this.#pump();
  }
}

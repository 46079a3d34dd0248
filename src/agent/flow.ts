// The two directions of a relayed stream. Nothing is held beyond one buffer each way: a reader that pauses pauses the
// upstream, and an upstream that does not read pauses the sender. Silence counts against the upstream only while we
// wait for it, so a slow client never looks like a dead server.
import { Readable, type Writable } from 'node:stream';

/** An upstream that broke a promise in the middle of its answer. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
}

const BODY_BUFFER_BYTES = 256 * 1024;

export interface AnswerBody {
  readonly body: Readable;
  /** Passes bytes on; the source is paused when the reader is behind. */
  push(chunk: Buffer): void;
  /** The answer is whole. */
  finish(): void;
  /** The answer broke off: the reader still gets what arrived, and then the error, never a clean end. */
  fail(error: Error): void;
}

export interface AnswerBodyOptions {
  readonly source: Readable;
  /** How long the upstream may be silent while the reader waits for it. */
  readonly idleTimeout: number;
  /** False while the upstream cannot answer because we still send; its silence does not count then. */
  isUpstreamsTurn?(): boolean;
  /** The reader went away, or the upstream fell silent: stop it. Called at most once, never after finish(). */
  abandon(error: Error): void;
}

/** A reader's side of an answer whose bytes come from `source` (the caller listens to it and pushes). */
export function answerBody(options: AnswerBodyOptions): AnswerBody {
  const { source, idleTimeout } = options;
  let outcome: 'open' | 'finished' | Error = 'open';
  let isAbandoned = false;
  const abandon = (error: Error) => {
    if (isAbandoned) return;
    isAbandoned = true;
    options.abandon(error);
  };
  const idle = idleTimer(idleTimeout, () => {
    if (options.isUpstreamsTurn?.() === false) {
      idle.start();
      return;
    }
    const error = new UpstreamError(`upstream silent for ${Math.round(idleTimeout / 1000)} s`);
    answer.fail(error);
    abandon(error);
  });
  const body = new Readable({
    highWaterMark: BODY_BUFFER_BYTES,
    read() {
      if (outcome === 'open') {
        idle.start();
        source.resume();
      } else if (outcome instanceof Error) {
        endWithError(outcome);
      }
    },
    destroy(error, done) {
      idle.stop();
      if (outcome === 'open') abandon(error ?? new UpstreamError('the reader went away'));
      done(error);
    },
  });
  // The upstream may break off before the reader listens: without this an 'error' event would end the process.
  body.on('error', () => {});
  // Destroying drops what was buffered, so we wait for the reader to take it: an empty push clears the "reading" mark
  // and makes the stream ask again, until nothing is left.
  const endWithError = (error: Error) => {
    if (body.readableLength === 0) body.destroy(error);
    else body.push(Buffer.alloc(0));
  };
  const answer: AnswerBody = {
    body,
    push(chunk) {
      if (outcome !== 'open' || body.destroyed) return;
      const isWanted = body.push(chunk);
      // The reader may have gone away over this chunk.
      if (body.destroyed) return;
      if (isWanted) {
        idle.start();
      } else {
        idle.stop();
        source.pause();
      }
    },
    finish() {
      if (outcome !== 'open') return;
      outcome = 'finished';
      idle.stop();
      body.push(null);
    },
    fail(error) {
      if (outcome !== 'open') return;
      outcome = error;
      idle.stop();
      endWithError(error);
    },
  };
  return answer;
}

export interface ReadBody {
  /** The first bytes. */
  readonly beginning: Buffer;
  /** All of it: a Buffer when it ended within the limit, otherwise a stream that starts with the beginning. */
  readonly whole: Buffer | Readable;
}

/** Reads a body to its end or a little past `maxBytes`. Throws when it breaks off before. Leaves the source open. */
export async function readBeginning(source: Readable, maxBytes: number): Promise<ReadBody> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const iterator: AsyncIterator<Buffer> = source.iterator({ destroyOnReturn: false });
  while (bytes <= maxBytes) {
    const next = await iterator.next();
    if (next.done === true) {
      const whole = Buffer.concat(chunks);
      return { beginning: whole, whole };
    }
    chunks.push(next.value);
    bytes += next.value.length;
  }
  const beginning = Buffer.concat(chunks);
  async function* all() {
    yield beginning;
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  }
  return { beginning, whole: Readable.from(all(), { objectMode: false }) };
}

export interface IdleTimer {
  /** Starts, or starts again. */
  start(): void;
  stop(): void;
}

/** Fires once after `milliseconds` without start() or stop(). */
export function idleTimer(milliseconds: number, onIdle: () => void): IdleTimer {
  let timer: NodeJS.Timeout | undefined;
  const fire = () => {
    timer = undefined;
    onIdle();
  };
  return {
    start() {
      if (timer === undefined) timer = setTimeout(fire, milliseconds);
      else timer.refresh();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/** Above this much unsent data below the sink, the source waits. ssh2 ignores its socket's own signal. */
const MAX_UNSENT_BYTES = 1024 * 1024;

export interface PumpOptions {
  readonly source: Readable;
  readonly sink: Writable;
  /** What lies under the sink, when the sink does not watch it itself. */
  readonly socket?: Writable;
  /** Exactly so many bytes; absent = as many as come. */
  readonly length?: number;
  /** How long the upstream may take to make room. */
  readonly idleTimeout: number;
  onBytes?(chunk: Buffer): void;
}

/**
 * Sends a request body. Resolves when the sink has been given all of it (the caller ends the sink); rejects when the
 * source fails, is too long or too short, or the sink stops. Never destroys the source: it may be a client's
 * connection, which still has to be answered.
 */
export function pump(options: PumpOptions): Promise<void> {
  const { source, sink, socket, length } = options;
  return new Promise((resolve, reject) => {
    let given = 0;
    const idle = idleTimer(options.idleTimeout, () => settle(new UpstreamError('upstream stopped reading')));
    const isFull = () => sink.writableNeedDrain || (socket?.writableLength ?? 0) > MAX_UNSENT_BYTES;
    const onData = (chunk: Buffer) => {
      given += chunk.length;
      if (length !== undefined && given > length) {
        settle(new UpstreamError(`request body is longer than its ${length} bytes`));
        return;
      }
      options.onBytes?.(chunk);
      sink.write(chunk);
      if (isFull()) {
        source.pause();
        idle.start();
      }
    };
    const onDrain = () => {
      if (isFull()) return;
      idle.stop();
      source.resume();
    };
    const onEnd = () => {
      const isShort = length !== undefined && given < length;
      settle(isShort ? new UpstreamError(`request body ended after ${given} of ${length} bytes`) : undefined);
    };
    const onSourceError = (error: Error) => settle(new UpstreamError('request body failed', { cause: error }));
    const onSourceClose = () => settle(new UpstreamError('request body broke off'));
    const onSinkGone = () => settle(new UpstreamError('upstream closed while the request was being sent'));
    const settle = (error?: Error) => {
      idle.stop();
      source.off('data', onData).off('end', onEnd).off('error', onSourceError).off('close', onSourceClose);
      sink.off('drain', onDrain).off('close', onSinkGone).off('error', onSinkGone);
      socket?.off('drain', onDrain).off('close', onSinkGone);
      if (error === undefined) resolve();
      else {
        source.pause();
        reject(error);
      }
    };
    // A source that failed before we came emits nothing any more.
    if (source.destroyed && !source.readableEnded) {
      settle(new UpstreamError('request body broke off', { cause: source.errored }));
      return;
    }
    if (source.readableEnded) {
      onEnd();
      return;
    }
    if (sink.destroyed) {
      onSinkGone();
      return;
    }
    sink.on('drain', onDrain).on('close', onSinkGone).on('error', onSinkGone);
    socket?.on('drain', onDrain).on('close', onSinkGone);
    source.on('end', onEnd).on('error', onSourceError).on('close', onSourceClose).on('data', onData);
    source.resume();
  });
}

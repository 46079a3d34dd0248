// What both ends of a link do alike: windows, bodies that are known to be whole, and finding out that nobody is there.
import type { Http2Session, Http2Stream } from 'node:http2';
import { constants } from 'node:http2';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import { END_TRAILER, WINDOW_BYTES } from '../protocol/agent-link.ts';

/** Of both ends. A window is what one stream may have in memory while its reader is slow; frames stay at 16 KiB, so that
 * a small request need not wait behind a large one. */
export const SESSION_OPTIONS = {
  settings: { initialWindowSize: WINDOW_BYTES, maxFrameSize: 16_384, enablePush: false, maxConcurrentStreams: 256 },
  maxSessionMemory: 64,
  maxHeaderListPairs: 64,
} as const;

/** To be called once the session is there: the setting alone leaves the session at 64 KiB. */
export function openWindow(session: Http2Session): void {
  session.setLocalWindowSize(WINDOW_BYTES);
}

/** A body that broke off, or a link that did. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
}

const BUFFER_BYTES = 256 * 1024;

/** Reads a stream's body. It ends when the other end says that it is whole; anything else destroys it. */
export function receiveBody(stream: Http2Stream): Readable {
  let isWhole = false;
  let isOver = false;
  const body = new Readable({
    highWaterMark: BUFFER_BYTES,
    read: () => void stream.resume(),
    destroy(error, done) {
      if (!isOver) stream.close(constants.NGHTTP2_CANCEL);
      isOver = true;
      done(error);
    },
  });
  // The link may break before anybody listens.
  body.on('error', () => {});
  // Frames are small and come several at a time: together they are one write for whoever reads.
  let frames: Buffer[] = [];
  const flush = () => {
    const [first] = frames;
    if (first === undefined) return;
    const together = frames.length === 1 ? first : Buffer.concat(frames);
    frames = [];
    if (!body.destroyed && !body.push(together)) stream.pause();
  };
  const settle = (how: 'ended' | 'closed') => {
    if (isOver) return;
    flush();
    isOver = true;
    if (how === 'ended' && isWhole) body.push(null);
    else body.destroy(new LinkError('the link broke off'));
  };
  stream.on('trailers', (trailers) => {
    isWhole = trailers['sallyport-end'] === END_TRAILER['sallyport-end'];
  });
  stream.on('data', (chunk: Buffer) => {
    if (frames.length === 0) process.nextTick(flush);
    frames.push(chunk);
  });
  stream.once('end', () => settle('ended'));
  stream.once('error', () => settle('closed'));
  stream.once('close', () => settle('closed'));
  stream.pause();
  return body;
}

/**
 * Sends a body and its end. Resolves when all of it was taken, or the stream closed; a source that fails closes the
 * stream, so that the other end never takes a part for the whole. The source is left open.
 */
export async function sendBody(stream: Http2Stream, source: Readable, onBytes?: () => void): Promise<void> {
  stream.once('wantTrailers', () => stream.sendTrailers(END_TRAILER));
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false })) {
      if (stream.destroyed || stream.closed) return;
      onBytes?.();
      if (!stream.write(chunk)) await drained(stream);
    }
    if (!stream.destroyed && !stream.closed) stream.end();
  } catch {
    stream.close(constants.NGHTTP2_CANCEL);
  }
}

function drained(stream: Http2Stream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.closed) return resolve();
    const done = () => {
      stream.off('drain', done).off('close', done).off('error', done);
      resolve();
    };
    stream.on('drain', done).on('close', done).on('error', done);
  });
}

/** A whole body as text; rejects when it breaks off or is longer than `maxBytes`. */
export async function readText(body: Readable, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxBytes) throw new LinkError('a message on the link is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

export interface KeepAlive {
  readonly session: Http2Session;
  readonly socket: Duplex & { readonly bytesRead?: number };
  /** Milliseconds between two looks when nothing is under way, and when something is. */
  readonly idleMs: number;
  readonly busyMs: number;
  isBusy(): boolean;
  onDead(): void;
  onRoundTrip?(milliseconds: number): void;
}

const MISSES = 2;

/** Pings, and calls onDead when not a byte has come for two pings. Answers how to stop. */
export function keepAlive({ session, socket, idleMs, busyMs, isBusy, onDead, onRoundTrip }: KeepAlive): () => void {
  let heard = -1;
  let misses = 0;
  let elapsed = 0;
  const look = () => {
    elapsed += busyMs;
    if (!isBusy() && elapsed < idleMs) return;
    elapsed = 0;
    const bytes = socket.bytesRead ?? 0;
    // Any byte is a sign of life: behind a full window a pong may wait for long.
    misses = bytes === heard ? misses + 1 : 0;
    heard = bytes;
    if (misses >= MISSES) onDead();
    else if (!session.closed && !session.destroyed)
      session.ping((error, milliseconds) => {
        if (error === null) onRoundTrip?.(milliseconds);
      });
  };
  const timer = setInterval(look, busyMs);
  timer.unref();
  return () => clearInterval(timer);
}

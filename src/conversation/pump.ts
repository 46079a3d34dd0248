import type { Readable, Writable } from 'node:stream';

/** Copies to the end without ending the target; rejects when the source breaks off or the client leaves. */
export async function pump(source: Readable, target: Writable, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  const stop = () => source.destroy(new Error('the client left'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of source) {
      if (signal.aborted || target.destroyed) throw new Error('the client left');
      bytes += (chunk as Buffer).length;
      if (!target.write(chunk)) await drained(target, signal);
    }
    return bytes;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Resolves when the stream takes more, has ended, or the client is gone. */
export function drained(target: Writable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      target.off('drain', done);
      target.off('close', done);
      target.off('error', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    if (target.destroyed || signal.aborted) return resolve();
    target.once('drain', done);
    target.once('close', done);
    target.once('error', done);
    signal.addEventListener('abort', done, { once: true });
  });
}

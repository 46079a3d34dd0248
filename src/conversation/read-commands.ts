// Reads the head of a push request from a stream: commands and push options, and whatever came with them.
import type { Readable } from 'node:stream';
import { ProtocolError } from '../protocol/errors.ts';
import { ReceivePackDecoder, type ReceivePackRequest } from '../protocol/receive-pack.ts';
import type { Gate } from './gate.ts';

export interface ReadCommands {
  readonly request: ReceivePackRequest;
  /** First bytes of the pack, already taken from the stream. */
  readonly rest: Buffer;
}

/** Throws ProtocolError on anything irregular; then nothing has been recorded and nothing is forwarded. */
export async function readCommands(
  gate: Pick<Gate, 'limits'>,
  incoming: { readonly input: Readable; readonly signal: AbortSignal },
): Promise<ReadCommands> {
  const decoder = new ReceivePackDecoder({
    objectFormat: 'as-sent', // compared with the upstream's once its advertisement is here
    advertised: { pushOptions: true, atomic: true }, // likewise
    limits: { maxRefUpdates: gate.limits.maxRefUpdates },
  });
  // Over SSH the client's own hooks run before it sends anything, which takes a while, but not for ever (THREATS.md 82).
  const deadline = AbortSignal.timeout(gate.limits.receiveTimeoutMs);
  const signal = AbortSignal.any([incoming.signal, deadline]);
  try {
    for (;;) {
      const chunk = await nextChunk(incoming.input, signal);
      if (chunk === undefined) return { request: decoder.finish(), rest: Buffer.alloc(0) };
      decoder.write(chunk);
      const request = decoder.result();
      if (request !== undefined) return { request, rest: decoder.takeRest() };
    }
  } catch (error) {
    if (!(error instanceof ClientGoneError) || !deadline.aborted || incoming.signal.aborted) throw error;
    throw new ProtocolError('truncated', 'the commands did not arrive within the time limit');
  }
}

/** The next bytes, or `undefined` at the end. Leaves the stream usable for the next reader, unlike `for await`. */
export async function nextChunk(input: Readable, signal: AbortSignal): Promise<Buffer | undefined> {
  for (;;) {
    const chunk = input.read() as Buffer | null;
    if (chunk !== null) return chunk;
    if (input.readableEnded) return undefined;
    if (input.errored !== null) throw input.errored;
    if (signal.aborted || input.destroyed) throw new ClientGoneError();
    await new Promise<void>((resolve) => {
      const done = () => {
        input.off('readable', done);
        input.off('end', done);
        input.off('close', done);
        input.off('error', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      input.once('readable', done);
      input.once('end', done);
      input.once('close', done);
      input.once('error', done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

/** The client left before its request was complete: nothing of it counts. */
export class ClientGoneError extends Error {
  readonly code = 'client-gone';
  constructor() {
    super('the client left before its request was complete');
  }
}

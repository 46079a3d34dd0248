// The zlib stream of one entry of a pack, whose size the header has told and whose end only inflating it tells.
import { createInflate, type Inflate, inflateSync } from 'node:zlib';
import { ProtocolError } from './errors.ts';

export interface Inflated {
  readonly content: Buffer;
  /** Bytes of the stream. */
  readonly length: number;
}

/** Where bytes of a pack come from, in order. */
export interface PackSource {
  /**
   * The bytes from `offset` on: at least `least` of them, fewer only when the pack has no more. `offset` never goes down.
   * They are valid until the next call.
   */
  read(offset: number, least: number): Buffer | Promise<Buffer>;
}

/** No stream of `size` bytes that zlib writes is longer; one that is has been made by hand. */
export function longestStream(size: number): number {
  return size + (size >> 3) + 1024;
}

const LEAST_CHUNK = 64;
const CHUNK = 64 * 1024;

/** Inflates the stream that `bytes` begin with. Throws `bad-pack` when it is damaged or not of this size. */
export function inflateEntry(bytes: Buffer, size: number): Inflated {
  try {
    // One byte of room more: zlib then sees the end without another buffer.
    const { buffer, engine } = inflateWithInfo(bytes, {
      maxOutputLength: size + 1,
      chunkSize: Math.max(LEAST_CHUNK, size + 1),
    });
    if (buffer.length === size) return { content: buffer, length: engine.bytesWritten };
  } catch (cause) {
    throw new ProtocolError('bad-pack', 'entry that does not inflate', { cause });
  }
  throw new ProtocolError('bad-pack', 'entry of another size than it says');
}

/** The same for what is too large to be held; answers the bytes of the stream. `each` gets what it holds, piece by piece. */
export async function inflateLarge(
  source: PackSource,
  offset: number,
  size: number,
  each: (piece: Buffer) => void,
): Promise<number> {
  const inflate = createInflate({ chunkSize: CHUNK });
  const feeding = feed(inflate, source, offset);
  feeding.catch((error: unknown) => inflate.destroy(error as Error));
  let left = size;
  try {
    for await (const piece of inflate) {
      left -= piece.length;
      if (left < 0) break;
      each(piece);
    }
  } catch (cause) {
    if (isZlibError(cause)) throw new ProtocolError('bad-pack', 'entry that does not inflate', { cause });
    throw cause;
  } finally {
    inflate.destroy();
  }
  if (left !== 0) throw new ProtocolError('bad-pack', 'entry of another size than it says');
  return inflate.bytesWritten;
}

/** Until the stream is over, which zlib says by leaving bytes alone. */
async function feed(inflate: Inflate, source: PackSource, offset: number): Promise<void> {
  for (let given = 0; inflate.bytesWritten === given && !inflate.destroyed; ) {
    const bytes = (await source.read(offset + given, 1)).subarray(0, CHUNK);
    if (bytes.length === 0) throw new ProtocolError('truncated', 'entry is cut short', { offset: offset + given });
    given += bytes.length;
    await new Promise<void>((resolve) => inflate.write(bytes, () => resolve()));
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

/** The types of node:zlib do not know that `info` changes the result. */
function inflateWithInfo(
  input: Buffer,
  options: { readonly maxOutputLength: number; readonly chunkSize: number },
): { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } } {
  const result: unknown = inflateSync(input, { ...options, info: true });
  return result as { buffer: Buffer; engine: { bytesWritten: number } };
}

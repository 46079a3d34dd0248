// Decompression that cannot run away: an output limit for each stream, paid from the budget whatever comes of it. Sizes
// that headers declare are hints for an allocation and never believed.
import { constants, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import { INFLATE_COST, type LayerBudget } from './budget.ts';
import { type MissedPart, missed } from './layer.ts';

export type Inflated =
  | { readonly ok: true; readonly bytes: Buffer; readonly end: number }
  | { readonly ok: false; readonly reason: 'bomb' | 'too-large' | 'budget' | 'damaged' };

export interface Stream {
  readonly start: number;
  /** No byte of the stream is at or after it. */
  readonly end: number;
  /** Compressed size as declared, for the ratio; the whole rest when unknown. */
  readonly compressed?: number;
  /** Output size as declared or guessed: what is allocated at once. */
  readonly size?: number;
}

const MIB = 1024 * 1024;
const DEFAULT_CHUNK = 16 * 1024;

/** Inflates a raw deflate stream (RFC 1951); `end` of the result is the first byte after it. A cut stream gives what it has. */
export function inflate(bytes: Buffer, stream: Stream, budget: LayerBudget): Inflated {
  const cap = capOf(stream, budget);
  if (!budget.take(INFLATE_COST) || cap <= 0) return { ok: false, reason: 'budget' };
  try {
    const { buffer, engine } = inflateWithInfo(bytes.subarray(stream.start, stream.end), {
      maxOutputLength: cap,
      chunkSize: Math.min(Math.max(stream.size ?? DEFAULT_CHUNK, 64), cap, MIB),
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    return { ok: true, bytes: buffer, end: stream.start + engine.bytesWritten };
  } catch (error) {
    return failure(error, cap, stream, budget);
  }
}

/** Decompresses a Zstandard stream (RFC 8878) that goes on to the end of the bytes. */
export function unzstd(bytes: Buffer, budget: LayerBudget): Inflated {
  const stream = { start: 0, end: bytes.length };
  const cap = capOf(stream, budget);
  if (!budget.take(INFLATE_COST) || cap <= 0) return { ok: false, reason: 'budget' };
  try {
    return { ok: true, bytes: zstdDecompressSync(bytes, { maxOutputLength: cap }), end: bytes.length };
  } catch (error) {
    return failure(error, cap, stream, budget);
  }
}

const PHRASES = {
  bomb: 'inflates out of proportion',
  'too-large': 'larger than one layer may be',
  budget: 'more than a push of this size may unpack',
  damaged: 'damaged',
} as const;

/** What to say about a stream that did not inflate. */
export function missedStream(label: string, what: string, reason: keyof typeof PHRASES): MissedPart {
  return missed(reason, label, `${what}, ${PHRASES[reason]}`);
}

function ratioCap(stream: Stream, budget: LayerBudget): number {
  const rest = stream.end - stream.start;
  const declared = stream.compressed ?? rest;
  return MIB + Math.min(declared, rest) * budget.limits.maxRatio;
}

function capOf(stream: Stream, budget: LayerBudget): number {
  return Math.min(budget.limits.maxLayerBytes, budget.left, ratioCap(stream, budget));
}

/** The work done before it failed is not known; it was at most the cap. */
function failure(error: unknown, cap: number, stream: Stream, budget: LayerBudget): Inflated {
  const isFull = error instanceof RangeError && (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
  const reason = !isFull ? 'damaged' : capReason(cap, stream, budget);
  budget.take(cap);
  return { ok: false, reason };
}

function capReason(cap: number, stream: Stream, budget: LayerBudget): 'bomb' | 'too-large' | 'budget' {
  if (cap === ratioCap(stream, budget)) return 'bomb';
  return cap === budget.limits.maxLayerBytes ? 'too-large' : 'budget';
}

interface InflateOptions {
  readonly maxOutputLength: number;
  readonly chunkSize: number;
  readonly finishFlush: number;
}

/** The types of node:zlib do not know that `info` changes the result. */
function inflateWithInfo(
  input: Buffer,
  options: InflateOptions,
): { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } } {
  const result: unknown = inflateRawSync(input, { ...options, info: true });
  return result as { buffer: Buffer; engine: { bytesWritten: number } };
}

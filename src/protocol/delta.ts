// A delta against another object (gitformat-pack, "Deltified representation"), read as git's patch-delta.c reads it:
//
//   delta = base-size result-size *(copy / insert)     sizes: seven bits a byte, least significant first
//   copy = %x80-FF with a bit for each offset and size byte that follows; size 0 means 0x10000
//   insert = %x01-7F, that many bytes as they are
import { ProtocolError } from './errors.ts';

const MORE = 0x80;
const COPY = 0x80;
const MAX_SIZE_BYTES = 7;
const SIZE_OF_ZERO = 0x10000;
/** patch-delta.c, DELTA_SIZE_MIN: git takes nothing shorter. */
const LEAST_DELTA = 4;

/**
 * What the delta makes of `base`. Throws `limit-exceeded` when that would be more than `most` bytes, `bad-pack` for what
 * git would not apply. Takes time and memory in proportion to delta and result.
 */
export function applyDelta(base: Buffer, delta: Buffer, most: number): Buffer {
  if (delta.length < LEAST_DELTA) throw bad('is too short', 0);
  const from = sizeAt(delta, 0);
  if (from.size !== base.length) throw bad('is for a base of another size', 0);
  const { size, next } = sizeAt(delta, from.next);
  if (size > most) throw new ProtocolError('limit-exceeded', `a delta makes ${size} bytes`, { offset: from.next });
  const result = Buffer.allocUnsafe(size);
  let at = next;
  let filled = 0;
  while (at < delta.length) {
    const command = delta[at++] as number;
    if (command === 0) throw bad('has a reserved command', at - 1);
    if ((command & COPY) === 0) {
      if (command > delta.length - at || command > size - filled) throw bad('inserts too much', at - 1);
      filled += delta.copy(result, filled, at, at + command);
      at += command;
      continue;
    }
    let [start, length] = [0, 0];
    for (let bit = 0; bit < 4; bit++) if ((command & (1 << bit)) !== 0) start += byteAt(delta, at++) * 256 ** bit;
    for (let bit = 0; bit < 3; bit++) if ((command & (16 << bit)) !== 0) length += byteAt(delta, at++) * 256 ** bit;
    if (length === 0) length = SIZE_OF_ZERO;
    if (start + length > base.length || length > size - filled) throw bad('copies from outside', at);
    filled += base.copy(result, filled, start, start + length);
  }
  if (filled !== size) throw bad('makes less than it says', at);
  return result;
}

function sizeAt(delta: Buffer, at: number): { readonly size: number; readonly next: number } {
  let size = 0;
  for (let unit = 1, next = at; ; unit *= 128) {
    if (next - at === MAX_SIZE_BYTES) throw bad('has a size that is too large', at);
    const byte = byteAt(delta, next++);
    size += (byte & 0x7f) * unit;
    if ((byte & MORE) === 0) return { size, next };
  }
}

function byteAt(delta: Buffer, at: number): number {
  const byte = delta[at];
  if (byte === undefined) throw bad('is cut short', at);
  return byte;
}

function bad(what: string, offset: number): ProtocolError {
  return new ProtocolError('bad-pack', `a delta ${what}`, { offset });
}

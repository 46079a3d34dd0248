// The header of one entry of a pack (gitformat-pack, "pack-*.pack files have the following format"):
//
//   entry = 1*size-byte [ base ] zlib-stream
//   size-byte: MSB "more follows"; of the first byte three bits are the type and four bits size, of the others seven bits
//   base = offset-delta: how far before this entry its base begins | ref-delta: the base's raw oid
import { ProtocolError } from './errors.ts';
import { type ObjectFormat, type Oid, oidHexLength } from './oid.ts';

export type PackedType = 'commit' | 'tree' | 'blob' | 'tag';

export type EntryHeader = {
  /** Of the content, or of the delta, once it is inflated. */
  readonly size: number;
  /** Bytes of this header: the zlib stream begins behind it. */
  readonly length: number;
} & (
  | { readonly type: PackedType }
  | { readonly type: 'offset-delta'; readonly distance: number }
  | { readonly type: 'ref-delta'; readonly base: Oid }
);

/** Bytes of the longest header: eight of size, then a SHA-256 id. */
export const MAX_ENTRY_HEADER = 40;

const MORE = 0x80;
const MAX_SIZE_BYTES = 8;
const TYPES: Readonly<Record<number, EntryHeader['type']>> = {
  1: 'commit',
  2: 'tree',
  3: 'blob',
  4: 'tag',
  6: 'offset-delta',
  7: 'ref-delta',
};

/** Reads the header that `bytes` begin with. Throws `truncated` when they end in it, `bad-pack` for what git has no word for. */
export function parseEntryHeader(bytes: Buffer, format: ObjectFormat): EntryHeader {
  const first = byteAt(bytes, 0);
  const type = TYPES[(first >> 4) & 7];
  if (type === undefined) throw new ProtocolError('bad-pack', `entry of type ${(first >> 4) & 7}`, { offset: 0 });
  let size = first & 15;
  let length = 1;
  for (let byte = first, unit = 16; (byte & MORE) !== 0; unit *= 128) {
    if (length === MAX_SIZE_BYTES) throw new ProtocolError('bad-pack', 'entry size too large', { offset: length });
    byte = byteAt(bytes, length++);
    size += (byte & 0x7f) * unit;
  }
  if (type === 'offset-delta') return { type, size, ...distanceAt(bytes, length) };
  if (type !== 'ref-delta') return { type, size, length };
  const end = length + oidHexLength(format) / 2;
  if (bytes.length < end) throw cutShort(bytes.length);
  return { type, size, base: bytes.toString('hex', length, end), length: end };
}

/** "n bytes with MSB set in all but the last one", each but the first adding one, so that no distance has two spellings. */
function distanceAt(bytes: Buffer, at: number): { readonly distance: number; readonly length: number } {
  let length = at;
  let byte = byteAt(bytes, length++);
  let distance = byte & 0x7f;
  while ((byte & MORE) !== 0) {
    if (length - at === MAX_SIZE_BYTES - 1)
      throw new ProtocolError('bad-pack', 'base too far away', { offset: length });
    byte = byteAt(bytes, length++);
    distance = (distance + 1) * 128 + (byte & 0x7f);
  }
  return { distance, length };
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw cutShort(at);
  return byte;
}

function cutShort(offset: number): ProtocolError {
  return new ProtocolError('truncated', 'entry header is cut short', { offset });
}

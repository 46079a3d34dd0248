// The outside of a pack (gitformat-pack): "PACK", version, object count, the objects, and a checksum over all of it.
// What is inside is git's own index-pack to judge; we read only what must be known before and after it.
import { createHash } from 'node:crypto';
import { ProtocolError } from './errors.ts';
import type { ObjectFormat } from './oid.ts';

export const PACK_HEADER_BYTES = 12;

export interface PackHeader {
  readonly version: number;
  readonly objects: number;
}

/** Reads the first twelve bytes of a pack. */
export function parsePackHeader(bytes: Uint8Array): PackHeader {
  if (bytes.length < PACK_HEADER_BYTES) {
    throw new ProtocolError('truncated', 'pack header is cut short', { offset: bytes.length });
  }
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, PACK_HEADER_BYTES);
  if (header.toString('latin1', 0, 4) !== 'PACK') {
    throw new ProtocolError('bad-pack', 'not a pack: no PACK signature', { offset: 0 });
  }
  // gitformat-pack: "4-byte version number: Git currently accepts version number 2 or 3"; nobody writes 3.
  const version = header.readUInt32BE(4);
  if (version !== 2) throw new ProtocolError('bad-pack', `pack version ${version} is not supported`, { offset: 4 });
  return { version, objects: header.readUInt32BE(8) };
}

/** Bytes of the checksum that ends a pack. */
export function packTrailerBytes(format: ObjectFormat): number {
  return format === 'sha1' ? 20 : 32;
}

/** A pack of no objects: what goes with ref updates that bring none (git sends it; some servers insist on it). */
export function emptyPack(format: ObjectFormat): Buffer {
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  return Buffer.concat([header, createHash(format).update(header).digest()]);
}

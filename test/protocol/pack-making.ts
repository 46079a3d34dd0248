// Packs made by hand: what git writes, what only other clients write, and what nobody should.
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

const CODES = { commit: 1, tree: 2, blob: 3, tag: 4, offset: 6, ref: 7 } as const;

export interface MadeEntry {
  readonly type: keyof typeof CODES;
  /** Content, or delta. */
  readonly bytes: Buffer;
  /** Index of an earlier entry, or a raw id. */
  readonly base?: number | Buffer;
  /** Default: the truth. */
  readonly size?: number;
  /** In the place of the zlib stream. */
  readonly stream?: Buffer;
}

export interface MadePack {
  readonly bytes: Buffer;
  readonly offsets: readonly number[];
}

export function makePack(entries: readonly MadeEntry[], announced = entries.length): MadePack {
  const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  head.writeUInt32BE(announced, 8);
  const parts = [head];
  const offsets: number[] = [];
  let at = head.length;
  for (const entry of entries) {
    const { type, bytes, base, size = bytes.length, stream = deflateSync(bytes) } = entry;
    offsets.push(at);
    const header = [entryHead(CODES[type], size)];
    if (typeof base === 'number') header.push(distance(at - (offsets[base] ?? 0)));
    if (Buffer.isBuffer(base)) header.push(base);
    const part = Buffer.concat([...header, stream]);
    parts.push(part);
    at += part.length;
  }
  const body = Buffer.concat(parts);
  return { bytes: Buffer.concat([body, createHash('sha1').update(body).digest()]), offsets };
}

export function entryHead(code: number, size: number): Buffer {
  const bytes = [(code << 4) | (size % 16)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(rest % 128);
    bytes[bytes.length - 2] = (bytes.at(-2) ?? 0) | 0x80;
  }
  return Buffer.from(bytes);
}

export function distance(value: number): Buffer {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    rest -= 1;
    bytes.unshift((rest % 128) | 0x80);
  }
  return Buffer.from(bytes);
}

/** A delta: sizes, then copies `[from, length]` and inserts. */
export function makeDelta(baseSize: number, parts: readonly (readonly [number, number] | Buffer)[]): Buffer {
  const size = parts.reduce((sum, part) => sum + (Buffer.isBuffer(part) ? part.length : part[1]), 0);
  const commands = parts.flatMap((part) => (Buffer.isBuffer(part) ? inserts(part) : [copy(part[0], part[1])]));
  return Buffer.concat([varint(baseSize), varint(size), ...commands]);
}

export function varint(value: number): Buffer {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(rest % 128);
    bytes[bytes.length - 2] = (bytes.at(-2) ?? 0) | 0x80;
  }
  return Buffer.from(bytes);
}

function inserts(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 127) {
    const piece = bytes.subarray(at, at + 127);
    pieces.push(Buffer.of(piece.length), piece);
  }
  return pieces;
}

/** Every offset and size byte, zero or not. */
function copy(from: number, length: number): Buffer {
  const command = Buffer.alloc(8);
  command[0] = 0xff;
  command.writeUInt32LE(from, 1);
  command.writeUIntLE(length, 5, 3);
  return command;
}

/** The id that git gives an object. */
export function idOf(type: string, content: Buffer, format: 'sha1' | 'sha256' = 'sha1'): string {
  return createHash(format).update(`${type} ${content.length}\0`).update(content).digest('hex');
}

// Reads a pack once, from front to back, while it still arrives, and shows what its objects hold: each under the id that
// its bytes have, so that nobody needs to trust this reading of the pack. What cannot be shown is passed over: deltas
// whose base is no longer at hand or not in this pack, and what is too large to be made in memory.
import { createHash, type Hash } from 'node:crypto';
import { applyDelta } from './delta.ts';
import { ProtocolError } from './errors.ts';
import type { ObjectFormat } from './oid.ts';
import { PACK_HEADER_BYTES, parsePackHeader } from './pack.ts';
import { type PackBase, PackBases } from './pack-bases.ts';
import { type EntryHeader, MAX_ENTRY_HEADER, type PackedType, parseEntryHeader } from './pack-entry.ts';
import { inflateEntry, inflateLarge, longestStream, type PackSource } from './pack-inflate.ts';

export interface PackVisitor {
  /** False: the walk ends. */
  readonly wantsMore: boolean;
  /** An object whose entry begins at `offset`; never a tree. The content is not changed afterwards. */
  object(offset: number, type: PackedType, content: Buffer, oid: Buffer): void;
  /** One that is shown in pieces: this, its content, and its end. Without the end it was not whole. */
  begin(offset: number, type: PackedType, size: number): void;
  /** Valid until this returns. */
  content(piece: Buffer): void;
  end(oid: Buffer): void;
}

export interface WalkLimits {
  /** Objects and deltas up to this size are held as a whole; larger objects are shown in pieces, larger deltas not at all. */
  readonly wholeBytes: number;
  /** Of objects kept as bases. */
  readonly basesBytes: number;
}

const MIB = 1024 * 1024;
export const WALK_LIMITS: WalkLimits = Object.freeze({ wholeBytes: 4 * MIB, basesBytes: 64 * MIB });

/** Resolves at the end of the objects, or of the visitor's wish. Throws ProtocolError where the pack is none: what was shown before stands. */
export async function walkPack(
  source: PackSource,
  format: ObjectFormat,
  visitor: PackVisitor,
  limits: WalkLimits = WALK_LIMITS,
): Promise<void> {
  const { objects } = parsePackHeader(await source.read(0, PACK_HEADER_BYTES));
  const walk = new Walk(source, format, visitor, limits);
  let offset = PACK_HEADER_BYTES;
  for (let left = objects; left > 0 && visitor.wantsMore; left--) offset = await walk.entry(offset);
}

class Walk {
  readonly #source: PackSource;
  readonly #format: ObjectFormat;
  readonly #visitor: PackVisitor;
  readonly #limits: WalkLimits;
  readonly #bases: PackBases;

  constructor(source: PackSource, format: ObjectFormat, visitor: PackVisitor, limits: WalkLimits) {
    this.#source = source;
    this.#format = format;
    this.#visitor = visitor;
    this.#limits = limits;
    this.#bases = new PackBases(limits.basesBytes);
  }

  /** The entry that begins there; answers where the next one does. */
  async entry(offset: number): Promise<number> {
    let bytes = await this.#source.read(offset, MAX_ENTRY_HEADER);
    const header = parseEntryHeader(bytes, this.#format);
    const { size, length } = header;
    if (size > this.#limits.wholeBytes) return offset + length + (await this.#large(header, offset));
    const least = length + longestStream(size);
    if (bytes.length < least) bytes = await this.#source.read(offset, least);
    const inflated = inflateEntry(bytes.subarray(length), size);
    const object = this.#whole(header, offset, inflated.content);
    if (object !== undefined) this.#show(offset, object);
    return offset + length + inflated.length;
  }

  #whole(header: EntryHeader, offset: number, content: Buffer): PackBase | undefined {
    if (header.type === 'tree') return undefined;
    if (header.type !== 'offset-delta' && header.type !== 'ref-delta') return { type: header.type, content };
    const base = this.#bases.find(header.type === 'ref-delta' ? header.base : offset - header.distance);
    if (base === undefined) return undefined;
    try {
      return { type: base.type, content: applyDelta(base.content, content, this.#limits.wholeBytes) };
    } catch (error) {
      if (error instanceof ProtocolError && error.code === 'limit-exceeded') return undefined;
      throw error;
    }
  }

  #show(offset: number, object: PackBase): void {
    const { type, content } = object;
    const oid = this.#idOf(type, content.length).update(content).digest();
    this.#visitor.object(offset, type, content, oid);
    this.#bases.add(offset, oid, object);
  }

  /** Answers the bytes of its stream. */
  async #large(header: EntryHeader, offset: number): Promise<number> {
    const { type, size, length } = header;
    if (type === 'tree' || type === 'offset-delta' || type === 'ref-delta') {
      return inflateLarge(this.#source, offset + length, size, () => {});
    }
    const hash = this.#idOf(type, size);
    this.#visitor.begin(offset, type, size);
    const taken = await inflateLarge(this.#source, offset + length, size, (piece) => {
      hash.update(piece);
      this.#visitor.content(piece);
    });
    this.#visitor.end(hash.digest());
    return taken;
  }

  #idOf(type: PackedType, size: number): Hash {
    return createHash(this.#format).update(`${type} ${size}\0`);
  }
}

// A pack index, version 2 (gitformat-pack, "Version 2 pack-*.idx files"):
//
//   "\377tOc" version=2 | fan-out: 256 x uint32 | ids, sorted | crc32 of each | offset of each: uint32, or, with the
//   top bit set, a position in the table of uint64 that follows | checksum of the pack | checksum of all above
//
// Answers come straight from the file's bytes: a pack of millions of objects costs its index and nothing more.
import { ProtocolError } from './errors.ts';
import { isOid, type ObjectFormat, type Oid } from './oid.ts';

const MAGIC = 0xff744f63;
const FANOUT_AT = 8;
const IDS_AT = FANOUT_AT + 256 * 4;
const LARGE = 0x80000000;

/** The objects of one pack, by position (ids ascending) and by id. */
export class PackIndex {
  readonly count: number;
  readonly format: ObjectFormat;
  readonly #bytes: Buffer;
  readonly #idBytes: number;
  readonly #offsetsAt: number;
  readonly #largeCount: number;

  private constructor(bytes: Buffer, format: ObjectFormat, count: number) {
    this.#bytes = bytes;
    this.format = format;
    this.count = count;
    this.#idBytes = format === 'sha1' ? 20 : 32;
    this.#offsetsAt = IDS_AT + count * (this.#idBytes + 4);
    this.#largeCount = (bytes.length - this.#offsetsAt - count * 4 - 2 * this.#idBytes) / 8;
  }

  /** Reads an index file; `bytes` is kept, not copied. */
  static parse(bytes: Buffer, format: ObjectFormat): PackIndex {
    const idBytes = format === 'sha1' ? 20 : 32;
    if (bytes.length < IDS_AT + 2 * idBytes) {
      throw new ProtocolError('truncated', 'pack index is cut short', { offset: bytes.length });
    }
    if (bytes.readUInt32BE(0) !== MAGIC || bytes.readUInt32BE(4) !== 2) {
      throw new ProtocolError('bad-pack-index', 'not a pack index of version 2', { offset: 0 });
    }
    let count = 0;
    for (let lead = 0; lead < 256; lead++) {
      const upTo = bytes.readUInt32BE(FANOUT_AT + lead * 4);
      if (upTo < count) {
        throw new ProtocolError('bad-pack-index', 'fan-out of the pack index goes down', {
          offset: FANOUT_AT + lead * 4,
        });
      }
      count = upTo;
    }
    const rest = bytes.length - IDS_AT - count * (idBytes + 8) - 2 * idBytes;
    // At most every object but the first has a large offset.
    if (rest < 0 || rest % 8 !== 0 || rest / 8 > Math.max(0, count - 1)) {
      throw new ProtocolError('bad-pack-index', `pack index of ${bytes.length} bytes cannot hold ${count} objects`, {
        offset: IDS_AT,
      });
    }
    return new PackIndex(bytes, format, count);
  }

  /** Position of an object, or -1. */
  find(oid: Oid): number {
    if (!isOid(oid, this.format)) return -1;
    const bytes = this.#bytes;
    const size = this.#idBytes;
    const head = Number.parseInt(oid.slice(0, 8), 16);
    const lead = head >>> 24;
    let low = lead === 0 ? 0 : bytes.readUInt32BE(FANOUT_AT + (lead - 1) * 4);
    let high = bytes.readUInt32BE(FANOUT_AT + lead * 4);
    // The first four bytes nearly always decide: whole ids are compared a few times only.
    let wanted: Buffer | undefined;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = IDS_AT + middle * size;
      let order = head - bytes.readUInt32BE(at);
      if (order === 0) {
        wanted ??= Buffer.from(oid, 'hex');
        order = wanted.compare(bytes, at, at + size);
        if (order === 0) return middle;
      }
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return -1;
  }

  oidAt(position: number): Oid {
    this.#check(position);
    const at = IDS_AT + position * this.#idBytes;
    return this.#bytes.toString('hex', at, at + this.#idBytes);
  }

  /** Where the object begins in the pack. */
  offsetAt(position: number): number {
    this.#check(position);
    const small = this.#bytes.readUInt32BE(this.#offsetsAt + position * 4);
    if (small < LARGE) return small;
    const large = small - LARGE;
    const at = this.#offsetsAt + this.count * 4 + large * 8;
    const offset = large < this.#largeCount ? this.#bytes.readBigUInt64BE(at) : undefined;
    if (offset === undefined || offset > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new ProtocolError('bad-pack-index', 'offset outside the pack index', { offset: at });
    }
    return Number(offset);
  }

  #check(position: number): void {
    if (!Number.isInteger(position) || position < 0 || position >= this.count) {
      throw new RangeError(`no object at position ${position} of ${this.count}`);
    }
  }
}

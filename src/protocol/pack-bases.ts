// The last objects of a pack that is read once from front to back: what later deltas are made against. Bounded; an object
// that has gone, or was too large to be kept, is no base, and what is made against it stays unread. First in, first out:
// git writes what is made against each other side by side.
import type { PackedType } from './pack-entry.ts';

export interface PackBase {
  readonly type: PackedType;
  readonly content: Buffer;
}

interface Kept extends PackBase {
  readonly offset: number;
  readonly oid: Buffer;
}

/** What an entry costs besides its content. */
const OVERHEAD = 512;
/** Places of the queue that are empty before it is moved up. */
const MOVE_UP = 4096;

export class PackBases {
  readonly #most: number;
  /** The oldest first, from `#head` on. */
  #queue: (Kept | undefined)[] = [];
  #head = 0;
  readonly #byOffset = new Map<number, Kept>();
  /** Made when it is first asked for: most packs name their bases by offset alone. */
  #byOid: Map<string, Kept> | undefined;
  #bytes = 0;

  /** Bytes of all contents together. */
  constructor(most: number) {
    this.#most = most;
  }

  add(offset: number, oid: Buffer, { type, content }: PackBase): void {
    const kept = { offset, oid, type, content };
    this.#queue.push(kept);
    this.#byOffset.set(offset, kept);
    this.#byOid?.set(oid.toString('hex'), kept);
    this.#bytes += content.length + OVERHEAD;
    while (this.#bytes > this.#most) this.#dropOldest();
    if (this.#head < MOVE_UP) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }

  /** The object whose entry begins there, or that has this id. */
  find(where: number | string): PackBase | undefined {
    if (typeof where === 'number') return this.#byOffset.get(where);
    this.#byOid ??= new Map([...this.#byOffset.values()].map((kept) => [kept.oid.toString('hex'), kept]));
    return this.#byOid.get(where);
  }

  #dropOldest(): void {
    const kept = this.#queue[this.#head] as Kept;
    this.#queue[this.#head++] = undefined;
    this.#byOffset.delete(kept.offset);
    // A pack may hold an object twice.
    const oid = this.#byOid && kept.oid.toString('hex');
    if (oid !== undefined && this.#byOid?.get(oid) === kept) this.#byOid.delete(oid);
    this.#bytes -= kept.content.length + OVERHEAD;
  }
}

// An object that arrives in pieces and may be larger than memory should be. Up to a size it is looked at as a whole; a
// larger one through windows that overlap, so that what a cut goes through is whole in one of them.
import { asBuffer } from './layers/bytes.ts';
import { type Kind, sniff } from './layers/sniff.ts';
import type { ObjectScanner, ScanCosts } from './scan-object.ts';
import type { ObjectScan, ScannedObject } from './secret-scanner.ts';
import { WindowFindings } from './window-findings.ts';

export interface StreamLimits {
  /** Up to this many bytes an object is one. */
  readonly wholeBytes: number;
  /** The same for what cannot be read in part: archives and compressed data. */
  readonly archiveBytes: number;
  readonly windowBytes: number;
  /** Twice what a match may need on either side. */
  readonly overlapBytes: number;
}

const MIB = 1024 * 1024;

/** A key in armour takes 64 KiB at most, a value and the names around it 4 KiB. */
export const DEFAULT_STREAM_LIMITS: StreamLimits = Object.freeze({
  wholeBytes: 16 * MIB,
  archiveBytes: 128 * MIB,
  windowBytes: 8 * MIB,
  overlapBytes: MIB,
});

/** What of an archive stands in it as it is may be found in windows too, but not what is packed. */
const NEEDS_WHOLE: ReadonlySet<Kind['kind']> = new Set(['gzip', 'zlib', 'zstd', 'zip', 'tar', 'ar', 'pdf']);
const LEAST_ROOM = 64 * 1024;

export interface StreamOptions {
  readonly costs?: ScanCosts;
  readonly limits?: StreamLimits;
  /** Bytes that are expected, if known: memory is taken once. */
  readonly size?: number;
}

export class ObjectStream {
  readonly #scanner: ObjectScanner;
  readonly #object: Omit<ScannedObject, 'bytes'>;
  readonly #costs: ScanCosts;
  readonly #limits: StreamLimits;
  #held: Buffer;
  #length = 0;
  #windows: WindowFindings | undefined;

  constructor(scanner: ObjectScanner, object: Omit<ScannedObject, 'bytes'>, options: StreamOptions = {}) {
    this.#scanner = scanner;
    this.#object = object;
    this.#costs = options.costs ?? {};
    this.#limits = options.limits ?? DEFAULT_STREAM_LIMITS;
    this.#held = Buffer.allocUnsafe(Math.min(options.size ?? LEAST_ROOM, this.#limits.wholeBytes));
  }

  /** The next piece, of any size; it may be changed afterwards. */
  write(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; ) {
      const most = this.#mostHeld();
      if (this.#length >= most) this.#lookThroughWindow();
      else {
        const part = piece.subarray(at, at + most - this.#length);
        this.#hold(asBuffer(part));
        at += part.length;
      }
    }
  }

  /** What is in it. The stream is over. */
  end(): ObjectScan {
    const bytes = this.#held.subarray(0, this.#length);
    const scan = this.#scanner.scan({ ...this.#object, bytes }, this.#costs);
    this.#held = Buffer.alloc(0);
    return this.#windows === undefined ? scan : this.#windows.end(scan, bytes);
  }

  #mostHeld(): number {
    const { wholeBytes, archiveBytes, windowBytes } = this.#limits;
    if (this.#windows !== undefined) return windowBytes;
    if (this.#length < wholeBytes) return wholeBytes;
    return NEEDS_WHOLE.has(sniff(this.#held.subarray(0, this.#length)).kind) ? archiveBytes : wholeBytes;
  }

  #hold(part: Buffer): void {
    const needed = this.#length + part.length;
    if (needed > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.min(Math.max(needed, this.#held.length * 2), this.#mostHeld()));
      this.#held.copy(larger, 0, 0, this.#length);
      this.#held = larger;
    }
    this.#length += part.copy(this.#held, this.#length);
  }

  /** Scans what is held, and keeps its end for the next window. */
  #lookThroughWindow(): void {
    const bytes = this.#held.subarray(0, this.#length);
    this.#windows ??= new WindowFindings(this.#object.path ?? '', NEEDS_WHOLE.has(sniff(bytes).kind));
    const scan = this.#scanner.scan({ ...this.#object, bytes }, this.#costs);
    const next = nextStart(bytes, this.#limits.overlapBytes);
    // What begins behind the middle of the overlap has more around it in the next window.
    this.#windows.add(scan, bytes, next, next + Math.floor((bytes.length - next) / 2));
    this.#held.copyWithin(0, next, this.#length);
    this.#length -= next;
  }
}

/** A little before the end, at the beginning of a line if there is one near; of four bytes, for wide text. */
function nextStart(bytes: Buffer, overlap: number): number {
  const from = Math.max(4, bytes.length - overlap);
  const line = bytes.subarray(from, from + Math.floor(overlap / 4)).indexOf(0x0a);
  const isWide = bytes[from] === 0 || bytes[from + 1] === 0 || bytes[from + 2] === 0 || bytes[from + 3] === 0;
  return line < 0 || isWide ? from - (from % 4) : from + line + 1;
}

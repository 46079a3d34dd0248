// The scan of a pack that still arrives, from the file that it is written to. It only ever saves work: what is not in
// its answer is scanned later, as if nobody had looked.
import type { ObjectScanner, ScanCosts } from '../../domain/secrets/scan-object.ts';
import type { EarlyScans, ObjectScan } from '../../domain/secrets/secret-scanner.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { type ObjectFormat, oidHexLength } from '../../protocol/oid.ts';
import type { PackedType } from '../../protocol/pack-entry.ts';
import { type PackVisitor, walkPack } from '../../protocol/pack-walk.ts';
import { GrowingFile, Growth } from './growing-file.ts';
import { ObjectSink } from './object-sink.ts';
import type { ToldObject } from './thread-messages.ts';

export interface PackToScan {
  readonly path: string;
  /** Where the pack begins in the file. */
  readonly from: number;
  readonly objectFormat: ObjectFormat;
  /** Of a Growth. */
  readonly growth: SharedArrayBuffer;
}

/** Objects in one answer: 24 bytes each (36 with SHA-256), in the gateway's memory too. */
const MAX_OBJECTS = 1_000_000;
/** Findings in one answer, and whatever else is told of an object. Of a push with more nobody reads them all. */
const MAX_TOLD = 10_000;
/** Offsets are told in 32 bits. */
const MAX_OFFSET = 2 ** 32 - 1;

/** Resolves when the pack is over, damaged, has told `most` things, or the scan was stopped; `beat` is called all the while. */
export async function scanPack(
  scanner: ObjectScanner,
  { path, from, objectFormat, growth }: PackToScan,
  costs: ScanCosts,
  beat: () => void,
  most = MAX_TOLD,
): Promise<EarlyScans> {
  const visitor = new Visitor(scanner, objectFormat, most, costs, beat);
  const file = new GrowingFile(path, from, new Growth(growth), beat);
  try {
    await walkPack(file, objectFormat, visitor);
  } catch (error) {
    // Git says what is wrong with the pack; what was read before stands.
    if (!(error instanceof ProtocolError)) throw error;
  } finally {
    file.close();
  }
  return visitor.answer();
}

class Visitor implements PackVisitor {
  readonly #sink: ObjectSink;
  readonly #idBytes: number;
  readonly #most: number;
  readonly #scans = new Map<number, ObjectScan>();
  #told = 0;
  #offsets = new Uint32Array(1024);
  #ids: Uint8Array<ArrayBuffer>;
  #count = 0;
  #offset = 0;

  constructor(scanner: ObjectScanner, format: ObjectFormat, most: number, costs: ScanCosts, beat: () => void) {
    this.#most = most;
    this.#idBytes = oidHexLength(format) / 2;
    this.#ids = new Uint8Array(this.#offsets.length * this.#idBytes);
    this.#sink = new ObjectSink(scanner, costs, undefined, (told) => {
      this.#take(told);
      beat();
    });
  }

  get wantsMore(): boolean {
    return this.#count < MAX_OBJECTS && this.#told < this.#most && this.#offset < MAX_OFFSET;
  }

  object(offset: number, _type: PackedType, content: Buffer, oid: Buffer): void {
    this.#offset = offset;
    this.#sink.whole(String(offset), content);
    this.#note(oid);
  }

  begin(offset: number, type: PackedType, size: number): void {
    this.#offset = offset;
    this.#sink.begin(String(offset), type, size);
  }

  content(piece: Buffer): void {
    this.#sink.content(piece);
  }

  end(oid: Buffer): void {
    this.#sink.end();
    this.#note(oid);
  }

  #note(oid: Buffer): void {
    if (this.#offset > MAX_OFFSET) return;
    if (this.#count === this.#offsets.length) this.#grow();
    this.#offsets[this.#count] = this.#offset;
    this.#ids.set(oid, this.#count * this.#idBytes);
    this.#count += 1;
  }

  answer(): EarlyScans {
    this.#sink.finish();
    return {
      offsets: this.#offsets.slice(0, this.#count),
      ids: this.#ids.slice(0, this.#count * this.#idBytes),
      scans: this.#scans,
    };
  }

  #take(told: readonly ToldObject[]): void {
    for (const { oid, scan } of told) {
      this.#scans.set(Number(oid), scan);
      this.#told += 1 + scan.findings.length + scan.notInspected.length;
    }
  }

  #grow(): void {
    const [offsets, ids] = [this.#offsets, this.#ids];
    this.#offsets = new Uint32Array(offsets.length * 2);
    this.#offsets.set(offsets);
    this.#ids = new Uint8Array(ids.length * 2);
    this.#ids.set(ids);
  }
}

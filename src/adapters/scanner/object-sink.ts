// Scans the objects of a repository as they stream: small ones many at a time, large ones as they arrive.
import type { ObjectType } from '../../domain/ports.ts';
import { ObjectStream } from '../../domain/secrets/object-stream.ts';
import { hasSomething } from '../../domain/secrets/push/search.ts';
import type { ObjectScanner, ScanCosts } from '../../domain/secrets/scan-object.ts';
import type { ObjectScan, ScannedObject, WantedObject } from '../../domain/secrets/secret-scanner.ts';
import { parseTree } from '../../protocol/object.ts';
import type { BatchSink } from './batch-output.ts';
import type { ToldObject } from './thread-messages.ts';

const BATCH_BYTES = 512 * 1024;
const BATCH_OBJECTS = 512;
/** Objects up to this size are collected. */
const SMALL = 64 * 1024;

export type Tell = (told: readonly ToldObject[], objects: number, bytes: number) => void;

interface Current extends Pick<ToldObject, 'oid' | 'index'> {
  readonly type: ObjectType;
  readonly about: Pick<ScannedObject, 'path' | 'commit'>;
  readonly size: number;
}

interface Waiting extends Pick<ToldObject, 'oid' | 'index'> {
  readonly object: ScannedObject;
}

export class ObjectSink implements BatchSink {
  readonly #scanner: ObjectScanner;
  readonly #costs: ScanCosts;
  readonly #wanted: readonly WantedObject[] | undefined;
  readonly #tell: Tell;
  #next = 0;
  #current: Current | undefined;
  #pieces: Buffer[] = [];
  #stream: ObjectStream | undefined;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;

  constructor(scanner: ObjectScanner, costs: ScanCosts, wanted: readonly WantedObject[] | undefined, tell: Tell) {
    this.#scanner = scanner;
    this.#costs = costs;
    this.#wanted = wanted;
    this.#tell = tell;
  }

  begin(oid: string, type: ObjectType, size: number): void {
    const index = this.#wanted === undefined ? -1 : this.#next++;
    const wanted = this.#wanted?.[index];
    if (this.#wanted !== undefined && wanted?.oid !== oid) throw new Error('git cat-file answered another question');
    const { path, commit } = wanted ?? {};
    const about = { ...(path !== undefined && { path }), ...(commit !== undefined && { commit }) };
    this.#current = { oid, index, type, about, size };
    if (size > SMALL && type !== 'tree')
      this.#stream = new ObjectStream(this.#scanner, about, { costs: this.#costs, size });
  }

  content(piece: Buffer): void {
    if (this.#stream !== undefined) this.#stream.write(piece);
    else this.#pieces.push(Buffer.from(piece));
  }

  end(): void {
    const { oid, index, type, about, size } = this.#current as Current;
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream !== undefined) {
      this.#tellOne({ oid, index, scan: stream.end() }, size);
      return;
    }
    const content = Buffer.concat(this.#pieces);
    this.#pieces = [];
    const bytes = type === 'tree' ? namesIn(content, oid) : content;
    this.#wait({ oid, index, object: { ...about, bytes } }, size);
  }

  /** An object that is in memory and stays as it is, without a path; not a tree. */
  whole(oid: string, bytes: Buffer): void {
    this.#wait({ oid, index: -1, object: { bytes } }, bytes.length);
  }

  #wait(waiting: Waiting, size: number): void {
    this.#waiting.push(waiting);
    this.#waitingBytes += size;
    if (this.#waitingBytes >= BATCH_BYTES || this.#waiting.length >= BATCH_OBJECTS) this.#flush();
  }

  /** All are through; throws when there are fewer than were wanted. */
  finish(): void {
    this.#flush();
    if (this.#wanted !== undefined && this.#next < this.#wanted.length) throw new Error('git cat-file ended early');
  }

  #flush(): void {
    const waiting = this.#waiting;
    const bytes = this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (waiting.length === 0) return;
    const scans = this.#scanner.scanAll(
      waiting.map(({ object }) => object),
      this.#costs,
    );
    const told = waiting.map(({ oid, index }, at) => ({ oid, index, scan: scans[at] as ObjectScan }));
    this.#tell(told.filter(isTelling), waiting.length, bytes);
  }

  #tellOne(told: ToldObject, bytes: number): void {
    this.#tell(isTelling(told) ? [told] : [], 1, bytes);
  }
}

function isTelling({ scan }: ToldObject): boolean {
  return hasSomething(scan) || scan.isPathMissed === true;
}

/** The names in a tree, one a line. */
function namesIn(content: Buffer, oid: string): Buffer {
  const names = parseTree(content, oid.length === 40 ? 'sha1' : 'sha256').map(({ name }) => name);
  return Buffer.concat(names.flatMap((name) => [Buffer.from(name), Buffer.from('\n')]));
}

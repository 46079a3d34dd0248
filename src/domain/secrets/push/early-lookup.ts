// What was seen of a pack while it arrived, asked for by the objects that git has found in it. Only what certainly is the
// same as a scan now would answer is given; everything else is for that scan.
import type { PackView } from '../../push/inspection.ts';
import { isNamedFile } from '../named-files.ts';
import type { EarlyScans, ObjectScan } from '../secret-scanner.ts';

const NOTHING: ObjectScan = Object.freeze({ findings: [], notInspected: [] });
/** Reasons that depend on what else was scanned with the object, or had to do with time. */
const BY_CHANCE: ReadonlySet<string> = new Set(['budget', 'too-many', 'rules-timeout']);

export class EarlyLookup {
  readonly #early: EarlyScans | undefined;
  readonly #sent: PackView;
  readonly #ids: Buffer;

  constructor(early: EarlyScans | undefined, sent: PackView) {
    this.#early = early;
    this.#sent = sent;
    const { buffer, byteOffset, length } = early?.ids ?? new Uint8Array(0);
    this.#ids = Buffer.from(buffer, byteOffset, length);
  }

  /** What a scan of this object under this path answers; undefined when only that scan can say. */
  scanAt(position: number, path: string): ObjectScan | undefined {
    if (this.#early === undefined || this.#sent.offsetAt === undefined || isNamedFile(path)) return undefined;
    const offset = this.#sent.offsetAt(position);
    const at = indexOf(this.#early.offsets, offset);
    if (at === undefined || !this.#isFor(at, this.#sent.oidAt(position))) return undefined;
    const scan = this.#early.scans.get(offset);
    if (scan === undefined) return NOTHING;
    if (scan.isPathMissed === true && path !== '') return undefined;
    return scan.notInspected.some(({ reason }) => BY_CHANCE.has(reason)) ? undefined : placed(scan, path);
  }

  /** The bytes that were looked at are those that git calls by this id. */
  #isFor(at: number, oid: string): boolean {
    const size = oid.length / 2;
    return this.#ids.toString('hex', at * size, (at + 1) * size) === oid;
  }
}

/** The scan as it would be under a path: it begins that of everything in it. */
function placed({ findings, notInspected }: ObjectScan, path: string): ObjectScan {
  return {
    findings: findings.map((finding) => ({ ...finding, path: path + finding.path })),
    notInspected: notInspected.map((thing) => ({ ...thing, path: path + thing.path })),
  };
}

function indexOf(sorted: Uint32Array, wanted: number): number | undefined {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === wanted ? low : undefined;
}

// What a search for secrets in a push is given: the inspected push, its objects, and who scans.
import type { ObjectFormat, Oid } from '../../../protocol/oid.ts';
import type { ObjectReader } from '../../ports.ts';
import type { Finding } from '../../push/finding.ts';
import type { Inspection, PackView } from '../../push/inspection.ts';
import type { EarlyScans, ObjectPlace, ObjectScan, SecretScanner } from '../secret-scanner.ts';

export type Inspected = Extract<Inspection, { outcome: 'inspected' }>;

export interface SecretSearch {
  readonly inspected: Inspected;
  readonly objectFormat: ObjectFormat;
  /** Absent when the push brought no pack. */
  readonly sent?: PackView;
  /** What was seen of the pack while it arrived, when somebody looked; resolves once that is known. Rejects with `signal`. */
  readonly seenEarly?: () => Promise<EarlyScans | undefined>;
  /** Bytes of the pack. */
  readonly packBytes: number;
  readonly pushOptions: readonly string[];
  /** What the upstream's trusted refs point at. */
  readonly upstreamTips: ReadonlySet<Oid>;
  /** The push's own objects, for a scan that reads them by itself. */
  readonly place: ObjectPlace;
  /** Quarantine and mirror together. */
  readonly reader: ObjectReader;
  /** Only what the upstream has. */
  readonly mirror: ObjectReader;
  /** Makes single upstream objects readable; answers those the upstream lacks. */
  ensureObjects(oids: readonly Oid[]): Promise<ReadonlySet<Oid>>;
  readonly scanner: SecretScanner;
  /** Whether an administrator wrote down that this finding is none. */
  readonly isIgnored?: (finding: Finding) => boolean;
  /** Also the deadline: a search that is late rejects. */
  readonly signal: AbortSignal;
}

/** What is in one object. */
export interface Scanned {
  readonly scan: ObjectScan;
  /** Under which it was scanned; empty for what is no file. */
  readonly path: string;
}

export function hasSomething({ findings, notInspected }: ObjectScan): boolean {
  return findings.length > 0 || notInspected.length > 0;
}

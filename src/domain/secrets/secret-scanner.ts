// What scanning an object yields, and the port through which the rest of the house has it done. Everything here crosses
// threads: plain values, and never the value of a secret.
import type { ObjectFormat } from '../../protocol/oid.ts';
import type { Severity } from '../push/finding.ts';
import type { InlineAllowance } from './gitleaks/inline-allow.ts';
import type { NotInspectedReason, Range } from './layers/layer.ts';
import type { Certainty } from './rule.ts';

/** Bytes to look into, and what is known about where they lie. */
export interface ScannedObject {
  readonly bytes: Uint8Array;
  /** In its tree, with `/`. Some rules and allowlists need it; a finding's path begins with it. */
  readonly path?: string;
  /** For allowlists that name commits. */
  readonly commit?: string;
}

export interface SecretFinding {
  /** Id of the secret rule. */
  readonly rule: string;
  readonly title: string;
  /** What to do when it leaked, a sentence; undefined for rules of a `.gitleaks.toml`. */
  readonly remedy?: string;
  readonly severity: Severity;
  readonly certainty: Certainty;
  /** The object's path, and `!member` for each archive it is in: `a.zip!lib/b.tar!c.txt`. `!c.txt` without a path. */
  readonly path: string;
  /** From 1, columns in bytes, the end is the last byte; all 0 when the path alone made the finding. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly masked: string;
  /** Keyed, of rule and value: the same on any line and in any file. */
  readonly fingerprint: string;
  /** Comments on its lines that ask to let this rule pass. Whether they count is policy. */
  readonly allowed: readonly InlineAllowance[];
  /** The whole lines it stands on, in the object's own bytes, last line end excluded; undefined inside archives. */
  readonly lines: Range | undefined;
  /** Bits a character and tags, as rules of a `.gitleaks.toml` have them. */
  readonly entropy?: number;
  readonly tags?: readonly string[];
}

/** Something that nobody looked into. Policy decides; it is never the same as "nothing found". */
export interface UninspectedThing {
  readonly reason: NotInspectedReason | 'rules-timeout';
  /** As in SecretFinding. */
  readonly path: string;
  /** A sentence fragment for people: `not inspected: xz`. */
  readonly text: string;
}

export interface ObjectScan {
  readonly findings: readonly SecretFinding[];
  readonly notInspected: readonly UninspectedThing[];
  /** Something hangs on the object's path, which was not said: with one, more may be found in it. */
  readonly isPathMissed?: true;
}

/** Where objects are, as git is told (see GitEnvironment of adapters/git). */
export interface ObjectPlace {
  readonly gitDir: string;
  readonly objectDirectory?: string;
  readonly alternates?: readonly string[];
}

/** An object to be read where it lies. Asked for twice with two paths, it is answered twice. */
export interface WantedObject {
  readonly oid: string;
  readonly path?: string;
  readonly commit?: string;
}

/** A pack that is still being written to a file, one byte after the other. */
export interface ArrivingPack {
  readonly path: string;
  /** Where it begins in the file. */
  readonly from: number;
  readonly objectFormat: ObjectFormat;
}

/** What was seen of a pack while it arrived. An object that is not listed here was not looked at, or must be again. */
export interface EarlyScans {
  /** Where entries begin in the pack, ascending. Never those of trees. */
  readonly offsets: Uint32Array;
  /** Ids of the bytes that were looked at, one after the other, raw. */
  readonly ids: Uint8Array;
  /** What is in those that have something to tell, by offset; none of them knew its path. */
  readonly scans: ReadonlyMap<number, ObjectScan>;
}

/** The scan of an arriving pack. Whoever writes the pack never waits for it, and nothing it is told fails. */
export interface ArrivingScan {
  /** So many bytes of the file can be read. */
  grown(bytes: number): void;
  /** The pack is whole. */
  end(): void;
  /** What was seen, once the pack is over or the scan was stopped; undefined when nothing can be said. Never rejects. */
  readonly seen: Promise<EarlyScans | undefined>;
  /** Looks at no further object. */
  stop(): void;
}

/** Scans in other threads. Rejects when it cannot say (crash, deadline, closed): callers refuse then. */
export interface SecretScanner {
  /**
   * One answer an object, in order. The bytes may have been given away (their buffers are detached) unless they are
   * views of larger buffers, which are copied.
   */
  scanObjects(objects: readonly ScannedObject[], signal?: AbortSignal): Promise<readonly ObjectScan[]>;
  /**
   * Reads objects through a git of its own and scans them as they come. `wanted` in this order; without it, every object
   * in the place (give no alternates then), in any order, trees by the names in them. Only objects with something to
   * tell are told, each as soon as it is known; `done` counts all. Rejects when a wanted object is not there.
   */
  scanRepository(place: ObjectPlace, options: RepositoryScanOptions): Promise<RepositoryScanned>;
  /** Begins to scan a pack that still arrives; undefined when it cannot (too many at once, rules that need paths). */
  scanArriving(pack: ArrivingPack): ArrivingScan | undefined;
  /** Makes a thread ready, so that the next call finds one. */
  warm(): Promise<void>;
  /** Waiting and later calls reject. */
  close(): Promise<void>;
}

export interface RepositoryScanOptions {
  readonly wanted?: readonly WantedObject[];
  /** `index`: place in `wanted`, -1 without it. */
  readonly onScan: (oid: string, scan: ObjectScan, index: number) => void;
  readonly onProgress?: (objects: number, bytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface RepositoryScanned {
  readonly objects: number;
  readonly bytes: number;
}

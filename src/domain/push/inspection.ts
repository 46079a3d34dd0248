// What the inspection of a push is asked, what it may ask in turn, and what it answers.
import { ProtocolError } from '../../protocol/errors.ts';
import type { ObjectFormat, Oid } from '../../protocol/oid.ts';
import type { ObjectInfo, ObjectReader, ObjectType } from '../ports.ts';
import type { Finding } from './finding.ts';
import type { CommitFacts, TagFacts, UpdateFacts } from './inputs.ts';

/** The index over what the client sent. Positions are 0 … count − 1. */
export interface PackView {
  readonly count: number;
  /** Position of an object, or -1. */
  find(oid: Oid): number;
  oidAt(position: number): Oid;
  /** False for the bases that `index-pack --fix-thin` appended: those are the upstream's. */
  isSent(position: number): boolean;
  /** Where the object begins in the pack; when given, commits are read ahead in the order the client wrote them. */
  offsetAt?(position: number): number;
  /** Type and size of all objects at once, by position; asked for only when there are many. */
  infos?(): Promise<(position: number) => ObjectInfo | undefined>;
}

export interface InspectRequest {
  readonly objectFormat: ObjectFormat;
  readonly commands: readonly { readonly refName: string; readonly oldOid: Oid; readonly newOid: Oid }[];
  /** What the upstream's trusted refs point at (heads, tags, notes; peeled tags too, where advertised). */
  readonly upstreamTips: ReadonlySet<Oid>;
  /** Absent when the push brought no pack. */
  readonly sent?: PackView;
  /** Quarantine and mirror together. */
  readonly reader: ObjectReader;
  /** Only what the upstream has. Partial: what is not here may still exist there. */
  readonly mirror: ObjectReader;
  /** Which of these upstream commits can be reached from `upstreamTips`. */
  reachable(oids: readonly Oid[]): Promise<ReadonlySet<Oid>>;
  /** Whether one upstream commit is an ancestor of another (or the same). */
  isAncestor(ancestor: Oid, descendant: Oid): Promise<boolean | 'unknown'>;
  /** Makes upstream commits (with all their trees) and single trees or tags readable; answers those it lacks. */
  ensure(oids: readonly Oid[]): Promise<ReadonlySet<Oid>>;
  /** Makes single upstream objects (blobs) readable; answers those the upstream lacks. */
  ensureObjects(oids: readonly Oid[]): Promise<ReadonlySet<Oid>>;
  readonly limits?: Partial<InspectLimits>;
  /** Read introduced blobs to say whether they are binary. */
  readonly wantBinary: boolean;
  readonly signal?: AbortSignal;
}

/** Past any of these a push is refused: what cannot be looked at in full is not let through. */
export interface InspectLimits {
  /** Objects in the pack. */
  readonly maxObjects: number;
  readonly maxCommits: number;
  readonly maxParents: number;
  /** Annotated tags that name one another. */
  readonly maxTagDepth: number;
  /** Tree entries looked at, over all comparisons. */
  readonly maxPaths: number;
  /** Changes kept, over all commits and updates. */
  readonly maxChanges: number;
  readonly maxDepth: number;
  readonly maxPathLength: number;
  readonly maxTreeBytes: number;
  /** One commit or tag object. */
  readonly maxCommitBytes: number;
  readonly maxMessageBytes: number;
  /** One blob. */
  readonly maxObjectBytes: number;
  /** Commits, tags and paths together, as they are all kept. */
  readonly maxTextBytes: number;
  /** Introduced objects that the client did not send. */
  readonly maxForeignObjects: number;
  /** Requests to the upstream. */
  readonly maxFetches: number;
}

export const INSPECT_LIMITS: InspectLimits = {
  maxObjects: 5_000_000,
  maxCommits: 200_000,
  maxParents: 256, // the widest octopus in Linux has 66
  maxTagDepth: 8,
  maxPaths: 50_000_000,
  maxChanges: 1_000_000,
  maxDepth: 256,
  maxPathLength: 4096, // PATH_MAX: a longer one cannot be checked out
  maxTreeBytes: 16 * 1024 * 1024,
  maxCommitBytes: 4 * 1024 * 1024,
  maxMessageBytes: 1024 * 1024,
  maxObjectBytes: 512 * 1024 * 1024,
  maxTextBytes: 256 * 1024 * 1024,
  maxForeignObjects: 20_000,
  maxFetches: 64,
};

/** Where a blob lies; no commit when a ref names its tree, or itself. */
export interface BlobPlace {
  readonly oid: Oid;
  readonly commit: Oid | undefined;
  readonly path: string;
}

export interface NewName {
  readonly commit: Oid | undefined;
  readonly prefix: string;
  readonly name: string;
}

/** What the push brings beyond what the facts say: for those who look into content. */
export interface Introduced {
  /** As what the inspection reached a sent object, by position; undefined when it did not. */
  reachedAs(position: number): ObjectType | undefined;
  /** Sent blobs that lie below no commit. */
  readonly loose: readonly BlobPlace[];
  /** Blobs that the push names and does not bring, and that may be new where refs are watched; all can be read. */
  readonly foreign: readonly BlobPlace[];
  /** Names that a directory did not have, where they are long enough to hold something. */
  readonly names: readonly NewName[];
  /** Those of `oids` that lie in a tree of a known commit, as far as those are here. */
  known(oids: ReadonlySet<Oid>): Promise<ReadonlySet<Oid>>;
}

export type RefusalRule = 'missing-object' | 'malformed-object' | 'inspection-limit';

export type Inspection =
  | {
      readonly outcome: 'inspected';
      readonly updates: readonly UpdateFacts[];
      /** Each once, parents before children. */
      readonly commits: readonly CommitFacts[];
      readonly tags: readonly TagFacts[];
      readonly findings: readonly Finding[];
      readonly introduced: Introduced;
    }
  | {
      readonly outcome: 'refused';
      readonly refName?: string;
      readonly rule: RefusalRule;
      readonly text: string;
      readonly hint?: string;
    };

/** Ends an inspection from wherever it is; inspectPush turns it into its `refused` value, it never gets further. */
export class Refusal extends Error {
  readonly rule: RefusalRule;
  readonly text: string;
  readonly hint?: string;
  refName?: string;

  constructor(rule: RefusalRule, text: string, hint?: string) {
    super(text);
    this.rule = rule;
    this.text = text;
    if (hint !== undefined) this.hint = hint;
  }
}

export function overLimit(what: string, limit: number): Refusal {
  return new Refusal(
    'inspection-limit',
    `${what}: more than ${limit}`,
    'push less at a time, or ask for a higher limit',
  );
}

export function missingObject(oid: Oid, needed: string): Refusal {
  return new Refusal(
    'missing-object',
    `missing object ${oid}: ${needed}`,
    'fetch from here and push again; a broken clone shows with git fsck',
  );
}

/** Runs a parser over one object's content: malformed is a refusal that names the object. */
export function inObject<T>(oid: Oid, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new Refusal('malformed-object', `object ${oid}: ${error.message}`, 'git fsck shows what is wrong with it');
  }
}

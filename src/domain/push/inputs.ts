// Everything a verdict may depend on, frozen and stored with the push: evaluate(inputs, policy) reads nothing else,
// so a decision can be replayed years later. Plain JSON; times in milliseconds; names as protocol/bytes decodes them.
import type { ObjectFormat, Oid } from '../../protocol/oid.ts';
import type { PushLimit } from '../access-grant.ts';
import type { PushAttribution } from '../attribution/attribution.ts';
import type { PrincipalKind } from '../principal.ts';
import type { Finding } from './finding.ts';
import type { RefUpdate } from './push.ts';

export type ChangeStatus = 'added' | 'modified' | 'deleted' | 'type-changed';

/** One path of one tree against another. Renames appear as a deletion and an addition. */
export interface Change {
  readonly path: string;
  readonly status: ChangeStatus;
  /** Six octal digits as git writes them (`100644`, `120000`, `160000` …); `000000` where the side is absent. */
  readonly oldMode: string;
  readonly newMode: string;
  readonly oldOid: Oid;
  readonly newOid: Oid;
  /** Bytes of the new blob; absent for deletions and submodules. */
  readonly size?: number;
  /** NUL among the first 8,000 bytes, as git decides; absent when it was not looked at. */
  readonly binary?: boolean;
}

export interface Person {
  readonly name: string;
  readonly email: string;
}

export interface CommitFacts {
  readonly oid: Oid;
  readonly parents: readonly Oid[];
  readonly tree: Oid;
  readonly author: Person;
  readonly committer: Person;
  /** From `Co-authored-by:` trailers. */
  readonly coAuthors: readonly Person[];
  /** As the commit says, in milliseconds: anyone can write anything. Absent when it says none. */
  readonly committedAt?: number;
  readonly message: string;
  /** A signature header is present; whether it verifies is evidence of a later stage. */
  readonly signed: boolean;
  /**
   * What the commit introduces: against its parent, the empty tree for a root; for a merge, against each parent, less
   * entries taken verbatim from another parent that the upstream already has.
   */
  readonly changes: readonly Change[];
}

export interface TagFacts {
  readonly oid: Oid;
  readonly name: string;
  readonly target: Oid;
  readonly targetType: string;
  readonly tagger?: Person;
  readonly message: string;
  readonly signed: boolean;
}

export interface UpdateFacts extends RefUpdate {
  /** Old tip to new tip; for a new branch, against the nearest known history; empty for deletions. */
  readonly net: readonly Change[];
  /** Indexes into `Inputs.commits`: the new commits this update makes reachable. */
  readonly commits: readonly number[];
  /** Indexes into `Inputs.tags`, outermost first, when the ref names an annotated tag. */
  readonly tags: readonly number[];
  /** Type of the object the new tip peels to. */
  readonly tipType?: 'commit' | 'tree' | 'blob';
  /** Commits that the update makes unreachable are not known here, only that there may be some (`kind: force`). */
}

export interface Inputs {
  readonly version: 1;
  readonly at: number;
  readonly repo: string;
  readonly objectFormat: ObjectFormat;
  readonly principal: {
    readonly name: string;
    readonly kind: PrincipalKind;
    readonly sponsor?: string;
    readonly groups: readonly string[];
  };
  readonly updates: readonly UpdateFacts[];
  readonly commits: readonly CommitFacts[];
  readonly tags: readonly TagFacts[];
  readonly pack: { readonly bytes: number; readonly objects: number };
  readonly pushOptions: readonly string[];
  /** What the pusher says it is for. */
  readonly reason?: string;
  /** Its pusher may push here by grants alone: each change must be within one of them. */
  readonly limits?: readonly PushLimit[];
  /** A member of the break-glass group, with no earlier one to be reviewed, asks to go through holds, for this reason. */
  readonly breakGlass?: { readonly reason: string; readonly reviewers: string };
  readonly findings: readonly Finding[];
  /** Everything that the push introduces was scanned for secrets: without this their absence means nothing. */
  readonly secrets?: 'scanned';
  /** Who or what wrote the added lines; absent when nobody has looked, or not yet. */
  readonly attribution?: PushAttribution;
  /** CODEOWNERS of each update's base, read from the upstream, never from the pushed tree. Only when a rule asks. */
  readonly codeowners?: readonly CodeownersFile[];
}

export interface CodeownersFile {
  readonly refName: string;
  readonly path: string;
  readonly text: string;
}

// Large pushes are attributed elsewhere than in the thread that serves everybody (a port, since that takes a process).
import type { Oid } from '../../../protocol/oid.ts';
import type { RepoKey } from '../../ports.ts';
import type { ObjectPlace } from '../../secrets/secret-scanner.ts';
import type { AttributedPush, PushToAttribute } from './attribute-push.ts';

export interface AttributionSite {
  readonly repo: RepoKey;
  /** Where the objects of the push are; with a directory of their own, what else is in the repository is read as well. */
  readonly place: ObjectPlace;
  /** Makes objects readable in the repository; answers those the upstream lacks. Absent: only what is here is looked at. */
  readonly ensureObjects?: (oids: readonly Oid[]) => Promise<ReadonlySet<Oid>>;
  /** The push has landed long ago: its own objects may have to be asked for too. */
  readonly mayLackObjects?: boolean;
  readonly signal: AbortSignal;
}

export interface Attributor {
  /** As attributePush() answers. Rejects also when whoever does it is gone: nothing is known then. */
  attribute(push: PushToAttribute, site: AttributionSite): Promise<AttributedPush>;
  /** Waiting and later calls reject. */
  close(): void;
}

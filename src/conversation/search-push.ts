// Looking for secrets in a push: one step between what it introduces and what is decided. Whatever fails here, the
// deadline included, is a refusal: content that nobody has looked at does not go upstream.
import type { Mirror, Quarantine } from '../domain/ports.ts';
import type { Finding } from '../domain/push/finding.ts';
import { findSecrets } from '../domain/secrets/push/find-secrets.ts';
import type { Inspected } from '../domain/secrets/push/search.ts';
import type { Oid } from '../protocol/oid.ts';
import type { ReceivePackRequest } from '../protocol/receive-pack.ts';
import type { EarlySearch } from './early-search.ts';
import type { Gate } from './gate.ts';
import type { ReceivedPack } from './receive-pack.ts';

export interface PushToSearch {
  readonly request: ReceivePackRequest;
  readonly received: Extract<ReceivedPack, { outcome: 'received' }>;
  readonly inspected: Inspected;
  readonly upstreamTips: ReadonlySet<Oid>;
  readonly mirror: Mirror;
  readonly quarantine: Quarantine;
  readonly early: EarlySearch;
  readonly signal: AbortSignal;
}

const LEAST_PATIENCE_MS = 500;
/** Of a pack, on an ordinary machine: 50 MB a second. */
const SEARCHED_BYTES_PER_MS = 50_000;

/** The secrets it introduces; rejects with SearchError when that cannot be said. */
export async function searchPush(gate: Gate, push: PushToSearch): Promise<readonly Finding[]> {
  const { request, received, inspected, upstreamTips, mirror, quarantine, early } = push;
  const signal = AbortSignal.any([push.signal, AbortSignal.timeout(gate.limits.searchTimeoutMs)]);
  try {
    return await findSecrets({
      inspected,
      objectFormat: request.objectFormat,
      ...(received.sent === undefined ? {} : { sent: received.sent }),
      // As long as a search that begins now would take: no push is much slower for having been looked at early.
      seenEarly: () => early.seen(LEAST_PATIENCE_MS + received.packBytes / SEARCHED_BYTES_PER_MS, signal),
      packBytes: received.packBytes,
      pushOptions: request.pushOptions,
      upstreamTips,
      place: quarantine.place,
      reader: quarantine.reader,
      mirror: mirror.reader,
      ensureObjects: (oids) => mirror.ensureObjects(oids, signal),
      scanner: gate.scanner,
      ...(gate.isIgnoredSecret && { isIgnored: gate.isIgnoredSecret }),
      signal,
    });
  } catch (error) {
    // An upstream that cannot be read is told as that.
    if (error instanceof Error && 'code' in error && error.code === 'upstream-unreadable') throw error;
    throw new SearchError('the search for secrets did not end', { cause: error });
  }
}

export class SearchError extends Error {
  readonly code = 'not-searched';
}

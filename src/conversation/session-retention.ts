// Sessions of coding agents that were received longer ago than they are kept. Pushes that were attributed by them keep what
// was found, with the digests of the prompts; prompts and code are gone.
import { OUTPUT_WINDOW_MS } from '../domain/attribution/push/attribute-push.ts';
import type { AttributionStore, Clock, SessionStore } from '../domain/ports.ts';
import type { Log } from './gate.ts';
import { everyHour, type Retention } from './retention.ts';

export interface SessionRetentionParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly sessions: Pick<SessionStore, 'expire'>;
}

/** Looks at the start and then every hour; `keepMs` is how long what is received is kept. */
export function createSessionRetention(parts: SessionRetentionParts, keepMs: number): Retention {
  return everyHour(
    () => removeOldSessions(parts, keepMs),
    (error) => parts.log.error({ error }, 'old sessions could not be removed'),
  );
}

/** One sweep; answers how many events it removed. */
export async function removeOldSessions(parts: SessionRetentionParts, keepMs: number): Promise<number> {
  const now = parts.clock.now();
  const before = now - keepMs;
  const removed = await parts.sessions.expire(before, now - OUTPUT_WINDOW_MS, {
    type: 'ai.sessions-removed',
    body: { receivedBefore: before },
  });
  if (removed > 0) parts.log.info({ events: removed }, 'recorded sessions removed, as ai.sessions.retention says');
  return removed;
}

/** Lines that are remembered are forgotten after `keepMs`: they are not known again after a rebase then. */
export function createMemoryRetention(
  parts: { readonly clock: Clock; readonly log: Log; readonly attributions: Pick<AttributionStore, 'forget'> },
  keepMs: number,
): Retention {
  return everyHour(
    () => parts.attributions.forget(parts.clock.now() - keepMs),
    (error) => parts.log.error({ error }, 'old lines could not be forgotten'),
  );
}

// Recordings of pushes that ended long ago, if the configuration says that they need not be kept for ever. What they
// were, who decided and how it ended stays in the store and in the trail, with the digests of what is gone.
import type { Clock, PushStore, Recordings, Trail } from '../domain/ports.ts';
import { isFinal, type Push, type PushId } from '../domain/push/push.ts';
import type { Log } from './gate.ts';

export interface RetentionParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly pushes: Pick<PushStore, 'find'>;
  readonly recordings: Pick<Recordings, 'ids' | 'remove'>;
  readonly trail: Pick<Trail, 'append'>;
}

export interface Retention {
  start(): void;
  stop(): Promise<void>;
}

const SWEEP_MS = 3_600_000;
/** Named in one entry of the trail. */
const MAX_NAMED = 500;

/** Looks at the start and then every hour; `keepMs` is how long after its end the recording of a push is kept. */
export function createRetention(parts: RetentionParts, keepMs: number): Retention {
  return everyHour(
    () => removeOldRecordings(parts, keepMs),
    (error) => parts.log.error({ error }, 'old recordings could not be removed'),
  );
}

/** Runs at the start and then every hour; what fails is tried again an hour later. */
export function everyHour(work: () => Promise<unknown>, onError: (error: unknown) => void): Retention {
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<unknown> = Promise.resolve();
  const run = () => {
    working = work().catch(onError);
  };
  return {
    start() {
      run();
      timer = setInterval(run, SWEEP_MS);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await working;
    },
  };
}

/** One sweep; answers how many recordings it removed. */
export async function removeOldRecordings(parts: RetentionParts, keepMs: number): Promise<number> {
  const endedBefore = parts.clock.now() - keepMs;
  const old: PushId[] = [];
  for (const id of await parts.recordings.ids()) {
    const push = await parts.pushes.find(id);
    if (push !== undefined && isFinal(push.state) && endOf(push) < endedBefore) old.push(id);
  }
  for (let at = 0; at < old.length; at += MAX_NAMED) await remove(parts, old.slice(at, at + MAX_NAMED), endedBefore);
  return old.length;
}

/** What if we crash here? Those that are left are named once more by the next sweep. */
async function remove(parts: RetentionParts, pushes: readonly PushId[], endedBefore: number): Promise<void> {
  await parts.trail.append({ type: 'recordings.removed', body: { pushes, endedBefore } });
  for (const id of pushes) await parts.recordings.remove(id);
  parts.log.info({ pushes: pushes.length }, 'recordings removed, as gateway.retention says');
}

/** The latest time that is known of it. */
function endOf({ createdAt, decidedAt = 0, landedAt = 0, expiresAt = 0, state }: Push): number {
  return Math.max(createdAt, decidedAt, landedAt, state === 'expired' ? expiresAt : 0);
}

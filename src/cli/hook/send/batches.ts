// Requests out of the queue: one session each, within what the gateway takes.
import {
  SESSION_BOUNDS,
  type SessionEvent,
  type SessionFacts,
  sessionKey,
} from '../../../domain/attribution/sessions/session-event.ts';
import type { QueuedEvent } from './queue.ts';

export interface Batch {
  readonly key: string;
  readonly body: Buffer;
  readonly events: number;
}

/** Room for what is said of the session. */
const MAX_EVENT_BYTES = SESSION_BOUNDS.bodyBytes - 64 * 1024;

/** In the order of the entries. An event that is larger than any request may be is left out. */
export function batchesOf(entries: readonly QueuedEvent[]): Batch[] {
  const groups = Map.groupBy(entries, ({ facts }) => JSON.stringify(facts));
  return [...groups.values()].flatMap((group) => {
    const facts = group[0]?.facts as SessionFacts;
    return chunks(group.map(({ event }) => event)).map((events) => ({
      key: sessionKey(facts),
      body: Buffer.from(JSON.stringify({ version: 1, ...facts, events })),
      events: events.length,
    }));
  });
}

function chunks(events: readonly SessionEvent[]): SessionEvent[][] {
  const all: SessionEvent[][] = [];
  let [bytes, pieces] = [0, 0];
  for (const event of events) {
    const size = Buffer.byteLength(JSON.stringify(event)) + 1;
    const own = event.kind === 'edit' ? event.added.length : 0;
    if (size > MAX_EVENT_BYTES) continue;
    const last = all.at(-1);
    const isFull =
      last === undefined ||
      last.length >= SESSION_BOUNDS.events ||
      bytes + size > MAX_EVENT_BYTES ||
      pieces + own > SESSION_BOUNDS.piecesOfABatch;
    if (isFull) {
      all.push([event]);
      [bytes, pieces] = [size, own];
    } else {
      last.push(event);
      [bytes, pieces] = [bytes + size, pieces + own];
    }
  }
  return all;
}

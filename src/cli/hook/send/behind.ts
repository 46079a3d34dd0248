// What runs behind the back of an agent, in a process of its own: masking, and sending.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { maskEvent } from '../../../domain/attribution/sessions/mask-event.ts';
import type { Parcel } from '../outbox.ts';
import { findRepository } from '../repository.ts';
import { remove } from '../state/disk.ts';
import { placesOf } from '../state/places.ts';
import { factsOf, surroundingFacts } from './facts.ts';
import { enqueue, trimQueue } from './queue.ts';
import { readStatus, writeStatus } from './status-file.ts';

export async function runBehind(what: string): Promise<void> {
  if (what === 'enqueue') return enqueueParcel(JSON.parse(readFileSync(0, 'utf8')) as Parcel);
  const repository = findRepository(process.cwd());
  if (what === 'flush' && repository !== undefined) await (await import('./flush.ts')).flush(repository);
}

async function enqueueParcel({ repository, ticket, items }: Parcel): Promise<void> {
  const places = placesOf(repository);
  try {
    const { RULES_MASKER } = await import('../../../domain/secrets/mask-text.ts');
    const around = surroundingFacts(repository.top);
    const entries = items.map(({ session, event }) => ({
      facts: RULES_MASKER.value(factsOf(session, around)),
      event: maskEvent(event, RULES_MASKER),
    }));
    enqueue(places.queue, entries);
    const dropped = trimQueue(places.queue);
    const status = readStatus(places.status);
    if (dropped > 0) writeStatus(places.status, { ...status, dropped: status.dropped + dropped });
  } finally {
    remove(join(places.pending, ticket));
  }
}

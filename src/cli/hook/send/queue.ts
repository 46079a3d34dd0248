// What is still to be sent: masked events in small files, in the order they happened. Bounded; what is dropped is counted.
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionEvent, SessionFacts } from '../../../domain/attribution/sessions/session-event.ts';
import { namesIn, readObject, remove, writeWhole } from '../state/disk.ts';

export interface QueuedEvent {
  readonly facts: SessionFacts;
  readonly event: SessionEvent;
}

export interface QueuedFile {
  readonly name: string;
  readonly entries: readonly QueuedEvent[];
}

const MAX_FILES = 5_000;
const MAX_BYTES = 64 * 1024 * 1024;

export function enqueue(directory: string, entries: readonly QueuedEvent[]): void {
  // By when it happened: masking takes one longer than the other.
  const name = `${String(entries[0]?.event.at ?? 0).padStart(14, '0')}-${randomBytes(6).toString('hex')}.json`;
  writeWhole(join(directory, name), JSON.stringify({ entries }));
}

/** Oldest first. */
export function* queuedFiles(directory: string): Generator<QueuedFile> {
  for (const name of namesIn(directory).sort()) {
    const entries = readObject(join(directory, name))?.['entries'];
    yield { name, entries: Array.isArray(entries) ? (entries as QueuedEvent[]) : [] };
  }
}

export function removeQueued(directory: string, name: string): void {
  remove(join(directory, name));
}

export function countQueued(directory: string): number {
  return namesIn(directory).length;
}

/** Takes away the oldest until the rest fits; answers how many. */
export function trimQueue(directory: string, limits = { files: MAX_FILES, bytes: MAX_BYTES }): number {
  let [files, bytes, dropped] = [0, 0, 0];
  for (const name of namesIn(directory).sort().toReversed()) {
    files += 1;
    bytes += statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0;
    if (files <= limits.files && bytes <= limits.bytes) continue;
    removeQueued(directory, name);
    dropped += 1;
  }
  return dropped;
}

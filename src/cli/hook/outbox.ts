// Events on their way from a hook to the queue. They hold the words of a prompt and lines of code, secrets among them, so
// they go over a pipe to a process of its own, which masks them before anything is written: loading the rules takes longer
// than an agent would wait.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { SessionEvent } from '../../domain/attribution/sessions/session-event.ts';
import type { Repository } from './repository.ts';
import { writeWhole } from './state/disk.ts';
import { placesOf } from './state/places.ts';
import type { Session } from './state/sessions.ts';

/** An event with the session it is of. */
export interface Outgoing {
  readonly session: Session;
  readonly event: SessionEvent;
}

export interface Parcel {
  readonly repository: Repository;
  /** Names the file that says that events are on their way. */
  readonly ticket: string;
  readonly items: readonly Outgoing[];
}

export const ENTRY = join(import.meta.dirname, 'record.mjs');

/** More than that is no event that the gateway would take. */
const MAX_PARCEL = 16 * 1024 * 1024;

/** Resolves when the other process has everything. */
export function handOver(repository: Repository, items: readonly Outgoing[]): Promise<void> {
  const ticket = randomUUID();
  const parcel: Parcel = { repository, ticket, items };
  const text = JSON.stringify(parcel);
  if (items.length === 0 || text.length > MAX_PARCEL) return Promise.resolve();
  writeWhole(join(placesOf(repository).pending, ticket), '');
  return new Promise((resolve) => {
    const child = startDetached('enqueue', repository.top, 'pipe');
    child.on('error', () => resolve());
    child.stdin?.on('error', () => resolve());
    child.stdin?.end(text, () => resolve());
  });
}

/** Sends the queue, with nobody waiting for it. */
export function flushBehind(repository: Repository): void {
  startDetached('flush', repository.top, 'ignore').on('error', () => undefined);
}

function startDetached(what: string, cwd: string, stdin: 'pipe' | 'ignore') {
  const child = spawn(process.execPath, [ENTRY, 'behind', what], {
    cwd,
    detached: true,
    stdio: [stdin, 'ignore', 'ignore'],
    windowsHide: true,
  });
  child.unref();
  return child;
}

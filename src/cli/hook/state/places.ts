// Where the recorder keeps what it knows of a repository. What is about the files is of one work tree; what is still to be
// sent outlives it.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Repository } from '../repository.ts';

export interface Places {
  readonly lock: string;
  readonly files: string;
  readonly sessions: string;
  /** Shell commands that are running. */
  readonly shells: string;
  readonly queue: string;
  /** One empty file for each event that is being masked. */
  readonly pending: string;
  readonly status: string;
}

export function placesOf({ gitDir, commonDir }: Repository): Places {
  const own = join(gitDir, 'sallyport');
  const shared = join(commonDir, 'sallyport');
  return {
    lock: join(own, 'lock'),
    files: join(own, 'files'),
    sessions: join(own, 'sessions'),
    shells: join(own, 'shells'),
    queue: join(shared, 'queue'),
    pending: join(shared, 'pending'),
    status: join(shared, 'status.json'),
  };
}

/** A name for a file about something with any name. */
export function nameFor(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

// What became of what was recorded, for `hook status`: nobody else hears of it.
import { readObject, writeWhole } from '../state/disk.ts';

export interface RecorderStatus {
  /** Files of the queue that were dropped since there was no room, or the gateway did not want them. */
  readonly dropped: number;
  readonly sentEvents: number;
  readonly lastSentAt?: number;
  readonly lastError?: string;
  /** The gateway wants nothing before. */
  readonly retryAt?: number;
}

export function readStatus(file: string): RecorderStatus {
  const { dropped, sentEvents, lastSentAt, lastError, retryAt } = readObject(file) ?? {};
  return {
    dropped: typeof dropped === 'number' ? dropped : 0,
    sentEvents: typeof sentEvents === 'number' ? sentEvents : 0,
    ...(typeof lastSentAt === 'number' && { lastSentAt }),
    ...(typeof lastError === 'string' && { lastError }),
    ...(typeof retryAt === 'number' && { retryAt }),
  };
}

export function writeStatus(file: string, status: RecorderStatus): void {
  writeWhole(file, JSON.stringify(status));
}

// Sends the queue. What the gateway has taken is gone from it; what it does not want is dropped and counted; when it cannot
// be reached, everything waits.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Repository } from '../repository.ts';
import { namesIn, remove } from '../state/disk.ts';
import { release, tryLock } from '../state/lock.ts';
import { type Places, placesOf } from '../state/places.ts';
import { type Batch, batchesOf } from './batches.ts';
import { findGateway, type Gateway } from './gateway.ts';
import { type QueuedFile, queuedFiles, removeQueued } from './queue.ts';
import { signBody, signingKey } from './sign.ts';
import { type RecorderStatus, readStatus, writeStatus } from './status-file.ts';

export interface FlushOptions {
  /** Milliseconds for all of it. */
  readonly within?: number;
}

const WITHIN = 25_000;
/** A process that masks for longer has died. */
const MASKING = 10_000;
const FILES_AT_ONCE = 200;

export async function flush(repository: Repository, { within = WITHIN }: FlushOptions = {}): Promise<void> {
  const places = placesOf(repository);
  const deadline = Date.now() + within;
  const lock = `${places.queue}.lock`;
  while (!tryLock(lock)) {
    if (Date.now() > deadline) return;
    await pause(50);
  }
  try {
    await untilMasked(places, deadline);
    await sendAll(repository.top, places, deadline);
  } finally {
    release(lock);
  }
}

async function untilMasked({ pending }: Places, deadline: number): Promise<void> {
  while (Date.now() < deadline) {
    const tickets = namesIn(pending);
    for (const ticket of tickets) {
      const at = statSync(join(pending, ticket), { throwIfNoEntry: false })?.mtimeMs;
      if (at !== undefined && Date.now() - at > MASKING) remove(join(pending, ticket));
    }
    if (tickets.length === 0) return;
    await pause(25);
  }
}

async function sendAll(top: string, places: Places, deadline: number): Promise<void> {
  const files = [...queuedFiles(places.queue)];
  const status = readStatus(places.status);
  if (files.length === 0 || (status.retryAt ?? 0) > Date.now()) return;
  const gateway = findGateway(top);
  if ('missing' in gateway) return writeStatus(places.status, { ...status, lastError: gateway.missing });
  const sender = { gateway, key: signingKey(top), deadline };
  for (let at = 0; at < files.length && Date.now() < deadline; at += FILES_AT_ONCE) {
    const sent = await sendFiles(files.slice(at, at + FILES_AT_ONCE), places, sender);
    if (!sent) return;
  }
}

interface Sender {
  readonly gateway: Gateway;
  readonly key: string | undefined;
  readonly deadline: number;
}

/** False when the rest has to wait. An event that was sent twice is known the second time. */
async function sendFiles(files: readonly QueuedFile[], places: Places, sender: Sender): Promise<boolean> {
  for (const batch of batchesOf(files.flatMap(({ entries }) => entries))) {
    const result = await send(batch, sender);
    writeStatus(places.status, after(readStatus(places.status), batch, result));
    if (result.outcome === 'later') return false;
  }
  for (const { name } of files) removeQueued(places.queue, name);
  return true;
}

type Sent =
  | { readonly outcome: 'taken' }
  | { readonly outcome: 'refused'; readonly why: string }
  | { readonly outcome: 'later'; readonly why: string; readonly retryAt?: number };

function after(status: RecorderStatus, { events }: Batch, result: Sent): RecorderStatus {
  const { lastError: _, retryAt: __, ...rest } = status;
  switch (result.outcome) {
    case 'taken':
      return { ...rest, sentEvents: status.sentEvents + events, lastSentAt: Date.now() };
    case 'refused':
      return { ...rest, dropped: status.dropped + events, lastError: result.why };
    case 'later':
      return { ...rest, lastError: result.why, ...(result.retryAt !== undefined && { retryAt: result.retryAt }) };
  }
}

async function send({ key, body }: Batch, { gateway, key: file, deadline }: Sender): Promise<Sent> {
  const signature = file === undefined ? undefined : signBody(file, body);
  try {
    const response = await fetch(new URL(`/api/v1/ai/sessions/${key}/events`, gateway.url.origin), {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(Math.max(1, deadline - Date.now())),
      headers: {
        authorization: gateway.authorization,
        'content-type': 'application/json',
        ...(signature !== undefined && { 'sallyport-signature': signature }),
      },
      body: new Uint8Array(body),
    });
    await response.body?.cancel();
    return resultOf(response);
  } catch {
    return { outcome: 'later', why: `the gateway at ${gateway.url.origin} does not answer` };
  }
}

function resultOf({ status, headers }: Response): Sent {
  const why = `the gateway answered with status ${status}`;
  if (status === 202) return { outcome: 'taken' };
  // Not allowed now, by a credential that somebody will mend; too much at once; or the gateway is unwell.
  if (status === 401 || status === 403 || status === 429 || status >= 500 || status === 404) {
    const seconds = Number(headers.get('retry-after'));
    const retryAt = seconds > 0 ? Date.now() + Math.min(seconds, 3_600) * 1_000 : undefined;
    return { outcome: 'later', why, ...(retryAt !== undefined && { retryAt }) };
  }
  return { outcome: 'refused', why };
}

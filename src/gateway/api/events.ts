// GET /api/v1/events: what happens, as it happens (WHATWG HTML, "Server-sent events"). An event is an entry of the
// trail, its id the entry's index, so a client that lost the connection goes on with Last-Event-ID and misses nothing.
// The trail itself is asked each time: another gateway on the same store writes into it as well.
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { RecordedEntry } from '../../domain/audit/entry.ts';
import type { Principal } from '../../domain/principal.ts';
import { mayAudit } from './authorise.ts';
import type { ApiDeps } from './deps.ts';
import { Problem } from './problem.ts';
import { formatTime } from './push-json.ts';
import { type Route, route } from './route.ts';

const PAGE = 200;
const POLL = 1000;
const HEARTBEAT = 15_000;
/** How long what a listener may see is believed before its token is checked again. */
const RECHECK = 10_000;
/** A listener that takes nothing for this long is gone. */
const STALLED = 60_000;
const MAX_LISTENERS = 500;
const MAX_LISTENERS_EACH = 20;

export interface EventsOptions {
  /** Milliseconds between two looks at the trail when nothing wakes us. */
  readonly poll?: number;
}

export interface Events {
  readonly route: Route;
  /** Ends the streams of this principal. */
  endOf(name: string): void;
  /** Ends every stream. */
  close(): void;
}

/** The events route, with the streams it has open. */
export function createEvents(deps: ApiDeps, options: EventsOptions = {}): Events {
  const { poll = POLL } = options;
  const open = new Map<AbortController, string>();
  let closed = false;

  const admit = (name: string): AbortController => {
    const own = [...open.values()].filter((one) => one === name).length;
    if (closed || open.size >= MAX_LISTENERS || own >= MAX_LISTENERS_EACH) {
      throw new Problem(closed ? 503 : 429, 'too many open event streams', { headers: { 'retry-after': '30' } });
    }
    const controller = new AbortController();
    open.set(controller, name);
    return controller;
  };

  const events = route({
    method: 'GET',
    path: '/api/v1/events',
    summary: 'Server-sent events of what you may see; goes on after Last-Event-ID',
    query: z.strictObject({
      after: z.coerce.number().int().min(-1).optional().describe('as Last-Event-ID: only events with a larger index'),
      push: z.coerce.number().int().min(1).optional().describe('only events of this push'),
    }),
    answer: { status: 200, contentType: 'text/event-stream' },
    async run({ principal, query, request, response, again }) {
      const start = lastEventId(request.headers['last-event-id']) ?? query.after;
      const controller = admit(principal.name);
      const stop = () => controller.abort();
      response.on('close', stop);
      try {
        response.writeHead(200, {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          // nginx would hold events back until its buffer is full.
          'x-accel-buffering': 'no',
        });
        await follow(deps, { principal, again, response, start, push: query.push, poll, signal: controller.signal });
      } catch (error) {
        // Headers are gone: all that is left is to end the stream; the client comes back with Last-Event-ID.
        deps.log.warn({ err: error, user: principal.name }, 'event stream ended');
      } finally {
        open.delete(controller);
        response.off('close', stop);
        response.end();
      }
      return 'taken';
    },
  });

  return {
    route: events,
    endOf(name) {
      for (const [controller, owner] of open) if (owner === name) controller.abort();
    },
    close() {
      closed = true;
      for (const controller of open.keys()) controller.abort();
    },
  };
}

interface Listener {
  readonly principal: Principal;
  /** Who the credential belongs to now; `undefined` once it was revoked. */
  readonly again: () => Promise<Principal | undefined>;
  readonly response: ServerResponse;
  readonly start: number | undefined;
  readonly push: number | undefined;
  readonly poll: number;
  readonly signal: AbortSignal;
}

async function follow(deps: ApiDeps, listener: Listener): Promise<void> {
  const { response, signal } = listener;
  const alarm = createAlarm(deps, signal);
  let { principal } = listener;
  let checkedAt = performance.now();
  let sentAt = performance.now();
  // Without a start: what happens from now on. The trail is only searched by time until its first new entry is known.
  const since = deps.clock.now();
  let from = listener.start === undefined ? undefined : listener.start + 1;
  await write(response, ': connected\n\n', signal);
  while (!signal.aborted) {
    if (performance.now() - checkedAt > RECHECK) {
      const now = await listener.again();
      if (!now) return;
      principal = now;
      checkedAt = performance.now();
    }
    const entries = await deps.trail.search({
      limit: PAGE,
      ...(from === undefined ? { since } : { from }),
      ...(listener.push !== undefined && { pushId: listener.push }),
    });
    for (const entry of entries) {
      if (signal.aborted) return;
      from = entry.index + 1;
      const event = await formatEvent(deps, principal, entry);
      if (event === undefined) continue;
      await write(response, event, signal);
      sentAt = performance.now();
    }
    if (entries.length === PAGE) continue;
    if (performance.now() - sentAt > HEARTBEAT) {
      await write(response, ': still here\n\n', signal);
      sentAt = performance.now();
    }
    await alarm.wait(listener.poll);
  }
}

/** What this listener may know of an entry; `undefined` = not even that there was one. */
async function formatEvent(deps: ApiDeps, principal: Principal, entry: RecordedEntry): Promise<string | undefined> {
  const audits = mayAudit(principal, entry, deps.access);
  if (!audits) {
    if (entry.pushId === undefined || !entry.type.startsWith('push.')) return undefined;
    const push = await deps.pushes.find(entry.pushId);
    if (!push || !deps.review.canSee(principal, push)) return undefined;
  }
  const data = JSON.stringify(
    deps.mask.value({
      index: entry.index,
      at: formatTime(entry.at),
      type: entry.type,
      ...(entry.actor !== undefined && { actor: entry.actor }),
      ...(entry.repo !== undefined && { repo: entry.repo }),
      ...(entry.pushId !== undefined && { pushId: entry.pushId }),
      // Details may name other people's credentials or addresses: for auditors.
      ...(audits && { body: entry.body }),
    }),
  );
  return `id: ${entry.index}\nevent: ${entry.type}\ndata: ${data}\n\n`;
}

/** Waits for room when the client is slow, so that nothing piles up here. */
async function write(response: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted || response.write(text)) return;
  const gone = AbortSignal.any([signal, AbortSignal.timeout(STALLED)]);
  await new Promise<void>((resolve, reject) => {
    const onDrain = () => {
      gone.removeEventListener('abort', onGone);
      resolve();
    };
    const onGone = () => {
      response.off('drain', onDrain);
      response.destroy();
      reject(new Error('the listener takes no more events'));
    };
    response.once('drain', onDrain);
    gone.addEventListener('abort', onGone, { once: true });
  });
}

/** Sleeps until the trail may have grown; a change while nobody sleeps makes the next sleep end at once. */
function createAlarm(deps: ApiDeps, signal: AbortSignal): { wait(ms: number): Promise<void> } {
  let rung = false;
  let wake: (() => void) | undefined;
  const ring = () => {
    rung = true;
    wake?.();
  };
  const stop = deps.onTrailChange?.(ring);
  signal.addEventListener('abort', () => {
    stop?.();
    ring();
  });
  return {
    async wait(ms) {
      if (!rung && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          timer.unref();
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      wake = undefined;
      rung = false;
    },
  };
}

function lastEventId(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || header === '') return undefined;
  if (!/^\d{1,15}$/.test(header)) throw new Problem(400, 'Last-Event-ID is not one of ours');
  return Number(header);
}

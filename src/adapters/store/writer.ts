// The main thread's end of the writer: sends transactions as data, hands back what became of each. When the thread is
// gone every waiting and every later call fails; nothing is retried, because only a caller knows what it promised.
import { Worker } from 'node:worker_threads';
import type { CompiledQuery } from 'kysely';
import { bindable } from './dialect.ts';
import { StoreError } from './store-error.ts';
import type { Reply, Step, Transaction, WriterSettings } from './write-connection.ts';
import type { FromWriter, ToWriter } from './writer-worker.ts';

/** Bounds on what may wait for the disk: beyond them a push is refused at once rather than late. */
const MAX_WAITING = 10_000;
const MAX_WAITING_CHARACTERS = 64 * 1024 * 1024;

export type Committed = Extract<Reply, { outcome: 'committed' }>;
export type Unmet = Extract<Reply, { outcome: 'unmet' }>;

interface Waiting {
  readonly weight: number;
  resolve(reply: Committed | Unmet): void;
  reject(error: StoreError): void;
}

/** What the store's parts write through. */
export interface Writer {
  /** Durable when it resolves `committed`; rejects with StoreError, and then nothing may be assumed. */
  submit(transaction: Transaction): Promise<Committed | Unmet>;
  /** True while writes can succeed and the anchored head follows the trail. */
  ready(): boolean;
  /** Waits for everything submitted, then ends the thread. */
  close(): Promise<void>;
}

/** A statement of kysely's as a step; `expect` = rows it must change or return. */
export function step(query: CompiledQuery, expect?: number): Step {
  return { sql: query.sql, parameters: bindable(query.parameters), ...(expect === undefined ? {} : { expect }) };
}

/** For a store opened read-only. */
export const READ_ONLY_WRITER: Writer = {
  submit: async () => {
    throw new StoreError('store-read-only', 'the store was opened for reading only');
  },
  ready: () => true,
  close: async () => {},
};

/** Starts the thread; resolves when the store is open and up to date, rejects with what stands against it. */
export async function openWriter(settings: WriterSettings): Promise<Writer> {
  // Sources run unbuilt; the build renames imports, but not this.
  const source = new URL(
    import.meta.url.endsWith('.ts') ? './writer-worker.ts' : './writer-worker.js',
    import.meta.url,
  );
  // No environment: secrets of the configuration have no business in this thread.
  const worker = new Worker(source, { workerData: settings, env: {}, execArgv: [], name: 'store-writer' });
  const waiting = new Map<number, Waiting>();
  let nextTicket = 1;
  let waitingCharacters = 0;
  let isAnchored = true;
  let ended: StoreError | undefined;
  let closing: Promise<void> | undefined;
  const opened = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();

  const end = (error: StoreError): void => {
    ended ??= error;
    opened.reject(ended);
    for (const one of waiting.values()) one.reject(ended);
    waiting.clear();
    waitingCharacters = 0;
  };
  const settle = (ticket: number, reply: Reply): void => {
    const one = waiting.get(ticket);
    if (one === undefined) return;
    waiting.delete(ticket);
    waitingCharacters -= one.weight;
    if (reply.outcome === 'failed') one.reject(new StoreError(reply.code, reply.message));
    else one.resolve(reply);
  };
  worker.on('message', (message: FromWriter) => {
    switch (message.kind) {
      case 'open':
        opened.resolve();
        break;
      case 'refused':
        end(new StoreError(message.code, message.message));
        break;
      case 'replies':
        for (const { ticket, reply } of message.replies) settle(ticket, reply);
        if (waiting.size === 0 && closing === undefined) worker.unref();
        break;
      case 'anchored':
        isAnchored = message.ok;
        break;
      case 'closed':
        break; // what answers close() is the thread's exit
    }
  });
  worker.on('error', (cause) => end(new StoreError('store-unavailable', 'the store writer has crashed', { cause })));
  worker.on('messageerror', (cause) =>
    end(new StoreError('store-unavailable', 'the store writer is unintelligible', { cause })),
  );
  worker.on('exit', () => {
    end(
      new StoreError('store-unavailable', closing === undefined ? 'the store writer has ended' : 'the store is closed'),
    );
    exited.resolve();
  });

  const post = (message: ToWriter): void => worker.postMessage(message);

  await opened.promise;
  // An idle store keeps no process alive; a waiting write does.
  worker.unref();

  return {
    submit(transaction) {
      if (ended !== undefined) return Promise.reject(ended);
      if (closing !== undefined) return Promise.reject(new StoreError('store-unavailable', 'the store is closed'));
      const weight = weigh(transaction);
      if (waiting.size >= MAX_WAITING || waitingCharacters + weight > MAX_WAITING_CHARACTERS) {
        return Promise.reject(
          new StoreError(
            'store-unavailable',
            `${waiting.size} writes are waiting for the disk (hint: try again later)`,
          ),
        );
      }
      const { promise, resolve, reject } = Promise.withResolvers<Committed | Unmet>();
      const ticket = nextTicket++;
      waiting.set(ticket, { weight, resolve, reject });
      waitingCharacters += weight;
      worker.ref();
      post({ kind: 'transaction', ticket, transaction });
      return promise;
    },
    ready: () => ended === undefined && closing === undefined && isAnchored,
    close() {
      closing ??= (async () => {
        if (ended === undefined) {
          worker.ref();
          post({ kind: 'close' });
        }
        await exited.promise;
      })();
      return closing;
    },
  };
}

function weigh(transaction: Transaction): number {
  let weight = 0;
  for (const { parameters } of transaction.steps) {
    for (const value of parameters) {
      if (typeof value === 'string') weight += value.length;
      else weight += ArrayBuffer.isView(value) ? value.byteLength : 8;
    }
  }
  for (const entry of transaction.entries) weight += entry.bodyText.length;
  return weight;
}

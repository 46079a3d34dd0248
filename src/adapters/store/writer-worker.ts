// The writer thread: takes transactions from the main thread, commits all that are waiting together, answers after the
// commit is durable, and anchors the head of the trail at most once a second and on close. It exists because a durable
// commit is an fsync (0.4 ms, sometimes 8 ms and more), during which the main thread must go on serving.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { classifyFailure, type StoreErrorCode } from './store-error.ts';
import { type Reply, type Transaction, WriteConnection, type WriterSettings } from './write-connection.ts';

export type ToWriter =
  | { readonly kind: 'transaction'; readonly ticket: number; readonly transaction: Transaction }
  | { readonly kind: 'close' };

export type FromWriter =
  | { readonly kind: 'open' }
  | { readonly kind: 'refused'; readonly code: StoreErrorCode; readonly message: string }
  | { readonly kind: 'replies'; readonly replies: readonly { readonly ticket: number; readonly reply: Reply }[] }
  | { readonly kind: 'anchored'; readonly ok: boolean }
  | { readonly kind: 'closed' };

/** Transactions in one commit: bounds how long the write lock is held and how much one failure undoes. */
const MAX_BATCH = 256;
const ANCHOR_INTERVAL_MS = 1000;

if (parentPort === null) throw new TypeError('the writer runs as a worker thread only');
const port = parentPort;
const settings: WriterSettings = workerData;

let connection: WriteConnection | undefined;
let lastAnchor = Number.NEGATIVE_INFINITY;
let anchorTimer: NodeJS.Timeout | undefined;
let isAnchorOk = true;

function tell(message: FromWriter): void {
  port.postMessage(message);
}

function anchor(writer: WriteConnection): void {
  clearTimeout(anchorTimer);
  anchorTimer = undefined;
  lastAnchor = performance.now();
  let ok = true;
  try {
    writer.anchor();
  } catch {
    // The entries themselves are safe; only the guard of their end lags. Try again in a second, and say so.
    ok = false;
    anchorTimer = setTimeout(() => anchor(writer), ANCHOR_INTERVAL_MS);
  }
  if (ok !== isAnchorOk) tell({ kind: 'anchored', ok });
  isAnchorOk = ok;
}

function anchorSoon(writer: WriteConnection): void {
  if (anchorTimer !== undefined) return;
  const wait = lastAnchor + ANCHOR_INTERVAL_MS - performance.now();
  if (wait <= 0) anchor(writer);
  else anchorTimer = setTimeout(() => anchor(writer), wait);
}

function serve(writer: WriteConnection, first: ToWriter): void {
  const batch: Extract<ToWriter, { kind: 'transaction' }>[] = [];
  let isClosing = false;
  for (let message: ToWriter | undefined = first; message !== undefined; ) {
    if (message.kind === 'close') {
      isClosing = true;
      break;
    }
    batch.push(message);
    if (batch.length === MAX_BATCH) break;
    // What arrived while the last commit was being written is the next batch: the busier, the larger.
    const waiting: { message: ToWriter } | undefined = receiveMessageOnPort(port);
    message = waiting?.message;
  }
  if (batch.length > 0) {
    const replies = writer.commit(batch.map((one) => one.transaction));
    tell({
      kind: 'replies',
      replies: batch.map((one, index) => ({ ticket: one.ticket, reply: replies[index] as Reply })),
    });
    if (replies.some((reply) => reply.outcome === 'committed' && reply.lines.length > 0)) anchorSoon(writer);
  }
  if (isClosing) {
    anchor(writer);
    clearTimeout(anchorTimer);
    writer.close();
    tell({ kind: 'closed' });
    port.close();
  }
}

try {
  const writer = new WriteConnection(settings);
  connection = writer;
  port.on('message', (message: ToWriter) => serve(writer, message));
  tell({ kind: 'open' });
  // What a crash left unanchored is anchored before anything else is written.
  anchor(writer);
} catch (error) {
  connection?.close();
  const failure = classifyFailure(error).error;
  tell({ kind: 'refused', code: failure.code, message: failure.message });
}

// The pack, as it arrives: to the recording and to `git index-pack` in the quarantine at once, never into memory.

import type { Readable } from 'node:stream';
import type { IndexedPack, Mirror, ObjectInfo, PackIndexing, Quarantine, Recorder } from '../domain/ports.ts';
import type { PushId } from '../domain/push/push.ts';
import { emptyPack, PACK_HEADER_BYTES } from '../protocol/pack.ts';
import { expectsPack, type ReceivePackRequest } from '../protocol/receive-pack.ts';
import type { NoAllowance } from './allowance.ts';
import type { EarlySearch } from './early-search.ts';
import type { Gate } from './gate.ts';
import { nextChunk } from './read-commands.ts';
import type { Tips } from './upstream-tips.ts';

export interface PackToReceive {
  readonly id: PushId;
  readonly request: ReceivePackRequest;
  readonly rest: Buffer;
  readonly input: Readable;
  readonly endsWithPack: boolean;
  readonly quarantine: Quarantine;
  readonly mirror: Mirror;
  readonly tips: Promise<Tips>;
  readonly early: EarlySearch;
  readonly signal: AbortSignal;
}

export interface SentPack {
  readonly count: number;
  find(oid: string): number;
  oidAt(position: number): string;
  isSent(position: number): boolean;
  offsetAt(position: number): number;
  infos(): Promise<(position: number) => ObjectInfo | undefined>;
  readonly sentCount: number;
}

/** Digest and size of the durable recording; may still be being synced while objects are looked at. */
type Recorded = Promise<{ readonly sha256: string; readonly bytes: number }>;

export type ReceivedPack =
  | { readonly outcome: 'received'; readonly packBytes: number; readonly sent?: SentPack; readonly recorded: Recorded }
  | {
      readonly outcome: 'refused';
      readonly rule: string;
      readonly text: string;
      readonly hint?: string;
      /** There is no room to keep what has arrived. */
      readonly isDropped?: true;
      readonly recorded: Recorded;
    };

const PAST_A_LIMIT = 'push it in smaller parts, or ask an administrator for a larger limit';

/** Refused: it went past a limit of the gateway, or the gateway has no room left. */
type Pumped = { readonly outcome: 'ok' } | { readonly outcome: 'refused'; readonly text: string } | NoAllowance;

/** Receives the pack (or sees that there is none). Rejects when the client leaves or the disk fails. */
export async function receivePack(gate: Gate, pack: PackToReceive): Promise<ReceivedPack> {
  const recorder = await gate.recordings.record(pack.id);
  try {
    await recorder.write(pack.request.headerBytes);
    if (!expectsPack(pack.request)) return await withoutPack(pack, recorder);
    return await withPack(gate, pack, recorder);
  } catch (error) {
    await recorder.discard(); // half a request is nobody's evidence
    throw error;
  }
}

/** Deletions come without a pack: over HTTP the body must end here, over SSH the client waits for us. */
async function withoutPack(pack: PackToReceive, recorder: Recorder): Promise<ReceivedPack> {
  const more = pack.rest.length > 0 || (pack.endsWithPack && (await drain(pack.input, pack.signal)) > 0);
  const recorded = recorder.finish();
  recorded.catch(() => {});
  if (more)
    return { outcome: 'refused', rule: 'malformed push', text: 'bytes after a push that needs no pack', recorded };
  return { outcome: 'received', packBytes: 0, recorded };
}

async function withPack(gate: Gate, pack: PackToReceive, recorder: Recorder): Promise<ReceivedPack> {
  const limits = { maxPackBytes: gate.limits.maxPackBytes, timeoutMs: gate.limits.receiveTimeoutMs };
  const indexing = pack.quarantine.index(limits);
  const pump = new PackPump(gate, pack, recorder, indexing);
  let pumped: Pumped;
  try {
    pumped = await pump.run();
    if (pumped.outcome === 'ok') await pack.early.end(recorder);
  } catch (error) {
    indexing.abort();
    throw error;
  }
  const recorded = recorder.finish();
  recorded.catch(() => {}); // awaited before anything is decided
  if (pumped.outcome === 'refused') {
    indexing.abort(); // git would wait for the rest of the pack for ever
    if ('rule' in pumped) return { ...pumped, isDropped: true, recorded };
    return { ...pumped, rule: 'limit', hint: PAST_A_LIMIT, recorded };
  }
  let indexed = await indexing.done;
  if (pump.bytes === emptyPack(pack.request.objectFormat).length && pump.isEmptyPack()) {
    return { outcome: 'received', packBytes: pump.bytes, recorded };
  }
  const incomplete = (one: IndexedPack) => (one.outcome === 'refused' ? isIncomplete(one) : one.unchecked.length > 0);
  if (incomplete(indexed)) indexed = await completeAndRetry(gate, pack, indexed, limits);
  if (indexed.outcome === 'refused')
    return { outcome: 'refused', rule: 'malformed pack', text: indexed.text, recorded };
  // Bytes behind the trailer are ignored by git, and could be a second request to a naive relay (THREATS.md 9).
  if (indexed.sentBytes !== pump.bytes) {
    return { outcome: 'refused', rule: 'malformed push', text: 'bytes after the end of the pack', recorded };
  }
  const { index, appendedFrom, infos } = indexed;
  const sent: SentPack = {
    count: index.count,
    sentCount: indexed.sentObjects,
    find: (oid) => index.find(oid),
    oidAt: (position) => index.oidAt(position),
    isSent: (position) => index.offsetAt(position) < appendedFrom,
    offsetAt: (position) => index.offsetAt(position),
    infos,
  };
  return { outcome: 'received', packBytes: pump.bytes, sent, recorded };
}

/** git could not finish because something it must look at is not here: it may still be with the upstream. */
function isIncomplete(indexed: Extract<IndexedPack, { outcome: 'refused' }>): boolean {
  return indexed.missing.length > 0 || /unresolved delta|did not receive expected object/.test(indexed.text);
}

/** Fetches what was missing (single blobs; for a thin pack everything) and reads the pack again from the recording. */
async function completeAndRetry(
  gate: Gate,
  pack: PackToReceive,
  indexed: IndexedPack,
  limits: { readonly maxPackBytes: number; readonly timeoutMs: number },
): Promise<IndexedPack> {
  const blobs = indexed.outcome === 'refused' ? indexed.missing : indexed.unchecked;
  if (blobs.length > 0) {
    const lacking = await pack.mirror.ensureObjects(blobs, pack.signal);
    if (lacking.size > 0) {
      return {
        outcome: 'refused',
        text: 'a .gitmodules or .gitattributes blob is neither sent nor upstream',
        missing: [],
      };
    }
  } else {
    const tips = await pack.tips;
    if (tips.outcome !== 'ok') return indexed;
    await pack.mirror.fetchAll(new Set(tips.advertisement.refs.map((ref) => ref.oid)), pack.signal);
  }
  const again = pack.quarantine.index(limits);
  for await (const chunk of gate.recordings.read(pack.id, pack.request.headerBytes.length)) {
    if (!(await again.write(chunk as Buffer))) break;
  }
  again.end();
  const result = await again.done;
  if (result.outcome === 'refused' && result.missing.length > 0) return { ...result, missing: [] };
  return result;
}

/** More than the longest empty pack (SHA-256: 44 bytes). */
const HEAD_KEPT = 64;
/** Bytes of a pack between two looks at the disk. */
const DISK_CHECK_BYTES = 16 << 20;
/** An index of more would not fit the memory a connection may take. */
const MAX_OBJECTS = 5_000_000;

/** Moves the pack from the client to the recording and to git, and knows when it is over. */
class PackPump {
  readonly #gate: Gate;
  readonly #pack: PackToReceive;
  readonly #recorder: Recorder;
  readonly #indexing: PackIndexing;
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  #lookAgainAt = DISK_CHECK_BYTES;
  bytes = 0;

  constructor(gate: Gate, pack: PackToReceive, recorder: Recorder, indexing: PackIndexing) {
    this.#gate = gate;
    this.#pack = pack;
    this.#recorder = recorder;
    this.#indexing = indexing;
  }

  async run(): Promise<Pumped> {
    // Over SSH the pack ends by its own structure: git ends, and the client waits. Then nothing more is read.
    const over = new AbortController();
    const deadline = AbortSignal.timeout(this.#gate.limits.receiveTimeoutMs);
    const signal = AbortSignal.any([this.#pack.signal, deadline, ...(this.#pack.endsWithPack ? [] : [over.signal])]);
    this.#indexing.done.then(
      () => over.abort(),
      () => over.abort(),
    );
    let wanted = true;
    let chunk: Buffer | undefined = this.#pack.rest.length > 0 ? this.#pack.rest : await this.#next(signal);
    while (chunk !== undefined) {
      this.bytes += chunk.length;
      if (this.bytes > this.#gate.limits.maxPackBytes) {
        this.#indexing.abort();
        // Over HTTP the answer is heard only after the body; over SSH the conversation drains while it answers.
        if (this.#pack.endsWithPack) await drain(this.#pack.input, signal).catch(() => {});
        return { outcome: 'refused', text: `the pack is larger than ${this.#gate.limits.maxPackBytes} bytes` };
      }
      if (this.#headBytes < HEAD_KEPT) this.#keepHead(chunk);
      const objects = this.#announcedObjects();
      if (objects > MAX_OBJECTS) {
        this.#indexing.abort();
        if (this.#pack.endsWithPack) await drain(this.#pack.input, signal).catch(() => {});
        return { outcome: 'refused', text: `the pack announces ${objects} objects, at most ${MAX_OBJECTS} are taken` };
      }
      // Once git has stopped, the rest is read and dropped, so that the client can hear why.
      if (wanted) {
        const [more] = await Promise.all([this.#indexing.write(chunk), this.#recorder.write(chunk)]);
        wanted = more;
        this.#pack.early.arrived(this.#recorder, this.#pack.request.headerBytes.length);
      }
      if (deadline.aborted) return { outcome: 'refused', text: 'the pack did not arrive within the time limit' };
      const low = this.#lowDisk();
      if (low !== undefined) {
        this.#indexing.abort();
        if (this.#pack.endsWithPack) await drain(this.#pack.input, signal).catch(() => {});
        return low;
      }
      chunk = await this.#next(signal);
    }
    // Over SSH git may have seen the end of the pack while the client is still there.
    if (deadline.aborted && !over.signal.aborted && !this.#pack.input.readableEnded) {
      this.#indexing.abort();
      return { outcome: 'refused', text: 'the pack did not arrive within the time limit' };
    }
    this.#indexing.end();
    return { outcome: 'ok' };
  }

  /** Looks again after so many bytes: many packs may arrive at once, each accepted when there was room for it alone. */
  #lowDisk(): NoAllowance | undefined {
    if (this.bytes < this.#lookAgainAt) return undefined;
    this.#lookAgainAt = this.bytes + DISK_CHECK_BYTES;
    return this.#gate.allowance.diskIsLow();
  }

  #keepHead(chunk: Buffer): void {
    const part = Buffer.from(chunk.subarray(0, HEAD_KEPT - this.#headBytes));
    this.#head.push(part);
    this.#headBytes += part.length;
  }

  /** The count in the pack's header (gitformat-pack); 0 until it is here. */
  #announcedObjects(): number {
    if (this.#headBytes < PACK_HEADER_BYTES) return 0;
    return Buffer.concat(this.#head).readUInt32BE(PACK_HEADER_BYTES - 4);
  }

  isEmptyPack(): boolean {
    return Buffer.concat(this.#head).equals(emptyPack(this.#pack.request.objectFormat));
  }

  async #next(signal: AbortSignal): Promise<Buffer | undefined> {
    try {
      return await nextChunk(this.#pack.input, signal);
    } catch (error) {
      if (this.#pack.signal.aborted || !signal.aborted) throw error;
      return undefined; // git has seen the end of the pack, or the time is over
    }
  }
}

/** Reads to the end and drops it; answers how many bytes there were. */
export async function drain(input: Readable, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  for (;;) {
    const chunk = await nextChunk(input, signal);
    if (chunk === undefined) return bytes;
    bytes += chunk.length;
  }
}

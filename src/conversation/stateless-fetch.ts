// A v0/v1 client over SSH keeps one conversation; the agent's port is stateless, as smart HTTP is. This file remembers
// what a stateless server forgets (gitprotocol-pack "Packfile Negotiation", gitprotocol-http "Smart Service
// git-upload-pack"): each round is one request that repeats the wants and the commits known to be common, and of its
// answer the client is passed exactly what a lasting server would have said.
import type { Readable, Writable } from 'node:stream';
import type { ObjectFormat, Oid } from '../protocol/oid.ts';
import { encodePkt, FLUSH, PktDecoder } from '../protocol/pkt-line.ts';
import { deepens, formatAckLine, parseAckLine, UploadPackDecoder, type WantSection } from '../protocol/upload-pack.ts';
import { drained, pump } from './pump.ts';
import { nextChunk } from './read-commands.ts';

/** One stateless request to the upstream; resolves with the answer's bytes. */
export type AskUpstream = (body: Buffer, wants: WantSection) => Promise<Readable>;

const DONE = encodePkt('done\n');

/** The client was told (with an ERR packet) why there is nothing for it. */
export class FetchRefusedError extends Error {
  readonly code = 'fetch-refused';
}

/** Serves one client until it is done or leaves. Resolves with the bytes it was sent. */
export async function serveStateful(
  objectFormat: ObjectFormat,
  input: Readable,
  output: Writable,
  ask: AskUpstream,
  signal: AbortSignal,
): Promise<number> {
  const decoder = new UploadPackDecoder({ objectFormat });
  const conversation = new Conversation(output, ask, signal);
  for (;;) {
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
      if (event.kind === 'end') return conversation.sent;
      if (event.kind === 'wants') await conversation.begin(event.request);
      else if (event.kind === 'have') conversation.have(event.oid);
      else if (event.kind === 'flush') await conversation.round(FLUSH, false);
      else {
        await conversation.round(DONE, true);
        return conversation.sent;
      }
    }
    const chunk = await nextChunk(input, signal);
    if (chunk === undefined) return conversation.sent; // git ends so when it finds that it has everything
    decoder.write(chunk);
  }
}

class Conversation {
  readonly #output: Writable;
  readonly #ask: AskUpstream;
  readonly #signal: AbortSignal;
  #wants: WantSection | undefined;
  /**
   * Haves that a later request must repeat: those the server has acknowledged. A client without multi_ack hears of one
   * only, and the server went on counting: then all of them.
   */
  readonly #repeated = new Set<Oid>();
  #repeatsAll = false;
  #haves: Oid[] = [];
  #lastAnswer: 'none' | 'nak' | 'ack' = 'none';
  sent = 0;

  constructor(output: Writable, ask: AskUpstream, signal: AbortSignal) {
    this.#output = output;
    this.#ask = ask;
    this.#signal = signal;
  }

  /** A client that deepens reads its shallow lines before it says what it has. */
  async begin(wants: WantSection): Promise<void> {
    this.#wants = wants;
    this.#repeatsAll = !wants.capabilities.has('multi_ack') && !wants.capabilities.has('multi_ack_detailed');
    if (!deepens(wants)) return;
    const answer = await this.#ask(wants.bytes, wants);
    await this.#readSection(answer, (bytes) => this.#write(bytes));
    answer.destroy();
  }

  have(oid: Oid): void {
    this.#haves.push(oid);
  }

  async round(end: Buffer, last: boolean): Promise<void> {
    const wants = this.#wants as WantSection;
    const fresh = this.#haves;
    this.#haves = [];
    // Nothing new was said. Asked again, a stateless server would take what is repeated for this round's.
    if (!last && fresh.length === 0 && this.#lastAnswer !== 'none') {
      if (!this.#repeatsAll || this.#lastAnswer === 'nak') await this.#write(formatAckLine({ kind: 'nak' }));
      return;
    }
    const earlier = new Set(this.#repeated);
    const haves = [...earlier, ...fresh].map((oid) => encodePkt(`have ${oid}\n`));
    if (this.#repeatsAll) for (const oid of fresh) this.#repeated.add(oid);
    const answer = await this.#ask(Buffer.concat([wants.bytes, ...haves, end]), wants);
    // The shallow lines come again in every stateless answer; this client has read them.
    let rest: Buffer = Buffer.alloc(0);
    if (deepens(wants)) rest = await this.#readSection(answer, async () => {});
    await this.#acknowledgments(answer, rest, { last, earlier });
  }

  /** Passes new ACKs and the closing NAK or ACK; after the last round the rest of the answer is the pack. */
  async #acknowledgments(
    answer: Readable,
    rest: Buffer,
    { last, earlier }: { readonly last: boolean; readonly earlier: ReadonlySet<Oid> },
  ): Promise<void> {
    const decoder = new PktDecoder();
    decoder.write(rest);
    for (;;) {
      if (last && this.#repeatsAll && isPack(decoder)) return this.#passOn(answer, decoder.takeRest());
      const pkt = decoder.next();
      if (pkt === undefined) {
        const chunk = await this.#more(answer);
        if (chunk === undefined) {
          if (decoder.buffered > 0 || last) return this.#brokeOff();
          return;
        }
        decoder.write(chunk);
        continue;
      }
      const line = pkt.kind === 'data' ? parseAckLine(pkt.payload) : undefined;
      if (line === undefined) {
        // Something newer than this file, or an ERR: the client knows best what to make of it.
        await this.#write(decoder.raw);
        if (pkt.kind === 'data') throwIfRefused(pkt.payload);
        if (last) return this.#passOn(answer, decoder.takeRest());
        continue;
      }
      if (line.kind === 'nak') {
        this.#lastAnswer = 'nak';
        await this.#write(formatAckLine(line));
        if (last) return this.#passOn(answer, decoder.takeRest());
        continue;
      }
      this.#lastAnswer = 'ack';
      const isClosing = line.status === undefined && !this.#repeatsAll;
      // What was acknowledged in an earlier round is acknowledged again by a server that forgot; a closing ACK is new.
      const isOld = !isClosing && line.status !== 'ready' && earlier.has(line.oid);
      if (!isOld) await this.#write(formatAckLine(line));
      if (line.status === 'common' || line.status === 'continue') this.#repeated.add(line.oid);
      if (last && isClosing) return this.#passOn(answer, decoder.takeRest());
    }
  }

  async #passOn(answer: Readable, first: Buffer): Promise<void> {
    await this.#write(first);
    this.sent += await pump(answer, this.#output, this.#signal);
  }

  /** Reads up to and with a flush; answers what came behind it. */
  async #readSection(answer: Readable, take: (bytes: Buffer) => Promise<void>): Promise<Buffer> {
    const decoder = new PktDecoder();
    for (;;) {
      const pkt = decoder.next();
      if (pkt === undefined) {
        const chunk = await this.#more(answer);
        if (chunk === undefined) return this.#brokeOff();
        decoder.write(chunk);
        continue;
      }
      if (pkt.kind === 'data' && isRefusal(pkt.payload)) await this.#write(decoder.raw);
      else await take(decoder.raw);
      if (pkt.kind === 'data') throwIfRefused(pkt.payload);
      if (pkt.kind === 'flush') return decoder.takeRest();
    }
  }

  async #more(answer: Readable): Promise<Buffer | undefined> {
    try {
      return await nextChunk(answer, this.#signal);
    } catch (error) {
      if (this.#signal.aborted) throw error;
      return this.#brokeOff(error);
    }
  }

  /** Only whole packets have been passed on so far, so the client can still be told in a packet. */
  async #brokeOff(cause?: unknown): Promise<never> {
    await this.#write(encodePkt('ERR the upstream broke off its answer\nhint: try again later'));
    throw new FetchRefusedError('the upstream broke off its answer', { cause });
  }

  async #write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    this.sent += bytes.length;
    if (!this.#output.write(bytes)) await drained(this.#output, this.#signal);
  }
}

/** gitprotocol-pack, "pkt-line Format": an error in place of what was expected ends the conversation. */
function isRefusal(payload: Buffer): boolean {
  return payload.toString('latin1', 0, 4) === 'ERR ';
}

function throwIfRefused(payload: Buffer): void {
  if (isRefusal(payload)) throw new FetchRefusedError('the upstream refused the fetch');
}

/** Without multi_ack nothing closes the acknowledgments; where the client took no bands, the bare pack follows them. */
function isPack(decoder: PktDecoder): boolean {
  const rest = decoder.takeRest();
  decoder.write(rest);
  return rest[0] === 0x50; // the P of PACK, which begins no packet
}

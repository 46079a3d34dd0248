// The one place that turns what we decided into what git shows: progress on sideband 2, the report on sideband 1,
// one `ng` a ref when the push does not land (git-receive-pack, gitprotocol-pack "Report Status").
import type { Writable } from 'node:stream';
import type { Masker } from '../domain/secrets/mask-text.ts';
import { StreamMasker } from '../domain/secrets/stream-mask.ts';
import { decodeBytes, visibleText } from '../protocol/bytes.ts';
import type { ProtocolError, ProtocolErrorCode } from '../protocol/errors.ts';
import { encodePkt, FLUSH } from '../protocol/pkt-line.ts';
import { formatReport, type Report } from '../protocol/report-status.ts';
import { encodeSideband, KEEPALIVE } from '../protocol/sideband.ts';

/** What the client asked for with its capabilities. */
export interface AnswerForm {
  readonly sideband: 'none' | 'side-band' | 'side-band-64k';
  readonly report: 'none' | 'report-status' | 'report-status-v2';
  /** One JSON document per line instead of prose (`-o sallyport.format=json`). */
  readonly json: boolean;
}

export interface Message {
  /** Prose, one line. */
  readonly text: string;
  /** The same for programs. */
  readonly data: { readonly event: string; readonly [key: string]: unknown };
}

const SMALL_SIDEBAND = 995;
const KEEPALIVE_MS = 5_000;
/** A longer line of the upstream keeps only its end. */
const MAX_UNFINISHED = 64 * 1024;

/** Faults of a push that people run into with an ordinary git. All others are no ordinary git's, and get no comfort. */
const MENDABLE: ReadonlySet<ProtocolErrorCode> = new Set(['limit-exceeded', 'ref-collision']);

/**
 * The answer to commands that cannot be taken, where their author can do something about it: `ERR` inside band 1 is
 * shown as the remote's error. The body of a 400 is not, and git ends with "Everything up-to-date" then.
 */
export function unreadableAnswer(error: ProtocolError, mask: Masker): Buffer | undefined {
  if (!MENDABLE.has(error.code)) return undefined;
  const text = `sallyport: refused: ${visibleText(mask.text(error.message))}\nhint: push fewer refs at a time`;
  return Buffer.concat([encodeSideband(1, encodePkt(`ERR ${text}`)), FLUSH]);
}

export class PushAnswer {
  readonly #out: Writable;
  readonly #form: AnswerForm;
  readonly #mask: Masker;
  /** The upstream's words, which come in pieces. */
  readonly #upstream: StreamMasker;
  #timer: NodeJS.Timeout | undefined;
  /** Of the upstream's text, what no line feed has ended yet; for programs only. */
  #unfinished = '';
  #ended = false;

  constructor(out: Writable, form: AnswerForm, mask: Masker) {
    this.#out = out;
    this.#form = form;
    this.#mask = mask;
    this.#upstream = new StreamMasker(mask);
    out.on('error', () => {}); // a client that left is noticed by its signal
  }

  /** From the end of the pack on: clients and load balancers drop a connection that stays silent. */
  startKeepalive(): void {
    if (this.#form.sideband === 'none' || this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#write(KEEPALIVE), KEEPALIVE_MS);
    this.#timer.unref();
  }

  /**
   * A few bytes at once, where the client already listens (SSH). They carry the acknowledgement of what it has sent:
   * without them its next small packet waits for a delayed one (Nagle on its side, 40 ms of our kernel's patience).
   */
  nudge(): void {
    if (this.#form.sideband !== 'none') this.#write(KEEPALIVE);
  }

  /** Lines for the developer, without secrets. Everything from outside is made visible, nothing can move a cursor. */
  say(...messages: readonly Message[]): void {
    if (this.#form.sideband === 'none') return;
    for (const message of messages) {
      const { text, data } = this.#mask.value(message);
      const line = this.#form.json ? JSON.stringify(data) : visibleText(text);
      this.#write(this.#band(2, `${line}\n`));
    }
  }

  /** The upstream's own progress or messages, line by line, without secrets and made visible. */
  relay(text: string): void {
    this.#relay(decodeBytes(this.#upstream.write(Buffer.from(text))));
  }

  /** The upstream has said all it will: what was held for the sake of what might follow goes before our own words. */
  endUpstream(): void {
    this.#relay(decodeBytes(this.#upstream.flush()));
  }

  #relay(text: string): void {
    if (text === '' || this.#form.sideband === 'none') return;
    if (this.#form.json) {
      const lines = (this.#unfinished + text).split(/\r?\n|\r/);
      this.#unfinished = (lines.pop() ?? '').slice(-MAX_UNFINISHED);
      this.#sayUpstream(lines);
      return;
    }
    const clean = text
      .split('\n')
      .map((line) => line.split('\r').map(visibleText).join('\r'))
      .join('\n');
    this.#write(this.#band(2, clean));
  }

  /** Ends the answer with the report. */
  finish(report: Report): void {
    this.stop();
    if (this.#ended) return;
    this.endUpstream();
    this.#sayUpstream([this.#unfinished]);
    this.#ended = true;
    if (this.#form.report !== 'none') {
      const bytes = formatReport(this.#masked(report), { v2: this.#form.report === 'report-status-v2' });
      this.#out.write(this.#form.sideband === 'none' ? bytes : this.#band(1, bytes));
    }
    if (this.#form.sideband !== 'none') this.#out.write(FLUSH);
    this.#out.end();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Reasons are words; the names of refs are the client's own, and git knows its refs by nothing else. */
  #masked({ unpack, refs }: Report): Report {
    const masked = refs.map((ref) => (ref.ok ? ref : { ...ref, reason: this.#mask.text(ref.reason) }));
    return { unpack: this.#mask.text(unpack), refs: masked };
  }

  #sayUpstream(lines: readonly string[]): void {
    const filled = lines.map(visibleText).filter((line) => line !== '');
    this.say(...filled.map((text) => ({ text, data: { event: 'upstream', text } })));
  }

  #band(band: 1 | 2 | 3, data: Buffer | string): Buffer {
    return this.#form.sideband === 'side-band'
      ? encodeSideband(band, data, SMALL_SIDEBAND)
      : encodeSideband(band, data);
  }

  #write(bytes: Buffer): void {
    if (!this.#ended && !this.#out.destroyed) this.#out.write(bytes);
  }
}

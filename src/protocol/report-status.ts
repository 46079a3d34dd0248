// The server's report on a push (gitprotocol-pack, "Report Status"; v2 adds option lines after an ok):
//   "unpack" SP ( "ok" | error )   *( "ok" SP ref  *( "option" SP key [ SP value ] ) | "ng" SP ref SP reason )   flush
// With side-band-64k this whole stream, its own flush included, travels nested in band 1.
import { visibleText } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import type { Oid } from './oid.ts';
import { encodePkt, FLUSH, PktDecoder, pktText } from './pkt-line.ts';
import { throwIfErr } from './sideband.ts';

/** v2: what the server really did when it rewrote the update (proc-receive). */
export interface ReportOptions {
  readonly refname?: string;
  readonly oldOid?: Oid;
  readonly newOid?: Oid;
  readonly forcedUpdate?: boolean;
}

export type RefReport =
  | { readonly refName: string; readonly ok: true; readonly options?: ReportOptions }
  | { readonly refName: string; readonly ok: false; readonly reason: string };

export interface Report {
  /** `ok`, or why the pack could not be unpacked: then no ref moved. */
  readonly unpack: string;
  /** One per command. With v2 a ref may appear more than once, each time with other options. */
  readonly refs: readonly RefReport[];
}

/** Longest reason sent; some clients cut or wrap more than a terminal line. */
export const MAX_REASON_LENGTH = 199;
const DEFAULT_MAX_REPORT_BYTES = 64 * 1024 * 1024;

/** Decodes a report as it arrives: the bytes of band 1, or the bare answer. */
export class ReportDecoder {
  readonly #packets = new PktDecoder();
  readonly #maxBytes: number;
  readonly #refs: RefReport[] = [];
  #unpack: string | undefined;
  #result: Report | undefined;

  constructor(limits: { readonly maxBytes?: number } = {}) {
    this.#maxBytes = limits.maxBytes ?? DEFAULT_MAX_REPORT_BYTES;
  }

  write(chunk: Buffer): void {
    this.#packets.write(chunk);
    while (this.#result === undefined) {
      const offset = this.#packets.offset;
      const pkt = this.#packets.next();
      if (pkt === undefined) return;
      if (this.#packets.offset > this.#maxBytes) {
        throw new ProtocolError('limit-exceeded', `report above ${this.#maxBytes} bytes`, { offset });
      }
      if (pkt.kind === 'data') this.#line(pkt.payload, offset);
      else if (pkt.kind === 'flush') {
        if (this.#unpack === undefined) throw new ProtocolError('bad-line', 'report without unpack line', { offset });
        this.#result = { unpack: this.#unpack, refs: this.#refs };
      } else throw new ProtocolError('unexpected-packet', `${pkt.kind} packet in a report`, { offset });
    }
    if (this.#packets.buffered > 0) {
      throw new ProtocolError('trailing-bytes', 'bytes after the report', { offset: this.#packets.offset });
    }
  }

  /** The report, once its flush has been read. */
  result(): Report | undefined {
    return this.#result;
  }

  /** At the end of input. Half a report is none: what it says of some refs is no answer for the others. */
  finish(): Report {
    if (this.#result !== undefined) return this.#result;
    throw new ProtocolError('truncated', 'the report ended before its flush packet', {
      offset: this.#packets.offset + this.#packets.buffered,
    });
  }

  #line(payload: Buffer, offset: number): void {
    throwIfErr(payload, offset);
    const text = pktText(payload);
    const refuse = (message: string): never => {
      throw new ProtocolError('bad-line', message, { offset });
    };
    if (/[\0\n]/.test(text)) refuse('NUL or line feed inside a report line');
    const [keyword, rest] = cut(text);
    if (this.#unpack === undefined) {
      if (keyword !== 'unpack' || rest === '') refuse('the report does not begin with unpack');
      this.#unpack = rest;
      return;
    }
    const [refName, tail] = cut(rest);
    switch (keyword) {
      case 'ok':
        if (refName === '') refuse('report line without a ref');
        this.#refs.push({ refName, ok: true });
        return;
      case 'ng':
        if (refName === '') refuse('report line without a ref');
        this.#refs.push({ refName, ok: false, reason: tail === '' ? 'failed' : tail });
        return;
      case 'option': {
        const last = this.#refs.at(-1);
        if (last === undefined) refuse('option before any ref');
        // git gives options to an ng as well and ignores them; keys we do not know change nothing we rely on.
        else if (last.ok)
          this.#refs[this.#refs.length - 1] = { ...last, options: withOption(last.options, refName, tail) };
        return;
      }
      default:
        // Unknown means unknown: the caller asks the upstream what really happened.
        refuse('unknown line in the report');
    }
  }
}

/** A whole report: the bytes of band 1, inner flush included. */
export function parseReport(bytes: Buffer): Report {
  const decoder = new ReportDecoder();
  decoder.write(bytes);
  return decoder.finish();
}

/** The wire form with its flush. Option lines only with `v2`: libgit2 refuses a report whose lines it does not know. */
export function formatReport(report: Report, options: { readonly v2: boolean }): Buffer {
  const packets = [encodePkt(`unpack ${reasonLine(report.unpack)}\n`)];
  for (const ref of report.refs) {
    if (ref.refName === '' || /[\0\n]/.test(ref.refName)) throw new TypeError('ref name cannot be reported');
    if (!ref.ok) {
      packets.push(encodePkt(`ng ${ref.refName} ${reasonLine(ref.reason)}\n`));
      continue;
    }
    packets.push(encodePkt(`ok ${ref.refName}\n`));
    if (!options.v2 || ref.options === undefined) continue;
    const { refname, oldOid, newOid, forcedUpdate } = ref.options;
    if (refname !== undefined) packets.push(encodePkt(`option refname ${refname}\n`));
    if (oldOid !== undefined) packets.push(encodePkt(`option old-oid ${oldOid}\n`));
    if (newOid !== undefined) packets.push(encodePkt(`option new-oid ${newOid}\n`));
    if (forcedUpdate === true) packets.push(encodePkt('option forced-update\n'));
  }
  packets.push(FLUSH);
  return Buffer.concat(packets);
}

/** One line fit for any terminal: git prints reasons raw, in parentheses. */
export function reasonLine(text: string): string {
  const line = visibleText(text.trim().replace(/\s+/g, ' '));
  if (line === '') return 'failed';
  if (line.length <= MAX_REASON_LENGTH) return line;
  // Cut between characters: half a surrogate pair would not survive the encoding.
  let cutAt = MAX_REASON_LENGTH - 1;
  const unit = line.charCodeAt(cutAt - 1);
  if (unit >= 0xd800 && unit <= 0xdbff) cutAt -= 1;
  return `${line.slice(0, cutAt)}…`;
}

function withOption(options: ReportOptions | undefined, key: string, value: string): ReportOptions {
  switch (key) {
    case 'refname':
      return { ...options, refname: value };
    case 'old-oid':
      return { ...options, oldOid: value };
    case 'new-oid':
      return { ...options, newOid: value };
    case 'forced-update':
      return { ...options, forcedUpdate: true };
    default:
      return options ?? {};
  }
}

function cut(text: string): readonly [string, string] {
  const space = text.indexOf(' ');
  return space === -1 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)];
}

// pkt-line (gitprotocol-common): four hex digits give the length including themselves, then the payload.
// 0000 flush, 0001 delim (v2), 0002 response-end (v2, stateless). Stricter than git in two places: an empty packet
// (0004) is refused, because git's readers disagree on whether it ends a section, and nothing above 65520 passes,
// because git breaks such a line at its buffer instead of failing.
import { decodeBytes, encodeBytes } from './bytes.ts';
import { ProtocolError } from './errors.ts';

/** Longest packet with its length digits (gitprotocol-common, "pkt-line Format"). */
export const MAX_PKT_LINE = 65520;
export const MAX_PKT_PAYLOAD = 65516;

const LENGTH_DIGITS = 4;
/** First allocation of a decoder that has to join small chunks. */
const MIN_JOIN_BYTES = 1024;

export const FLUSH: Buffer = Buffer.from('0000');
export const DELIM: Buffer = Buffer.from('0001');
export const RESPONSE_END: Buffer = Buffer.from('0002');

export type Pkt =
  | { readonly kind: 'data'; readonly payload: Buffer }
  | { readonly kind: 'flush' }
  | { readonly kind: 'delim' }
  | { readonly kind: 'response-end' };

/** One data packet. A string goes through encodeBytes(); an LF, where wanted, is the caller's. */
export function encodePkt(payload: Buffer | string): Buffer {
  const bytes = typeof payload === 'string' ? encodeBytes(payload) : payload;
  if (bytes.length === 0) throw new TypeError('a packet needs a payload: 0004 is not sent');
  if (bytes.length > MAX_PKT_PAYLOAD) throw new TypeError(`payload of ${bytes.length} bytes does not fit one packet`);
  const packet = Buffer.allocUnsafe(LENGTH_DIGITS + bytes.length);
  packet.write(packet.length.toString(16).padStart(LENGTH_DIGITS, '0'), 0, 'latin1');
  packet.set(bytes, LENGTH_DIGITS);
  return packet;
}

/** A text packet's text: one trailing LF stripped, and only one, as git does. */
export function pktText(payload: Uint8Array): string {
  const end = payload.length > 0 && payload[payload.length - 1] === 0x0a ? payload.length - 1 : payload.length;
  return decodeBytes(payload.subarray(0, end));
}

/**
 * Decodes packets one at a time, only when asked: what next() has not reached stays untouched, so takeRest() after the
 * last section is the start of the pack. Payloads may share memory with the chunks written.
 */
export class PktDecoder {
  // Undecoded bytes are #bytes[#start, #end). Only #bytes past #end is ever written to, and only when #owned: packets
  // already handed out are views of what lies before.
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #owned = false;
  #offset = 0;
  #raw: Buffer = Buffer.alloc(0);

  write(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.#start === this.#end) {
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#owned = false;
      return;
    }
    const pending = this.#end - this.#start;
    if (!this.#owned || this.#bytes.length - this.#end < chunk.length) {
      // Doubling keeps the whole linear even when the input comes byte by byte.
      const joined = Buffer.allocUnsafe(Math.max(MIN_JOIN_BYTES, 2 * (pending + chunk.length)));
      joined.set(this.#bytes.subarray(this.#start, this.#end), 0);
      this.#bytes = joined;
      this.#start = 0;
      this.#end = pending;
      this.#owned = true;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next packet, or undefined until more is written. Throws again on every call once the input is malformed. */
  next(): Pkt | undefined {
    if (this.buffered < LENGTH_DIGITS) {
      // A length that is already wrong is refused at its first wrong digit, not after four.
      for (let at = this.#start; at < this.#end; at++) hexDigit(this.#bytes[at] as number, this.#offset);
      return undefined;
    }
    let length = 0;
    for (let at = this.#start; at < this.#start + LENGTH_DIGITS; at++) {
      length = length * 16 + hexDigit(this.#bytes[at] as number, this.#offset);
    }
    if (length <= LENGTH_DIGITS) {
      const kind = length === 0 ? 'flush' : length === 1 ? 'delim' : length === 2 ? 'response-end' : undefined;
      if (kind === undefined) {
        throw new ProtocolError('bad-pkt-length', `packet length 000${length} is not allowed`, {
          offset: this.#offset,
        });
      }
      this.#advance(LENGTH_DIGITS);
      return { kind };
    }
    if (length > MAX_PKT_LINE) {
      throw new ProtocolError('bad-pkt-length', `packet length ${length} is above ${MAX_PKT_LINE}`, {
        offset: this.#offset,
      });
    }
    if (this.buffered < length) return undefined;
    const payload = this.#bytes.subarray(this.#start + LENGTH_DIGITS, this.#start + length);
    this.#advance(length);
    return { kind: 'data', payload };
  }

  /** Everything undecoded; the decoder is empty afterwards. */
  takeRest(): Buffer {
    const rest = this.#bytes.subarray(this.#start, this.#end);
    this.#offset += rest.length;
    this.#bytes = Buffer.alloc(0);
    this.#start = 0;
    this.#end = 0;
    this.#owned = false;
    return rest;
  }

  /** Bytes written and not yet decoded. */
  get buffered(): number {
    return this.#end - this.#start;
  }

  /** Bytes decoded (or taken) so far: where in the input the next packet begins. */
  get offset(): number {
    return this.#offset;
  }

  /** The exact bytes, length digits included, of the packet that next() returned last. */
  get raw(): Buffer {
    return this.#raw;
  }

  #advance(length: number): void {
    this.#raw = this.#bytes.subarray(this.#start, this.#start + length);
    this.#start += length;
    this.#offset += length;
  }
}

/** Both cases are accepted, as git does. */
function hexDigit(byte: number, offset: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  if (byte >= 0x61 && byte <= 0x66) return byte - 0x57;
  if (byte >= 0x41 && byte <= 0x46) return byte - 0x37;
  throw new ProtocolError('bad-pkt-length', 'packet length is not four hex digits', { offset });
}

// Sideband (gitprotocol-pack, "Packfile Data"): each packet starts with a band byte. 1 = the data itself, 2 = text for
// the user, 3 = fatal text. A flush ends it. An empty packet on band 1 or 2 is a keepalive.
import { encodeBytes, visibleText } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { encodePkt, MAX_PKT_PAYLOAD, PktDecoder, pktText } from './pkt-line.ts';

export type Band = 1 | 2 | 3;

export interface SidebandEvent {
  readonly band: Band;
  readonly data: Buffer;
}

/** Most data in one packet of `side-band-64k`: the payload less the band byte. */
export const MAX_SIDEBAND_DATA = MAX_PKT_PAYLOAD - 1;
/** The same for the older `side-band`, whose packets have at most 1000 bytes. */
export const MAX_SMALL_SIDEBAND_DATA = 995;

/** What git itself sends while its hooks run: band 1 without data. */
export const KEEPALIVE: Buffer = Buffer.from('0005\x01');

/** `data` on a band, in as many packets as it takes; no data, no packet. */
export function encodeSideband(band: Band, data: Buffer | string, max = MAX_SIDEBAND_DATA): Buffer {
  if (!Number.isInteger(max) || max < 1 || max > MAX_SIDEBAND_DATA) throw new TypeError(`bad sideband size ${max}`);
  const bytes = typeof data === 'string' ? encodeBytes(data) : data;
  const packets: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += max) {
    packets.push(encodePkt(Buffer.concat([Buffer.from([band]), bytes.subarray(at, at + max)])));
  }
  return packets.length === 1 ? (packets[0] as Buffer) : Buffer.concat(packets);
}

/** Takes a pkt-line stream apart into bands until its flush. Keepalives are swallowed. */
export class SidebandDecoder {
  readonly #packets: PktDecoder;
  #ended = false;

  /** May continue on a decoder that has already read the sections before the bands. */
  constructor(packets: PktDecoder = new PktDecoder()) {
    this.#packets = packets;
  }

  write(chunk: Buffer): void {
    this.#packets.write(chunk);
  }

  /** The next piece of data, or undefined: either more must be written or the stream has `ended`. */
  next(): SidebandEvent | undefined {
    while (!this.#ended) {
      const offset = this.#packets.offset;
      const pkt = this.#packets.next();
      if (pkt === undefined) return undefined;
      if (pkt.kind === 'flush') {
        this.#ended = true;
        return undefined;
      }
      if (pkt.kind !== 'data') {
        throw new ProtocolError('unexpected-packet', `${pkt.kind} packet among sideband packets`, { offset });
      }
      const band = pkt.payload[0];
      if (band === 1 || band === 2 || band === 3) {
        if (pkt.payload.length === 1) continue;
        return { band, data: pkt.payload.subarray(1) };
      }
      throwIfErr(pkt.payload, offset);
      throw new ProtocolError('bad-band', `no such band: ${band}`, { offset });
    }
    return undefined;
  }

  /** Call at the end of input: throws unless the flush has been read. */
  finish(): void {
    if (!this.#ended) {
      throw new ProtocolError('truncated', 'the answer ended before its flush packet', {
        offset: this.#packets.offset + this.#packets.buffered,
      });
    }
  }

  /** The flush has been read. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What followed the flush, or what was written and not yet decoded. */
  takeRest(): Buffer {
    return this.#packets.takeRest();
  }
}

/** `ERR <text>` may stand wherever a server's text packet is expected, and ends the conversation (gitprotocol-pack). */
export function throwIfErr(payload: Buffer, offset: number): void {
  if (payload.length < 4 || payload.toString('latin1', 0, 4) !== 'ERR ') return;
  const detail = pktText(payload.subarray(4));
  throw new ProtocolError('upstream-err', `the other side reports: ${visibleText(detail)}`, { offset, detail });
}

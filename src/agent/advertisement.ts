// An advertisement on its way through: every byte passes as it came, up to and including its flush (gitprotocol-pack,
// "Reference Discovery"; gitprotocol-v2, "Capability Advertisement"). What follows the flush is handed back. Unlike
// protocol/advertisement.ts this reads no lines: it keeps nothing, whatever the size, and takes every version.
import { ProtocolError } from '../protocol/errors.ts';
import { PktDecoder, pktText } from '../protocol/pkt-line.ts';

/** The dialect a server speaks; 1 is 0 with a first line of its own. */
export type ProtocolVersion = 0 | 1 | 2;

export interface AdvertisementPart {
  /** Whole packets that may be passed on. */
  readonly bytes: Buffer;
  /** Set once the flush has passed: what came after it. */
  readonly rest?: Buffer;
}

/** Follows one advertisement. Throws ProtocolError on malformed framing, an `ERR` packet, or too many bytes. */
export class AdvertisementReader {
  readonly #decoder = new PktDecoder();
  readonly #maxBytes: number;
  #version: ProtocolVersion | undefined;
  #isDone = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What the server speaks; known from its first packet on. */
  get version(): ProtocolVersion | undefined {
    return this.#version;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  write(chunk: Buffer): AdvertisementPart {
    if (this.#isDone) throw new ProtocolError('trailing-bytes', 'bytes after the end of the advertisement');
    this.#decoder.write(chunk);
    const parts: Buffer[] = [];
    for (;;) {
      const packet = this.#decoder.next();
      if (packet === undefined) {
        this.#checkSize(this.#decoder.offset + this.#decoder.buffered);
        return { bytes: Buffer.concat(parts) };
      }
      this.#checkSize(this.#decoder.offset);
      if (packet.kind === 'delim' || packet.kind === 'response-end') {
        throw this.#fault('unexpected-packet', `a ${packet.kind} packet inside an advertisement`);
      }
      if (this.#version === undefined) {
        const text = packet.kind === 'data' ? pktText(packet.payload) : '';
        if (text.startsWith('ERR ')) {
          throw new ProtocolError('upstream-err', 'the upstream refused', { detail: text.slice(4) });
        }
        this.#version = text === 'version 2' ? 2 : text === 'version 1' ? 1 : 0;
      }
      parts.push(this.#decoder.raw);
      if (packet.kind === 'flush') {
        this.#isDone = true;
        return { bytes: Buffer.concat(parts), rest: this.#decoder.takeRest() };
      }
    }
  }

  /** The server ended. Throws when that was before the flush. */
  end(): void {
    if (!this.#isDone) throw this.#fault('truncated', 'the advertisement ends before its flush');
  }

  #checkSize(bytes: number): void {
    if (bytes > this.#maxBytes) {
      throw this.#fault('limit-exceeded', `the advertisement is longer than ${this.#maxBytes} bytes`);
    }
  }

  #fault(code: 'unexpected-packet' | 'truncated' | 'limit-exceeded', message: string): ProtocolError {
    return new ProtocolError(code, message, { offset: this.#decoder.offset });
  }
}

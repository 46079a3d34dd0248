// The data types of SSH (RFC 4251 section 5) in keys and signatures, read one after the other. Every length is the
// sender's to choose: what does not fit into the bytes at hand is `undefined`, never read past.

export class WireReader {
  readonly bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  atEnd(): boolean {
    return this.#at === this.bytes.length;
  }

  /** The next `length` bytes as they are. */
  take(length: number): Buffer | undefined {
    if (length > this.bytes.length - this.#at) return undefined;
    const from = this.#at;
    this.#at = from + length;
    return this.bytes.subarray(from, this.#at);
  }

  uint32(): number | undefined {
    return this.take(4)?.readUInt32BE(0);
  }

  /** `undefined` when cut off. */
  string(): Buffer | undefined {
    const length = this.uint32();
    return length === undefined ? undefined : this.take(length);
  }

  /** mpint: positive and in its only shortest form; without the leading zero byte. */
  positiveMpint(): Buffer | undefined {
    const bytes = this.string();
    const first = bytes?.[0];
    if (bytes === undefined || first === undefined || first >= 0x80) return undefined;
    if (first !== 0) return bytes;
    const second = bytes[1];
    return second === undefined || second < 0x80 ? undefined : bytes.subarray(1);
  }
}

/** RFC 4251 section 5, string. */
export function wireString(bytes: Uint8Array | string): Buffer {
  const content = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

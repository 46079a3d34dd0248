// The data types of SSH (RFC 4251 section 5) in keys and signatures, read one after the other. Every length is the
// sender's to choose: what does not fit into the bytes at hand is `undefined`, never read past.

export class WireReader {
  readonly bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** How many bytes were read. */
  get at(): number {
    return this.#at;
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

  uint64(): bigint | undefined {
    return this.take(8)?.readBigUInt64BE(0);
  }

  byte(): number | undefined {
    return this.take(1)?.[0];
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

/** The strings that `bytes` consist of, in order; `undefined` when they do not end where `bytes` end. */
export function wireStrings(bytes: Buffer): readonly Buffer[] | undefined {
  const reader = new WireReader(bytes);
  const strings: Buffer[] = [];
  while (!reader.atEnd()) {
    const next = reader.string();
    if (next === undefined) return undefined;
    strings.push(next);
  }
  return strings;
}

/** RFC 4251 section 5, uint32. */
export function wireUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** RFC 4251 section 5, uint64. */
export function wireUint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

/** RFC 4251 section 5, mpint, of the bytes of a positive number. */
export function wireMpint(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.subarray(first === -1 ? bytes.length : first);
  return wireString((digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}

/** RFC 4251 section 5, string. */
export function wireString(bytes: Uint8Array | string): Buffer {
  const content = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

// The two records a zip member has: its entry in the central directory (4.3.12 of APPNOTE.TXT) and its local header
// (4.3.7). Every offset is checked against the bytes at hand before it is followed.

export interface ZipMember {
  readonly name: Buffer;
  /** Of the local header. */
  readonly start: number;
  readonly dataStart: number;
  /** What the headers say, cut to what is there. */
  readonly declaredEnd: number;
  readonly method: number;
  readonly compressed: number;
  readonly size: number;
  readonly isEncrypted: boolean;
  /** Sizes come after the data (bit 3) and no directory knows them. */
  readonly isStreamed: boolean;
  /** The local header names another method than the directory. */
  readonly disagrees: boolean;
}

const END_RECORD = Buffer.from('PK\x05\x06', 'latin1');
const END_SIZE = 22;
const MAX_COMMENT = 0xffff;
const CENTRAL_SIGNATURE = 0x02014b50;
const CENTRAL_SIZE = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_SIZE = 30;
const ZIP64_END_SIGNATURE = 0x06064b50;
const ZIP64_LOCATOR_SIGNATURE = 0x07064b50;
const ZIP64_LOCATOR_SIZE = 20;
const ZIP64_FIELD = 1;
const IN_ZIP64 = 0xffffffff;
const METHODS: ReadonlySet<number> = new Set([
  0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 14, 16, 18, 19, 93, 94, 95, 96, 97, 98, 99,
]);
const MAX_VERSION = 63;
const MAX_NAME = 4096;

interface Directory {
  readonly start: number;
  readonly end: number;
  /** Added to every offset in it: what was put in front of the archive. */
  readonly shift: number;
}

/** At most `most` members that the central directory names and that are there, in the order of their bytes. */
export function centralMembers(bytes: Buffer, most: number): readonly ZipMember[] {
  const directory = findDirectory(bytes);
  const members: ZipMember[] = [];
  if (directory === undefined) return members;
  for (let at = directory.start; at + CENTRAL_SIZE <= directory.end && members.length < most; ) {
    if (bytes.readUInt32LE(at) !== CENTRAL_SIGNATURE) break;
    const member = centralMember(bytes, at, directory.shift);
    if (member !== undefined) members.push(member);
    at += CENTRAL_SIZE + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return members.sort((a, b) => a.start - b.start);
}

/** The member whose local header is at `start`; undefined when what is there cannot be one. */
export function localMember(bytes: Buffer, start: number): ZipMember | undefined {
  if (start < 0 || start + LOCAL_SIZE > bytes.length || bytes.readUInt32LE(start) !== LOCAL_SIGNATURE) return undefined;
  const flags = bytes.readUInt16LE(start + 6);
  const method = bytes.readUInt16LE(start + 8);
  const nameEnd = start + LOCAL_SIZE + bytes.readUInt16LE(start + 26);
  const dataStart = nameEnd + bytes.readUInt16LE(start + 28);
  if (!isHeader(bytes, start) || dataStart > bytes.length) return undefined;
  const extra = bytes.subarray(nameEnd, dataStart);
  const [size, compressed] = withZip64(extra, [bytes.readUInt32LE(start + 22), bytes.readUInt32LE(start + 18)]);
  return {
    name: bytes.subarray(start + LOCAL_SIZE, nameEnd),
    start,
    dataStart,
    declaredEnd: Math.min(dataStart + (compressed ?? 0), bytes.length),
    method,
    compressed: compressed ?? 0,
    size: size ?? 0,
    isEncrypted: (flags & 1) !== 0,
    isStreamed: (flags & 8) !== 0 && compressed === 0,
    disagrees: false,
  };
}

/** Four bytes of signature turn up by chance; a version, a method and a name do not as well. */
function isHeader(bytes: Buffer, start: number): boolean {
  const nameLength = bytes.readUInt16LE(start + 26);
  const isNamed = nameLength > 0 && nameLength <= MAX_NAME;
  return isNamed && (bytes[start + 4] as number) <= MAX_VERSION && METHODS.has(bytes.readUInt16LE(start + 8));
}

function centralMember(bytes: Buffer, at: number, shift: number): ZipMember | undefined {
  const nameEnd = at + CENTRAL_SIZE + bytes.readUInt16LE(at + 28);
  const extra = bytes.subarray(nameEnd, nameEnd + bytes.readUInt16LE(at + 30));
  const declared = [bytes.readUInt32LE(at + 24), bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 42)];
  const [size = 0, compressed = 0, offset = 0] = withZip64(extra, declared);
  const local = localMember(bytes, offset + shift);
  if (local === undefined) return undefined;
  return {
    ...local,
    name: bytes.subarray(at + CENTRAL_SIZE, nameEnd),
    declaredEnd: Math.min(local.dataStart + compressed, bytes.length),
    compressed,
    size,
    isEncrypted: local.isEncrypted || (bytes.readUInt16LE(at + 8) & 1) !== 0,
    isStreamed: false,
    disagrees: local.method !== bytes.readUInt16LE(at + 10),
  };
}

/** Nothing compressed is still a few bytes; what could be more than nothing is read where it can be. */
export function isDirectory({ name, size, compressed, method }: ZipMember): boolean {
  const isReadable = method === 0 || method === 8;
  return name.at(-1) === 0x2f && size === 0 && compressed <= (isReadable ? 2 : 32);
}

/** The numbers, those too large for their field taken from the zip64 extra field, in the order they stand there. */
function withZip64(extra: Buffer, numbers: readonly number[]): readonly number[] {
  if (!numbers.includes(IN_ZIP64)) return numbers;
  const field = zip64Field(extra);
  let at = 0;
  return numbers.map((number) => {
    if (number !== IN_ZIP64 || at + 8 > field.length) return number;
    at += 8;
    return Number(field.readBigUInt64LE(at - 8));
  });
}

function zip64Field(extra: Buffer): Buffer {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) === ZIP64_FIELD) return extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
  }
  return extra.subarray(0, 0);
}

function findDirectory(bytes: Buffer): Directory | undefined {
  const tailStart = Math.max(bytes.length - END_SIZE - MAX_COMMENT, 0);
  const found = bytes.subarray(tailStart).lastIndexOf(END_RECORD);
  const end = tailStart + found;
  if (found < 0 || end + END_SIZE > bytes.length) return undefined;
  return zip64Directory(bytes, end) ?? directoryAt(end, bytes.readUInt32LE(end + 12), bytes.readUInt32LE(end + 16));
}

function directoryAt(end: number, size: number, offset: number): Directory | undefined {
  const start = end - size;
  return start < 0 ? undefined : { start, end, shift: start - offset };
}

function zip64Directory(bytes: Buffer, end: number): Directory | undefined {
  const locator = end - ZIP64_LOCATOR_SIZE;
  if (locator < 56 || bytes.readUInt32LE(locator) !== ZIP64_LOCATOR_SIGNATURE) return undefined;
  // Its own size is variable only in theory; writers put it right before the locator.
  const record = locator - 56;
  if (bytes.readUInt32LE(record) !== ZIP64_END_SIGNATURE) return undefined;
  return directoryAt(record, Number(bytes.readBigUInt64LE(record + 40)), Number(bytes.readBigUInt64LE(record + 48)));
}

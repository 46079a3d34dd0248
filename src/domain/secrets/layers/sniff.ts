// What bytes are by their first bytes, not by their name: whoever hides something chooses the name.

export type Kind =
  | { readonly kind: 'bytes' } // text, or a binary that is scanned as it is
  | { readonly kind: 'utf-16' | 'utf-32'; readonly order: 'le' | 'be'; readonly isSure: boolean } // by its mark
  | { readonly kind: 'gzip' | 'zlib' | 'zstd' | 'zip' | 'tar' | 'ar' | 'pdf' }
  | { readonly kind: 'opaque'; readonly format: string }; // compressed in a way that we do not read

const BYTES: Kind = { kind: 'bytes' };
const TAR_MAGIC_AT = 257;
const TAR_CHECKSUM_AT = 148;
export const TAR_BLOCK = 512;
// Enough to tell UTF-16 from a binary with many zeros, little enough to cost nothing.
const SAMPLE = 64 * 1024;
const FEW = 128;

type Magic = readonly [bytes: string, kind: Kind];

const MAGICS: readonly Magic[] = [
  ['\x1f\x8b\x08', { kind: 'gzip' }],
  ['PK\x03\x04', { kind: 'zip' }],
  ['PK\x05\x06', { kind: 'zip' }],
  ['PK\x07\x08PK\x03\x04', { kind: 'zip' }],
  ['\x28\xb5\x2f\xfd', { kind: 'zstd' }],
  ['!<arch>\n', { kind: 'ar' }],
  ['%PDF-', { kind: 'pdf' }],
  ['\xff\xfe\x00\x00', { kind: 'utf-32', order: 'le', isSure: true }],
  ['\x00\x00\xfe\xff', { kind: 'utf-32', order: 'be', isSure: true }],
  ['\xff\xfe', { kind: 'utf-16', order: 'le', isSure: true }],
  ['\xfe\xff', { kind: 'utf-16', order: 'be', isSure: true }],
  ['BZh', { kind: 'opaque', format: 'bzip2' }],
  ['\xfd7zXZ\x00', { kind: 'opaque', format: 'xz' }],
  ['7z\xbc\xaf\x27\x1c', { kind: 'opaque', format: '7z' }],
  ['Rar!\x1a\x07', { kind: 'opaque', format: 'rar' }],
  ['\x04\x22\x4d\x18', { kind: 'opaque', format: 'lz4' }],
  ['LZIP', { kind: 'opaque', format: 'lzip' }],
  ['\x1f\x9d', { kind: 'opaque', format: 'compress' }],
  ['MSCF\x00\x00\x00\x00', { kind: 'opaque', format: 'cab' }],
  ['\xed\xab\xee\xdb', { kind: 'opaque', format: 'rpm' }],
  ['PACK\x00\x00\x00\x02', { kind: 'opaque', format: 'git pack' }],
  ['# v2 git bundle\n', { kind: 'opaque', format: 'git bundle' }],
  ['# v3 git bundle\n', { kind: 'opaque', format: 'git bundle' }],
];

const BY_FIRST_BYTE: ReadonlyMap<number, readonly Magic[]> = Map.groupBy(MAGICS, ([magic]) => magic.charCodeAt(0));

/** Looks at the beginning only, however long the bytes are. */
export function sniff(bytes: Buffer): Kind {
  if (bytes.length < 2) return BYTES;
  const known = BY_FIRST_BYTE.get(bytes[0] as number)?.find(([magic]) => hasMagic(bytes, magic));
  if (known !== undefined && isPlausible(bytes, known[1])) return known[1];
  if (isZlib(bytes)) return { kind: 'zlib' };
  if (isTar(bytes)) return { kind: 'tar' };
  return wideKind(bytes) ?? BYTES;
}

function hasMagic(bytes: Buffer, magic: string): boolean {
  if (bytes.length < magic.length) return false;
  for (let at = 0; at < magic.length; at++) if (bytes[at] !== magic.charCodeAt(at)) return false;
  return true;
}

/** `BZh` and `LZIP` are also how a text may begin. */
function isPlausible(bytes: Buffer, kind: Kind): boolean {
  if (kind.kind !== 'opaque') return true;
  if (kind.format === 'bzip2')
    return hasMagic(bytes.subarray(4), '1AY&SY') || hasMagic(bytes.subarray(4), '\x17rE8P\x90');
  if (kind.format === 'lzip') return bytes[4] === 1;
  return true;
}

/** RFC 1950 with a 32 KiB window, which is what everybody writes: other windows look like text. */
function isZlib(bytes: Buffer): boolean {
  const flags = bytes[1] as number;
  const hasDictionary = (flags & 0x20) !== 0;
  return bytes.length >= 8 && bytes[0] === 0x78 && (0x7800 + flags) % 31 === 0 && !hasDictionary;
}

/** `ustar` of POSIX and GNU; without it (tar of Unix V7) the checksum decides. */
export function isTar(bytes: Buffer): boolean {
  if (bytes.length < TAR_BLOCK) return false;
  if (hasMagic(bytes.subarray(TAR_MAGIC_AT), 'ustar')) return isTarChecksum(bytes);
  return bytes[0] !== 0 && bytes[TAR_CHECKSUM_AT + 7] === 0x20 && isTarChecksum(bytes);
}

/** Whether the checksum of the header block at the start of `block` is right, by unsigned or (old writers) signed sum. */
export function isTarChecksum(block: Buffer): boolean {
  const written = octalOf(block.subarray(TAR_CHECKSUM_AT, TAR_CHECKSUM_AT + 8));
  if (written < 0) return false;
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < TAR_BLOCK; at++) {
    const inChecksum = at >= TAR_CHECKSUM_AT && at < TAR_CHECKSUM_AT + 8;
    const byte = inChecksum ? 0x20 : (block[at] as number);
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  return written === unsigned || written === signed;
}

/** A number of a tar header: octal digits among spaces and zeros; -1 for anything else. */
export function octalOf(field: Buffer): number {
  let value = -1;
  for (const byte of field) {
    if (byte === 0 || byte === 0x20) {
      if (value >= 0) break;
    } else if (byte >= 0x30 && byte <= 0x37) value = Math.max(value, 0) * 8 + byte - 0x30;
    else return -1;
  }
  return value;
}

/** Of few bytes, which decoded runs mostly are: sooner than the platform answers it. */
function hasZero(bytes: Buffer, size: number): boolean {
  for (let at = 0; at < size; at++) if (bytes[at] === 0) return true;
  return false;
}

/** UTF-16 or UTF-32 without a byte order mark, told by where its zeros are. */
function wideKind(bytes: Buffer): Kind | undefined {
  const size = Math.min(bytes.length, SAMPLE) & ~3;
  if (size < 8 || (size < FEW && !hasZero(bytes, size))) return undefined;
  const sample = bytes.subarray(0, size);
  if (!sample.includes(0)) return undefined;
  const zeros = [0, 0, 0, 0];
  for (let at = 0; at < sample.length; at++) if (sample[at] === 0) zeros[at & 3] = (zeros[at & 3] as number) + 1;
  const [a, b, c, d] = zeros.map((count) => count / (sample.length / 4)) as [number, number, number, number];
  if (c > 0.9 && d > 0.9 && a < 0.1) return { kind: 'utf-32', order: 'le', isSure: false };
  if (a > 0.9 && b > 0.9 && d < 0.1) return { kind: 'utf-32', order: 'be', isSure: false };
  if (b + d > 0.6 && a + c < 0.1) return { kind: 'utf-16', order: 'le', isSure: false };
  if (a + c > 0.6 && b + d < 0.1) return { kind: 'utf-16', order: 'be', isSure: false };
  return undefined;
}

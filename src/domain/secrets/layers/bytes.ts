// Character classes as tables: what runs over every byte of a push decides by one look-up.

function tableOf(chars: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const char of chars) table[char.charCodeAt(0)] = 1;
  return table;
}

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER = UPPER.toLowerCase();
const DIGITS = '0123456789';
export const BASE64_CHARS = `${UPPER}${LOWER}${DIGITS}+/`;

/** Both alphabets of RFC 4648, without the padding. */
export const BASE64: Readonly<Uint8Array> = tableOf(`${BASE64_CHARS}-_`);
export const HEX: Readonly<Uint8Array> = tableOf(`${DIGITS}abcdefABCDEF`);
/** What a name is made of in most languages. */
export const NAME: Readonly<Uint8Array> = tableOf(`${UPPER}${LOWER}${DIGITS}_`);
export const BLANK: Readonly<Uint8Array> = tableOf(' \t');
/** Printable ASCII and the white space of texts. */
export const PRINTABLE: Readonly<Uint8Array> = tableOf(
  `\t\n\r${Array.from({ length: 95 }, (_, at) => String.fromCharCode(0x20 + at)).join('')}`,
);

export function isIn(table: Readonly<Uint8Array>, byte: number | undefined): boolean {
  return byte !== undefined && table[byte] === 1;
}

/** A Buffer over the same memory; one class everywhere keeps the hot loops monomorphic. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

const HEX_VALUES = Int8Array.from({ length: 256 }, (_, byte) => {
  if (HEX[byte] !== 1) return -1;
  return byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57;
});

/** The value of a hex digit; -1 for anything else, also for no byte at all. */
export function hexValue(byte: number | undefined): number {
  return byte === undefined ? -1 : (HEX_VALUES[byte] as number);
}

/** The byte written in two hex digits at `at`; below 0 when they are not there. */
export function hexByte(bytes: Buffer, at: number): number {
  if (at + 1 >= bytes.length) return -1;
  return ((HEX_VALUES[bytes[at] as number] as number) << 4) | (HEX_VALUES[bytes[at + 1] as number] as number);
}

/** The number written in `count` hex digits at `at`; -1 when they are not all there. */
export function hexNumber(bytes: Buffer, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index++) {
    const digit = hexValue(bytes[index]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

export function isVisible(code: number): boolean {
  return code > 0x20 && code < 0x7f;
}

/** How many bytes from `at` on, at most `most`, are in the table. */
export function spanOf(bytes: Buffer, at: number, table: Readonly<Uint8Array>, most: number): number {
  let end = at;
  while (end < at + most && isIn(table, bytes[end])) end += 1;
  return end - at;
}

/** As spanOf, for the bytes that end before `at`. */
export function spanBefore(bytes: Buffer, at: number, table: Readonly<Uint8Array>, most: number): number {
  let start = at;
  while (start > at - most && isIn(table, bytes[start - 1])) start -= 1;
  return at - start;
}

/**
 * Start of the next stretch of at least `least` bytes of the table in [from, to), -1 when there is none. Looks at the
 * last byte of a window first: where there is no stretch it reads a fraction of the bytes, and at worst each one twice.
 * `table` is a parameter because V8 does not inline a typed array it finds outside the function.
 */
export function nextStretch(
  bytes: Buffer,
  table: Readonly<Uint8Array>,
  from: number,
  to: number,
  least: number,
): number {
  let low = from;
  let last = from + least - 1;
  while (last < to) {
    let at = last;
    while (at >= low && table[bytes[at] as number] === 1) at -= 1;
    if (at < low) return low;
    low = at + 1;
    last = at + least;
  }
  return -1;
}

/** End of the stretch of bytes of the table that holds `at`. */
export function stretchEnd(bytes: Buffer, table: Readonly<Uint8Array>, at: number, to: number): number {
  let end = at;
  while (end < to && table[bytes[end] as number] === 1) end += 1;
  return end;
}

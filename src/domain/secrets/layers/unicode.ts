// UTF-16 and UTF-32 to UTF-8: whole files, and the stretches of UTF-16 inside binaries and in texts that a shell of
// Windows appended to.
import { PRINTABLE } from './bytes.ts';
import type { FoundPart, Range } from './layer.ts';
import { MappedText } from './mapped-text.ts';

export type Order = 'le' | 'be';

/** The text of a UTF-16 file; ill-formed units become U+FFFD. A byte order mark is left out. */
export function fromUtf16(bytes: Buffer, order: Order): MappedText {
  const out = new MappedText(bytes.length);
  const high = order === 'be' ? 0 : 1;
  const unitAt = (at: number) => ((bytes[at + high] as number) << 8) | (bytes[at + 1 - high] as number);
  let at = bytes.length >= 2 && unitAt(0) === 0xfeff ? 2 : 0;
  for (;;) {
    const count = asciiUnits(bytes, at, high);
    out.putEverySecond(bytes, at + 1 - high, count, at);
    at += count * 2;
    if (at + 1 >= bytes.length) return out;
    const unit = unitAt(at);
    const isLead = unit >= 0xd800 && unit < 0xdc00 && at + 3 < bytes.length;
    const next = isLead ? unitAt(at + 2) : 0;
    const isPair = next >= 0xdc00 && next < 0xe000;
    out.putCode(isPair ? 0x10000 + ((unit - 0xd800) << 10) + next - 0xdc00 : unit, at, isPair ? 4 : 2);
    at += isPair ? 4 : 2;
  }
}

/** How many units of ASCII stand from `at` on; `high`: where in a unit its higher byte is. */
function asciiUnits(bytes: Buffer, at: number, high: number): number {
  let end = at;
  while (end + 1 < bytes.length && bytes[end + high] === 0 && (bytes[end + 1 - high] as number) < 0x80) end += 2;
  return (end - at) / 2;
}

/** The text of a UTF-32 file, as fromUtf16. */
export function fromUtf32(bytes: Buffer, order: Order): MappedText {
  const out = new MappedText(bytes.length / 2);
  for (let at = 0; at + 3 < bytes.length; at += 4) {
    const code = order === 'le' ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
    if (at > 0 || code !== 0xfeff) out.putCode(code, at, 4);
  }
  return out;
}

const LEAST_WIDE = 8;

/** The stretches of ASCII written as UTF-16 in either order, a line each, as one part. */
export function* wideStrings(bytes: Buffer, range: Range): Generator<FoundPart> {
  const out = new MappedText(1024);
  for (const first of [range.start, range.start + 1]) collectWide(bytes, PRINTABLE, first, range.end, out);
  if (out.length > 0) yield { kind: 'part', label: 'utf-16', nature: 'encoding', bytes: out.bytes, map: out };
}

/** As nextStretch, over pairs of a printable byte and a zero that begin at an even distance from `first`. */
function collectWide(
  bytes: Buffer,
  printable: Readonly<Uint8Array>,
  first: number,
  end: number,
  out: MappedText,
): void {
  let low = first;
  let last = first + (LEAST_WIDE - 1) * 2;
  while (last + 1 < end) {
    let at = last;
    while (at >= low && bytes[at + 1] === 0 && printable[bytes[at] as number] === 1) at -= 2;
    if (at < low) low = putWide(bytes, printable, low, end, out);
    else low = at + 2;
    last = low + (LEAST_WIDE - 1) * 2;
  }
}

/** Writes the stretch that begins here and answers where the next may begin. */
function putWide(bytes: Buffer, printable: Readonly<Uint8Array>, start: number, end: number, out: MappedText): number {
  // The zero may belong to the next character (big-endian), so the last one needs none.
  let stop = start;
  while (stop < end && printable[bytes[stop] as number] === 1) {
    stop += 2;
    if (bytes[stop - 1] !== 0) break;
  }
  const isBigEndian = bytes[start - 1] === 0 && bytes[stop - 1] !== 0;
  out.putEverySecond(bytes, start, (stop - start) / 2, isBigEndian ? start - 1 : start);
  out.putText('\n', start);
  return stop;
}

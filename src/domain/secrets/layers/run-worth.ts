// Which runs of base64 (RFC 4648, both alphabets) and hex are worth decoding. Source text is full of what looks alike:
// paths, identifiers, digests. A run counts when what it stands for is text or begins like a known format, which is
// asked of the characters themselves: 12 printable bytes in a row come out of random ones once in 100,000 places.
import { BASE64_CHARS, HEX, hexValue, nextStretch, PRINTABLE, stretchEnd } from './bytes.ts';

export const LEAST_HEX = 32;
export const LEAST_TEXT = 12;

// For each character what it may be in a group of four that stands for three printable bytes: bit 0 first, bit 1 second,
// bit 2 third (the fourth is free). 0x20 to 0x7e need a first value of 8 to 31, and so on; white space 2 and 3.
const GROUP: Readonly<Uint8Array> = groupTable();
/** Of hex digits, the only bytes it is asked for. */
const HEX_VALUES = Uint8Array.from({ length: 256 }, (_, byte) => Math.max(hexValue(byte), 0));
const LEAST_GROUPS = 4;
const HEADS: readonly string[] = [
  'H4sI',
  'UEsD',
  'UEsF',
  'KLUv',
  'eJ',
  'eN',
  'eA',
  'eF',
  'JVBE',
  '//4',
  '/v8',
  'Qlpo',
  '/Td6',
  'N3q8',
  'UmFy',
  'UEFDS',
];
const HEAD_CHARS: ReadonlySet<number> = new Set(HEADS.map((head) => head.charCodeAt(0)));

/** Whether the run, as base64 or as hex, may stand for something to look into. Cheap: nearly none does. */
export function isRunWorth(bytes: Buffer, from: number, to: number): boolean {
  return mayBeBase64(bytes, from, to) || mayBeHex(bytes, from, to);
}

function mayBeHex(bytes: Buffer, from: number, to: number): boolean {
  const start = nextStretch(bytes, HEX, from, to, LEAST_HEX);
  if (start < 0) return false;
  const end = stretchEnd(bytes, HEX, start + LEAST_HEX, to);
  // A second stretch of so many digits in one run is looked at in any case.
  return end + LEAST_HEX < to || isHexWorth(bytes, start, end) || isHexWorth(bytes, start + 1, end);
}

export function mayBeBase64(bytes: Buffer, start: number, end: number): boolean {
  for (let shift = 0; shift < 4; shift++) if (isBase64Worth(bytes, start, end, shift)) return true;
  return false;
}

/** Whether the characters of [start, end), read in groups from `shift` on, may stand for something to look into. */
export function isBase64Worth(chars: Buffer, start: number, end: number, shift: number): boolean {
  if (hasPrintableGroups(chars, GROUP, start + shift, end)) return true;
  if (shift > 0) return false;
  if (HEAD_CHARS.has(chars[start] as number) && beginsLike(chars, start)) return true;
  return looksWide(chars, start, end);
}

/** Four groups in a row that are twelve printable bytes. Last one first, as nextStretch. */
function hasPrintableGroups(chars: Buffer, group: Readonly<Uint8Array>, start: number, end: number): boolean {
  let low = start;
  let last = start + (LEAST_GROUPS - 1) * 4;
  while (last + 3 < end) {
    let at = last;
    while (at >= low && isPrintableGroup(chars, group, at)) at -= 4;
    if (at < low) return true;
    low = at + 4;
    last = at + LEAST_GROUPS * 4;
  }
  return false;
}

function isPrintableGroup(chars: Buffer, group: Readonly<Uint8Array>, at: number): boolean {
  const first = group[chars[at] as number] as number;
  const second = group[chars[at + 1] as number] as number;
  const third = group[chars[at + 2] as number] as number;
  return (first & 1 & (second >> 1) & (third >> 2)) === 1;
}

function groupTable(): Uint8Array {
  const table = new Uint8Array(256);
  [...`${BASE64_CHARS}-_`].forEach((char, index) => {
    const value = index < 64 ? index : index - 2;
    const first = (value >= 8 && value < 32) || value === 2 || value === 3 ? 1 : 0;
    const nibble = value & 15;
    const second = nibble === 0 || (nibble >= 2 && nibble < 8) ? 2 : 0;
    table[char.charCodeAt(0)] = first | second | ((value & 2) === 0 ? 4 : 0);
  });
  return table;
}

function beginsLike(chars: Buffer, start: number): boolean {
  const begin = chars.toString('latin1', start, start + 8);
  return HEADS.some((head) => begin.startsWith(head));
}

/** UTF-16 in base64 (`powershell -EncodedCommand`): every second group holds two zero bytes, so a third is `A`. */
function looksWide(chars: Buffer, start: number, end: number): boolean {
  const sample = Math.min(end - start, WIDE_SAMPLE);
  let count = 0;
  for (let at = start; at < start + sample; at++) if (chars[at] === 0x41) count += 1;
  return count * 4 >= sample;
}

const WIDE_SAMPLE = 24;

const HEX_HEADS: readonly string[] = [
  '1f8b08',
  '504b0304',
  '28b52ffd',
  '7801',
  '785e',
  '789c',
  '78da',
  'fffe',
  'feff',
  '425a68',
  'fd377a58',
  '377abcaf',
  '526172',
  '5041434b',
];

/** Twelve printable bytes in a row, or a known beginning; digests have neither. */
export function isHexWorth(bytes: Buffer, start: number, end: number): boolean {
  const begin = bytes.toString('latin1', start, start + 8).toLowerCase();
  if (HEX_HEADS.some((head) => begin.startsWith(head))) return true;
  return hasPrintablePairs(bytes, HEX_VALUES, PRINTABLE, start, end);
}

/** Twelve pairs in a row that are printable bytes. Last one first, as nextStretch. */
function hasPrintablePairs(
  bytes: Buffer,
  values: Readonly<Uint8Array>,
  printable: Readonly<Uint8Array>,
  start: number,
  end: number,
): boolean {
  let low = start;
  let last = start + (LEAST_TEXT - 1) * 2;
  while (last + 1 < end) {
    let at = last;
    while (at >= low && isPrintablePair(bytes, values, printable, at)) at -= 2;
    if (at < low) return true;
    low = at + 2;
    last = at + LEAST_TEXT * 2;
  }
  return false;
}

function isPrintablePair(
  bytes: Buffer,
  values: Readonly<Uint8Array>,
  printable: Readonly<Uint8Array>,
  at: number,
): boolean {
  const byte = ((values[bytes[at] as number] as number) << 4) | (values[bytes[at + 1] as number] as number);
  return printable[byte] === 1;
}

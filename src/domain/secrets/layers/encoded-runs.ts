// Runs of base64 (RFC 4648, both alphabets, also wrapped) and hex in text. Source text is full of what looks alike:
// paths, identifiers, digests. A run counts when what it stands for is text or begins like a known format, which is
// asked of the characters themselves before anything is decoded.

import type { LayerLimits } from './budget.ts';
import { BASE64_CHARS, HEX, hexValue, nextStretch, PRINTABLE, stretchEnd } from './bytes.ts';
import { missed, type Part, type Range } from './layer.ts';
import { MappedText } from './mapped-text.ts';
import { sniff } from './sniff.ts';
import { linesOfRun } from './wrapped-run.ts';

const LEAST_HEX = 32;
// Three groups of four: 12 letters in a row come out of random bytes once in 100,000 places.
const LEAST_TEXT = 12;
const SHORT = 96;
const LEAST_LONG_TEXT = 16;

/** The runs that are worth a look, decoded. They continue in the lines below, up to `limit`. */
export function* encodedRuns(
  bytes: Buffer,
  runs: readonly Range[],
  limit: number,
  limits: LayerLimits,
): Generator<Part> {
  let done = 0;
  for (const run of runs) {
    if (run.start < done) continue;
    yield* hexParts(bytes, run, limits);
    // The lines below are runs too: a block of base64 begins with the first that is worth it.
    if (!mayBeBase64(bytes, run)) continue;
    const lines = linesOfRun(bytes, run, limit);
    done = (lines.at(-1) as Range).end;
    yield* base64Parts(bytes, lines, limits);
    if (mayBeSeparate(lines)) for (const line of lines) yield* base64Parts(bytes, [line], limits);
  }
}

// What encoders wrap at: PEM, OpenSSH, MIME. Lines of another width may be values of their own that look alike.
const WRAP_WIDTHS: ReadonlySet<number> = new Set([64, 70, 76]);

function mayBeSeparate(lines: readonly Range[]): boolean {
  const [first, second] = lines;
  return first !== undefined && second !== undefined && !WRAP_WIDTHS.has(first.end - first.start);
}

function* base64Parts(bytes: Buffer, lines: readonly Range[], limits: LayerLimits): Generator<Part> {
  const chars = charsOf(bytes, lines);
  // The run may have begun before the encoding did (`key/…`, `name_…`): any of four places can be the first.
  for (let shift = 0; shift < 4; shift++) {
    if (!isWorth(chars, GROUP, 0, chars.length, shift)) continue;
    if (((chars.length - shift) * 3) / 4 > limits.maxLayerBytes) {
      yield missed('too-large', 'base64', `base64 of more than ${limits.maxLayerBytes} bytes`);
      return;
    }
    const decoded = Buffer.from(chars.toString('latin1', shift), 'base64');
    if (!isWorthScanning(decoded)) continue;
    const map = mapOfLines(decoded, lines, shift);
    yield { kind: 'part', label: 'base64', nature: 'encoding', bytes: map.bytes, map };
  }
}

function charsOf(bytes: Buffer, lines: readonly Range[]): Buffer {
  const [first] = lines;
  if (first !== undefined && lines.length === 1) return bytes.subarray(first.start, first.end);
  return Buffer.concat(lines.map(({ start, end }) => bytes.subarray(start, end)));
}

function mapOfLines(decoded: Buffer, lines: readonly Range[], shift: number): MappedText {
  const map = new MappedText(decoded.length);
  let charsBefore = 0;
  for (const line of lines) {
    const begin = map.length;
    const char = shift + Math.floor((begin * 4) / 3);
    charsBefore += line.end - line.start;
    const end = Math.min(decoded.length, Math.ceil(((charsBefore - shift) * 3) / 4));
    const from = line.end - (charsBefore - char);
    if (end > begin) map.putBytes(decoded.subarray(begin, end), from, 4, 3);
  }
  return map;
}

/** Text somewhere in it (random bytes hold none of that length), or a format that something else takes apart. */
function isWorthScanning(decoded: Buffer): boolean {
  const least = decoded.length <= SHORT ? LEAST_TEXT : LEAST_LONG_TEXT;
  if (nextStretch(decoded, PRINTABLE, 0, decoded.length, least) >= 0) return true;
  return sniff(decoded).kind !== 'bytes';
}

// For each character what it may be in a group of four that stands for three printable bytes: bit 0 first, bit 1 second,
// bit 2 third (the fourth is free). 0x20 to 0x7e need a first value of 8 to 31, and so on; white space 2 and 3.
const GROUP: Readonly<Uint8Array> = groupTable();
const LEAST_GROUPS = 4;
const HEADS: readonly string[] = [
  'H4sI', 'UEsD', 'UEsF', 'KLUv', 'eJ', 'eN', 'eA', 'eF', '//4', '/v8', 'Qlpo', '/Td6', 'N3q8', 'UmFy', 'UEFDS',
]; // biome-ignore format: one table
const HEAD_CHARS: ReadonlySet<number> = new Set(HEADS.map((head) => head.charCodeAt(0)));

function mayBeBase64(bytes: Buffer, { start, end }: Range): boolean {
  for (let shift = 0; shift < 4; shift++) if (isWorth(bytes, GROUP, start, end, shift)) return true;
  return false;
}

/** Whether the characters of [start, end), read in groups from `shift` on, may stand for something to look into. */
function isWorth(chars: Buffer, group: Readonly<Uint8Array>, start: number, end: number, shift: number): boolean {
  if (hasPrintableGroups(chars, group, start + shift, end)) return true;
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

function* hexParts(bytes: Buffer, run: Range, limits: LayerLimits): Generator<Part> {
  let at = run.start;
  for (;;) {
    const start = nextStretch(bytes, HEX, at, run.end, LEAST_HEX);
    if (start < 0) return;
    at = stretchEnd(bytes, HEX, start + LEAST_HEX, run.end);
    for (const shift of [0, 1]) {
      if (!isHexWorth(bytes, start + shift, at)) continue;
      if ((at - start) / 2 > limits.maxLayerBytes) {
        yield missed('too-large', 'hex', `hex of more than ${limits.maxLayerBytes} bytes`);
        return;
      }
      const decoded = Buffer.from(bytes.toString('latin1', start + shift, at), 'hex');
      if (!isWorthScanning(decoded)) continue;
      const map = new MappedText(decoded.length);
      map.putBytes(decoded, start + shift, 2, 1);
      yield { kind: 'part', label: 'hex', nature: 'encoding', bytes: map.bytes, map };
    }
  }
}

const HEX_HEADS: readonly string[] = [
  '1f8b08', '504b0304', '28b52ffd', '7801', '785e', '789c', '78da', 'fffe', 'feff', '425a68', 'fd377a58', '377abcaf',
  '526172', '5041434b',
]; // biome-ignore format: one table

/** Twelve printable bytes in a row, or a known beginning; digests have neither. */
function isHexWorth(bytes: Buffer, start: number, end: number): boolean {
  const begin = bytes.toString('latin1', start, start + 8).toLowerCase();
  if (HEX_HEADS.some((head) => begin.startsWith(head))) return true;
  let inRow = 0;
  for (let at = start; at + 1 < end; at += 2) {
    const high = hexValue(bytes[at]);
    const isPrintable = high === 0 || (high >= 2 && high < 8);
    inRow = isPrintable ? inRow + 1 : 0;
    if (inRow === LEAST_TEXT) return true;
  }
  return false;
}

// Runs of base64 (RFC 4648, both alphabets, also wrapped) and hex in text. Source text is full of what looks alike:
// paths, identifiers, digests. A run counts when what it stands for is text or begins like a known format, which is
// asked of the characters themselves before anything is decoded.

import type { LayerLimits } from './budget.ts';
import { BASE64_CHARS, HEX, hexValue, nextStretch, PRINTABLE, stretchEnd } from './bytes.ts';
import { type MissedPart, missed, type Part, type Range } from './layer.ts';
import { MappedText } from './mapped-text.ts';
import { sniff } from './sniff.ts';
import { linesOfRun } from './wrapped-run.ts';

const LEAST_HEX = 32;
// Three groups of four: 12 letters in a row come out of random bytes once in 100,000 places.
const LEAST_TEXT = 12;
const SHORT = 96;
const LEAST_LONG_TEXT = 16;

/** The runs that are worth a look, decoded: texts together, archives alone. They continue below, up to `limit`. */
export function* encodedRuns(
  bytes: Buffer,
  runs: readonly Range[],
  limit: number,
  limits: LayerLimits,
): Generator<Part> {
  const base64 = new Batch('base64');
  const hex = new Batch('hex');
  let done = 0;
  for (const run of runs) {
    if (run.start < done) continue;
    for (const decoded of hexRuns(bytes, run, limits)) yield* hex.add(decoded);
    // The lines below are runs too: a block of base64 begins with the first that is worth it.
    if (!mayBeBase64(bytes, run)) continue;
    const lines = linesOfRun(bytes, run, limit);
    done = (lines.at(-1) as Range).end;
    for (const decoded of base64Runs(bytes, lines, limits)) yield* base64.add(decoded);
    if (!mayBeSeparate(lines)) continue;
    for (const line of lines) for (const decoded of base64Runs(bytes, [line], limits)) yield* base64.add(decoded);
  }
  yield* base64.flush();
  yield* hex.flush();
}

/** What a run stands for, and how to write it with its places. */
interface DecodedRun {
  readonly kind: 'decoded';
  readonly bytes: Buffer;
  readonly isText: boolean;
  write(out: MappedText): void;
}

/** Gathers texts until they are worth a layer. */
class Batch {
  readonly #label: string;
  #out: MappedText | undefined;

  constructor(label: string) {
    this.#label = label;
  }

  *add(run: DecodedRun | MissedPart): Generator<Part> {
    if (run.kind === 'missed') yield run;
    else if (run.isText) {
      this.#out ??= new MappedText(run.bytes.length);
      this.#out.separate(0);
      run.write(this.#out);
      if (this.#out.isFull) yield* this.flush();
    } else {
      const map = new MappedText(run.bytes.length);
      run.write(map);
      yield { kind: 'part', label: this.#label, nature: 'encoding', bytes: map.bytes, map };
    }
  }

  *flush(): Generator<Part> {
    const map = this.#out;
    if (map !== undefined) yield { kind: 'part', label: this.#label, nature: 'encoding', bytes: map.bytes, map };
    this.#out = undefined;
  }
}

// What encoders wrap at: PEM, OpenSSH, MIME. Lines of another width may be values of their own that look alike.
const WRAP_WIDTHS: ReadonlySet<number> = new Set([64, 70, 76]);

function mayBeSeparate(lines: readonly Range[]): boolean {
  const [first, second] = lines;
  return first !== undefined && second !== undefined && !WRAP_WIDTHS.has(first.end - first.start);
}

function* base64Runs(bytes: Buffer, lines: readonly Range[], limits: LayerLimits): Generator<DecodedRun | MissedPart> {
  const chars = charsOf(bytes, lines);
  // The run may have begun before the encoding did (`key/…`, `name_…`): any of four places can be the first.
  for (let shift = 0; shift < 4; shift++) {
    if (!isWorth(chars, GROUP, 0, chars.length, shift)) continue;
    if (((chars.length - shift) * 3) / 4 > limits.maxLayerBytes) {
      yield missed('too-large', 'base64', `base64 of more than ${limits.maxLayerBytes} bytes`);
      return;
    }
    const decoded = Buffer.from(chars.toString('latin1', shift), 'base64');
    yield* worthScanning(decoded, (out) => writeLines(decoded, lines, shift, out));
  }
}

function charsOf(bytes: Buffer, lines: readonly Range[]): Buffer {
  const [first] = lines;
  if (first !== undefined && lines.length === 1) return bytes.subarray(first.start, first.end);
  return Buffer.concat(lines.map(({ start, end }) => bytes.subarray(start, end)));
}

/** Writes the decoded bytes of each line as coming from that line. */
function writeLines(decoded: Buffer, lines: readonly Range[], shift: number, out: MappedText): void {
  let begin = 0;
  let charsBefore = 0;
  for (const line of lines) {
    const char = shift + Math.floor((begin * 4) / 3);
    charsBefore += line.end - line.start;
    const end = Math.min(decoded.length, Math.ceil(((charsBefore - shift) * 3) / 4));
    if (end > begin) out.putBytes(decoded.subarray(begin, end), line.end - (charsBefore - char), 4, 3);
    begin = Math.max(begin, end);
  }
}

/** Text somewhere in it (random bytes hold none of that length), or a format that something else takes apart. */
function* worthScanning(bytes: Buffer, write: (out: MappedText) => void): Generator<DecodedRun> {
  const isText = sniff(bytes).kind === 'bytes';
  const least = bytes.length <= SHORT ? LEAST_TEXT : LEAST_LONG_TEXT;
  if (isText && nextStretch(bytes, PRINTABLE, 0, bytes.length, least) < 0) return;
  yield { kind: 'decoded', bytes, isText, write };
}

// For each character what it may be in a group of four that stands for three printable bytes: bit 0 first, bit 1 second,
// bit 2 third (the fourth is free). 0x20 to 0x7e need a first value of 8 to 31, and so on; white space 2 and 3.
const GROUP: Readonly<Uint8Array> = groupTable();
const LEAST_GROUPS = 4;
const HEADS: readonly string[] = [
  'H4sI', 'UEsD', 'UEsF', 'KLUv', 'eJ', 'eN', 'eA', 'eF', '//4', '/v8', 'Qlpo', '/Td6', 'N3q8', 'UmFy', 'UEFDS',
]; // biome-ignore format: one table
const HEAD_CHARS: ReadonlySet<number> = new Set(HEADS.map((head) => head.charCodeAt(0)));

/** Whether the run, as base64 or as hex, may stand for something to look into. Cheap: nearly none does. */
export function isRunWorth(bytes: Buffer, run: Range): boolean {
  return mayBeBase64(bytes, run) || mayBeHex(bytes, run);
}

function mayBeHex(bytes: Buffer, run: Range): boolean {
  const start = nextStretch(bytes, HEX, run.start, run.end, LEAST_HEX);
  if (start < 0) return false;
  const end = stretchEnd(bytes, HEX, start + LEAST_HEX, run.end);
  // A second stretch of so many digits in one run is looked at in any case.
  return end + LEAST_HEX < run.end || isHexWorth(bytes, start, end) || isHexWorth(bytes, start + 1, end);
}

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

function* hexRuns(bytes: Buffer, run: Range, limits: LayerLimits): Generator<DecodedRun | MissedPart> {
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
      yield* worthScanning(decoded, (out) => out.putBytes(decoded, start + shift, 2, 1));
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

// Runs of base64 (also wrapped) and hex in a text, decoded.
import type { LayerLimits } from './budget.ts';
import { HEX, nextStretch, PRINTABLE, stretchEnd } from './bytes.ts';
import { decodeBase64, decodeHex } from './decode-run.ts';
import { missed, type Part, type Range } from './layer.ts';
import { MappedText } from './mapped-text.ts';
import { isBase64Worth, isHexWorth, LEAST_HEX, LEAST_TEXT, mayBeBase64 } from './run-worth.ts';
import { sniff } from './sniff.ts';
import { linesOfRun } from './wrapped-run.ts';

const SHORT = 96;
const LEAST_LONG_TEXT = 16;

/** The runs that are worth a look, decoded: texts together, archives alone. They continue below, up to `limit`. */
export function* encodedRuns(
  bytes: Buffer,
  runs: readonly Range[],
  limit: number,
  limits: LayerLimits,
): Generator<Part> {
  // Plain calls, and one generator for all runs: a text may be nothing but short ones.
  const base64 = new Batch('base64', limits);
  const hex = new Batch('hex', limits);
  let done = 0;
  for (const run of runs) {
    if (run.start < done) continue;
    addHex(bytes, run, hex);
    // The lines below are runs too: a block of base64 begins with the first that is worth it.
    if (mayBeBase64(bytes, run.start, run.end)) done = addBase64(bytes, run, limit, base64);
    if (hex.isReady) yield* hex.take();
    if (base64.isReady) yield* base64.take();
  }
  base64.close();
  hex.close();
  yield* base64.take();
  yield* hex.take();
}

/** Gathers texts until they are worth a layer. */
class Batch {
  readonly #label: string;
  readonly #limits: LayerLimits;
  #out: MappedText | undefined;
  #parts: Part[] = [];

  constructor(label: string, limits: LayerLimits) {
    this.#label = label;
    this.#limits = limits;
  }

  get isReady(): boolean {
    return this.#parts.length > 0;
  }

  take(): Part[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  /** Whether so many bytes may be a layer; if not, that is told. */
  fits(size: number): boolean {
    const { maxLayerBytes } = this.#limits;
    if (size <= maxLayerBytes) return true;
    this.#parts.push(missed('too-large', this.#label, `${this.#label} of more than ${maxLayerBytes} bytes`));
    return false;
  }

  /** What a run stands for, with how to write it with its places, if it is worth scanning. */
  add(decoded: Buffer, write: (out: MappedText) => void): void {
    const isText = sniff(decoded).kind === 'bytes';
    if (isText && !holdsText(decoded)) return;
    if (!isText) this.#addAlone(decoded.length, write);
    else this.#addText(decoded.length, write);
  }

  close(): void {
    if (this.#out !== undefined) this.#put(this.#out);
    this.#out = undefined;
  }

  #addAlone(size: number, write: (out: MappedText) => void): void {
    const map = new MappedText(size);
    write(map);
    this.#put(map);
  }

  #addText(size: number, write: (out: MappedText) => void): void {
    this.#out ??= new MappedText(size);
    this.#out.separate(0);
    write(this.#out);
    if (this.#out.isFull) this.close();
  }

  #put(map: MappedText): void {
    this.#parts.push({ kind: 'part', label: this.#label, nature: 'encoding', bytes: map.bytes, map });
  }
}

/** Text somewhere in it: random bytes hold none of that length. */
function holdsText(bytes: Buffer): boolean {
  const least = bytes.length <= SHORT ? LEAST_TEXT : LEAST_LONG_TEXT;
  return nextStretch(bytes, PRINTABLE, 0, bytes.length, least) >= 0;
}

// What encoders wrap at: PEM, OpenSSH, MIME. Lines of another width may be values of their own that look alike.
const WRAP_WIDTHS: ReadonlySet<number> = new Set([64, 70, 76]);

function mayBeSeparate(lines: readonly Range[]): boolean {
  const [first, second] = lines;
  return first !== undefined && second !== undefined && !WRAP_WIDTHS.has(first.end - first.start);
}

/** The run with the lines it goes on in; answers where they end. */
function addBase64(bytes: Buffer, run: Range, limit: number, batch: Batch): number {
  const lines = linesOfRun(bytes, run, limit);
  addLines(bytes, lines, batch);
  if (mayBeSeparate(lines)) for (const line of lines) addLines(bytes, [line], batch);
  return (lines.at(-1) as Range).end;
}

function addLines(bytes: Buffer, lines: readonly Range[], batch: Batch): void {
  const [first] = lines;
  if (first !== undefined && lines.length === 1) addShifts(bytes, first.start, first.end, lines, batch);
  else {
    const chars = Buffer.concat(lines.map(({ start, end }) => bytes.subarray(start, end)));
    addShifts(chars, 0, chars.length, lines, batch);
  }
}

/** The run may have begun before the encoding did (`key/…`, `name_…`): any of four places can be the first. */
function addShifts(chars: Buffer, start: number, end: number, lines: readonly Range[], batch: Batch): void {
  for (let shift = 0; shift < 4; shift++) {
    if (!isBase64Worth(chars, start, end, shift)) continue;
    if (!batch.fits(((end - start - shift) * 3) / 4)) return;
    const decoded = decodeBase64(chars, start + shift, end);
    batch.add(decoded, (out) => writeLines(decoded, lines, shift, out));
  }
}

/** Writes the decoded bytes of each line as coming from that line. */
function writeLines(decoded: Buffer, lines: readonly Range[], shift: number, out: MappedText): void {
  const [first] = lines;
  if (first !== undefined && lines.length === 1) out.putBytes(decoded, first.start + shift, 4, 3);
  else writeWrapped(decoded, lines, shift, out);
}

function writeWrapped(decoded: Buffer, lines: readonly Range[], shift: number, out: MappedText): void {
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

function addHex(bytes: Buffer, run: Range, batch: Batch): void {
  let at = run.start;
  for (;;) {
    const start = nextStretch(bytes, HEX, at, run.end, LEAST_HEX);
    if (start < 0) return;
    at = stretchEnd(bytes, HEX, start + LEAST_HEX, run.end);
    for (const shift of [0, 1]) {
      if (!isHexWorth(bytes, start + shift, at)) continue;
      if (!batch.fits((at - start) / 2)) return;
      const decoded = decodeHex(bytes, start + shift, at);
      batch.add(decoded, (out) => out.putBytes(decoded, start + shift, 2, 1));
    }
  }
}

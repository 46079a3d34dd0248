// Runs of base64 (also wrapped) and hex in a text, decoded.
import type { LayerLimits } from './budget.ts';
import { HEX, nextStretch, PRINTABLE, stretchEnd } from './bytes.ts';
import { decodeBase64, decodeHex } from './decode-run.ts';
import { type MissedPart, missed, type Part, type Range } from './layer.ts';
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
  const base64 = new Batch('base64');
  const hex = new Batch('hex');
  let done = 0;
  for (const run of runs) {
    if (run.start < done) continue;
    for (const decoded of hexRuns(bytes, run, limits)) yield* hex.add(decoded);
    // The lines below are runs too: a block of base64 begins with the first that is worth it.
    if (!mayBeBase64(bytes, run.start, run.end)) continue;
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
    if (!isBase64Worth(chars, 0, chars.length, shift)) continue;
    if (((chars.length - shift) * 3) / 4 > limits.maxLayerBytes) {
      yield missed('too-large', 'base64', `base64 of more than ${limits.maxLayerBytes} bytes`);
      return;
    }
    const decoded = decodeBase64(chars, shift);
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
      const decoded = decodeHex(bytes, start + shift, at);
      yield* worthScanning(decoded, (out) => out.putBytes(decoded, start + shift, 2, 1));
    }
  }
}

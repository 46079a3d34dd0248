// A run of base64 goes on in the next line when all lines are as wide as the first and only the last is shorter: PEM,
// MIME, and what is pasted into YAML under a block scalar.
import { BASE64, BLANK, spanOf, stretchEnd } from './bytes.ts';
import type { Range } from './layer.ts';

// Narrower than any encoder wraps: a list of names.
const LEAST_WIDTH = 32;
const MAX_INDENT = 64;

/** The run and its continuations in document order, without line ends and indentation. */
export function linesOfRun(bytes: Buffer, run: Range, limit: number): readonly Range[] {
  const width = run.end - run.start;
  const lines = [run];
  if (width < LEAST_WIDTH) return lines;
  for (let end = run.end; ; ) {
    const start = nextLine(bytes, end);
    if (start < 0 || start >= limit) return lines;
    end = stretchEnd(bytes, BASE64, start, Math.min(limit, start + width + 1));
    if (end === start || end - start > width || !endsLine(bytes, end)) return lines;
    lines.push({ start, end });
    if (end - start < width) return lines;
  }
}

/** Where the text of the next line begins; -1 when this line goes on. */
function nextLine(bytes: Buffer, end: number): number {
  const at = bytes[end] === 0x0d ? end + 1 : end;
  if (bytes[at] !== 0x0a) return -1;
  return at + 1 + spanOf(bytes, at + 1, BLANK, MAX_INDENT);
}

const ENDS: ReadonlySet<number | undefined> = new Set([undefined, ...Buffer.from('\r\n="\'`<,;)\\')]);

/** `name:` on the next line is no rest of a value. */
function endsLine(bytes: Buffer, end: number): boolean {
  return ENDS.has(bytes[end]);
}

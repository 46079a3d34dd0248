// Where the lines of a text begin: two numbers a line instead of an object. A line ends with its line feed, so a last line
// without one differs from the same line with it, as in git.

const LF = 0x0a;
const NUL = 0;
/** As far as git looks for a NUL. */
const BINARY_HEAD = 8000;

export interface TextLines {
  readonly bytes: Buffer;
  readonly count: number;
  /** Offset of each line, then the end of the text; room behind that is not used. */
  readonly starts: Uint32Array;
}

/** Lines of a text, of any length below 4 GiB. */
export function textLines(bytes: Buffer): TextLines {
  let starts = new Uint32Array(Math.max(16, bytes.length >> 5));
  let count = 0;
  for (let at = 0; at < bytes.length; ) {
    if (count + 2 > starts.length) starts = grown(starts);
    starts[count++] = at;
    while (at < bytes.length && bytes[at] !== LF) at++;
    at++;
  }
  starts[count] = bytes.length;
  return { bytes, count, starts };
}

/** A text with a NUL near its start has no lines. */
export function isBinary(bytes: Buffer): boolean {
  const at = bytes.indexOf(NUL);
  return at >= 0 && at < BINARY_HEAD;
}

/** Line `index`, from 0, without its line feed: a view, not a copy. */
export function lineAt({ bytes, starts }: TextLines, index: number): Buffer {
  const end = starts[index + 1] as number;
  return bytes.subarray(starts[index] as number, bytes[end - 1] === LF ? end - 1 : end);
}

export function isSameLine(one: TextLines, at: number, other: TextLines, otherAt: number): boolean {
  const from = one.starts[at] as number;
  const length = (one.starts[at + 1] as number) - from;
  const otherFrom = other.starts[otherAt] as number;
  if ((other.starts[otherAt + 1] as number) - otherFrom !== length) return false;
  if (length > LONG) return one.bytes.compare(other.bytes, otherFrom, otherFrom + length, from, from + length) === 0;
  for (let offset = 0; offset < length; offset++) {
    if (one.bytes[from + offset] !== other.bytes[otherFrom + offset]) return false;
  }
  return true;
}

/** From here on a call is cheaper than a loop. */
const LONG = 200;

function grown(starts: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(starts.length * 2);
  more.set(starts);
  return more;
}

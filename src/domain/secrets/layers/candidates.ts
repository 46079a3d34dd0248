// Where escapes, entities and joints of a text matter, and regions around them; and where its runs of base64 are. Source
// text has a byte that could begin such a thing about every thirty, and a worthy one every few thousand.
import { BACKSLASH, isBackslashWorth } from './backslash.ts';
import { BASE64, NAME, stretchEnd } from './bytes.ts';
import { ENTITY, isEntityWorth } from './entity.ts';
import { JOINT, jointEnd } from './joint.ts';
import type { DecodedFrom, Range } from './layer.ts';
import { isPercentWorth, PERCENT } from './percent.ts';
import { type PrefilterSink, prefilter } from './prefilter.ts';
import { isQuotedPrintableWorth, QUOTED_PRINTABLE } from './quoted-printable.ts';
import { isRunWorth } from './run-worth.ts';
import { isStructuredAt } from './structured.ts';
import type { TextEncoding } from './text-encoding.ts';

/** The regions of one encoding, in the order of the text. */
export interface EncodedRegions {
  readonly encoding: TextEncoding;
  readonly regions: readonly Range[];
}

// A name before the value and the rest of the value are worth keeping; nearer than this, two spots are one region.
const CONTEXT_BEFORE = 256;
const CONTEXT_AFTER = 512;
const MERGE_WITHIN = CONTEXT_BEFORE + CONTEXT_AFTER;
const MAX_REGION = 4 * 1024 * 1024;
const MAX_ESCAPE = 16;

export interface Candidates {
  readonly escaped: readonly EncodedRegions[];
  /** Stretches of at least LEAST_RUN bytes of the base64 alphabet (hex is part of it) that may be worth decoding. */
  readonly runs: readonly Range[];
  /** Whether a word stands there after which base64 means something however short it is. */
  readonly hasStructured: boolean;
  /** Whether there is a byte that no text holds. */
  readonly isBinary: boolean;
}

/**
 * What may be encoded in `range`. Of what was decoded from other bytes, only what is not verbatim there: that has been
 * seen.
 */
export function candidatesIn(bytes: Buffer, range: Range, source: DecodedFrom): Candidates {
  const collector = new Collector(bytes, range, source);
  const isBinary = prefilter(bytes, range, collector);
  const escaped = [...collector.spots].map(([encoding, spots]) => ({
    encoding,
    regions: spots.map((spot) => withContext(bytes, spot, range)),
  }));
  return { escaped, runs: collector.runs, hasStructured: collector.hasStructured, isBinary };
}

const QUOTE = 0x22;
const PER_CENT = 0x25;
const AMPERSAND = 0x26;
const APOSTROPHE = 0x27;
const EQUALS = 0x3d;
const BACKSLASHES = 0x5c;

class Collector implements PrefilterSink {
  readonly runs: Range[] = [];
  hasStructured = false;
  readonly spots = new Map<TextEncoding, { start: number; end: number }[]>();
  readonly #bytes: Buffer;
  readonly #range: Range;
  readonly #source: DecodedFrom;
  #next: number;
  #nextRun: number;

  constructor(bytes: Buffer, range: Range, source: DecodedFrom) {
    this.#bytes = bytes;
    this.#range = range;
    this.#source = source;
    this.#next = range.start;
    this.#nextRun = range.start;
  }

  run(start: number, seen: number): void {
    if (start < this.#nextRun) return;
    const end = stretchEnd(this.#bytes, BASE64, seen, this.#range.end);
    this.#nextRun = end;
    if (!isRunWorth(this.#bytes, start, end) || this.#isSeen(start, end + 1)) return;
    this.runs.push({ start, end });
  }

  mark(at: number): void {
    const bytes = this.#bytes;
    this.hasStructured ||= isStructuredAt(bytes, at);
    if (at < this.#next) return;
    this.#next = at + 1;
    const byte = bytes[at];
    if (byte === QUOTE || byte === APOSTROPHE) this.#addJoint(at);
    else if (byte === BACKSLASHES) this.#next = this.#passBackslashes(at);
    else if (byte === EQUALS && isQuotedPrintableWorth(bytes, at)) this.#add(QUOTED_PRINTABLE, at, at + 3);
    else if (byte === PER_CENT && isPercentWorth(bytes, at)) this.#add(PERCENT, at, at + 3);
    else if (byte === AMPERSAND && isEntityWorth(bytes, at)) this.#add(ENTITY, at, at + MAX_ESCAPE);
  }

  /** Takes all backslashes in a row at once (a quadratic trap otherwise), and the character they escape. */
  #passBackslashes(start: number): number {
    const bytes = this.#bytes;
    let end = start;
    while (end < this.#range.end && bytes[end] === BACKSLASHES) end += 1;
    if (isBackslashWorth(bytes, start, end)) this.#add(BACKSLASH, start, end + MAX_ESCAPE);
    this.#addJoint(end - 1);
    return (end - start) % 2 === 1 ? end + 1 : end;
  }

  #addJoint(at: number): void {
    // Joining makes new neighbours, which are none of the author's.
    if (this.#source.label === JOINT.label) return;
    const end = jointEnd(this.#bytes, at);
    if (end > 0) this.#add(JOINT, at, end);
  }

  #add(encoding: TextEncoding, start: number, end: number): void {
    if (this.#isSeen(start, end)) return;
    const list = this.spots.get(encoding);
    const last = list?.at(-1);
    if (list === undefined || last === undefined) this.spots.set(encoding, [{ start, end }]);
    else if (start - last.end > MERGE_WITHIN || end - last.start > MAX_REGION) list.push({ start, end });
    else last.end = Math.max(last.end, end);
  }

  #isSeen(start: number, end: number): boolean {
    return this.#source.map?.isVerbatim(Math.max(start - 1, 0), end) === true;
  }
}

/** A spot with what is around it on its lines. */
function withContext(bytes: Buffer, spot: Range, range: Range): Range {
  return { start: contextStart(bytes, spot.start, range.start), end: contextEnd(bytes, spot.end, range.end) };
}

function contextStart(bytes: Buffer, spot: number, least: number): number {
  const limit = Math.max(spot - CONTEXT_BEFORE, least);
  let start = spot;
  while (start > limit && bytes[start - 1] !== 0x0a) start -= 1;
  if (start > limit || start === least || bytes[start - 1] === 0x0a) return start;
  // Not in the middle of a word: its second half may look like what it is not.
  while (start < spot && NAME[bytes[start] as number] === 1) start += 1;
  return start < spot ? start : limit;
}

function contextEnd(bytes: Buffer, spot: number, most: number): number {
  const limit = Math.min(spot + CONTEXT_AFTER, most);
  const from = Math.min(spot, most);
  const line = bytes.subarray(from, limit).indexOf(0x0a);
  return line < 0 ? limit : from + line;
}

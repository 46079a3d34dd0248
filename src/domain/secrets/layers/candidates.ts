// Where escapes, entities and joints of a text matter, and regions around them; and where its runs of base64 are. Source
// text has a byte that could begin such a thing about every thirty, and a worthy one every few thousand.
import { BACKSLASH, isBackslashWorth, numericSize } from './backslash.ts';
import { BASE64, NAME, stretchEnd } from './bytes.ts';
import { ENTITY, isEntityWorth } from './entity.ts';
import { JOINT, jointEnd } from './joint.ts';
import type { DecodedFrom, Range } from './layer.ts';
import { type EncodedRegions, withMixtures } from './mixed-escapes.ts';
import { isPercentWorth, PERCENT, percentSize } from './percent.ts';
import {
  CHARACTER_MARK,
  CONTROL_MARK,
  DOUBLED_QUOTE_MARK,
  ENTITY_MARK,
  EQUALS_MARK,
  LINE_END_MARK,
  NUMBER_MARK,
  newIgnored,
  PERCENT_MARK,
  type PrefilterSink,
  prefilter,
  QUOTE_MARK,
  STRUCTURED_MARK,
} from './prefilter.ts';
import { isQuotedPrintableWorth, QUOTED_PRINTABLE } from './quoted-printable.ts';
import { isRunWorth } from './run-worth.ts';
import { isStructuredAt } from './structured.ts';
import type { TextEncoding } from './text-encoding.ts';

// A name before the value and the rest of the value are worth keeping; nearer than this, two spots are one region.
const CONTEXT_BEFORE = 256;
const CONTEXT_AFTER = 512;
/** So near after a spot others are in its region unseen: where there is nothing else, one in many is looked at. */
const COVERED_AFTER = 256;
const MERGE_WITHIN = CONTEXT_BEFORE + CONTEXT_AFTER;
// However dense the escapes, the map of one region has room for their places.
const MAX_REGION = 256 * 1024;
const MAX_ESCAPE = 16;
/** So near to each other two escapes may be in one value. */
const BESIDE = 64;

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
  const escaped = collector.found().map(({ encoding, spots }) => ({
    encoding,
    regions: spots.map((spot) => withContext(bytes, spot, range)),
  }));
  return { escaped: withMixtures(escaped), runs: collector.runs, hasStructured: collector.hasStructured, isBinary };
}

const BACKSLASHES = 0x5c;

/** By the rank of an encoding, the marks that begin nothing else. */
const KINDS: readonly (readonly number[])[] = kindsByRank([
  [BACKSLASH, [NUMBER_MARK, CONTROL_MARK, CHARACTER_MARK]],
  [PERCENT, [PERCENT_MARK]],
  [ENTITY, [ENTITY_MARK]],
  [QUOTED_PRINTABLE, [EQUALS_MARK]],
  [JOINT, [QUOTE_MARK, DOUBLED_QUOTE_MARK]],
]);

function kindsByRank(kinds: readonly (readonly [TextEncoding, readonly number[]])[]): (readonly number[])[] {
  const byRank: (readonly number[])[] = [];
  for (const [{ rank }, marks] of kinds) byRank[rank] = marks;
  return byRank;
}

/** Where one encoding matters, in order. */
class Spots {
  readonly encoding: TextEncoding;
  readonly spots: { start: number; end: number }[] = [];
  #last = { start: 0, end: 0 };

  constructor(encoding: TextEncoding) {
    this.encoding = encoding;
  }

  /** Answers up to where others belong to the same region, looked at or not. */
  add(start: number, end: number): number {
    const last = this.#last;
    const covered = end + COVERED_AFTER;
    const isNear = this.spots.length > 0 && start - last.end <= MERGE_WITHIN && covered - last.start <= MAX_REGION;
    if (isNear) {
      last.end = Math.max(last.end, covered);
    } else {
      this.#last = { start, end: covered };
      this.spots.push(this.#last);
    }
    return covered;
  }
}

class Collector implements PrefilterSink {
  readonly runs: Range[] = [];
  readonly ignored = newIgnored();
  hasStructured = false;
  /** By the rank of the encoding. */
  readonly #spots: (Spots | undefined)[] = [];
  readonly #bytes: Buffer;
  readonly #range: Range;
  readonly #source: DecodedFrom;
  /** As `ignored`: but what ends a line may be a joint or not. */
  #jointsTo = 0;
  /** Backslashes before it are looked at. */
  #next: number;
  #nextRun: number;

  constructor(bytes: Buffer, range: Range, source: DecodedFrom) {
    this.#bytes = bytes;
    this.#range = range;
    this.#source = source;
    this.#next = range.start;
    this.#nextRun = range.start;
  }

  /** In the order of their first spots. */
  found(): Spots[] {
    const found = this.#spots.filter((one) => one !== undefined);
    return found.sort((a, b) => (a.spots[0]?.start ?? 0) - (b.spots[0]?.start ?? 0));
  }

  run(start: number, seen: number): void {
    if (start < this.#nextRun) return;
    const end = stretchEnd(this.#bytes, BASE64, seen, this.#range.end);
    this.#nextRun = end;
    if (!isRunWorth(this.#bytes, start, end) || this.#isSeen(start, end + 1)) return;
    this.runs.push({ start, end });
  }

  mark(at: number, kind: number): void {
    if (kind === STRUCTURED_MARK) this.hasStructured ||= isStructuredAt(this.#bytes, at);
    else if (kind === LINE_END_MARK) this.#addLineEnd(at);
    else if (kind === QUOTE_MARK || kind === DOUBLED_QUOTE_MARK) this.#addJoint(at);
    else if (kind === PERCENT_MARK) this.#addPercent(at);
    else if (kind === ENTITY_MARK) this.#addEntity(at);
    else if (kind === EQUALS_MARK) this.#addQuotedPrintable(at);
    else if (at >= this.#next) this.#passBackslashes(at);
  }

  #addLineEnd(at: number): void {
    if (this.#bytes[at] === BACKSLASHES) this.#addJoint(at);
    else this.#addQuotedPrintable(at);
  }

  /** Takes all backslashes in a row at once (a quadratic trap otherwise), and the character they escape. */
  #passBackslashes(at: number): void {
    const bytes = this.#bytes;
    let start = at;
    // Those before were left out.
    while (start > this.#next && bytes[start - 1] === BACKSLASHES) start -= 1;
    let end = at + 1;
    while (end < this.#range.end && bytes[end] === BACKSLASHES) end += 1;
    this.#next = (end - start) % 2 === 1 ? end + 1 : end;
    this.#addBackslash(start, end);
  }

  #addJoint(at: number): void {
    // Joining makes new neighbours, which are none of the author's.
    if (this.#source.label === JOINT.label || at < this.#jointsTo) return;
    const end = jointEnd(this.#bytes, at);
    if (end > 0) this.#add(JOINT, at, end);
  }

  #addQuotedPrintable(at: number): void {
    if (isQuotedPrintableWorth(this.#bytes, at)) this.#add(QUOTED_PRINTABLE, at, at + 3);
  }

  #addBackslash(start: number, end: number): void {
    const size = numericSize(this.#bytes, end);
    if (size > 0 && this.#isDecodedFirst(BACKSLASH, start, end + size)) return;
    if (isBackslashWorth(this.#bytes, start, end)) this.#add(BACKSLASH, start, end + MAX_ESCAPE);
  }

  #addPercent(at: number): void {
    if (this.#isDecodedFirst(PERCENT, at, at + percentSize(this.#bytes, at))) return;
    if (isPercentWorth(this.#bytes, at)) this.#add(PERCENT, at, at + 3);
  }

  #addEntity(at: number): void {
    if (isEntityWorth(this.#bytes, at)) this.#add(ENTITY, at, at + MAX_ESCAPE);
  }

  /**
   * An escape of a number that stands in the source as it stands here was decoded there, and the encoding that led here
   * was decoded in what came of it: both orders lead to the same text, and one is enough.
   */
  #isDecodedFirst({ rank }: TextEncoding, start: number, end: number): boolean {
    const source = this.#source;
    if (source.rank === undefined || source.rank <= rank || source.rank === JOINT.rank) return false;
    return source.map?.isVerbatim(start, end) === true;
  }

  #add(encoding: TextEncoding, start: number, end: number): void {
    const around = this.#isSecond(encoding) ? BESIDE : 0;
    if (this.#isSeen(start - around, end + around)) return;
    const spots = this.#spots[encoding.rank] ?? new Spots(encoding);
    this.#spots[encoding.rank] = spots;
    const covered = Math.min(spots.add(start, end), this.#range.end);
    for (const kind of KINDS[encoding.rank] as readonly number[]) this.ignored[kind] = covered;
    if (encoding === JOINT) this.#jointsTo = covered;
  }

  /** Whether escapes of this encoding, if they stand beside some of the source's, are decoded here and not there. */
  #isSecond({ rank }: TextEncoding): boolean {
    return this.#source.rank !== undefined && this.#source.rank < rank && rank !== JOINT.rank;
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

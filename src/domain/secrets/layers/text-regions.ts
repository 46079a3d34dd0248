// The one pass over all bytes of a push: finds where escapes, entities and joints matter, and answers regions around
// them. Source text has such a byte (a quote, =, \, %, &) about every fifteen and a worthy one every few thousand.
import { BACKSLASH, isBackslashWorth } from './backslash.ts';
import { NAME } from './bytes.ts';
import { ENTITY, isEntityWorth } from './entity.ts';
import { JOINT, jointEnd } from './joint.ts';
import type { Range } from './layer.ts';
import type { PositionMap } from './mapped-text.ts';
import { isPercentWorth, PERCENT } from './percent.ts';
import { isQuotedPrintableWorth, QUOTED_PRINTABLE } from './quoted-printable.ts';
import { marksOf, type TextEncoding } from './text-encoding.ts';

export interface TextRegion extends Range {
  readonly encoding: TextEncoding;
}

// A name before the value and the rest of the value are worth keeping; nearer than this, two spots are one region.
const CONTEXT_BEFORE = 256;
const CONTEXT_AFTER = 512;
const MERGE_WITHIN = CONTEXT_BEFORE + CONTEXT_AFTER;
const MAX_REGION = 4 * 1024 * 1024;
const MAX_ESCAPE = 16;

const MARKS: Readonly<Uint8Array> = marksOf('"\'`\\%&=');
const ENCODINGS = [BACKSLASH, PERCENT, ENTITY, QUOTED_PRINTABLE, JOINT] as const;

/**
 * The regions of `range` worth decoding, by encoding. With a map, only what is not verbatim in the parent: that has been
 * seen there.
 */
export function textRegions(bytes: Buffer, range: Range, map: PositionMap | undefined): TextRegion[] {
  const spots = new Spots(map);
  collectSpots(bytes, MARKS, range, spots);
  return ENCODINGS.flatMap((encoding) =>
    spots.of(encoding).map((spot) => ({ encoding, ...withContext(bytes, spot, range) })),
  );
}

function collectSpots(bytes: Buffer, marks: Readonly<Uint8Array>, range: Range, spots: Spots): void {
  const end = range.end;
  let at = range.start;
  for (;;) {
    while (at < end && marks[bytes[at] as number] === 0) at += 1;
    if (at >= end) return;
    const mark = bytes[at];
    if (mark === 0x5c) at = passBackslashes(bytes, at, end, spots);
    else {
      if (mark === 0x3d) {
        if (isQuotedPrintableWorth(bytes, at)) spots.add(QUOTED_PRINTABLE, at, at + 3);
      } else if (mark === 0x25) {
        if (isPercentWorth(bytes, at)) spots.add(PERCENT, at, at + 3);
      } else {
        if (mark === 0x26 && isEntityWorth(bytes, at)) spots.add(ENTITY, at, at + MAX_ESCAPE);
        if (mark !== 0x26) addJoint(bytes, at, spots);
      }
      at += 1;
    }
  }
}

/** Takes all backslashes in a row at once (a quadratic trap otherwise), and the character they escape. */
function passBackslashes(bytes: Buffer, start: number, limit: number, spots: Spots): number {
  let end = start;
  while (end < limit && bytes[end] === 0x5c) end += 1;
  if (isBackslashWorth(bytes, start, end)) spots.add(BACKSLASH, start, end + MAX_ESCAPE);
  addJoint(bytes, end - 1, spots);
  return (end - start) % 2 === 1 ? end + 1 : end;
}

function addJoint(bytes: Buffer, at: number, spots: Spots): void {
  const end = jointEnd(bytes, at);
  if (end > 0) spots.add(JOINT, at, end);
}

class Spots {
  readonly #map: PositionMap | undefined;
  readonly #byEncoding = new Map<TextEncoding, { start: number; end: number }[]>();

  constructor(map: PositionMap | undefined) {
    this.#map = map;
  }

  of(encoding: TextEncoding): readonly Range[] {
    return this.#byEncoding.get(encoding) ?? [];
  }

  add(encoding: TextEncoding, start: number, end: number): void {
    if (this.#map?.isVerbatim(Math.max(start - 1, 0), end) === true) return;
    const list = this.#byEncoding.get(encoding);
    const last = list?.at(-1);
    if (list === undefined || last === undefined) this.#byEncoding.set(encoding, [{ start, end }]);
    else if (start - last.end > MERGE_WITHIN || end - last.start > MAX_REGION) list.push({ start, end });
    else last.end = Math.max(last.end, end);
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

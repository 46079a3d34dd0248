// All matches of a pattern in a region of a text, in small pieces: the same matches, in the same order, as on the whole
// text at once, but no call is longer than it must be, so that time can be kept.
//
// Why nothing is lost at the edges of a piece: a match that starts before `stop` ends, by the pattern's reach, before the
// piece does, with one character to spare on either side for `^`, `$` and `\b` to look at.
import type { LinearRegex, RegexMatch, Span } from '../../regex/linear-regex.ts';
import { walkLeft, walkRight } from '../../regex/reach.ts';
import type { Meter } from './meter.ts';

/** Bytes whose starts are looked at in one call. */
const PIECE = 16 * 1024;
/** The longest character of UTF-8. */
const CONTEXT = 4;
/** Below this, asking first whether there is any match does not pay. */
const SMALL = 256;

/**
 * The matches in a region that no match reaches out of: a whole text, or one of `windowsAround`. None overlaps another.
 * The pattern must not match the empty text.
 */
export function findAll(regex: LinearRegex, bytes: Uint8Array, region: Span, meter: Meter): RegexMatch[] {
  const found: RegexMatch[] = [];
  for (let at = region.start; at < region.end; ) {
    const { stop, end } = nextPiece(regex, bytes, at, region.end);
    const base = Math.max(0, at - CONTEXT);
    const piece = bytes.subarray(base, Math.min(bytes.length, end + CONTEXT));
    meter.spend(piece.length * regex.size);
    at = Math.max(stop, findInPiece(regex, { piece, base, at, stop }, found, meter));
  }
  return found;
}

/** Where starts and ends of the next piece stop. A pattern of long reach gets long pieces, for each reads to its end. */
function nextPiece(regex: LinearRegex, bytes: Uint8Array, at: number, to: number): { stop: number; end: number } {
  for (let length = PIECE; ; length *= 2) {
    const stop = Math.min(to, at + length);
    const end = walkRight(bytes, stop, regex.reach, to);
    if (stop === to || end - stop <= length) return { stop, end };
  }
}

interface Piece {
  readonly piece: Uint8Array;
  /** Of the piece in the text. */
  readonly base: number;
  readonly at: number;
  readonly stop: number;
}

/** Adds the matches of a piece; returns the end of the last one. */
function findInPiece(regex: LinearRegex, { piece, base, at, stop }: Piece, found: RegexMatch[], meter: Meter): number {
  if (piece.length > SMALL && !regex.matches(piece)) return at;
  let from = at - base;
  for (;;) {
    const match = regex.find(piece, from);
    if (match === undefined || base + match.start >= stop) return base + from;
    found.push(moved(match, base));
    meter.countMatch();
    // How far the search may have looked beyond the match it then took.
    meter.spend((walkRight(piece, match.start, regex.reach) - match.start) * regex.size);
    from = match.end;
  }
}

function moved({ start, end, groups }: RegexMatch, by: number): RegexMatch {
  const move = (span: Span) => ({ start: span.start + by, end: span.end + by });
  return { start: start + by, end: end + by, groups: groups.map((group) => group && move(group)) };
}

/**
 * The regions that hold every match: around each place where a word begins that every match must hold.
 * `places` ascend. Linear in the text, however many places there are.
 */
export function windowsAround(regex: LinearRegex, bytes: Uint8Array, places: Iterable<number>): readonly Span[] {
  const { reach } = regex;
  const windows: { start: number; end: number }[] = [];
  let last: { start: number; end: number } | undefined;
  let walk = { at: 0, left: 0 };
  for (const place of places) {
    if (last === undefined || place >= last.end) {
      const start = walkLeft(bytes, place, reach, last?.end ?? 0);
      // Adjoining windows become one: the end of a match must not be taken for the start of a text.
      if (last === undefined || start > last.end + CONTEXT) {
        last = { start, end: place };
        windows.push(last);
      }
      walk = { at: place, left: reach.outside };
      last.end = place;
    } else walk.left += countOutside(bytes, walk.at, place, reach.inside);
    walk.at = place;
    last.end = extend(bytes, last.end, walk, reach.inside);
  }
  return windows;
}

function countOutside(bytes: Uint8Array, from: number, to: number, inside: Uint8Array): number {
  let count = 0;
  for (let at = from; at < to; at++) if (inside[bytes[at] as number] === 0) count += 1;
  return count;
}

/** Goes on from `end` as far as `walk.left` bytes outside allow. */
function extend(bytes: Uint8Array, from: number, walk: { left: number }, inside: Uint8Array): number {
  let end = from;
  while (end < bytes.length) {
    if (inside[bytes[end] as number] === 0) {
      if (walk.left === 0) break;
      walk.left -= 1;
    }
    end += 1;
  }
  return end;
}

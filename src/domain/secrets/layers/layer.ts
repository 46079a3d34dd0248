// What decoding yields. A layer is bytes that stand in other bytes under some encoding; layers nest. What cannot be
// looked into is said as a value, so that policy decides about it: nothing is skipped without a word.
import type { PositionMap } from './mapped-text.ts';

export interface Layer {
  readonly kind: 'layer';
  /** How one gets there from the outermost bytes: `!gzip`, `!lib/a.json`, `!base64!percent`. Empty for the outermost. */
  readonly path: string;
  readonly bytes: Buffer;
  /**
   * Set when the parent holds the very same bytes (an uncompressed archive member) from this offset on: what a scan
   * found in the parent at verbatimAt + n is what it finds here at n.
   */
  readonly verbatimAt: number | undefined;
  /** The place a person can open. See originOf. */
  originOf(offset: number): Origin;
}

/** A position in the outermost bytes (path is empty) or, where those are an archive, in a member (path names it). */
export interface Origin {
  readonly path: string;
  readonly offset: number;
  /** What the offset counts in: lines and columns are found here. */
  readonly bytes: Buffer;
}

export type NotInspectedReason =
  | 'format' // a known kind of archive that we do not read
  | 'encrypted'
  | 'damaged'
  | 'bomb' // inflates to more than the ratio allows
  | 'too-large'
  | 'too-many'
  | 'too-deep'
  | 'overlap' // two members of an archive share bytes
  | 'budget';

export interface NotInspected {
  readonly kind: 'not-inspected';
  readonly reason: NotInspectedReason;
  /** As in Layer: the innermost thing that was not looked into. */
  readonly path: string;
  /** A sentence fragment for people: `not inspected: xz`. */
  readonly text: string;
}

/** One thing found inside bytes, before it is known what those are part of. */
export type Part = FoundPart | MissedPart;

export interface FoundPart {
  readonly kind: 'part';
  /** `base64`, `gzip`, or the name of a member. */
  readonly label: string;
  readonly nature: 'container' | 'encoding';
  readonly bytes: Buffer;
  /** Undefined inside archives: their members are files of their own. */
  readonly map: PositionMap | undefined;
  readonly verbatimAt?: number;
  /** See DecodedFrom. */
  readonly rank?: number;
}

/** How bytes came out of those they stand in; both undefined for the outermost, the map also for members of archives. */
export interface DecodedFrom {
  readonly label: string | undefined;
  /** Of the text encoding they were decoded from, if it was one. */
  readonly rank?: number | undefined;
  readonly map: PositionMap | undefined;
}

export interface MissedPart {
  readonly kind: 'missed';
  readonly reason: NotInspectedReason;
  readonly label: string;
  readonly text: string;
}

/** A stretch of bytes, the end excluded. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export function missed(reason: NotInspectedReason, label: string, what: string): MissedPart {
  return { kind: 'missed', reason, label, text: `not inspected: ${what}` };
}

const MAX_LABEL = 500;

/** A member's name fit to be shown: no control characters, no reordering of text, bounded. */
export function labelOf(name: Buffer): string {
  const text = name.subarray(0, MAX_LABEL).toString('utf8');
  return text.replace(UNSHOWABLE, '\ufffd');
}

const UNSHOWABLE = /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

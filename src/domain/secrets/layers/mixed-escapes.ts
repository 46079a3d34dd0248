// Long stretches that are full of more than one kind of escapes. Each order of decoding them is a layer as long as the
// text, and a text made to be slow is nothing but such a stretch; it is decoded once, all kinds at the same time. What that
// may miss is a value of which one part is escaped and another only looks so, in the midst of kilobytes of both.
import { BACKSLASH } from './backslash.ts';
import { ENTITY } from './entity.ts';
import type { Range } from './layer.ts';
import { PERCENT } from './percent.ts';
import { marksOf, type TextEncoding } from './text-encoding.ts';

/** The regions of one encoding, in the order of the text. */
export interface EncodedRegions {
  readonly encoding: TextEncoding;
  readonly regions: readonly Range[];
}

const LEAST_STRETCH = 16 * 1024;
const MAX_REGION = 256 * 1024;
/** Regions share that much, so that what the end of one cuts is whole in the next. */
const OVERLAP = 1024;

const KINDS: readonly TextEncoding[] = [BACKSLASH, PERCENT, ENTITY];

/** As the last of them in order: escapes of any kind that it leaves behind are none, or were made by it. */
const MIXED: TextEncoding = { label: 'escapes', rank: ENTITY.rank, marks: marksOf('\\%&') };

/** The same regions, but the long ones that lie over each other as one of all kinds. */
export function withMixtures(escaped: readonly EncodedRegions[]): readonly EncodedRegions[] {
  const long = escaped.flatMap(({ encoding, regions }) => longOf(encoding, regions));
  if (new Set(long.map(({ encoding }) => encoding)).size < 2) return escaped;
  const mixed = stretchesOf(long).filter(({ kinds }) => kinds.size > 1);
  if (mixed.length === 0) return escaped;
  const isMixed = (one: Range): boolean => mixed.some(({ start, end }) => one.start >= start && one.end <= end);
  const rest = escaped.map(({ encoding, regions }) => ({
    encoding,
    regions: KINDS.includes(encoding) ? regions.filter((one) => !isMixed(one)) : regions,
  }));
  return [{ encoding: MIXED, regions: mixed.flatMap(piecesOf) }, ...rest];
}

interface LongRegion extends Range {
  readonly encoding: TextEncoding;
}

function longOf(encoding: TextEncoding, regions: readonly Range[]): LongRegion[] {
  if (!KINDS.includes(encoding)) return [];
  const long = regions.filter(({ start, end }) => end - start >= LEAST_STRETCH);
  return long.map(({ start, end }) => ({ start, end, encoding }));
}

interface Stretch {
  start: number;
  end: number;
  readonly kinds: Set<TextEncoding>;
}

/** Regions that touch, as one, with the kinds in it. */
function stretchesOf(regions: readonly LongRegion[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const { start, end, encoding } of regions.toSorted((a, b) => a.start - b.start)) {
    const last = stretches.at(-1);
    if (last === undefined || start > last.end) stretches.push({ start, end, kinds: new Set([encoding]) });
    else {
      last.end = Math.max(last.end, end);
      last.kinds.add(encoding);
    }
  }
  return stretches;
}

function piecesOf({ start, end }: Range): Range[] {
  const count = Math.ceil((end - start) / MAX_REGION);
  return Array.from({ length: count }, (_, index) => {
    const from = start + index * MAX_REGION;
    return { start: Math.max(start, from - OVERLAP), end: Math.min(from + MAX_REGION, end) };
  });
}

// How far a match can stretch. Every match holds at most `outside` bytes that are not in the set `inside`: the characters
// that some unbounded loop of the pattern may repeat. So from any place in a match, walking until one more such byte has
// been passed finds its ends, and a pattern can be run on a small window without losing or inventing a match.
import { type CharSet, has, isWithin, NOTHING, union } from './char-set.ts';
import type { Tree } from './syntax.ts';

export interface Reach {
  /** 1 for each byte value that does not count. */
  readonly inside: Uint8Array;
  readonly outside: number;
  /** The fewest characters a match has. */
  readonly least: number;
}

const MAX_UTF8 = 4;

export function reachOf(tree: Tree): Reach {
  const loops = loopSet(tree, false);
  const inside = Uint8Array.from({ length: 256 }, (_, byte) => (has(loops, byte) ? 1 : 0));
  return { inside, outside: mostOutside(tree, loops), least: fewest(tree) };
}

/** The smallest start from which on `bytes` up to `at` has at most `reach.outside` bytes outside, but not below `floor`. */
export function walkLeft(bytes: Uint8Array, at: number, reach: Reach, floor: number): number {
  const { inside, outside } = reach;
  let left = outside;
  let start = at;
  while (start > floor) {
    if (inside[bytes[start - 1] as number] === 0 && left-- === 0) break;
    start -= 1;
  }
  return start;
}

/** The same to the right: the largest end, but not beyond `ceiling`. */
export function walkRight(bytes: Uint8Array, at: number, reach: Reach, ceiling = bytes.length): number {
  const { inside, outside } = reach;
  let left = outside;
  let end = at;
  while (end < ceiling) {
    if (inside[bytes[end] as number] === 0 && left-- === 0) break;
    end += 1;
  }
  return end;
}

/** Every character that may stand in a loop without an upper bound. */
function loopSet(tree: Tree, isInLoop: boolean): CharSet {
  if (tree.kind === 'set') return isInLoop ? tree.set : NOTHING;
  if (tree.kind === 'empty') return NOTHING;
  if (tree.kind === 'repeat') return loopSet(tree.part, isInLoop || tree.most === Number.POSITIVE_INFINITY);
  const parts = tree.kind === 'sequence' ? tree.parts : tree.options;
  return parts.reduce((set: CharSet, part) => union(set, loopSet(part, isInLoop)), NOTHING);
}

function mostOutside(tree: Tree, loops: CharSet): number {
  if (tree.kind === 'empty') return 0;
  if (tree.kind === 'set') {
    if (isWithin(tree.set, loops)) return 0;
    return tree.set.other && !loops.other ? MAX_UTF8 : 1;
  }
  if (tree.kind === 'sequence') return tree.parts.reduce((sum, part) => sum + mostOutside(part, loops), 0);
  if (tree.kind === 'choice') return Math.max(...tree.options.map((option) => mostOutside(option, loops)));
  return tree.most === Number.POSITIVE_INFINITY ? 0 : tree.most * mostOutside(tree.part, loops);
}

function fewest(tree: Tree): number {
  if (tree.kind === 'empty') return 0;
  if (tree.kind === 'set') return 1;
  if (tree.kind === 'sequence') return tree.parts.reduce((sum, part) => sum + fewest(part), 0);
  if (tree.kind === 'choice') return Math.min(...tree.options.map(fewest));
  return tree.least * fewest(tree.part);
}

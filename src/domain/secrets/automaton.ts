// One deterministic automaton over all anchors (Aho-Corasick, completed). It reads folded byte classes, so upper and
// lower case look alike to it; the exact literal, its case and what stands before it are compared where it reports.
import type { Anchor } from './rule.ts';

/** Columns of a row of the table; class 0 is every byte that is in no anchor. */
export const CLASSES = 64;
/** Longer anchors are found by their beginning: the table stays small and the rest is compared at the place. */
export const MAX_DEPTH = 12;
/** States are 16 bits wide. */
const MAX_STATES = 65_535;

export interface Automaton {
  /** Class of each byte. */
  readonly classes: Uint8Array;
  /** `next[state * 64 + class]` */
  readonly next: Uint16Array;
  /** States from this one on report: `reports[state - firstReport]` are indexes of anchors. */
  readonly firstReport: number;
  readonly reports: readonly (readonly number[])[];
  /** Bytes an anchor has at most, as far as the automaton looks. */
  readonly depth: number;
}

/** While it is built: `child[node * 64 + class]`, 0 for none; nodes in the order they were made, the root first. */
interface Trie {
  readonly child: Uint16Array;
  readonly size: number;
  /** Anchors that end at a node, and after the breadth-first walk also those that end at its suffixes. */
  readonly reports: (number[] | undefined)[];
}

/** Builds the automaton; throws TypeError when the anchors do not fit (contents are our own, so that is our mistake). */
export function buildAutomaton(anchors: readonly Anchor[]): Automaton {
  const keys = anchors.map(keyOf);
  const classes = classesOf(keys);
  const trie = trieOf(keys, classes);
  const order = complete(trie);
  const { numbers, firstReport, reports } = numberStates(trie, order);
  const next = renumbered(trie, numbers);
  const depth = keys.reduce((most, key) => Math.max(most, key.length), 1);
  return { classes, next, firstReport, reports, depth };
}

function folded(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

function keyOf(anchor: Anchor): Uint8Array {
  return Buffer.from(anchor.text.slice(0, MAX_DEPTH), 'latin1').map(folded);
}

/** Bytes beyond the 63rd share the last column: they are told apart where the literal is compared. */
function classesOf(keys: readonly Uint8Array[]): Uint8Array {
  const classes = new Uint8Array(256);
  let count = 1;
  for (const key of keys) {
    for (const byte of key) {
      if (byte === 0) throw new TypeError('an anchor holds a NUL, which separates objects');
      if (classes[byte] === 0) classes[byte] = Math.min(count++, CLASSES - 1);
    }
  }
  for (let upper = 0x41; upper <= 0x5a; upper++) classes[upper] = classes[upper + 0x20] as number;
  return classes;
}

function trieOf(keys: readonly Uint8Array[], classes: Uint8Array): Trie {
  const most = keys.reduce((sum, key) => sum + key.length, 1);
  if (most > MAX_STATES) throw new TypeError(`anchors need up to ${most} states; ${MAX_STATES} fit`);
  const child = new Uint16Array(most * CLASSES);
  const reports: (number[] | undefined)[] = [];
  let size = 1;
  keys.forEach((key, index) => {
    let at = 0;
    for (const byte of key) {
      const edge = at * CLASSES + (classes[byte] as number);
      if (child[edge] === 0) child[edge] = size++;
      at = child[edge] as number;
    }
    reports[at] = [...(reports[at] ?? []), index];
  });
  return { child, size, reports };
}

/**
 * Breadth first: a node without a child for some class goes where its longest proper suffix goes, and reports what that
 * one reports. Returns the nodes in that order.
 */
function complete({ child, size, reports }: Trie): Uint16Array {
  const order = new Uint16Array(size);
  const suffix = new Uint16Array(size);
  let known = 1;
  for (let i = 0; i < known; i++) {
    const at = order[i] as number;
    const below = (suffix[at] as number) * CLASSES;
    for (let byteClass = 0; byteClass < CLASSES; byteClass++) {
      const edge = at * CLASSES + byteClass;
      const node = child[edge] as number;
      const elsewhere = at === 0 ? 0 : (child[below + byteClass] as number);
      if (node === 0) child[edge] = elsewhere;
      else {
        suffix[node] = elsewhere;
        inherit(reports, node, elsewhere);
        order[known++] = node;
      }
    }
  }
  return order;
}

function inherit(reports: (number[] | undefined)[], node: number, from: number): void {
  const inherited = reports[from];
  if (inherited !== undefined) reports[node] = [...(reports[node] ?? []), ...inherited];
}

/** Numbers quiet states first, so that one comparison tells whether a state reports. */
function numberStates({ size, reports }: Trie, order: Uint16Array) {
  const numbers = new Uint16Array(size);
  const loud = order.filter((at) => reports[at] !== undefined);
  const firstReport = size - loud.length;
  let number = 0;
  for (const at of order) if (reports[at] === undefined) numbers[at] = number++;
  for (const at of loud) numbers[at] = number++;
  return { numbers, firstReport, reports: [...loud].map((at) => reports[at] as number[]) };
}

function renumbered({ child, size }: Trie, numbers: Uint16Array): Uint16Array {
  const next = new Uint16Array(size * CLASSES);
  for (let at = 0; at < size; at++) {
    const row = (numbers[at] as number) * CLASSES;
    for (let byteClass = 0; byteClass < CLASSES; byteClass++) {
      next[row + byteClass] = numbers[child[at * CLASSES + byteClass] as number] as number;
    }
  }
  return next;
}

// One deterministic automaton over all anchors (Aho-Corasick, completed). It reads folded byte classes, so upper and
// lower case look alike to it; the exact literal, its case and what stands before it are compared where it reports.
import type { Anchor } from './rule.ts';

/** Columns of a row of the table; class 0 is every byte that is in no anchor. */
export const CLASSES = 64;
/** Longer anchors are found by their beginning: the table stays small and the rest is compared at the place. */
export const MAX_DEPTH = 12;
/** States are 16 bits wide, and one of them is a sign. */
const MAX_STATES = 32_767;

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

/** While it is built: nodes in the order they were made, the root first. */
interface Trie {
  readonly size: number;
  /** `child[node * 64 + class]`, 0 for none. */
  readonly child: Uint16Array;
  readonly parent: Uint16Array;
  /** Class on the edge from the parent. */
  readonly edge: Uint8Array;
  /** Breadth first: suffixes before what they are suffixes of, children in the order of their parents. */
  readonly order: Uint16Array;
  /** Anchors that end at a node, and once suffixes are known also those that end at its suffixes. */
  readonly reports: (number[] | undefined)[];
}

/** Builds the automaton; throws TypeError when the anchors do not fit (contents are our own, so that is our mistake). */
export function buildAutomaton(anchors: readonly Anchor[]): Automaton {
  const keys = anchors.map(keyOf);
  const classes = classesOf(keys);
  const trie = trieOf(keys, classes);
  const suffix = suffixesOf(trie);
  const { numbers, firstReport, reports } = numberStates(trie);
  const next = tableOf(trie, suffix, numbers);
  const depth = keys.reduce((most, key) => Math.max(most, key.length), 1);
  return { classes, next, firstReport, reports, depth };
}

function folded(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

function keyOf({ text }: Anchor): number[] {
  const length = Math.min(text.length, MAX_DEPTH);
  return Array.from({ length }, (_, at) => folded(text.charCodeAt(at) & 0xff));
}

/** Bytes beyond the 63rd share the last column: they are told apart where the literal is compared. */
function classesOf(keys: readonly (readonly number[])[]): Uint8Array {
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

function trieOf(keys: readonly (readonly number[])[], classes: Uint8Array): Trie {
  const most = keys.reduce((sum, key) => sum + key.length, 1);
  if (most > MAX_STATES) throw new TypeError(`anchors need up to ${most} states; ${MAX_STATES} fit`);
  const child = new Uint16Array(most * CLASSES);
  const parent = new Uint16Array(most);
  const edge = new Uint8Array(most);
  const children: number[][] = [[]];
  const reports: (number[] | undefined)[] = [undefined];
  const grow = (at: number, byteClass: number): number => {
    const node = children.push([]) - 1;
    reports.push(undefined);
    parent[node] = at;
    edge[node] = byteClass;
    child[at * CLASSES + byteClass] = node;
    children[at]?.push(node);
    return node;
  };
  keys.forEach((key, index) => {
    let at = 0;
    for (const byte of key) {
      const byteClass = classes[byte] as number;
      at = child[at * CLASSES + byteClass] || grow(at, byteClass);
    }
    reports[at] = [...(reports[at] ?? []), index];
  });
  return { size: children.length, child, parent, edge, order: breadthFirst(children), reports };
}

function breadthFirst(children: readonly (readonly number[])[]): Uint16Array {
  const order = [0];
  for (const node of order) order.push(...(children[node] as readonly number[]));
  return Uint16Array.from(order);
}

/** The longest proper suffix of each node that is a node too; nodes come to report what their suffixes report. */
function suffixesOf({ size, child, parent, edge, order, reports }: Trie): Uint16Array {
  const suffix = new Uint16Array(size);
  for (const node of order) {
    let at = parent[node] as number;
    while (at !== 0 && suffix[node] === 0) {
      at = suffix[at] as number;
      suffix[node] = child[at * CLASSES + (edge[node] as number)] as number;
    }
    const inherited = reports[suffix[node] as number];
    if (inherited !== undefined) reports[node] = [...(reports[node] ?? []), ...inherited];
  }
  return suffix;
}

/** Numbers quiet states first, so that one comparison tells whether a state reports. */
function numberStates({ size, order, reports }: Trie) {
  const numbers = new Uint16Array(size);
  const loud = order.filter((at) => reports[at] !== undefined);
  const firstReport = size - loud.length;
  let number = 0;
  for (const at of order) if (reports[at] === undefined) numbers[at] = number++;
  for (const at of loud) numbers[at] = number++;
  return { numbers, firstReport, reports: [...loud].map((at) => reports[at] as number[]) };
}

/** The row of a node is that of its suffix, but for its own children. */
function tableOf({ size, parent, edge, order }: Trie, suffix: Uint16Array, numbers: Uint16Array): Uint16Array {
  const next = new Uint16Array(size * CLASSES);
  const row = (node: number): number => (numbers[node] as number) * CLASSES;
  let child = 1;
  for (const node of order) {
    const below = row(suffix[node] as number);
    if (node !== 0) next.copyWithin(row(node), below, below + CLASSES);
    for (; child < size && parent[order[child] as number] === node; child++) {
      next[row(node) + (edge[order[child] as number] as number)] = numbers[order[child] as number] as number;
    }
  }
  return next;
}

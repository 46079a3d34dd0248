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

interface Node {
  readonly children: Map<number, number>;
  readonly own: number[];
  fail: number;
}

/** Builds the automaton; throws TypeError when the anchors do not fit (contents are our own, so that is our mistake). */
export function buildAutomaton(anchors: readonly Anchor[]): Automaton {
  const classes = classesOf(anchors);
  const nodes = trieOf(anchors, classes);
  const order = breadthFirst(nodes);
  const { numbers, firstReport, reports } = numberStates(nodes, order);
  const next = completed(nodes, order, numbers);
  const depth = anchors.reduce((most, anchor) => Math.max(most, Math.min(anchor.text.length, MAX_DEPTH)), 1);
  return { classes, next, firstReport, reports, depth };
}

function folded(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

function keyOf(anchor: Anchor): number[] {
  return [...Buffer.from(anchor.text.slice(0, MAX_DEPTH), 'latin1')].map(folded);
}

/** Bytes beyond the 63rd share the last column: they are told apart where the literal is compared. */
function classesOf(anchors: readonly Anchor[]): Uint8Array {
  const classes = new Uint8Array(256);
  let count = 1;
  for (const byte of anchors.flatMap(keyOf)) {
    if (byte === 0) throw new TypeError('an anchor holds a NUL, which separates objects');
    if (classes[byte] === 0) classes[byte] = Math.min(count++, CLASSES - 1);
  }
  for (let upper = 0x41; upper <= 0x5a; upper++) classes[upper] = classes[upper + 0x20] as number;
  return classes;
}

function trieOf(anchors: readonly Anchor[], classes: Uint8Array): Node[] {
  const nodes: Node[] = [{ children: new Map(), own: [], fail: 0 }];
  anchors.forEach((anchor, index) => {
    let at = 0;
    for (const byte of keyOf(anchor)) at = childOf(nodes, at, classes[byte] as number);
    (nodes[at] as Node).own.push(index);
  });
  if (nodes.length > MAX_STATES) throw new TypeError(`anchors need ${nodes.length} states; ${MAX_STATES} fit`);
  return nodes;
}

function childOf(nodes: Node[], at: number, byteClass: number): number {
  const { children } = nodes[at] as Node;
  const found = children.get(byteClass);
  if (found !== undefined) return found;
  children.set(byteClass, nodes.length);
  return nodes.push({ children: new Map(), own: [], fail: 0 }) - 1;
}

/** Nodes in order of depth; sets each node's longest proper suffix and hands down what that one reports. */
function breadthFirst(nodes: Node[]): number[] {
  const order = [0];
  for (let i = 0; i < order.length; i++) {
    const at = order[i] as number;
    for (const [byteClass, child] of (nodes[at] as Node).children) {
      const node = nodes[child] as Node;
      node.fail = at === 0 ? 0 : suffixChild(nodes, (nodes[at] as Node).fail, byteClass);
      node.own.push(...(nodes[node.fail] as Node).own);
      order.push(child);
    }
  }
  return order;
}

function suffixChild(nodes: readonly Node[], from: number, byteClass: number): number {
  for (let at = from; ; at = (nodes[at] as Node).fail) {
    const child = (nodes[at] as Node).children.get(byteClass);
    if (child !== undefined) return child;
    if (at === 0) return 0;
  }
}

/** Numbers quiet states first, so that one comparison tells whether a state reports. */
function numberStates(nodes: readonly Node[], order: readonly number[]) {
  const quiet = order.filter((at) => (nodes[at] as Node).own.length === 0);
  const loud = order.filter((at) => (nodes[at] as Node).own.length > 0);
  const numbers = new Uint16Array(nodes.length);
  [...quiet, ...loud].forEach((at, number) => {
    numbers[at] = number;
  });
  return { numbers, firstReport: quiet.length, reports: loud.map((at) => (nodes[at] as Node).own) };
}

function completed(nodes: readonly Node[], order: readonly number[], numbers: Uint16Array): Uint16Array {
  const next = new Uint16Array(nodes.length * CLASSES);
  for (const at of order) {
    const row = (numbers[at] as number) * CLASSES;
    const suffixRow = (numbers[(nodes[at] as Node).fail] as number) * CLASSES;
    if (at !== 0) next.copyWithin(row, suffixRow, suffixRow + CLASSES);
    for (const [byteClass, child] of (nodes[at] as Node).children) next[row + byteClass] = numbers[child] as number;
  }
  return next;
}

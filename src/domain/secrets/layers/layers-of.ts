// Everything a scanner must look into besides the bytes themselves, outermost first. Decoding is by content, bounded in
// depth and by the budget of the push, and never throws: what is not looked into is an answer like any other.
import type { LayerBudget } from './budget.ts';
import { asBuffer } from './bytes.ts';
import { type DecodedFrom, type FoundPart, type Layer, missed, type NotInspected, type Origin } from './layer.ts';
import { mappedTo } from './mapped-text.ts';
import { partsIn } from './parts.ts';

/**
 * The layers in `bytes` (a blob, a message), without the bytes themselves, each before the layers inside it. A layer's
 * bytes may be let go when the next one is asked for. The same text can stand in two layers (an escape is decoded with
 * what is around it), so findings are one when rule and origin are.
 */
export function* layersOf(bytes: Uint8Array, budget: LayerBudget): Generator<Layer | NotInspected> {
  if (bytes.length > MAX_BYTES) {
    yield { kind: 'not-inspected', reason: 'too-large', path: '', text: 'not inspected: more than 2 GiB' };
    return;
  }
  budget.earn(bytes.length);
  const outermost: Node = {
    path: '',
    bytes: asBuffer(bytes),
    label: undefined,
    rank: undefined,
    map: undefined,
    parent: undefined,
    depth: TOP,
  };
  yield* expand(outermost, budget);
}

const MAX_BYTES = 0x7fffffff; // positions are 32-bit

interface Depth {
  readonly container: number;
  readonly encoding: number;
}

const TOP: Depth = { container: 0, encoding: 0 };

/** A layer with the way back. */
interface Node extends DecodedFrom {
  readonly path: string;
  readonly bytes: Buffer;
  readonly parent: Node | undefined;
  readonly depth: Depth;
}

function* expand(node: Node, budget: LayerBudget): Generator<Layer | NotInspected> {
  for (const part of partsIn(node.bytes, node, budget)) {
    if (part.kind === 'missed') {
      yield { kind: 'not-inspected', reason: part.reason, path: `${node.path}!${part.label}`, text: part.text };
      continue;
    }
    const refusal = refusalOf(node, part, budget);
    if (refusal !== undefined) {
      yield refusal;
      return;
    }
    const child = childOf(node, part);
    yield layerOf(child, part.verbatimAt);
    yield* expand(child, budget);
  }
}

/** Why nothing more is taken out of this node. */
function refusalOf(node: Node, part: FoundPart, budget: LayerBudget): NotInspected | undefined {
  const { maxContainers, maxEncodings } = budget.limits;
  const depth = depthOf(node, part);
  const isTooDeep = depth.container > maxContainers || depth.encoding > maxEncodings;
  if (!isTooDeep && budget.take(part.bytes.length)) return undefined;
  const { reason, text } = isTooDeep
    ? missed('too-deep', part.label, 'nested too deep')
    : missed('budget', part.label, 'more than a push of this size may unpack');
  return { kind: 'not-inspected', reason, path: `${node.path}!${part.label}`, text };
}

function depthOf({ depth }: Node, { nature }: FoundPart): Depth {
  return nature === 'container'
    ? { ...depth, container: depth.container + 1 }
    : { ...depth, encoding: depth.encoding + 1 };
}

function childOf(node: Node, part: FoundPart): Node {
  // An archive that is itself written in a text has no file to open: everything in it is where that text is.
  const map = part.map ?? (node.map === undefined ? undefined : mappedTo(0));
  return {
    path: `${node.path}!${part.label}`,
    bytes: part.bytes,
    label: part.label,
    rank: part.rank,
    map,
    parent: node,
    depth: depthOf(node, part),
  };
}

function layerOf(node: Node, verbatimAt: number | undefined): Layer {
  return {
    kind: 'layer',
    path: node.path,
    bytes: node.bytes,
    verbatimAt,
    originOf: (offset) => originOf(node, offset),
  };
}

function originOf(node: Node, offset: number): Origin {
  let at = offset;
  let here = node;
  while (here.map !== undefined && here.parent !== undefined) {
    at = here.map.parentOffset(at);
    here = here.parent;
  }
  return { path: here.path, offset: at, bytes: here.bytes };
}

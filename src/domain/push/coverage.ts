// The proof that nothing in the pack escaped the inspection: every object the client sent was reached from a pushed
// ref, or the upstream has it anyway. The rest is hidden payload, which a Git server will keep and serve by id
// (CVE-2025-54586).
import { parseCommit, TreeCursor } from '../../protocol/object.ts';
import type { ObjectFormat, Oid } from '../../protocol/oid.ts';
import type { Finding } from './finding.ts';
import type { InspectLimits, InspectRequest } from './inspection.ts';
import type { CommitGraph } from './new-commits.ts';
import { forEachAtOnce, type ObjectSource } from './object-source.ts';

// Above this many candidates no excuse is looked for: clients resend a few objects, not a whole history.
const MAX_CANDIDATES = 100_000;
const SHOWN = 5;

/** A finding when objects were sent that no pushed ref reaches and the upstream is not known to have. */
export async function findHiddenObjects(
  source: ObjectSource,
  graph: CommitGraph,
  request: InspectRequest,
  limits: InspectLimits,
): Promise<Finding | undefined> {
  const candidates = new Set<Oid>();
  let uncounted = 0;
  await forEachAtOnce(unvisited(source, request.signal), async (oid) => {
    if (candidates.size >= MAX_CANDIDATES) uncounted += 1;
    else if ((await request.mirror.info(oid)) === undefined) candidates.add(oid);
  });
  if (candidates.size === 0) return undefined;
  for (const oid of await inKnownHistory(candidates, source, graph, request.objectFormat, limits))
    candidates.delete(oid);
  const count = candidates.size + uncounted;
  if (count === 0) return undefined;
  const shown = [...candidates].toSorted().slice(0, SHOWN).join(', ');
  return {
    rule: 'hidden-object',
    severity: 'high',
    text: `${count} sent object${count === 1 ? '' : 's'} that no pushed ref reaches: ${shown}${count > SHOWN ? ', …' : ''}`,
  };
}

function* unvisited(source: ObjectSource, signal: AbortSignal | undefined): Generator<Oid> {
  const { sent } = source;
  for (let position = 0; position < sent.count; position++) {
    if (source.isVisited(position) || !sent.isSent(position)) continue;
    signal?.throwIfAborted();
    const oid = sent.oidAt(position);
    // A pack may hold an object twice; the id finds one of the two.
    const first = sent.find(oid);
    if (first === position || !source.isVisited(first)) yield oid;
  }
}

/**
 * Those of `wanted` that known commits reach, as far as their trees are here: what trusted refs reach, the upstream
 * has. Follows known history only into what the client resent of it; asks nobody.
 */
export async function inKnownHistory(
  wanted: ReadonlySet<Oid>,
  source: ObjectSource,
  graph: CommitGraph,
  format: ObjectFormat,
  limits: InspectLimits,
): Promise<ReadonlySet<Oid>> {
  const found = new Set<Oid>();
  const seen = new Set<Oid>();
  let entries = 0;
  const meet = (oid: Oid) => {
    if (wanted.has(oid)) found.add(oid);
  };
  const isDone = () => found.size === wanted.size || entries > limits.maxPaths;

  let commits = [...graph.known.keys()];
  let trees = [...graph.known.values()];
  while (commits.length > 0 && !isDone()) {
    const next: Oid[] = [];
    await forEachAtOnce(commits, async (oid) => {
      if (seen.has(oid)) return;
      seen.add(oid);
      meet(oid);
      const content = await source.readIfCommit(oid);
      if (content === undefined) return;
      const { tree, parents } = parseCommit(content, format);
      trees.push(tree);
      next.push(...parents.filter((parent) => source.sentPosition(parent) >= 0));
    });
    commits = next;
  }
  while (trees.length > 0 && !isDone()) {
    // From the end: what is waiting stays as small as the trees are deep.
    const batch = new Set(trees.splice(-AT_ONCE).filter((oid) => !seen.has(oid)));
    await forEachAtOnce(batch, async (oid) => {
      seen.add(oid);
      meet(oid);
      const content = await source.readTreeIfHere(oid);
      if (content === undefined || isDone()) return;
      for (const cursor = new TreeCursor(content, format); !cursor.done; cursor.next()) {
        entries += 1;
        const child = cursor.oid();
        if (cursor.isTree) trees.push(child);
        else meet(child);
      }
    });
    if (trees.length > MAX_WAITING) trees = [...new Set(trees)];
  }
  return found;
}

const AT_ONCE = 64;
const MAX_WAITING = 100_000;

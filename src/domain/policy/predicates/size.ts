// `size: { pack, blob, files, commits }`, each a comparison; all given must hold. `pack` is the push's whole pack in
// bytes; `blob` a single file among the changes looked at; `files` and `commits` count distinct paths and new commits
// over all the updates that the condition's `refs` and `update` select, whatever its `paths`.
import { visibleText } from '../../../protocol/bytes.ts';
import type { Change } from '../../push/inputs.ts';
import type { Facts } from '../facts.ts';
import { mapOf, problemAt } from '../yaml-values.ts';
import { type Comparison, compares, comparisonOf, parseBytes, parseCount } from './comparison.ts';
import { type Mode, type PredicateKey, type Scope, type Seen, someOf } from './predicate.ts';

type Part = 'pack' | 'blob' | 'files' | 'commits';

const PARTS: readonly Part[] = ['pack', 'blob', 'files', 'commits'];

export const size: PredicateKey = {
  key: 'size',
  parse(value) {
    const keys = mapOf(value, PARTS);
    if (keys === undefined) return undefined;
    if (keys.size === 0) return problemAt(value, '`size` compares nothing', `give one of ${PARTS.join(', ')}`);
    const asked = new Map<Part, Comparison>();
    for (const part of PARTS) {
      const at = keys.get(part);
      if (at === undefined) continue;
      const isBytes = part === 'pack' || part === 'blob';
      const comparison = comparisonOf(at, isBytes ? parseBytes : parseCount, isBytes ? '>10MiB' : '>100');
      if (comparison !== undefined) asked.set(part, comparison);
    }
    if (asked.size < keys.size) return undefined;
    return {
      key: 'size',
      asked: [...asked].map(([part, { text }]) => `${part} ${text}`).join(' and '),
      evaluate(scope, mode) {
        const results = [...asked].map(([part, comparison]) => measure(part, comparison, scope, mode));
        const touched = results.find((result) => result.touched !== undefined)?.touched;
        const holds = results.every((result) => result.holds);
        const seen = results.map((result) => result.seen).join(', ');
        return touched === undefined ? { holds, seen } : { holds, seen, touched };
      },
    };
  },
};

function measure(part: Part, comparison: Comparison, scope: Scope, mode: Mode): Seen {
  if (part === 'blob') return measureBlobs(comparison, scope, mode);
  const seen =
    part === 'pack'
      ? scope.facts.inputs.pack.bytes
      : part === 'files'
        ? countFiles(scope.facts, scope)
        : new Set(scope.peers.flatMap((peer) => peer.commits)).size;
  return { holds: compares(comparison, seen), seen: `${part} ${seen}` };
}

function countFiles(facts: Facts, { peers }: Scope): number {
  const paths = new Set<string>();
  for (const peer of peers) for (const { raw } of facts.touchedPaths(peer)) paths.add(raw);
  return paths.size;
}

function measureBlobs(comparison: Comparison, { touched }: Scope, mode: Mode): Seen {
  const blobs = touched.filter(hasBlob);
  if (mode === 'every') {
    const others = blobs.filter(({ size: bytes }) => bytes === undefined || !compares(comparison, bytes));
    const seen = others.length === 0 ? `${blobs.length} files` : describe(others);
    return { holds: blobs.length > 0 && others.length === 0, seen };
  }
  // A size that nobody took counts as one that matches.
  const picked = blobs.filter(({ size: bytes }) => bytes === undefined || compares(comparison, bytes));
  return { holds: picked.length > 0, seen: picked.length === 0 ? 'no such file' : describe(picked), touched: picked };
}

function hasBlob(change: Change): boolean {
  return change.newMode !== '000000' && change.newMode !== '160000';
}

function describe(changes: readonly Change[]): string {
  return someOf(changes.map((change) => `${visibleText(change.path)} (${change.size ?? 'unknown'} bytes)`));
}

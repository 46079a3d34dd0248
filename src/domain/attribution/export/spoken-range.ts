// Which single statement stands for a range in formats that know one author a line.
import type { OwnedRange } from '../attribution.ts';
import { type Evidence, isAtLeast } from '../evidence.ts';

/**
 * The strongest item that was read of the line itself and says what the range's state says; of equals the first. Undefined
 * for states that no such item stands for: what is only declared of a commit is never written down as proof of a line, and
 * disputed lines have no one author.
 */
export function spokenBy(range: OwnedRange, evidence: readonly Evidence[]): Evidence | undefined {
  const wanted = SAYS[range.state];
  if (wanted === undefined) return undefined;
  let best: Evidence | undefined;
  for (const position of range.evidence) {
    const item = evidence[position];
    if (item === undefined || item.scope !== 'line' || !wanted.includes(item.claim.by)) continue;
    if (best === undefined || !isAtLeast(best.tier, item.tier)) best = item;
  }
  return best;
}

const SAYS: Readonly<Partial<Record<OwnedRange['state'], readonly string[]>>> = {
  ai: ['ai'],
  mixed: ['mixed', 'ai'],
  'human-attested': ['human'],
};

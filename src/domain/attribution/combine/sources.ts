// Who says it: the people and tools that made the commit, or we who looked on.
import { TIERS } from '../evidence.ts';
import { HINT, type Weighed } from './weighed.ts';

const OBSERVED = TIERS.indexOf('E5');

/** Said openly with this very commit, and more than a hint: that a machine wrote it, or a part of it. */
export function isDeclaration({ item, tier }: Weighed): boolean {
  const isOpen = item.kind !== 'recorded-output' && item.kind !== 'hook-record' && item.kind !== 'principal';
  return (
    isOpen && item.carriedFrom === undefined && tier > HINT && (item.claim.by === 'ai' || item.claim.by === 'mixed')
  );
}

/** Seen by us, or by a key enrolled with us, before the push; for lines. */
export function isObservation({ item, tier }: Weighed): boolean {
  const isSeen = item.kind === 'recorded-output' || item.kind === 'hook-record';
  return isSeen && tier === OBSERVED && (item.claim.by === 'ai' || item.claim.by === 'mixed');
}

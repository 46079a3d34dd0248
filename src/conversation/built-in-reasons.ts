// Why a push is refused that no policy was asked about: what is wrong with it before there is anything to judge, and what
// is wrong with us. Unknown means refuse; the detail stays in our log.
import type { Push } from '../domain/push/push.ts';
import type { Verdict } from '../domain/push/verdict.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { AttributionError } from './attribute-push.ts';
import { SearchError } from './search-push.ts';

/** Why a push is refused that no policy was asked about. */
export interface BuiltInReason {
  readonly rule: string;
  readonly text: string;
  /** What to do next, where that is more than "mend it". */
  readonly hint?: string;
}

export function brokenReason(push: Push, error: unknown): BuiltInReason {
  if (error instanceof ProtocolError) return { rule: 'malformed push', text: error.message };
  if (isUpstreamUnreadable(error)) return UPSTREAM_UNREADABLE;
  if (isOutOfRoom(error)) return OUT_OF_ROOM;
  if (error instanceof SearchError) return notSearched(push);
  if (error instanceof AttributionError) return notAttributed(push);
  return {
    rule: 'internal error',
    text: 'the gateway could not finish its work',
    hint: `ask an administrator about push ${push.id}`,
  };
}

function notSearched(push: Push): BuiltInReason {
  return {
    rule: 'secret scan',
    text: 'what it introduces could not be searched for secrets',
    hint: `push again; if it stays so, ask an administrator about push ${push.id}`,
  };
}

function notAttributed(push: Push): BuiltInReason {
  return {
    rule: 'attribution',
    text: 'a rule asks who wrote it, and that could not be said',
    hint: `push again; if it stays so, ask an administrator about push ${push.id}`,
  };
}

export const CLIENT_LEFT: BuiltInReason = { rule: 'interrupted', text: 'the client left before its push was complete' };

export const EXCEPTION_ENDED: BuiltInReason = {
  rule: 'exception',
  text: 'an exception for what was found in it has just ended',
  hint: 'push again to see what counts now',
};

export const RIGHT_ENDED: BuiltInReason = {
  rule: 'access',
  text: 'the right to push here has just ended',
  hint: 'ask an administrator, or for a grant',
};

export const BREAK_GLASS_UNREVIEWED: BuiltInReason = {
  rule: 'break-glass',
  text: 'your last push by break-glass has not been reviewed',
  hint: 'have it reviewed first, or push without sallyport.break-glass and wait for approval',
};

export const NO_BREAK_GLASS: BuiltInReason = {
  rule: 'break-glass',
  text: 'you may not push by break-glass',
  hint: 'push without sallyport.break-glass and wait for approval',
};

export const UPSTREAM_UNREADABLE: BuiltInReason = {
  rule: 'upstream',
  text: 'the upstream cannot be read now',
  hint: 'push again later',
};

const OUT_OF_ROOM: BuiltInReason = {
  rule: 'no room',
  text: 'the gateway has no room for this push',
  hint: 'push again later, or tell an administrator',
};

/** Some disk of ours is full: the store's, the recordings', git's. */
function isOutOfRoom(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT', 'store-full'].includes(String(error.code));
}

export function refusal({ rule, text, hint }: BuiltInReason): Verdict {
  const reason = { rule, outcome: 'refuse', text, ...(hint === undefined ? {} : { hint }) } as const;
  return { outcome: 'refuse', reasons: [reason], requirements: [] };
}

/** A decision needed something of the upstream that did not come (adapters/git): the one failure that time mends. */
function isUpstreamUnreadable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'upstream-unreadable';
}

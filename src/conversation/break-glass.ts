// Break-glass: who may push through holds, what their decision is told of it, and who reviews it afterwards.
import type { Clock, PushStore } from '../domain/ports.ts';
import type { Principal } from '../domain/principal.ts';
import type { Inputs } from '../domain/push/inputs.ts';
import type { Push, PushId } from '../domain/push/push.ts';
import { BREAK_GLASS_UNREVIEWED, type BuiltInReason, NO_BREAK_GLASS } from './built-in-reasons.ts';
import type { Gate } from './gate.ts';
import { MAX_REASON, type OwnOptions } from './push-options.ts';

type Asked = Pick<OwnOptions, 'breakGlass'>;

/** Why a push that asks for it does not go by break-glass; `undefined` when it may, or does not ask. */
export async function closedGlass(
  { breakGlass, pushes, people }: Pick<Gate, 'breakGlass' | 'pushes' | 'people'>,
  { name, kind, credential }: Principal,
  own: Asked,
): Promise<BuiltInReason | undefined> {
  if (own.breakGlass === undefined) return undefined;
  if (breakGlass === undefined || kind !== 'human' || credential.kind === 'anonymous') return NO_BREAK_GLASS;
  const person = await people.find(name);
  if (person === undefined || person.disabled || !person.groups.includes(breakGlass.group)) return NO_BREAK_GLASS;
  const open = await pushes.list({ principal: name, unreviewed: true, limit: 1 });
  return open.length > 0 ? BREAK_GLASS_UNREVIEWED : undefined;
}

/** What the decision is told, once nothing is against it. */
export function brokenGlass(
  { breakGlass, mask }: Pick<Gate, 'breakGlass' | 'mask'>,
  own: Asked,
): Pick<Inputs, 'breakGlass'> {
  if (breakGlass === undefined || own.breakGlass === undefined) return {};
  const reason = mask.text(own.breakGlass).slice(0, MAX_REASON);
  return { breakGlass: { reason, reviewers: breakGlass.reviewers } };
}

export type BreakGlassReview =
  | { readonly outcome: 'done'; readonly push: Push }
  | { readonly outcome: 'refused'; readonly reason: string }
  /** Does not exist, or this principal may not know that it does: the same answer. */
  | { readonly outcome: 'not-found' }
  /** Nothing to review: no break-glass, or reviewed already. */
  | { readonly outcome: 'conflict'; readonly reason: string };

export interface BreakGlassParts {
  readonly pushes: PushStore;
  readonly clock: Clock;
  readonly breakGlass?: Gate['breakGlass'];
  readonly canSee: (principal: Principal, push: Push) => boolean;
}

const MAX_COMMENT = 4096;

/** Records that somebody of the reviewers, who is not the pusher, has looked at what went through. */
export async function reviewBreakGlass(
  { pushes, clock, breakGlass, canSee }: BreakGlassParts,
  principal: Principal,
  id: PushId,
  comment: string,
): Promise<BreakGlassReview> {
  const refused = (reason: string) => ({ outcome: 'refused', reason }) as const;
  const push = await pushes.find(id);
  const isReviewer =
    breakGlass !== undefined &&
    principal.kind === 'human' &&
    principal.credential.kind !== 'anonymous' &&
    principal.groups.includes(breakGlass.reviewers);
  // Whoever has to look at it may, whatever else they may see.
  const isVisible = push !== undefined && (canSee(principal, push) || (isReviewer && push.breakGlass !== undefined));
  if (!isVisible) return { outcome: 'not-found' };
  if (push.breakGlass === undefined) return { outcome: 'conflict', reason: 'this push did not go by break-glass' };
  if (push.principal.name === principal.name)
    return refused('you pushed this yourself; hint: somebody else reviews it');
  if (!isReviewer)
    return refused(`only ${breakGlass?.reviewers ?? 'reviewers, whom the configuration names,'} may review this`);
  if (comment.trim() === '') return refused('a review needs a comment; hint: say what you found');
  if (comment.length > MAX_COMMENT) return refused(`a comment has at most ${MAX_COMMENT} characters`);
  const reviewed = await pushes.reviewBreakGlass(
    id,
    { by: principal.name, at: clock.now(), comment },
    {
      type: 'push.reviewed',
      actor: principal.name,
      repo: push.address.repo,
      pushId: id,
      body: { comment, groups: principal.groups, credential: principal.credential },
    },
  );
  if (reviewed === undefined) return { outcome: 'conflict', reason: 'somebody has reviewed this push already' };
  return { outcome: 'done', push: reviewed };
}

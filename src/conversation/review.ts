// What people do to a held push: approve, reject, withdraw. The only place with these rules, for the API, the pages and
// the command line. An act is recorded first; what follows from it (release, rejection) is a second, compare-and-set
// step, so two people who act at once do not release twice, and `settle` finishes what a crash has left between the two.
import { type Access, may } from '../domain/access.ts';
import { approversOf, areMet, countApprovals, mayDecide } from '../domain/approval/approval.ts';
import { ADMIN_GROUP } from '../domain/policy/policy.ts';
import type { Clock, GrantStore, PushStore } from '../domain/ports.ts';
import type { Principal } from '../domain/principal.ts';
import { approvalBinding } from '../domain/push/binding.ts';
import { grantsOf, reliedOn } from '../domain/push/exception.ts';
import type { Approval, Push, PushId, PushState } from '../domain/push/push.ts';
import { type ApprovalSources, approvalFacts } from './approval-facts.ts';
import { lostStanding } from './standing.ts';

export type ReviewResult =
  | { readonly outcome: 'done'; readonly push: Push }
  | { readonly outcome: 'refused'; readonly reason: string }
  /** Does not exist, or this principal may not know that it does: the same answer. */
  | { readonly outcome: 'not-found' }
  /** No longer held. */
  | { readonly outcome: 'conflict'; readonly state: PushState };

export interface ReviewParts extends ApprovalSources {
  readonly pushes: PushStore;
  readonly clock: Clock;
  readonly access: Access;
  readonly grants: Pick<GrantStore, 'find'>;
  /** All approvals are given and the intent to relay is durable. */
  onReleased(id: PushId): void;
  /** Somebody's act, or what follows from it, is durable. */
  onDecided?(push: Push): void;
}

export interface Review {
  /** Own pushes (those of coding agents one sponsors included), and those of repositories one may read or approve in. */
  canSee(principal: Principal, push: Pick<Push, 'principal' | 'address'>): boolean;
  approve(principal: Principal, id: PushId, comment: string): Promise<ReviewResult>;
  reject(principal: Principal, id: PushId, comment: string): Promise<ReviewResult>;
  withdraw(principal: Principal, id: PushId): Promise<ReviewResult>;
  /** Does what the recorded acts on a held push ask for, if they ask for anything yet; ends it when its pusher was ended. */
  settle(id: PushId): Promise<Push | undefined>;
  /** Settles every held push of this principal. */
  settleAllOf(name: string): Promise<void>;
}

const MAX_COMMENT_LENGTH = 4096;

export function createReview(parts: ReviewParts): Review {
  const { pushes, clock, access } = parts;

  /** A hold that asks for the group `admin` by name asks its members, whatever else they may not decide on. */
  function mayApprove(principal: Principal, push: Pick<Push, 'address' | 'requirements'>): boolean {
    if (may(principal, 'approve', push.address.repo, access)) return true;
    return principal.groups.includes(ADMIN_GROUP) && push.requirements.some(({ group }) => group === ADMIN_GROUP);
  }

  function canSee(principal: Principal, push: Pick<Push, 'principal' | 'address' | 'requirements'>): boolean {
    if (isParty(principal, push)) return true;
    const { repo } = push.address;
    return may(principal, 'read', repo, access) || mayApprove(principal, push);
  }

  /** The held push that somebody wants to act on, or the answer they get instead. */
  async function heldFor(principal: Principal, id: PushId): Promise<ReviewResult> {
    const push = await pushes.find(id);
    if (!push || !canSee(principal, push)) return { outcome: 'not-found' };
    if (push.state !== 'held') return { outcome: 'conflict', state: push.state };
    // The sweep that ends it may be a moment late.
    if (push.expiresAt !== undefined && push.expiresAt <= clock.now()) return { outcome: 'conflict', state: 'expired' };
    return { outcome: 'done', push };
  }

  async function decide(
    principal: Principal,
    id: PushId,
    decision: Approval['decision'],
    comment: string,
  ): Promise<ReviewResult> {
    const held = await heldFor(principal, id);
    if (held.outcome !== 'done') return held;
    const { push } = held;
    const { repo } = push.address;
    if (comment.length > MAX_COMMENT_LENGTH) return refused(`a comment has at most ${MAX_COMMENT_LENGTH} characters`);
    if (decision === 'reject' && comment.trim() === '')
      return refused('a rejection needs a reason; hint: say why in the comment');
    const facts = await approvalFacts(parts, push, [principal.name]);
    const permission = mayDecide(principal, push, facts, decision);
    if (!permission.ok) return refused(permission.reason);
    if (!mayApprove(principal, push)) return refused(`you may not approve in ${repo}`);
    const binding = approvalBinding(push);
    const approval: Approval = {
      by: principal.name,
      at: clock.now(),
      decision,
      comment,
      groups: principal.groups,
      binding,
    };
    const decided = await pushes.decide(id, approval, {
      type: decision === 'approve' ? 'push.approved' : 'push.vetoed',
      actor: principal.name,
      repo,
      pushId: id,
      body: { decision, comment, groups: principal.groups, binding, credential: principal.credential },
    });
    if (!decided) return conflictNow(id);
    parts.onDecided?.(decided);
    // What if we crash here? The act is recorded, the push still held: `settle` at the next start goes on.
    return { outcome: 'done', push: (await settle(id)) ?? decided };
  }

  async function settle(id: PushId): Promise<Push | undefined> {
    const push = await pushes.find(id);
    if (push?.state !== 'held') return push;
    const lost = await lostStanding(parts, push);
    // Who may have lost it waits, and may be asked about again.
    if (lost?.isKnown === false) return push;
    if (lost !== undefined) return withdrawNow(push, lost.text);
    const binding = approvalBinding(push);
    const veto = push.approvals.find((act) => act.decision === 'reject' && act.binding === binding);
    if (veto) return rejectNow(push, veto);
    const facts = await approvalFacts(parts, push);
    const requirements = countApprovals(push, facts);
    if (!areMet(requirements)) return push;
    const now = clock.now();
    if (push.expiresAt !== undefined && push.expiresAt <= now) return push;
    const grants = grantsOf(push, (group) => approversOf(push, facts, group), now);
    const released = await pushes.transition({
      id,
      from: ['held'],
      to: 'relaying',
      // What let it through must still hold: a revocation counts for what waits as well.
      relies: { fingerprints: reliedOn(push.findings), at: now },
      grants,
      entry: {
        type: 'push.released',
        repo: push.address.repo,
        pushId: id,
        body: {
          binding,
          requirements: requirements.map(({ group, count, given }) => ({ group, count, given })),
          approvals: push.approvals.map(({ by, at }) => ({ by, at })),
          ...(grants.length > 0 && { exceptions: grants, reason: push.reason ?? '' }),
        },
      },
    });
    if (!released) return unreleased(id);
    parts.onDecided?.(released.push);
    parts.onReleased(id);
    return released.push;
  }

  /** Somebody else was first; or it is held still, because an exception that it relies on has ended. */
  async function unreleased(id: PushId): Promise<Push | undefined> {
    const push = await pushes.find(id);
    if (push?.state !== 'held') return push;
    const rejected = await pushes.transition({
      id,
      from: ['held'],
      to: 'rejected',
      set: { decidedAt: clock.now(), note: 'an exception for what was found in it holds no longer' },
      entry: {
        type: 'push.rejected',
        repo: push.address.repo,
        pushId: id,
        body: { state: 'rejected', reliedOn: reliedOn(push.findings) },
      },
    });
    if (!rejected) return pushes.find(id);
    parts.onDecided?.(rejected.push);
    return rejected.push;
  }

  async function rejectNow(push: Push, veto: Approval): Promise<Push | undefined> {
    const rejected = await pushes.transition({
      id: push.id,
      from: ['held'],
      to: 'rejected',
      set: { decidedAt: clock.now(), note: `rejected by ${veto.by}: ${veto.comment}` },
      entry: {
        type: 'push.rejected',
        actor: veto.by,
        repo: push.address.repo,
        pushId: push.id,
        body: { state: 'rejected', comment: veto.comment },
      },
    });
    if (!rejected) return pushes.find(push.id);
    parts.onDecided?.(rejected.push);
    return rejected.push;
  }

  /** Nobody's act on the push: its pusher may push it no more. */
  async function withdrawNow(push: Push, why: string): Promise<Push | undefined> {
    const { repo } = push.address;
    const withdrawn = await pushes.transition({
      id: push.id,
      from: ['held'],
      to: 'withdrawn',
      set: { decidedAt: clock.now(), note: `withdrawn: ${why}` },
      entry: { type: 'push.withdrawn', repo, pushId: push.id, body: { why } },
    });
    if (!withdrawn) return pushes.find(push.id);
    parts.onDecided?.(withdrawn.push);
    return withdrawn.push;
  }

  async function settleAllOf(name: string): Promise<void> {
    let before: PushId | undefined;
    for (;;) {
      const held = await pushes.list({ states: ['held'], principal: name, ...(before !== undefined && { before }) });
      if (held.length === 0) return;
      for (const { id } of held) await settle(id);
      before = held.at(-1)?.id;
    }
  }

  async function withdraw(principal: Principal, id: PushId): Promise<ReviewResult> {
    const held = await heldFor(principal, id);
    if (held.outcome !== 'done') return held;
    const { push } = held;
    if (!isParty(principal, push)) return refused('only whoever pushed it may withdraw it; hint: reject it instead');
    const withdrawn = await pushes.transition({
      id,
      from: ['held'],
      to: 'withdrawn',
      set: { decidedAt: clock.now(), note: `withdrawn by ${principal.name}` },
      entry: {
        type: 'push.withdrawn',
        actor: principal.name,
        repo: push.address.repo,
        pushId: id,
        body: { credential: principal.credential },
      },
    });
    if (!withdrawn) return conflictNow(id);
    parts.onDecided?.(withdrawn.push);
    return { outcome: 'done', push: withdrawn.push };
  }

  async function conflictNow(id: PushId): Promise<ReviewResult> {
    const push = await pushes.find(id);
    return push ? { outcome: 'conflict', state: push.state } : { outcome: 'not-found' };
  }

  return {
    canSee,
    approve: (principal, id, comment) => decide(principal, id, 'approve', comment),
    reject: (principal, id, comment) => decide(principal, id, 'reject', comment),
    withdraw,
    settle,
    settleAllOf,
  };
}

/** The pusher, or the human for whom the coding agent acts that pushed. Anonymous is nobody in particular. */
function isParty(principal: Principal, push: Pick<Push, 'principal'>): boolean {
  if (principal.credential.kind === 'anonymous') return false;
  if (principal.name === push.principal.name) return true;
  return principal.kind === 'human' && principal.name === push.principal.sponsor;
}

function refused(reason: string): ReviewResult {
  return { outcome: 'refused', reason };
}

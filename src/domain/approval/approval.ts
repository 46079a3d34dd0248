// Who may decide on a held push, and which approvals count. One set of rules for every entry point (API, pages, command
// line, relay): an approval counts only if it is for exactly this push, by a person who is a member now, and who had no
// part in making it.
import type { Principal, PrincipalKind } from '../principal.ts';
import { approvalBinding } from '../push/binding.ts';
import type { Inputs, Person } from '../push/inputs.ts';
import type { Approval, Push } from '../push/push.ts';
import type { Approver, Requirement } from '../push/verdict.ts';
import { countSlots } from './slots.ts';

/** What is known about a person now, not when they acted: who has left a group since no longer counts (THREATS.md 63). */
export interface Member {
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly groups: readonly string[];
  readonly disabled: boolean;
  /** Why not all groups are known now, with a hint. */
  readonly unknown?: string;
  /** Names and addresses under which this person commits, where the directory knows them. */
  readonly identities?: readonly string[];
}

/** Members by name; who is not in it counts for nothing. */
export type People = Pick<ReadonlyMap<string, Member>, 'get'>;

/** Everyone who had a part in a push, and so cannot approve it. */
export interface Exclusions {
  readonly pusher: string;
  /** The human for whom the coding agent acts that pushed: agent and sponsor are one party. */
  readonly sponsor?: string;
  /** Authors, committers, co-authors and taggers of what the push brings. */
  readonly contributors: readonly Person[];
}

export interface ApprovalFacts {
  readonly people: People;
  readonly exclusions: Exclusions;
}

/** The exclusions that follow from the inputs of a push. */
export function exclusionsOf(inputs: Pick<Inputs, 'principal' | 'commits' | 'tags'>): Exclusions {
  const { name, sponsor } = inputs.principal;
  const all = [
    ...inputs.commits.flatMap(({ author, committer, coAuthors }) => [author, committer, ...coAuthors]),
    ...inputs.tags.flatMap(({ tagger }) => (tagger === undefined ? [] : [tagger])),
  ];
  const distinct = new Map(all.map((person) => [`${person.name}\0${person.email}`, person]));
  return { pusher: name, ...(sponsor !== undefined && { sponsor }), contributors: [...distinct.values()] };
}

/** What counting reads of a push. */
export type Countable = Pick<
  Push,
  'address' | 'updates' | 'pushOptions' | 'request' | 'policyDigest' | 'principal' | 'requirements' | 'approvals'
>;

/** The push's requirements with `given` counted from its approvals as they stand now. */
export function countApprovals(push: Countable, facts: ApprovalFacts): readonly Requirement[] {
  const { requirements } = push;
  const given = countSlots(
    requirements.map(({ count }) => count),
    votersOf(push, facts).map(({ slots }) => slots),
  );
  return requirements.map((requirement, slot) => ({ ...requirement, given: given[slot] ?? 0 }));
}

/** Names of those whose approvals count for this group, in the order of their acts. */
export function approversOf(push: Countable, facts: ApprovalFacts, group: string): readonly string[] {
  const wanted = push.requirements.findIndex((requirement) => requirement.group === group);
  return votersOf(push, facts).flatMap(({ name, slots }) => (slots.includes(wanted) ? [name] : []));
}

interface Voter {
  readonly name: string;
  /** Indexes of the requirements they fit. */
  readonly slots: readonly number[];
}

/** In the order of the acts, which is that of the seats: the same approvals always fill the same slots. */
function votersOf(push: Countable, { people, exclusions }: ApprovalFacts): readonly Voter[] {
  const { requirements } = push;
  const binding = approvalBinding(push);
  // A later act of the same person replaces the earlier one.
  const latest = new Map<string, Approval>();
  for (const approval of push.approvals) {
    const before = latest.get(approval.by);
    if (before === undefined || before.at <= approval.at) latest.set(approval.by, approval);
  }
  const involved = involvementIn(push, exclusions);
  const voters: Voter[] = [];
  for (const approval of [...latest.values()].sort(byTimeThenName)) {
    const member = people.get(approval.by);
    if (approval.decision !== 'approve' || approval.binding !== binding || member === undefined) continue;
    if (member.kind !== 'human' || member.disabled || involved(member) !== undefined) continue;
    const slots = slotsFor(member, requirements, (group) => approval.groups.includes(group));
    voters.push({ name: member.name, slots });
  }
  return voters;
}

/** True when every requirement is met. A push that asks for nobody is not held, so no requirements is not enough. */
export function areMet(requirements: readonly Requirement[]): boolean {
  return requirements.length > 0 && requirements.every(({ count, given }) => given >= count);
}

export type MayDecide = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/**
 * May this person approve, or reject, this push? Rejecting is safe, so a contributor may; the pusher and the sponsor
 * withdraw instead.
 */
export function mayDecide(
  principal: Principal,
  push: Pick<Push, 'state' | 'principal' | 'requirements'>,
  { people, exclusions }: ApprovalFacts,
  decision: Approval['decision'] = 'approve',
): MayDecide {
  const no = (reason: string): MayDecide => ({ ok: false, reason });
  if (push.state !== 'held') return no(`the push is not held, it is ${push.state}`);
  if (principal.credential.kind === 'anonymous') return no('nobody knows who you are; hint: log in');
  if (principal.kind !== 'human') return no(`only people decide, and ${principal.name} is a ${principal.kind}`);
  const member = people.get(principal.name);
  if (member === undefined || member.disabled) return no(`${principal.name} is no active member`);
  if (member.kind !== 'human') return no(`only people decide, and ${principal.name} is a ${member.kind}`);
  const part = involvementIn(push, exclusions)(member);
  const isOwn = part === 'pusher' || part === 'sponsor';
  if (part !== undefined && (isOwn || decision === 'approve')) return no(involvementText[part]);
  // Both what the credential carries and what the directory says now: neither alone gives a seat.
  const seats = slotsFor(member, push.requirements, (group) => principal.groups.includes(group));
  if (seats.length > 0) return { ok: true };
  if (member.unknown !== undefined) return no(member.unknown);
  const wanted = push.requirements.map(({ group }) => group).join(', ');
  return no(`this push asks for ${wanted || 'nobody'}, and you are not among them`);
}

type Involvement = 'pusher' | 'sponsor' | 'contributor';

const involvementText: Readonly<Record<Involvement, string>> = {
  pusher: 'you pushed this yourself; hint: somebody else has to decide, you can withdraw it',
  sponsor: 'the coding agent that pushed this acts for you; hint: somebody else has to decide, you can withdraw it',
  contributor: 'you wrote, committed or co-authored part of this; hint: somebody else has to approve it',
};

/** Whether a member had a part in the push. The push's own principal counts even if the exclusions forgot it. */
function involvementIn(
  push: Pick<Push, 'principal'>,
  { pusher, sponsor, contributors }: Exclusions,
): (member: Member) => Involvement | undefined {
  const pushers = new Set([pusher, push.principal.name].map(foldIdentity));
  const sponsors = new Set([sponsor, push.principal.sponsor].filter((name) => name !== undefined).map(foldIdentity));
  const claims = new Set(contributors.flatMap(claimsOf));
  return (member) => {
    const name = foldIdentity(member.name);
    if (pushers.has(name)) return 'pusher';
    if (sponsors.has(name)) return 'sponsor';
    const own = [member.name, ...(member.identities ?? [])].map(foldIdentity);
    return own.some((identity) => claims.has(identity)) ? 'contributor' : undefined;
  };
}

/**
 * Everything by which a commit's person may be one of ours: the name, the address, its local part, that without a
 * `+tag`, and behind the number that GitHub puts before names in its noreply addresses. Commits say what they like, so
 * this excludes rather one too many.
 */
function claimsOf({ name, email }: Person): readonly string[] {
  const local = email.includes('@') ? email.slice(0, email.lastIndexOf('@')) : email;
  const plain = local.split('+', 1)[0] ?? '';
  const numbered = /^\d+\+(.+)$/.exec(local)?.[1] ?? '';
  return [name, email, local, plain, numbered].map(foldIdentity).filter((claim) => claim !== '');
}

function foldIdentity(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().trim();
}

/** Indexes of the requirements this member can give an approval for. */
function slotsFor(
  member: Member,
  requirements: readonly Requirement[],
  wasInGroup: (group: string) => boolean,
): readonly number[] {
  const isIn = (group: string) => member.groups.includes(group) && wasInGroup(group);
  const fits = (approver: Approver) => ('group' in approver ? isIn(approver.group) : isNamed(member, approver.user));
  return [...requirements.entries()].flatMap(([slot, { group, anyOf }]) =>
    (anyOf === undefined ? isIn(group) : anyOf.some(fits)) ? [slot] : [],
  );
}

/** An address is somebody's only where the directory says so: a guess must not grant. */
function isNamed(member: Member, user: string): boolean {
  const wanted = foldIdentity(user);
  return [member.name, ...(member.identities ?? [])].some((identity) => foldIdentity(identity) === wanted);
}

function byTimeThenName(one: Approval, other: Approval): number {
  if (one.at !== other.at) return one.at - other.at;
  return one.by < other.by ? -1 : one.by > other.by ? 1 : 0;
}

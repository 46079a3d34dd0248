// What counting approvals needs to know beyond the push: who had a part in it, and what its approvers are now.
import { type ApprovalFacts, exclusionsOf, type Member } from '../domain/approval/approval.ts';
import type { Recordings } from '../domain/ports.ts';
import type { Push } from '../domain/push/push.ts';
import type { PeopleNow } from './people.ts';

export interface ApprovalSources {
  readonly people: PeopleNow;
  readonly recordings: Pick<Recordings, 'loadInputs'>;
}

/**
 * The facts as they are now. Without the inputs nobody knows who wrote what was pushed, so nobody counts: an approval
 * of the author's own must not slip through because a file is missing.
 */
export async function approvalFacts(
  { people, recordings }: ApprovalSources,
  push: Pick<Push, 'id' | 'principal' | 'approvals'>,
  alsoAbout: readonly string[] = [],
): Promise<ApprovalFacts> {
  const inputs = await recordings.loadInputs(push.id);
  if (inputs === undefined) {
    return { people: new Map(), exclusions: { pusher: push.principal.name, contributors: [] } };
  }
  const names = new Set([...push.approvals.map(({ by }) => by), ...alsoAbout]);
  const members = new Map<string, Member>();
  for (const name of names) {
    const person = await people.find(name);
    if (person !== undefined) members.set(name, person);
  }
  return { people: members, exclusions: exclusionsOf(inputs) };
}

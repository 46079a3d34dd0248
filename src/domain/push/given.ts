// How many of the asked-for approvals are on record: what a listing shows. Whether a person may still decide (member
// today, no author, not the sponsor) is asked anew with countApprovals() of approval.ts before anything is relayed.
import { countSlots } from '../approval/slots.ts';
import type { Approval } from './push.ts';
import type { Requirement } from './verdict.ts';

/** The requirements with `given` counted anew. Only approvals bound to exactly `binding` count. */
export function withGiven(
  requirements: readonly Requirement[],
  approvals: readonly Approval[],
  binding: string,
): readonly Requirement[] {
  const counting = approvals.filter((approval) => approval.decision === 'approve' && approval.binding === binding);
  // A name is one person, however many records there are.
  const people = new Map(counting.map((approval) => [approval.by, approval]));
  const given = countSlots(
    requirements.map(({ count }) => count),
    [...people.values()].map((person) =>
      [...requirements.keys()].filter((slot) => canFill(person, requirements[slot] as Requirement)),
    ),
  );
  return requirements.map((requirement, slot) => ({ ...requirement, given: given[slot] ?? 0 }));
}

function canFill(person: Approval, { group, anyOf }: Requirement): boolean {
  if (anyOf === undefined) return person.groups.includes(group);
  return anyOf.some((one) => ('group' in one ? person.groups.includes(one.group) : person.by === one.user));
}

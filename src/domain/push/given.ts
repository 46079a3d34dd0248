// How many of the asked-for approvals a push has, as far as its record alone can say. Different humans fill different
// slots: somebody who is in both groups counts once, for whichever group leaves more slots filled in all (a maximum
// matching, not first come first served). What counts when it matters, at relay, is countApprovals (approval.ts).
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
      [...requirements.entries()].flatMap(([slot, requirement]) => (fits(person, requirement) ? [slot] : [])),
    ),
  );
  return requirements.map((requirement, slot) => ({ ...requirement, given: given[slot] ?? 0 }));
}

function fits({ by, groups }: Approval, { group, anyOf }: Requirement): boolean {
  if (anyOf === undefined) return groups.includes(group);
  return anyOf.some((approver) => ('group' in approver ? groups.includes(approver.group) : approver.user === by));
}

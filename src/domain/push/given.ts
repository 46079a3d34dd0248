// How many of the asked-for approvals a push has. Different humans fill different slots: somebody who is in both groups
// counts once, for whichever group leaves more slots filled in all (a maximum matching, not first come first served).
import type { Approval } from './push.ts';
import type { Requirement } from './verdict.ts';

/** The requirements with `given` counted anew. Only approvals bound to exactly `binding` count. */
export function withGiven(
  requirements: readonly Requirement[],
  approvals: readonly Approval[],
  binding: string,
): readonly Requirement[] {
  const counting = approvals.filter((approval) => approval.decision === 'approve' && approval.binding === binding);
  const filled: Approval[][] = requirements.map(() => []);

  // One augmenting path (Kuhn): seat this person, moving those already seated to another group of theirs if need be.
  const seat = (person: Approval, tried: Set<number>): boolean => {
    for (const [slot, requirement] of requirements.entries()) {
      if (tried.has(slot) || !person.groups.includes(requirement.group)) continue;
      tried.add(slot);
      const seated = filled[slot] as Approval[];
      if (seated.length < requirement.count) {
        seated.push(person);
        return true;
      }
      for (const [seatNumber, other] of seated.entries()) {
        if (!seat(other, tried)) continue;
        seated[seatNumber] = person;
        return true;
      }
    }
    return false;
  };
  // A name is one person, however many records there are.
  const people = new Map(counting.map((approval) => [approval.by, approval]));
  for (const person of people.values()) seat(person, new Set());

  return requirements.map((requirement, slot) => ({ ...requirement, given: (filled[slot] as Approval[]).length }));
}

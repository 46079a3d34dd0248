// Different people fill different slots: a maximum bipartite matching of people and requirements. First come, first
// served would let somebody who is in two groups sit down in the wrong one and leave a push waiting that has all it needs.

/**
 * How many of each requirement's slots can be filled at once. `counts[i]` is how many requirement i asks for, `voters`
 * lists for each person the requirements they fit.
 */
export function countSlots(counts: readonly number[], voters: readonly (readonly number[])[]): readonly number[] {
  const seated: number[][] = counts.map(() => []);

  // One augmenting path (Kuhn): seat this voter, moving those already seated to another slot if need be.
  const seat = (voter: number, tried: Set<number>): boolean => {
    for (const slot of voters[voter] ?? []) {
      const seats = seated[slot];
      if (seats === undefined || tried.has(slot)) continue;
      tried.add(slot);
      if (seats.length < (counts[slot] ?? 0)) {
        seats.push(voter);
        return true;
      }
      for (const [index, other] of seats.entries()) {
        if (!seat(other, tried)) continue;
        seats[index] = voter;
        return true;
      }
    }
    return false;
  };
  for (const voter of voters.keys()) seat(voter, new Set());
  return seated.map((seats) => seats.length);
}

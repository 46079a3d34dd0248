// What counting approvals needs to know beyond the push: who had a part in it, and what its approvers are now.
import { createHash } from 'node:crypto';
import { type ApprovalFacts, exclusionsOf, type Member } from '../domain/approval/approval.ts';
import type { Recordings } from '../domain/ports.ts';
import type { Inputs } from '../domain/push/inputs.ts';
import type { Push } from '../domain/push/push.ts';
import type { PeopleNow } from './people.ts';

export interface ApprovalSources {
  readonly people: PeopleNow;
  readonly recordings: Pick<Recordings, 'loadInputs'>;
}

/**
 * The facts as they are now. Without the inputs nobody knows who wrote what was pushed, so nobody counts: an approval
 * of the author's own must not slip through because a file is missing, or is not the one that was decided on.
 */
export async function approvalFacts(
  { people, recordings }: ApprovalSources,
  push: Pick<Push, 'id' | 'principal' | 'approvals' | 'inputsDigest'>,
  alsoAbout: readonly string[] = [],
): Promise<ApprovalFacts> {
  const inputs = await recordings.loadInputs(push.id);
  if (inputs === undefined || !isDecidedOn(inputs, push)) {
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

/** What JSON.stringify wrote and JSON.parse read, it writes again. */
function isDecidedOn(inputs: Inputs, { inputsDigest }: Pick<Push, 'inputsDigest'>): boolean {
  if (inputsDigest === undefined) return true;
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex') === inputsDigest;
}

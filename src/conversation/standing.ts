// Whether whoever pushed may still have it relayed: asked at the decision, and again before a held push goes. A right that
// was taken away counts at once; a grant whose time is over by now was in force when the push was made, and is enough.
import { type Access, type Right, type RightsHolder, rightTo } from '../domain/access.ts';
import type { GrantStore, Recordings } from '../domain/ports.ts';
import type { Principal } from '../domain/principal.ts';
import type { Push } from '../domain/push/push.ts';
import type { PeopleNow } from './people.ts';

export interface StandingSources {
  readonly people: PeopleNow;
  readonly access: Access;
  readonly grants: Pick<GrantStore, 'find'>;
  readonly recordings: Pick<Recordings, 'loadInputs'>;
}

/** By what right this principal may push here now; `undefined` = by none. Who is in no directory is who they came as. */
export async function rightToPush(
  { people, access }: Pick<StandingSources, 'people' | 'access'>,
  principal: Principal,
  repo: string,
): Promise<Right | undefined> {
  const isNamed = principal.credential.kind !== 'anonymous';
  const person = isNamed ? await (people.recent ?? people.find)(principal.name) : undefined;
  if (person?.disabled === true) return undefined;
  const holder: RightsHolder = person ?? principal;
  return rightTo(holder, 'push', repo, access);
}

export interface LostStanding {
  readonly text: string;
  /** False: it may go still, but whoever vouches for its pusher gives no answer. */
  readonly isKnown: boolean;
}

/** Why a push that was decided may not go now; `undefined` when it may. */
export async function lostStanding(
  { people, access, grants, recordings }: StandingSources,
  push: Pick<Push, 'id' | 'principal' | 'address'>,
): Promise<LostStanding | undefined> {
  const { name } = push.principal;
  const person = await people.find(name);
  if (person === undefined) return undefined;
  if (person.disabled) return lost(`${name} was disabled`);
  const { limits } = (await recordings.loadInputs(push.id)) ?? {};
  if (limits === undefined) {
    if (rightTo(person, 'push', push.address.repo, access) !== undefined) return undefined;
    if (person.unknown !== undefined) return { text: `${name}: ${person.unknown}`, isKnown: false };
    return lost(`${name} may not push there any more`);
  }
  for (const { grant } of limits) {
    if ((await grants.find(grant))?.state === 'revoked') return lost(`the grant ${grant} was revoked`);
  }
  return undefined;
}

function lost(text: string): LostStanding {
  return { text, isKnown: true };
}

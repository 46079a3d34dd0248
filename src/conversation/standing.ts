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
  const person = principal.credential.kind === 'anonymous' ? undefined : await people.find(principal.name);
  if (person?.disabled === true) return undefined;
  const holder: RightsHolder = person ?? principal;
  return rightTo(holder, 'push', repo, access);
}

/** Why a push that was decided may not go any more; `undefined` when it may. */
export async function lostStanding(
  { people, access, grants, recordings }: StandingSources,
  push: Pick<Push, 'id' | 'principal' | 'address'>,
): Promise<string | undefined> {
  const { name } = push.principal;
  const person = await people.find(name);
  if (person === undefined) return undefined;
  if (person.disabled) return `${name} was disabled`;
  const { limits } = (await recordings.loadInputs(push.id)) ?? {};
  if (limits === undefined) {
    return rightTo(person, 'push', push.address.repo, access) === undefined
      ? `${name} may not push there any more`
      : undefined;
  }
  for (const { grant } of limits) {
    if ((await grants.find(grant))?.state === 'revoked') return `the grant ${grant} was revoked`;
  }
  return undefined;
}

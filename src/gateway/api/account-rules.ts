// Who acts for whom on accounts and credentials: admins for everybody, people for themselves and for the coding agents
// that they sponsor. Coding agents and services make nothing: a stolen token must not outlive itself.
import { mayEverywhere } from '../../domain/access.ts';
import type { User } from '../../domain/ports.ts';
import type { Principal } from '../../domain/principal.ts';
import type { ApiDeps } from './deps.ts';
import { Problem } from './problem.ts';

type Rules = Pick<ApiDeps, 'directory' | 'access'>;

/** As what somebody acts on an account; the narrowest that applies. */
export type Standing = 'self' | 'sponsor' | 'admin';

export function isAdmin({ access }: Pick<Rules, 'access'>, principal: Principal): boolean {
  return principal.credential.kind !== 'anonymous' && mayEverywhere(principal, 'admin', access);
}

export function requireAdmin(deps: Pick<Rules, 'access'>, principal: Principal): void {
  if (!isAdmin(deps, principal)) throw new Problem(403, 'only an admin may do this');
}

/** `undefined` for everybody else, whether the user is there or not. */
export function standingTo(
  deps: Rules,
  principal: Principal,
  name: string,
  user: User | undefined,
): Standing | undefined {
  if (principal.credential.kind === 'anonymous') return undefined;
  if (principal.name === name) return 'self';
  if (principal.kind === 'human' && user?.sponsor === principal.name) return 'sponsor';
  return isAdmin(deps, principal) ? 'admin' : undefined;
}

/** As what this principal makes a credential for this user. Throws the answer when they may not. */
export async function credentialMaker(deps: Rules, principal: Principal, name: string): Promise<Standing> {
  const user = await deps.directory.findUser(name);
  const standing = isAdmin(deps, principal) ? 'admin' : standingTo(deps, principal, name, user);
  if (standing === undefined) throw new Problem(403, 'only an admin or its sponsor may do this for somebody else');
  if (standing === 'self' && principal.kind !== 'human') {
    throw new Problem(403, `a ${principal.kind} makes no credentials; hint: ask its sponsor or an admin`);
  }
  if (!user) throw new Problem(422, 'there is no such user');
  if (user.disabledAt !== undefined) throw new Problem(422, 'this user is disabled');
  return standing;
}

/** Whose records somebody lists: anybody's for admins, otherwise their own and those of the agents they sponsor. */
export async function listedFor<T extends { readonly user: string }>(
  deps: Rules,
  principal: Principal,
  asked: string | undefined,
  list: (user?: string) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  if (isAdmin(deps, principal)) return list(asked);
  const sponsored = (await deps.directory.listUsers()).filter((user) => user.sponsor === principal.name);
  const own = [principal.name, ...(principal.kind === 'human' ? sponsored.map(({ name }) => name) : [])];
  const wanted = asked === undefined ? own : own.filter((name) => name === asked);
  return (await Promise.all(wanted.map((name) => list(name)))).flat();
}

/** Whether somebody else could still administer if this user could not. */
export async function hasOtherAdmin(deps: Rules & Pick<ApiDeps, 'identity'>, name: string): Promise<boolean> {
  const { directory, identity, access } = deps;
  const others = (await directory.listUsers()).filter(
    (user) => user.name !== name && user.kind === 'human' && user.disabledAt === undefined,
  );
  // Those who are admins here come first: for the others their providers may have to be asked.
  const isLocal = (user: User) => mayEverywhere(user, 'admin', access);
  for (const user of [...others.filter(isLocal), ...others.filter((user) => !isLocal(user))]) {
    const known = await identity.principalOf(user.name);
    if (known !== undefined && !known.disabled && mayEverywhere(known, 'admin', access)) return true;
  }
  return false;
}

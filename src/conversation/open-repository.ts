// Which repository a principal reaches, for every git door. The right that a request needs follows from what it asks for
// alone (THREATS.md 18). A missing and a forbidden repository get the same answer for the same work: both are looked up,
// both are judged, both are noted.
import { type Action, may } from '../domain/access.ts';
import type { Principal } from '../domain/principal.ts';
import type { RepoAddress } from '../domain/push/push.ts';
import type { Denials } from './denials.ts';
import type { Gate } from './gate.ts';

export interface RepositoryAsked {
  /** As clients name it, without `.git`. */
  readonly repo: string;
  /** As this client named it. */
  readonly path: string;
}

/** Where it is, for whoever has the right; `undefined` = tell them that it is not found. */
export function openRepository(
  { gate, denials }: { readonly gate: Pick<Gate, 'access' | 'address'>; readonly denials: Pick<Denials, 'record'> },
  principal: Principal,
  right: Extract<Action, 'read' | 'push'>,
  { repo, path }: RepositoryAsked,
): RepoAddress | undefined {
  const address = gate.address(repo, path);
  const isAllowed = may(principal, right, repo, gate.access);
  if (isAllowed && address !== undefined) return address;
  denials.record(principal, right, repo);
  return undefined;
}

// What decisions need to know about people now (not when they acted): membership bites at once.
import type { AgentBounds } from '../domain/access.ts';
import type { PrincipalKind } from '../domain/principal.ts';

export interface PersonNow {
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly sponsor?: string;
  readonly groups: readonly string[];
  /** What a coding agent is kept within. */
  readonly bounds?: AgentBounds;
  readonly disabled: boolean;
  /** Names and addresses that providers know them by. */
  readonly identities?: readonly string[];
  /** Why a provider's part of it is not known now. */
  readonly unknown?: string;
}

export interface PeopleNow {
  /** Asks whoever vouches for them anew. `undefined` = nobody of that name (any more): counts for nothing. */
  find(name: string): Promise<PersonNow | undefined>;
  /** The same, as they said within the configured time. Default: as `find`. */
  recent?(name: string): Promise<PersonNow | undefined>;
}

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
}

export interface PeopleNow {
  /** `undefined` = nobody of that name (any more): counts for nothing. */
  find(name: string): Promise<PersonNow | undefined>;
}

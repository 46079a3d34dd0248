// The kill switch: a person or a coding agent ends at once, and a person with everything that acts for them. First the
// record: disabled, tokens and keys revoked, grants ended, in one transaction; from then on no login succeeds and no push
// is decided for them. Then whoever serves them hears of it and ends what is open. Then their holds.
//
// What if we stop here? After the transaction nothing of theirs goes any further; holds are withdrawn when they are
// settled, at the next start at the latest. A relay that has begun is settled, never cut.
import { adminChanged } from '../domain/audit/admin-change.ts';
import type { Clock, Directory, GrantStore, User } from '../domain/ports.ts';
import type { Principal } from '../domain/principal.ts';
import type { Review } from './review.ts';

/** Tells the doors who has been ended. */
export interface Endings {
  /** Hears each name from now on; answers how to stop. */
  listen(hear: (name: string) => void): () => void;
  principalEnded(name: string): void;
}

export function createEndings(): Endings {
  const listeners = new Set<(name: string) => void>();
  return {
    listen(hear) {
      listeners.add(hear);
      return () => void listeners.delete(hear);
    },
    principalEnded(name) {
      for (const hear of listeners) hear(name);
    },
  };
}

export interface EndParts {
  readonly directory: Directory;
  readonly grants: Pick<GrantStore, 'list'>;
  readonly review: Pick<Review, 'settleAllOf'>;
  readonly endings: Pick<Endings, 'principalEnded'>;
  readonly clock: Clock;
}

const ATTEMPTS = 5;

/** False when there is nobody of that name. Again for somebody who is disabled already, it ends what is left of them. */
export async function endPrincipal(parts: EndParts, name: string, by: Principal, reason?: string): Promise<boolean> {
  const party = await disable(parts, name, by, reason);
  for (const user of party) parts.endings.principalEnded(user.name);
  for (const user of party) await parts.review.settleAllOf(user.name);
  return party.length > 0;
}

/** Whoever is of that name and all whom they sponsor; disabled when it resolves. */
async function disable(parts: EndParts, name: string, by: Principal, reason?: string): Promise<readonly User[]> {
  const { directory, clock } = parts;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const users = await directory.listUsers();
    const party = users.filter((user) => user.name === name || user.sponsor === name);
    if (!party.some((user) => user.name === name)) return [];
    const active = party.filter((user) => user.disabledAt === undefined);
    if (active.length === 0) return party;
    const at = clock.now();
    const entries = await Promise.all(active.map((user) => entryOf(parts, user, { by, at, reason })));
    const names = active.map((user) => user.name);
    if (await directory.endUsers(names, by.name, at, entries)) return party;
  }
  throw new Error(`${name} and whom they sponsor change faster than they can be disabled`);
}

async function entryOf(
  { directory, grants }: EndParts,
  user: User,
  { by, at, reason }: { readonly by: Principal; readonly at: number; readonly reason: string | undefined },
) {
  const isLive = ({ revokedAt }: { readonly revokedAt?: number }) => revokedAt === undefined;
  const ids = (records: readonly { readonly id: string }[]) => records.map(({ id }) => id);
  const before = {
    ...user,
    tokens: ids((await directory.listTokens(user.name)).filter(isLive)),
    keys: ids((await directory.listKeys(user.name)).filter(isLive)),
    grants: ids(await grants.list({ principal: user.name, states: ['asked', 'valid'] })),
  };
  const after = { ...user, disabledAt: at, tokens: [], keys: [], grants: [] };
  return adminChanged(by, { change: 'user disabled', before, after, ...(reason !== undefined && { reason }) });
}

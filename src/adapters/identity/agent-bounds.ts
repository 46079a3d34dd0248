// What a coding agent is kept within, as it is now.
import type { AgentBounds } from '../../domain/access.ts';
import type { GrantStore, User } from '../../domain/ports.ts';

export interface AgentSettings {
  readonly grants?: Pick<GrantStore, 'inForce'>;
  /** No coding agent has rights by its groups, only by grants. */
  readonly grantsOnly?: boolean;
}

/**
 * Everybody is looked up in the same way, agent or not, and whether there is such a user or not: how much work a login
 * takes tells nothing. A sponsor that is no human, or is disabled, has no groups to share.
 */
export async function agentBounds(
  user: User | undefined,
  sponsor: User | undefined,
  { grants, grantsOnly = false }: AgentSettings,
): Promise<AgentBounds | undefined> {
  const inForce = (await grants?.inForce(user?.name ?? '')) ?? [];
  if (user?.kind !== 'coding-agent') return undefined;
  const stands = sponsor?.kind === 'human' && sponsor.disabledAt === undefined;
  return {
    sponsorGroups: stands ? sponsor.groups : [],
    grantsOnly: grantsOnly || user.grantsOnly === true,
    grants: inForce,
  };
}

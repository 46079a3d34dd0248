// What the configuration says about accounts, as the API needs it.
import type { GrantSettings } from '../../conversation/access-grants.ts';
import type { ApiDeps } from './deps.ts';

export interface AccountSettings {
  readonly codingAgents: {
    /** Who enrols them: people for themselves, or admins alone. */
    readonly enrolment: 'sponsors' | 'admins';
    /** Milliseconds that a token lives at most that a sponsor makes. */
    readonly maxTokenLifetime: number;
  };
  readonly grants: GrantSettings;
  /** Absent = nobody goes through a hold. */
  readonly breakGlass?: { readonly group: string; readonly reviewers: string };
}

const DAY = 24 * 3_600_000;

/** As a configuration that says nothing. */
const DEFAULTS: AccountSettings = {
  codingAgents: { enrolment: 'sponsors', maxTokenLifetime: 90 * DAY },
  grants: { approvers: 'admin', bySponsor: false, maxLifetime: 7 * DAY },
};

export function settingsOf({ settings }: Pick<ApiDeps, 'settings'>): AccountSettings {
  return settings ?? DEFAULTS;
}

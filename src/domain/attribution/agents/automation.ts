// Bots that are no coding agents: what they bring is neither a human's nor an AI's. Looked up behind the agents, since
// most of those are bots too.
import type { Day, GithubAccount } from './agent-rule.ts';

export const AUTOMATION_VERSION: Day = '2026-08-31';

export const AUTOMATION_ACCOUNTS: readonly GithubAccount[] = [
  { id: 49699333, login: 'dependabot[bot]' },
  { id: 27856297, login: 'dependabot-preview[bot]' },
  { id: 29139614, login: 'renovate[bot]' },
  { id: 41898282, login: 'github-actions[bot]' },
  { id: 66853113, login: 'pre-commit-ci[bot]' },
  { login: 'zed-zippy[bot]' },
];

export const AUTOMATION_EMAILS: readonly string[] = ['bot@renovateapp.com', 'renovate@whitesourcesoftware.com'];

/** Logins that only an app of GitHub can have. */
export const BOT_LOGIN = /^[a-z0-9-]{1,60}\[bot\]$/;

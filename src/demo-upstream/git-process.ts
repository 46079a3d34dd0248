// How the sample servers run git: no configuration but ours, no prompt, nothing inherited that changes what git does.
import type { ProcessEnvOptions } from 'node:child_process';

export type GitConfig = Readonly<Record<string, string>>;

/** An environment for git with these settings (git-config, "GIT_CONFIG_COUNT"). */
export function gitEnvironment(
  config: GitConfig,
  more: Readonly<Record<string, string>> = {},
): ProcessEnvOptions['env'] {
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    ...more,
  };
  const entries = Object.entries({ 'safe.directory': '*', 'gc.auto': '0', 'receive.autogc': 'false', ...config });
  env['GIT_CONFIG_COUNT'] = `${entries.length}`;
  for (const [at, [key, value]] of entries.entries()) {
    env[`GIT_CONFIG_KEY_${at}`] = key;
    env[`GIT_CONFIG_VALUE_${at}`] = value;
  }
  return env;
}

/** What hosting servers of today allow: partial clones, push options, any object by id. */
export const SERVER_CONFIG: GitConfig = {
  'http.receivepack': 'true',
  'receive.advertisePushOptions': 'true',
  'uploadpack.allowFilter': 'true',
  'uploadpack.allowAnySHA1InWant': 'true',
};

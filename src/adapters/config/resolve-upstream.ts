// Which upstream serves a repository: the first whose pattern matches; none = "repository not found".
import { compileGlob, type Glob } from '../../domain/policy/glob.ts';
import type { RepoAddress } from '../../domain/push/push.ts';
import { parseRepoPath } from '../../protocol/repo-path.ts';
import type { Config, UpstreamConfig } from './config.ts';

export interface ResolvedUpstream {
  readonly upstream: UpstreamConfig;
  readonly address: RepoAddress;
}

const compiled = new WeakMap<Config, readonly (Glob | undefined)[]>();

/** For a path as a client named it, with or without `.git`. `undefined` = no such repository, or no such path. */
export function resolveUpstream(config: Config, repoPath: string): ResolvedUpstream | undefined {
  const parsed = parseRepoPath(repoPath);
  if ('refused' in parsed) return undefined;
  const at = globsOf(config).findIndex((glob) => glob?.matches(parsed.repo));
  const upstream = config.upstreams[at];
  if (!upstream) return undefined;
  return { upstream, address: { repo: parsed.repo, upstream: upstream.name, path: parsed.path } };
}

function globsOf(config: Config): readonly (Glob | undefined)[] {
  const known = compiled.get(config);
  if (known) return known;
  const globs = config.upstreams.map((upstream) => {
    const glob = compileGlob(upstream.match);
    return glob.ok ? glob.value : undefined;
  });
  compiled.set(config, globs);
  return globs;
}

// `sallyport doctor --upstream NAME` on an agent's machine: whether this agent reaches its gateway and this upstream, and
// whether its credential may do there what is needed, and no more than that.
import { resolve } from 'node:path';
import type { AgentConfig, UpstreamPlace } from '../../adapters/config/config.ts';
import { formatProblem, loadAgentConfig } from '../../adapters/config/load.ts';
import { readSecret } from '../../adapters/config/secret.ts';
import type { Agent } from '../../agent/agent.ts';
import { DialError, fetchAuthority, placeOf } from '../../agent/link/connect.ts';
import { IDENTITY_FILE, IdentityError, loadIdentity } from '../../agent/link/identity.ts';
import { gatewayTime } from '../../agent/link/join.ts';
import { parseJoinToken } from '../../domain/join-token.ts';
import { parseRepoPath } from '../../protocol/repo-path.ts';
import { DEFAULT_AGENT_CONFIG } from '../agent/run.ts';
import { type Check, fault, ok, warning } from '../checks.ts';
import { checkService, checkUpstream, withAgent } from '../upstream-checks.ts';

export interface AgentDoctorOptions {
  readonly config?: string;
  readonly upstream: string;
  /** One repository, as clients name it. */
  readonly repo?: string;
}

const MAX_CLOCK_SKEW = 60_000;

/** Every check of an agent's own machine, about one upstream. */
export async function checkAgent(options: AgentDoctorOptions): Promise<readonly Check[]> {
  const file = resolve(options.config ?? DEFAULT_AGENT_CONFIG);
  const loaded = await loadAgentConfig(file);
  if (loaded.outcome === 'problems') {
    return loaded.problems.map((problem) => fault('config', formatProblem(file, problem), 'mend this line'));
  }
  const { config } = loaded;
  const upstream = config.upstreams.find(({ name }) => name === options.upstream);
  const found = upstream
    ? await withAgent(config, (agent) => checkRights(config, upstream, agent, options.repo))
    : [
        fault(
          'upstream',
          `${file} lists no upstream ${options.upstream}`,
          `it has ${config.upstreams.map(({ name }) => name).join(', ')}`,
        ),
      ];
  return [ok('config', file), ...(await checkGateway(config)), ...found];
}

async function checkRights(
  config: AgentConfig,
  upstream: UpstreamPlace,
  agent: Agent,
  repo: string | undefined,
): Promise<readonly Check[]> {
  const checks = await checkUpstream(config, upstream, agent);
  const parsed = repo === undefined ? undefined : parseRepoPath(repo);
  if (parsed === undefined) {
    const hint = `--repo REPOSITORY asks ${upstream.name} for one, as a fetch and a push would`;
    return [...checks, warning(`rights at ${upstream.name}`, 'not looked at: rights are those to a repository', hint)];
  }
  if ('refused' in parsed) return [...checks, fault(`repository ${repo}`, parsed.refused, 'name it as clients do')];
  const address = { upstream: upstream.name, ...parsed };
  const read = await checkService(`read ${parsed.repo}`, address, 'git-upload-pack', agent);
  // git-receive-pack names its refs only to somebody who may push: nothing is written.
  const write = await checkService(`write ${parsed.repo}`, address, 'git-receive-pack', agent);
  const excess = write.status === 'ok' ? await checkExcess(config, upstream, parsed.repo) : [];
  return [...checks, read, write, ...excess];
}

/** What a Git server lets us see of it: whether the credential is needed at all. */
async function checkExcess(config: AgentConfig, upstream: UpstreamPlace, repo: string): Promise<readonly Check[]> {
  const name = `rights at ${upstream.name}`;
  return (await isOpenToAll(config, upstream, repo))
    ? [
        warning(
          name,
          `${repo} can be written without any credential`,
          'let the server ask for one: this is a way past the gate',
        ),
      ]
    : [ok(name, 'nobody writes there without a credential; whether this one may do more is for the server to say')];
}

/** Whether the upstream would take a push from anybody. */
async function isOpenToAll(config: AgentConfig, upstream: UpstreamPlace, repo: string): Promise<boolean> {
  if (upstream.url.startsWith('ssh:')) return false;
  const { credential: _, ...bare } = upstream;
  const checks = await withAgent({ ...config, upstreams: [bare] }, async (agent) => [
    await checkService('write', { upstream: upstream.name, repo, path: repo }, 'git-receive-pack', agent),
  ]);
  return checks.every(({ status }) => status === 'ok');
}

async function checkGateway(config: AgentConfig): Promise<readonly Check[]> {
  const place = placeOf(config.gateway);
  try {
    const authority = await authorityOf(config);
    if (authority === undefined) {
      const hint = `\`sallyport agent-token create ${config.name}\` on the gateway, then put it where agent.joinToken says`;
      return [fault('gateway', 'this agent has not joined, and has no join token', hint)];
    }
    const asked = Date.now();
    const skew = (await gatewayTime(config.gateway, authority.pem)) - (asked + Date.now()) / 2;
    const clock =
      Math.abs(skew) > MAX_CLOCK_SKEW
        ? fault(
            'clock',
            `${Math.round(Math.abs(skew) / 1000)} s away from the gateway's`,
            'set the clock, and keep it with NTP',
          )
        : ok('clock', "as the gateway's");
    return [ok('gateway', `${place} is the one that ${authority.from}`), clock];
  } catch (error) {
    if (error instanceof IdentityError) {
      const [message = '', hint = `see ${config.stateDir}/${IDENTITY_FILE}`] = error.message.split('; hint: ');
      return [fault('identity', message, hint)];
    }
    if (!(error instanceof DialError)) throw error;
    const [message = '', hint = 'is agent.gateway right, is the gateway up, does a firewall stand between?'] =
      error.message.split('; hint: ');
    return [fault('gateway', message, hint)];
  }
}

/** What this agent knows its gateway by: from when it joined, or from its join token. */
async function authorityOf(config: AgentConfig): Promise<{ readonly pem: string; readonly from: string } | undefined> {
  const identity = loadIdentity(config.stateDir);
  if (identity !== undefined) return { pem: identity.authority, from: 'this agent joined' };
  const text = config.joinToken && (await readSecret(config.joinToken, config.file).catch(() => undefined));
  const token = text === undefined ? undefined : parseJoinToken(text);
  if (token === undefined) return undefined;
  return { pem: await fetchAuthority(config.gateway, token.pin), from: 'the join token is for' };
}

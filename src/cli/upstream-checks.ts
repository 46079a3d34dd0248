// Whether the upstreams are there, are who they should be, take our credential, and serve a repository. Asked through
// the same agent that pushes and fetches go through.
import { access, constants, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { type Config, embeddedUpstreams, type UpstreamPlace } from '../adapters/config/config.ts';
import { isLoopback } from '../adapters/config/listen.ts';
import { resolveUpstream } from '../adapters/config/resolve-upstream.ts';
import { describeSecret, readSecret, SecretError, writeSecret } from '../adapters/config/secret.ts';
import { type Agent, createAgent } from '../agent/agent.ts';
import { type CredentialConfig, type SecretSource, secretsOf } from '../domain/credential-config.ts';
import type { Service } from '../domain/ports.ts';
import type { RepoAddress } from '../domain/push/push.ts';
import { AdvertisementDecoder } from '../protocol/advertisement.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { type Check, checkSecretFile, codeOf, fault, ok, warning } from './checks.ts';

const NETWORK_TIMEOUT = 5000;
const UNREACHABLE_HINT = 'is the url right, is the server up, does a firewall stand between?';

/** Upstreams with what is needed to reach them: of the gateway's file or of an agent's own. */
export interface CheckedUpstreams {
  /** The configuration file, absolute. */
  readonly file: string;
  readonly upstreams: readonly UpstreamPlace[];
  readonly credentials: Readonly<Record<string, CredentialConfig>>;
}

/** All that can be said of the gateway's own upstreams; of one repository too, when it is named as clients would. */
export async function checkUpstreams(config: Config, repo: string | undefined): Promise<readonly Check[]> {
  const own = { file: config.file, upstreams: embeddedUpstreams(config), credentials: config.agent.credentials };
  const remote = config.upstreams.flatMap(({ name, agent }) =>
    agent === 'embedded'
      ? []
      : [
          ok(
            `upstream ${name}`,
            `served by ${agent.join(', ')}: \`sallyport doctor --upstream ${name}\` there says more`,
          ),
        ],
  );
  const checks = await withAgent(own, async (agent) => [
    ...(await Promise.all(own.upstreams.map((upstream) => checkUpstream(own, upstream, agent)))).flat(),
    ...(repo === undefined ? [] : await checkRepository(config, repo, agent)),
  ]);
  return [...checks, ...remote];
}

/** Runs checks with an agent for these upstreams; a configuration that cannot be right is a fault. */
export async function withAgent(
  own: CheckedUpstreams,
  check: (agent: Agent) => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  let agent: Agent;
  try {
    agent = createAgent({
      upstreams: own.upstreams,
      credentials: own.credentials,
      readSecret: (source) => readSecret(source, own.file),
      writeSecret: (source, text) => writeSecret(source, text),
    });
  } catch (error) {
    return [fault('upstreams', error instanceof Error ? error.message : String(error), 'mend the configuration')];
  }
  try {
    return await check(agent);
  } finally {
    await agent.close();
  }
}

/** Reachability, host keys, and whether the credential can be read. */
export async function checkUpstream(
  own: CheckedUpstreams,
  upstream: UpstreamPlace,
  agent: Agent,
): Promise<readonly Check[]> {
  const name = `upstream ${upstream.name}`;
  const url = new URL(upstream.url.replaceAll('{path}', 'p').replaceAll('{repo}', 'p'));
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const credential = upstream.credential === undefined ? undefined : own.credentials[upstream.credential];
  const known =
    url.protocol === 'ssh:' && upstream.hostKeys.length === 0 ? [await checkKnownHosts(name, upstream)] : [];
  const secret = credential ? [await checkCredential(`credential ${upstream.credential}`, credential, own.file)] : [];
  const checks = [...known, ...secret];
  // What is missing has been named: without it a login can only fail, so whether anybody is there is all to ask.
  const canLogIn = checks.every(({ status }) => status !== 'fault');
  checks.unshift(canLogIn ? await checkLogin(name, upstream, agent) : await checkReachable(name, url, host));
  if (credential && credential.kind !== 'none' && url.protocol === 'http:' && !isLoopback(host)) {
    checks.push(warning(name, 'the credential crosses the network in clear', 'use https or ssh'));
  }
  return checks;
}

/** As far as that goes without a repository: over ssh to a login, over https to a certificate. */
async function checkLogin(name: string, upstream: UpstreamPlace, agent: Agent): Promise<Check> {
  const { ok: isWell, text } = await agent.check(upstream.name);
  const [message = text, hint] = text.split('; hint: ');
  return isWell ? ok(name, message) : fault(name, message, hint ?? UNREACHABLE_HINT);
}

async function checkReachable(name: string, url: URL, host: string): Promise<Check> {
  const port = Number(url.port) || { 'http:': 80, 'https:': 443, 'ssh:': 22 }[url.protocol] || 0;
  const place = `${host}:${port}`;
  const failure = await new Promise<string | undefined>((done) => {
    const socket = connect({ host, port });
    const end = (result: string | undefined) => {
      socket.destroy();
      done(result);
    };
    socket.setTimeout(NETWORK_TIMEOUT, () => end('no answer'));
    socket.once('connect', () => end(undefined));
    socket.once('error', (error) => end(codeOf(error)));
  });
  if (failure === undefined) return ok(name, `${place} takes connections`);
  return fault(name, `${place} cannot be reached (${failure})`, UNREACHABLE_HINT);
}

async function checkCredential(name: string, credential: CredentialConfig, configFile: string): Promise<Check> {
  try {
    for (const source of secretsOf(credential)) {
      await readSecret(source, configFile);
      if (source.kind === 'file') {
        const check = await checkSecretFile(name, source.path, 'fault');
        if (check.status !== 'ok') return check;
      }
    }
    if (credential.kind === 'oauth' && credential.refreshToken !== undefined) {
      return await checkRefreshToken(name, credential.refreshToken);
    }
    return ok(name, credential.kind);
  } catch (error) {
    if (error instanceof SecretError) return fault(name, error.message, 'pushes to this upstream will fail without it');
    throw error;
  }
}

/** Many servers replace it with each use: whoever cannot keep the next one has none after a restart. */
async function checkRefreshToken(name: string, source: SecretSource): Promise<Check> {
  const hint = 'name a file, in a directory that the agent may write to';
  const problem = `${describeSecret(source)} cannot be written: a refresh token that its server replaces is lost`;
  if (source.kind !== 'file') return warning(name, problem, hint);
  return access(dirname(source.path), constants.W_OK).then(
    () => ok(name, 'oauth'),
    () => warning(name, problem, hint),
  );
}

async function checkKnownHosts(name: string, upstream: UpstreamPlace): Promise<Check> {
  const file = upstream.knownHosts ?? '';
  const hint = `ssh-keyscan prints the host keys: check them with the server's owner, then put them into ${file}`;
  try {
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => /^[^#\s]/.test(line));
    return lines.length > 0 ? ok(name, `${file} has ${lines.length} host keys`) : fault(name, `${file} is empty`, hint);
  } catch (error) {
    return fault(name, `${file} cannot be read (${codeOf(error)})`, hint);
  }
}

async function checkRepository(config: Config, repo: string, agent: Agent): Promise<readonly Check[]> {
  const resolved = resolveUpstream(config, repo);
  if (resolved === undefined) {
    const hint = 'the match of some entry of upstreams: must cover it; clients are told "repository not found"';
    return [fault(`repository ${repo}`, 'no upstream serves this path', hint)];
  }
  if (resolved.upstream.agent !== 'embedded') return [];
  return Promise.all([
    checkService(`fetch from ${repo}`, resolved.address, 'git-upload-pack', agent),
    checkService(`push to ${repo}`, resolved.address, 'git-receive-pack', agent),
  ]);
}

/** What the upstream answers before a fetch or a push: nothing is read of it, nothing written to it. */
export async function checkService(name: string, address: RepoAddress, service: Service, agent: Agent): Promise<Check> {
  const answer = await agent.advertise(service, { address, signal: AbortSignal.timeout(NETWORK_TIMEOUT * 4) });
  if (answer.outcome === 'not-found') {
    const hint = 'is it there, and may the account of the gateway do this to it?';
    return fault(name, `upstream ${address.upstream} says that it is not there, or not for us`, hint);
  }
  if (answer.outcome === 'unavailable') return fault(name, answer.detail, UNREACHABLE_HINT);
  try {
    const decoder = new AdvertisementDecoder();
    for await (const chunk of answer.body) decoder.write(chunk as Buffer);
    const { refs, objectFormat } = decoder.finish();
    const count = refs.filter((ref) => ref.name !== 'HEAD').length;
    return ok(name, `answered by upstream ${address.upstream}; refs: ${count}, object ids: ${objectFormat}`);
  } catch (error) {
    if (error instanceof ProtocolError) return fault(name, error.message, 'is that a Git server?');
    return fault(name, `the answer broke off (${codeOf(error)})`, UNREACHABLE_HINT);
  }
}

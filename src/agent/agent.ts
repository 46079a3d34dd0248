// The agent: the only part that talks to upstream Git servers and the only one that ever sees their credentials. It
// serves the upstreams of its own configuration, by name; a request says which of them and which repository, no more.

import { SSH_CREDENTIALS } from '../domain/credential-config.ts';
import type { Service, UpstreamAgent, UpstreamAnswer, UpstreamRequest } from '../domain/ports.ts';
import { visibleText } from '../protocol/bytes.ts';
import { parseGitProtocolHeader } from '../protocol/smart-http.ts';
import {
  type CredentialConfig,
  createCredentials,
  type HeldSecrets,
  type ReadSecret,
  type WriteSecret,
} from './credentials.ts';
import { createHttpUpstream } from './http-upstream.ts';
import { type LazyUpstream, lazySshUpstream } from './lazy-ssh-upstream.ts';
import { type AgentLimits, DEFAULT_LIMITS } from './limits.ts';
import { type AgentLog, SILENT_LOG } from './log.ts';
import { parseTarget, TargetError, type UpstreamTarget } from './target.ts';
import type { RequestBody, Upstream, UpstreamCheck } from './upstream.ts';

export interface AgentOptions {
  readonly upstreams: readonly UpstreamTarget[];
  readonly credentials: Readonly<Record<string, CredentialConfig>>;
  /** How a secret that the configuration names is read; asked each time one is needed. */
  readonly readSecret: ReadSecret;
  /** Learns every secret that is read here, so that it can be found and masked wherever it turns up. */
  readonly held?: HeldSecrets;
  /** Keeps a refresh token that its server has replaced. Default: it is known until the agent ends. */
  readonly writeSecret?: WriteSecret;
  readonly log?: AgentLog;
  readonly limits?: Partial<AgentLimits>;
}

export interface Agent extends UpstreamAgent {
  /** For `doctor`: is this upstream there, is it the one we pinned, does it take our credential? */
  check(name: string): Promise<UpstreamCheck>;
  /** Reads what variables and files hold and loads what is needed, so that nobody who asks has to wait. Never rejects. */
  learn(): Promise<void>;
  /** Ends every connection; running requests break off. */
  close(): Promise<void>;
}

/** An agent for these upstreams. Throws TargetError when the configuration cannot be right. Connects on demand. */
export function createAgent(options: AgentOptions): Agent {
  const log = options.log ?? SILENT_LOG;
  const limits: AgentLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const credentials = createCredentials(
    options.credentials,
    options.readSecret,
    undefined,
    options.held,
    options.writeSecret,
  );
  const upstreams = new Map<string, Upstream | LazyUpstream>();

  for (const configured of options.upstreams) {
    const target = parseTarget(configured);
    if (upstreams.has(target.name)) throw new TargetError(`upstream ${target.name} is configured twice`);
    checkCredential(target.name, target.scheme, target.credential);
    const create = target.scheme === 'ssh' ? lazySshUpstream : createHttpUpstream;
    upstreams.set(target.name, create({ target, credentials, limits, log }));
  }

  function checkCredential(upstream: string, scheme: 'http' | 'https' | 'ssh', name: string | undefined): void {
    if (name === undefined) return;
    const kind = credentials.kindOf(name);
    if (kind === undefined) throw new TargetError(`upstream ${upstream}: there is no credential named ${name}`);
    if (kind !== 'none' && SSH_CREDENTIALS.has(kind) !== (scheme === 'ssh')) {
      throw new TargetError(`upstream ${upstream}: a credential of kind ${kind} does not fit an ${scheme} url`);
    }
  }

  /** The upstream of a request, when the request is one that may go anywhere. */
  function upstreamOf(request: UpstreamRequest): Upstream | undefined {
    const upstream = upstreams.get(request.address.upstream);
    if (upstream === undefined)
      log.warn(
        { upstream: visibleText(request.address.upstream.slice(0, 200)) },
        'asked for an upstream not configured here',
      );
    return upstream;
  }

  return {
    async advertise(service, request) {
      const upstream = upstreamOf(request);
      return upstream === undefined ? NOT_FOUND : upstream.advertise(checkService(service), checkRequest(request));
    },
    async uploadPack(request) {
      const upstream = upstreamOf(request);
      return upstream === undefined ? NOT_FOUND : upstream.uploadPack(checkRequest(request), { stream: request.body });
    },
    async receivePack(request) {
      const upstream = upstreamOf(request);
      if (upstream === undefined) return NOT_FOUND;
      if (!Number.isSafeInteger(request.length) || request.length < 0)
        throw new TypeError('length must be a byte count');
      const body: RequestBody = { stream: request.body, length: request.length };
      return upstream.receivePack(checkRequest(request), body);
    },
    async check(name) {
      const upstream = upstreams.get(name);
      return upstream === undefined ? { ok: false, text: `no upstream named ${name}` } : upstream.check();
    },
    async learn() {
      const warming = [...upstreams.values()].map(async (upstream) => {
        if ('warm' in upstream) await upstream.warm();
      });
      await Promise.all([credentials.learn(), ...warming]);
    },
    async close() {
      await Promise.all([...upstreams.values()].map((upstream) => upstream.close()));
    },
  };
}

const NOT_FOUND: UpstreamAnswer = { outcome: 'not-found' };

// The caller may be on the other side of a network link: what it may choose is checked where the credential is.

function checkService(service: Service): Service {
  if (service !== 'git-upload-pack' && service !== 'git-receive-pack') throw new TypeError('unknown service');
  return service;
}

/** A protocol version becomes a header or an environment variable: only the forms that we know do. */
function checkRequest(request: UpstreamRequest): UpstreamRequest {
  const { address, signal } = request;
  const gitProtocol = parseGitProtocolHeader(request.gitProtocol);
  return { address, ...(gitProtocol !== undefined && { gitProtocol }), ...(signal !== undefined && { signal }) };
}

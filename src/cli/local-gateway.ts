// The API on the store itself, for when no gateway runs: the same code, the same rights and the same trail, without a
// socket. Whoever may write the data directory could do as much by starting the gateway.
import { join } from 'node:path';
import type { Config } from '../adapters/config/config.ts';
import { openPolicyFile } from '../adapters/config/policy-file.ts';
import { ensureAgentAuthority } from '../adapters/keys/agent-authority.ts';
import { ensureLoginsKey } from '../adapters/keys/logins-key.ts';
import { ensureSessionsKey } from '../adapters/keys/sessions-key.ts';
import { createLog } from '../adapters/log/log.ts';
import { openRecordings } from '../adapters/recordings/recordings.ts';
import { openStore, type Store, StoreError } from '../adapters/store/store.ts';
import { createReview } from '../conversation/review.ts';
import { compileAccess } from '../domain/access.ts';
import { RULES_MASKER } from '../domain/secrets/mask-text.ts';
import { createApi } from '../gateway/api/api.ts';
import { Problem } from '../gateway/api/problem.ts';
import { openIdentity } from '../gateway/identity-parts.ts';
import { openSshAccess } from '../gateway/ssh-access.ts';
import { VERSION } from '../gateway/version.ts';
import { type Client, parseBody } from './client.ts';
import { CommandError } from './terminal.ts';

export interface LocalGatewayOptions {
  /** Only look: works on a trail, too, that the gateway refuses to go on with. */
  readonly readOnly?: boolean;
}

/** A client of the API in this process, logged in with `token`. */
export async function openLocalGateway(
  config: Config,
  token: string,
  options: LocalGatewayOptions = {},
): Promise<Client> {
  const clock = { now: () => Date.now() };
  const log = createLog({ level: 'error' });
  const compiled = compileAccess(config.access);
  if (!compiled.ok) throw new CommandError(`access: ${compiled.pattern}: ${compiled.message}`);
  const { access } = compiled;
  const store = await open(config, options.readOnly === true, clock);
  // Nobody logs in through this process.
  const { identity } = openIdentity(config, store, { clock, log, publicUrl: () => config.gateway.publicUrl ?? '' });
  const ssh = await openSshAccess({ config, store, identity, clock, log });
  const recordings = openRecordings(join(config.gateway.dataDir, 'recordings'));
  const review = createReview({
    pushes: store.pushes,
    people: { find: identity.principalNow },
    clock,
    access,
    grants: store.grants,
    recordings,
    // The gateway relays what it finds released when it starts.
    onReleased: () => {},
  });
  const api = await createApi({
    pushes: store.pushes,
    exceptions: store.exceptions,
    grants: store.grants,
    sessions: store.sessions,
    attributions: store.attributions,
    trail: store.trail,
    directory: store.directory,
    agents: store.agents,
    ...(await agentsPort(config, options.readOnly === true)),
    identities: store.identities,
    recordings,
    review,
    diff: { diff: () => Promise.reject(new Problem(503, 'a diff needs the running gateway; hint: sallyport serve')) },
    identity,
    ssh: ssh.administration,
    settings: config.identity,
    access,
    clock,
    log,
    mask: RULES_MASKER,
    version: VERSION,
    policy: () => openPolicyFile(config.policy, log, () => {}).current(),
  });
  return {
    offline: true,
    async request(method, path, body) {
      const answer = await api.inject({
        method,
        url: path,
        headers: { authorization: `Bearer ${token}` },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: answer.statusCode, body: parseBody(answer.payload) };
    },
    async close() {
      await api.close();
      await store.close();
    },
  };
}

/** Join tokens carry the authority's digest, and it can be made before the gateway first runs. */
async function agentsPort(config: Config, readOnly: boolean) {
  if (config.gateway.agents === undefined || readOnly) return {};
  const { pin } = await ensureAgentAuthority(config.gateway.keysDir, Date.now());
  return { agentsPort: { pin } };
}

async function open(config: Config, readOnly: boolean, clock: { now(): number }): Promise<Store> {
  const { dataDir, keysDir } = config.gateway;
  try {
    return await openStore({
      file: join(dataDir, 'sallyport.db'),
      auditDir: join(dataDir, 'audit'),
      clock,
      sessionsKey: ensureSessionsKey(keysDir),
      loginsKey: ensureLoginsKey(keysDir),
      ...(readOnly && { readOnly }),
    });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new CommandError(
      `the store in ${dataDir} cannot be used: ${error.message}`,
      'sallyport audit verify, sallyport doctor',
    );
  }
}

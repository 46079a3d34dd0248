// The gateway: everything is wired here, by plain calls, and nowhere else. Doors onto conversations onto ports.
import { hkdfSync, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { openAttributor } from '../adapters/attribution/attribution-process.ts';
import { type Config, embeddedUpstreams, type ListenAddress } from '../adapters/config/config.ts';
import { openPolicyFile } from '../adapters/config/policy-file.ts';
import { resolveUpstream } from '../adapters/config/resolve-upstream.ts';
import { readSecret, SecretError, writeSecret } from '../adapters/config/secret.ts';
import { freeSpace } from '../adapters/disk/free-space.ts';
import { keepGitReady } from '../adapters/git/git-process.ts';
import { createPushDiff } from '../adapters/git/push-diff.ts';
import { openWorkspaces } from '../adapters/git/workspaces.ts';
import { ensureAgentAuthority } from '../adapters/keys/agent-authority.ts';
import { ensureFingerprintKey } from '../adapters/keys/fingerprint-key.ts';
import { ensureLoginsKey } from '../adapters/keys/logins-key.ts';
import { ensureSessionsKey } from '../adapters/keys/sessions-key.ts';
import { createLog, type Log, type LogOptions } from '../adapters/log/log.ts';
import { openRecordings } from '../adapters/recordings/recordings.ts';
import { openScannerProcess } from '../adapters/scanner/scanner-process.ts';
import { openSignatureVerifier } from '../adapters/signatures/signature-verifier.ts';
import { openStore, type Store } from '../adapters/store/store.ts';
import { createAgent } from '../agent/agent.ts';
import { createAllowance } from '../conversation/allowance.ts';
import { createBlame } from '../conversation/blame.ts';
import { Denials } from '../conversation/denials.ts';
import { createEndings } from '../conversation/end-principal.ts';
import { createObjectFetcher } from '../conversation/fetch-objects.ts';
import type { Gate } from '../conversation/gate.ts';
import { createLateAttribution } from '../conversation/late-attribution.ts';
import { RecentTips } from '../conversation/recent-tips.ts';
import { createRelayer } from '../conversation/relayer.ts';
import { createRetention } from '../conversation/retention.ts';
import { createReview, type Review } from '../conversation/review.ts';
import { createMemoryRetention, createSessionRetention } from '../conversation/session-retention.ts';
import { createWake } from '../conversation/wake.ts';
import { type Access, compileAccess } from '../domain/access.ts';
import { secretsOf } from '../domain/credential-config.ts';
import type { Clock, PushStore } from '../domain/ports.ts';
import type { Principal } from '../domain/principal.ts';
import type { Push } from '../domain/push/push.ts';
import { HeldValues } from '../domain/secrets/held-values.ts';
import { createMasker } from '../domain/secrets/mask-text.ts';
import type { SecretScanner } from '../domain/secrets/secret-scanner.ts';
import { routeGitRequest } from '../protocol/smart-http.ts';
import { createLinkServer, type LinkServer } from './agent-link/link-server.ts';
import { routeToAgents } from './agent-link/router.ts';
import { createApi } from './api/api.ts';
import { createAttemptLimit } from './api/attempt-limit.ts';
import { limitConnections } from './connection-limit.ts';
import { type DataDirLock, lockDataDir } from './data-dir-lock.ts';
import { failPointFrom, leaseMsFrom, linkPingMsFrom } from './fail-point.ts';
import { createGitHttpDoor } from './git-http-door.ts';
import { serveGitOverSsh } from './git-ssh-service.ts';
import { openIdentity } from './identity-parts.ts';
import { createLogin } from './login/login.ts';
import { createGateMetrics } from './metrics.ts';
import { OpenRequests } from './open-requests.ts';
import { secretSettings } from './secret-settings.ts';
import { openSshAccess } from './ssh-access.ts';
import { createSshDoor, type SshDoor } from './ssh-door/ssh-door.ts';
import { VERSION } from './version.ts';

export interface RunningGateway {
  /** `http://127.0.0.1:8080` */
  readonly http: string;
  /** `127.0.0.1:2222` */
  readonly ssh: string;
  /** `127.0.0.1:8443`, where agents dial; empty when none may. */
  readonly agents: string;
  /** Takes nothing new, lets what is under way end, leaves everything else to the next start. */
  close(): Promise<void>;
}

export interface GatewayOptions {
  /** Where the log goes, and how much of it. */
  readonly log?: Omit<LogOptions, 'mask'>;
  readonly adoptTrail?: boolean;
  /** Default: this machine's. Another one lets days pass at once. */
  readonly clock?: Clock;
  /** Default: threads of this process. */
  readonly scanner?: SecretScanner;
}

const CLOSE_GRACE_MS = 20_000;
/** A small push starts two, and pushes come in groups. */
const GIT_PROCESSES_READY = 12;
const RECHECK_MS = 30_000;
const HEADERS_TIMEOUT_MS = 20_000;
const UPKEEP_MS = 60_000;
const HTTP_CONNECTIONS = { total: 4_000, perAddress: 500 };

export async function startGateway(config: Config, options: GatewayOptions = {}): Promise<RunningGateway> {
  const { dataDir } = config.gateway;
  if (/[:"\n]/.test(dataDir)) throw new Error('gateway.dataDir must not contain `:`, a quote or a line feed');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = lockDataDir(dataDir);
  try {
    return await startOn(lock, config, options);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startOn(lock: DataDirLock, config: Config, options: GatewayOptions): Promise<RunningGateway> {
  // The agent tells it what it holds; what comes out are digests, and never a value.
  const held = new HeldValues({ key: randomBytes(32), values: [] });
  const mask = createMasker(held);
  const log = createLog({ ...options.log, mask });
  const { dataDir, keysDir, limits } = config.gateway;
  const clock = options.clock ?? { now: () => Date.now() };
  const secrets = await secretSettings(config.secrets, log);
  const storePlace = { file: join(dataDir, 'sallyport.db'), auditDir: join(dataDir, 'audit') };
  const sessionsKey = ensureSessionsKey(keysDir);
  const loginsKey = ensureLoginsKey(keysDir);
  const store = await openStore({
    ...storePlace,
    clock,
    mask,
    sessionsKey,
    loginsKey,
    ...(options.adoptTrail === true ? { adoptTrail: true } : {}),
  });
  const policyFile = openPolicyFile(config.policy, log, (policy) => {
    store.trail
      .append({ type: 'policy.loaded', body: { digest: policy.digest } })
      .catch((error: unknown) => log.error({ error }, 'a policy change could not be recorded'));
  });
  const access = accessOf(config);
  const { identity, federation, providers } = openIdentity(config, store, {
    clock,
    log,
    publicUrl: () => gate.publicUrl,
  });
  const ssh = await openSshAccess({ config, store, identity, clock, log });
  const embedded = createAgent({
    upstreams: embeddedUpstreams(config),
    credentials: config.agent.credentials,
    readSecret: (source) => readSecret(source, config.file),
    writeSecret: (source, text) => writeSecret(source, text),
    held,
    log,
  });
  void warnOfUnreadableCredentials(config, log);
  await embedded.learn();
  const agents = await openAgentsPort(config, store, clock, log);
  const agent =
    agents === undefined ? embedded : routeToAgents({ agentsOf: agentsOf(config), embedded, links: agents.links });
  const fetcher = createObjectFetcher(agent, clock.now);
  const workspaces = await openWorkspaces(dataDir, fetcher, {
    maxFetchBytes: limits.maxPackBytes * 4,
    fetchTimeoutMs: limits.receiveTimeout,
    maxObjectBytes: limits.maxObjectBytes,
  });
  const settings = { ...secrets.scanner, fingerprintKey: ensureFingerprintKey(keysDir) };
  const scanner = options.scanner ?? openScannerProcess(settings, { held });
  const signatures = await openSignatureVerifier(store.directory, config.ai.signers);
  const attributor = openAttributor({
    store: storePlace,
    sessionsKey,
    signers: config.ai.signers,
    maxObjectBytes: limits.maxObjectBytes,
  });
  const recordings = openRecordings(join(dataDir, 'recordings'));
  const counted = createGateMetrics();
  const stopping = new AbortController();
  const allowance = createAllowance({ limits, pushes: store.pushes, freeDisk: () => freeSpace(dataDir) });
  const gate: Gate & { publicUrl: string } = {
    clock,
    log,
    mask,
    agent,
    fetcher,
    workspaces,
    scanner,
    ...(secrets.isIgnoredSecret && { isIgnoredSecret: secrets.isIgnoredSecret }),
    recordings,
    pushes: store.pushes,
    exceptions: store.exceptions,
    grants: store.grants,
    attributions: store.attributions,
    sessions: store.sessions,
    attributor,
    signatures,
    trail: store.trail,
    access,
    people: { find: identity.principalNow, recent: identity.principalOf },
    ...(config.identity.breakGlass && { breakGlass: config.identity.breakGlass }),
    limits: {
      maxPackBytes: limits.maxPackBytes,
      maxObjectBytes: limits.maxObjectBytes,
      maxRefUpdates: limits.maxRefUpdates,
      receiveTimeoutMs: limits.receiveTimeout,
      searchTimeoutMs: limits.receiveTimeout / 2,
      leaseMs: leaseMsFrom(process.env['SALLYPORT_LEASE_MS']),
    },
    allowance,
    publicUrl: config.gateway.publicUrl ?? '',
    version: VERSION,
    owner: `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
    policy: () => policyFile.current(),
    address: (_repo, path) => resolveUpstream(config, path)?.address,
    failPoint: failPointFrom(process.env['SALLYPORT_FAIL_POINT']),
    wake: createWake(),
    metrics: counted.metrics,
    stopping: stopping.signal,
  };
  const late = createLateAttribution(gate);
  gate.onLanded = late.landed;
  gate.onUnattributed = late.unattributed;
  const relayer = createRelayer(gate);
  const { recordings: keepMs } = config.gateway.retention;
  const retention = keepMs === undefined ? undefined : createRetention(gate, keepMs);
  const sessionRetention = createSessionRetention(
    { clock, log, sessions: store.sessions },
    config.ai.sessions.retention,
  );
  const memoryRetention = createMemoryRetention(
    { clock, log, attributions: store.attributions },
    config.ai.memory.retention,
  );
  const review = createReview({
    pushes: store.pushes,
    people: gate.people,
    clock,
    access,
    grants: store.grants,
    recordings,
    onReleased: (id) => relayer.release(id),
    onDecided: (push) => {
      gate.wake.notify(push.id);
      if (push.state !== 'held' && push.state !== 'relaying') {
        workspaces.removeQuarantine(push.id).catch((error: unknown) => log.warn({ error }, 'quarantine not removed'));
      }
    },
  });
  let sshDoor: SshDoor | undefined;
  /** At once when somebody is shut out here; every so often for what is decided elsewhere (a list, another process). */
  const recheckConnections = (): void => {
    sshDoor?.recheck().catch((error: unknown) => log.error({ error }, 'open ssh connections could not be checked'));
  };
  const attempts = createAttemptLimit();
  const endings = createEndings();
  const open = new OpenRequests();
  endings.listen((name) => open.endOf(name));
  endings.listen((name) => sshDoor?.endConnectionsOf(name));
  const api = await createApi(
    {
      pushes: store.pushes,
      exceptions: store.exceptions,
      grants: store.grants,
      sessions: store.sessions,
      attributions: store.attributions,
      blame: createBlame(gate),
      onCommitsRecorded: (commits) => late.recorded(commits),
      trail: store.trail,
      directory: store.directory,
      agents: store.agents,
      ...(agents !== undefined && { agentsPort: agents }),
      identities: store.identities,
      recordings,
      review,
      diff: createPushDiff(workspaces, recordings),
      identity,
      ssh: ssh.administration,
      onAccessRevoked: recheckConnections,
      endings,
      settings: config.identity,
      access,
      clock,
      log,
      mask,
      version: VERSION,
      policy: () => policyFile.current(),
      metrics: counted.registry,
      diskIsLow: () => allowance.diskIsLow() !== undefined,
      notReady: async () => [...(store.ready() ? [] : ['store']), ...(allowance.diskIsLow() ? ['disk'] : [])],
    },
    { limit: attempts },
  );
  const login = createLogin({
    publicUrl: () => gate.publicUrl,
    providers,
    federation,
    identity,
    directory: store.directory,
    findTokenByHash: store.directory.findTokenByHash,
    logins: store.logins,
    trail: store.trail,
    clock,
    log,
    local: config.identity.local,
    formKey: formKeyOf(loginsKey),
    attempts,
    loginLastsMs: config.identity.loginLasts,
  });
  const running = new Set<Promise<void>>();
  const anonymous: Principal | undefined =
    config.identity.anonymous === undefined
      ? undefined
      : {
          name: 'anonymous',
          kind: 'human',
          groups: config.identity.anonymous.groups,
          credential: { kind: 'anonymous' },
        };
  const denials = new Denials(gate);
  const door = createGitHttpDoor({
    gate,
    denials,
    login: (token) => identity.token(token, 'git'),
    ...(anonymous === undefined ? {} : { anonymous }),
    attempts,
    recentTips: new RecentTips(),
    open,
    idleMs: limits.receiveTimeout,
    onRequest(work) {
      running.add(work);
      work.finally(() => running.delete(work));
    },
  });

  const server = await createServer(config);
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const route = routeGitRequest(request.method ?? '', request.url ?? '');
    if (route === undefined && login.handles(request.url ?? '')) void login.handler(request, response);
    else if (route === undefined) api.handler(request, response);
    else door.handle(request, response, route);
  };
  server.on('request', onRequest);
  // git asks "may I send this?" only after it knows who it is; the door answers 100 once that is settled.
  server.on('checkContinue', onRequest);

  let rechecking: NodeJS.Timeout | undefined;
  let closing: Promise<void> | undefined;
  let upkeep: NodeJS.Timeout | undefined;
  const opened = { http: '', ssh: '', agents: '' };

  async function openDoors(): Promise<void> {
    keepGitReady(GIT_PROCESSES_READY);
    // The rules are made ready for this thread: the first push need not wait.
    mask.text('every rule is compiled once');
    await scanner.scanObjects([]);
    await relayer.start();
    await late.start();
    retention?.start();
    sessionRetention.start();
    memoryRetention.start();
    await settleHeld(store.pushes, review, log);
    if (agents !== undefined) {
      const { address, port } = await agents.start();
      opened.agents = formatAddress(address, port);
    }
    upkeep = setInterval(
      () => void keepUp().catch((error: unknown) => log.warn({ error }, 'upkeep failed')),
      UPKEEP_MS,
    );
    upkeep.unref();
    const http = await listen(server, config.gateway.http.listen);
    const scheme = config.gateway.http.tls === undefined ? 'http' : 'https';
    opened.http = `${scheme}://${http}`;
    if (config.gateway.publicUrl === undefined) gate.publicUrl = opened.http;
    sshDoor = createSshDoor({
      listen: config.gateway.ssh.listen,
      hostKeys: ssh.hostKeys,
      authenticate: (login) => ssh.identity.find(login),
      serve: (session) => serveGitOverSsh(gate, denials, session),
      log,
    });
    const bound = await sshDoor.start();
    ssh.listensOn(bound.port);
    opened.ssh = formatAddress(bound.host, bound.port);
    rechecking = setInterval(recheckConnections, RECHECK_MS).unref();
    await store.trail.append({
      type: 'gateway.started',
      body: { version: VERSION, policyDigest: policyFile.current().digest, owner: gate.owner },
    });
    await writeGatewayFile(dataDir, { ...opened, pid: process.pid });
    log.info(opened, 'gateway is ready');
  }

  /** Approvals that waited for a provider's answer are counted once it gives one; logins that are over are forgotten. */
  async function keepUp(): Promise<void> {
    await settleHeld(store.pushes, review, log, (push) => push.approvals.length > 0);
    await store.logins.sweep(clock.now());
  }

  async function close(): Promise<void> {
    log.info({}, 'gateway is stopping');
    stopping.abort();
    clearInterval(upkeep);
    clearInterval(rechecking);
    server.close();
    server.closeIdleConnections();
    await Promise.all([sshDoor?.close(CLOSE_GRACE_MS), settle(running, CLOSE_GRACE_MS), api.close()]);
    server.closeAllConnections();
    await relayer.stop();
    await late.stop();
    await retention?.stop();
    await sessionRetention.stop();
    await memoryRetention.stop();
    workspaces.close();
    await scanner.close();
    attributor.close();
    keepGitReady(0);
    await agents?.close(CLOSE_GRACE_MS);
    await embedded.close();
    await store.trail.append({ type: 'gateway.stopped', body: { owner: gate.owner } }).catch(() => {});
    await store.close();
    await removeGatewayFile(dataDir);
    lock.release();
  }

  try {
    await openDoors();
  } catch (error) {
    // A process that could not start must end, not stay with half its doors open.
    await close().catch((failure: unknown) => log.error({ error: failure }, 'stopping failed as well'));
    throw error;
  }
  return {
    ...opened,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** What a crash left between somebody's act and what follows from it. */
async function settleHeld(
  pushes: PushStore,
  review: Review,
  log: Log,
  isOne: (push: Push) => boolean = () => true,
): Promise<void> {
  let before: number | undefined;
  for (;;) {
    const held = await pushes.list({ states: ['held'], ...(before === undefined ? {} : { before }) });
    if (held.length === 0) return;
    for (const push of held.filter(isOne)) {
      await review.settle(push.id).catch((error: unknown) => log.error({ push: push.id, error }, 'hold not settled'));
    }
    before = held.at(-1)?.id;
  }
}

/** The port that agents dial, and what stands behind it; nothing listens yet. */
async function openAgentsPort(config: Config, store: Store, clock: Clock, log: Log): Promise<AgentsPort | undefined> {
  const { agents, keysDir } = config.gateway;
  if (agents === undefined) return undefined;
  const authority = await ensureAgentAuthority(keysDir, clock.now());
  const server = createLinkServer({
    listen: agents.listen,
    authority,
    agents: store.agents,
    trail: store.trail,
    clock,
    log,
    certificateLife: agents.certificateLifetime,
    pingMs: linkPingMsFrom(process.env['SALLYPORT_LINK_PING_MS']),
  });
  return { ...server, pin: authority.pin };
}

type AgentsPort = LinkServer & { readonly pin: string };

function agentsOf(config: Config): ReadonlyMap<string, readonly string[]> {
  return new Map(config.upstreams.flatMap(({ name, agent }) => (agent === 'embedded' ? [] : [[name, agent] as const])));
}

/** No reason not to start, nor to wait: a secret may come later, and other upstreams are served without it. */
async function warnOfUnreadableCredentials(config: Config, log: Log): Promise<void> {
  for (const [named, settings] of Object.entries(config.agent.credentials)) {
    for (const source of secretsOf(settings)) {
      await readSecret(source, config.file).catch((error: unknown) => {
        const problem = error instanceof SecretError ? error.message : 'unexpected error';
        log.warn({ named, problem }, 'a credential cannot be read: its upstreams will refuse what needs it');
      });
    }
  }
}

/** The same for every gateway of these keys: a form may come back to another one. */
function formKeyOf(loginsKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', loginsKey, '', 'sallyport login forms', 32));
}

function accessOf(config: Config): Access {
  const compiled = compileAccess(config.access);
  if (compiled.ok) return compiled.access;
  throw new Error(`access: entry ${compiled.rule + 1}: ${compiled.pattern}: ${compiled.message}`);
}

async function createServer(config: Config): Promise<Server> {
  // The default request timeout would cut every long push; the conversation has limits of its own.
  const settings = { requestTimeout: 0, headersTimeout: HEADERS_TIMEOUT_MS, noDelay: true, maxHeaderSize: 64 * 1024 };
  const { tls } = config.gateway.http;
  const server =
    tls === undefined
      ? createHttpServer(settings)
      : createHttpsServer({
          ...settings,
          cert: await readFile(tls.certFile),
          key: await readFile(tls.keyFile),
          minVersion: 'TLSv1.2',
          ALPNProtocols: ['http/1.1'],
        });
  limitConnections(server, HTTP_CONNECTIONS);
  return server;
}

async function listen(server: Server, address: ListenAddress): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the http door has no port');
  return formatAddress(bound.address, bound.port);
}

function formatAddress(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function settle(running: ReadonlySet<Promise<void>>, graceMs: number): Promise<void> {
  const grace = AbortSignal.timeout(graceMs);
  const late = new Promise<void>((resolve) => grace.addEventListener('abort', () => resolve(), { once: true }));
  await Promise.race([Promise.allSettled([...running]), late]);
}

const GATEWAY_FILE = 'gateway.json';

/** Where commands on this machine find the gateway; written whole, for whoever waits for it to appear. */
async function writeGatewayFile(dataDir: string, content: object): Promise<void> {
  const temporary = join(dataDir, `${GATEWAY_FILE}.new`);
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(content)}\n`);
  } finally {
    await file.close();
  }
  await rename(temporary, join(dataDir, GATEWAY_FILE));
}

async function removeGatewayFile(dataDir: string): Promise<void> {
  await rm(join(dataDir, GATEWAY_FILE), { force: true });
}

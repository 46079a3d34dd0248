// The API over a real store in a directory of its own, with people, their tokens, and pushes as a gateway would have
// left them. No git: what a push brings is given as inputs.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../../src/adapters/config/config.ts';
import { parseConfig } from '../../../src/adapters/config/load.ts';
import { openPolicyFile } from '../../../src/adapters/config/policy-file.ts';
import { createIdentity } from '../../../src/adapters/identity/local.ts';
import { createLog } from '../../../src/adapters/log/log.ts';
import { openRecordings } from '../../../src/adapters/recordings/recordings.ts';
import { openStore, type Store } from '../../../src/adapters/store/store.ts';
import { createReview, type Review } from '../../../src/conversation/review.ts';
import { type AccessRule, compileAccess } from '../../../src/domain/access.ts';
import type { Recordings, UpdateDiff } from '../../../src/domain/ports.ts';
import type { Principal, PrincipalKind, TokenScope } from '../../../src/domain/principal.ts';
import type { Finding } from '../../../src/domain/push/finding.ts';
import type { Person } from '../../../src/domain/push/inputs.ts';
import type { Push, PushState } from '../../../src/domain/push/push.ts';
import type { ExceptionRequest, Requirement } from '../../../src/domain/push/verdict.ts';
import { RULES_MASKER } from '../../../src/domain/secrets/mask-text.ts';
import type { AccountSettings } from '../../../src/gateway/api/account-settings.ts';
import { type Api, type ApiOptions, createApi } from '../../../src/gateway/api/api.ts';
import { openSshAccess } from '../../../src/gateway/ssh-access.ts';

export const ACCESS: readonly AccessRule[] = [
  { repos: ['acme/**'], groups: ['dev'], may: ['read', 'push'] },
  { repos: ['acme/**'], groups: ['sre', 'security'], may: ['read', 'push', 'approve'] },
  { repos: ['acme/**'], groups: ['shop-audit'], may: ['audit'] },
  { repos: ['**'], groups: ['auditors'], may: ['audit'] },
  { repos: ['**'], groups: ['admin'], may: ['read', 'approve', 'audit', 'admin'] },
  { repos: ['acme/**'], groups: ['half-admin'], may: ['admin'] },
];

export interface PersonSpec {
  readonly groups: readonly string[];
  readonly kind?: PrincipalKind;
  readonly sponsor?: string;
}

export const CAST = {
  alice: { groups: ['dev'] },
  bob: { groups: ['sre', 'dev'] },
  ben: { groups: ['sre'] },
  carol: { groups: ['security'] },
  copilot: { groups: ['dev', 'sre'], kind: 'coding-agent', sponsor: 'alice' },
  robot: { groups: ['sre'], kind: 'service' },
  mallory: { groups: [] },
  erin: { groups: ['auditors'] },
  sam: { groups: ['shop-audit'] },
  root: { groups: ['admin'] },
  halfroot: { groups: ['half-admin'] },
} as const satisfies Record<string, PersonSpec>;

export type Name = keyof typeof CAST;

export const POLICY = `version: 1
rules:
  - name: production needs SRE
    when: { paths: ["infra/prod/**"] }
    then: hold
    approvals: [{ group: sre, count: 1 }]
`;

export const OLD = '1'.repeat(40);
export const NEW = '2'.repeat(40);

export interface PushSpec {
  readonly by?: Name;
  readonly repo?: string;
  readonly state?: Extract<PushState, 'receiving' | 'held' | 'refused'>;
  readonly requirements?: readonly Pick<Requirement, 'group' | 'count'>[];
  readonly authors?: readonly Person[];
  readonly expiresAt?: number;
  readonly refName?: string;
  readonly reason?: string;
  readonly findings?: readonly Finding[];
  /** What releasing it is to grant. */
  readonly exceptions?: ExceptionRequest;
  /** Keep no inputs, as after a lost disk. */
  readonly withoutInputs?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface Queue {
  readonly directory: string;
  readonly store: Store;
  readonly recordings: Recordings;
  readonly review: Review;
  readonly api: Api;
  /** Pushes that were released, in order. */
  readonly released: number[];
  /** What was logged. */
  readonly logged: string[];
  /** Milliseconds added to the clock. */
  skew: number;
  diffs: readonly UpdateDiff[] | undefined;
  token(name: string): string;
  principal(name: string): Promise<Principal>;
  issue(name: Name, scopes: readonly TokenScope[]): Promise<{ readonly id: string; readonly text: string }>;
  push(spec?: PushSpec): Promise<Push>;
  ask(name: string | undefined, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer>;
  close(): Promise<void>;
}

export interface QueueOptions extends ApiOptions {
  readonly access?: readonly AccessRule[];
  /** Besides the cast. */
  readonly people?: Readonly<Record<string, PersonSpec>>;
  readonly settings?: AccountSettings;
  /** With keys of its own: certificates and host keys. */
  readonly ssh?: boolean;
}

function configIn(directory: string): Config {
  const text = 'upstreams: [{ name: a, match: "**", url: "http://127.0.0.1/{path}" }]\n';
  const parsed = parseConfig(text, join(directory, 'sallyport.yaml'));
  if (parsed.outcome !== 'ok') throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

export async function openQueue(options: QueueOptions = {}): Promise<Queue> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-api-'));
  const queue: Pick<Queue, 'skew' | 'diffs' | 'logged' | 'released'> = {
    skew: 0,
    diffs: undefined,
    logged: [],
    released: [],
  };
  const clock = { now: () => Date.now() + queue.skew };
  const store = await openStore({
    file: join(directory, 'sallyport.db'),
    auditDir: join(directory, 'audit'),
    clock,
    sessionsKey: Buffer.alloc(32, 1),
  });
  const identity = createIdentity({ directory: store.directory, clock, grants: store.grants });
  const recordings = openRecordings(join(directory, 'recordings'));
  await writeFile(join(directory, 'policy.yaml'), POLICY);
  const log = createLog({ level: 'debug', destination: { write: (line: string) => void queue.logged.push(line) } });
  const policy = openPolicyFile(join(directory, 'policy.yaml'), log, () => {});
  const config = configIn(directory);
  const compiled = compileAccess(options.access ?? ACCESS);
  if (!compiled.ok) throw new Error(compiled.message);
  const { access } = compiled;
  const review = createReview({
    pushes: store.pushes,
    people: { find: identity.principalOf },
    clock,
    access,
    grants: store.grants,
    recordings,
    onReleased: (id) => void queue.released.push(id),
  });
  const api = await createApi(
    {
      pushes: store.pushes,
      exceptions: store.exceptions,
      grants: store.grants,
      sessions: store.sessions,
      attributions: store.attributions,
      trail: store.trail,
      directory: store.directory,
      agents: store.agents,
      agentsPort: { pin: 'p'.repeat(43) },
      identities: store.identities,
      recordings,
      review,
      diff: { diff: async () => queue.diffs },
      identity,
      access,
      ...(options.settings && { settings: options.settings }),
      ...(options.ssh === true && {
        ssh: (await openSshAccess({ config, store, identity, clock, log })).administration,
      }),
      clock,
      log,
      mask: RULES_MASKER,
      version: '0.0.0-test',
      policy: () => policy.current(),
    },
    options,
  );
  const tokens = new Map<string, string>();
  const entry = { type: 'admin.changed', body: {} } as const;
  for (const [name, spec] of Object.entries<PersonSpec>({ ...CAST, ...options.people })) {
    const { groups, kind = 'human', sponsor } = spec;
    const user = { name, kind, groups, createdAt: clock.now(), ...(sponsor !== undefined && { sponsor }) };
    await store.directory.addUser(user, entry);
    tokens.set(name, (await identity.issueToken({ user: name, scopes: ['api', 'git'], actor: 'test' })).text);
  }
  const token = (name: string) => tokens.get(name) ?? '';

  async function push(spec: PushSpec = {}): Promise<Push> {
    const { by = 'alice', repo = 'acme/shop', state = 'held', refName = 'refs/heads/main', authors = [] } = spec;
    const { groups, kind = 'human', sponsor }: PersonSpec = CAST[by];
    const principal = { name: by, kind, ...(sponsor !== undefined && { sponsor }) };
    const update = { refName, oldOid: OLD, newOid: NEW, kind: 'fast-forward' as const };
    const received = await store.pushes.receive(
      {
        address: { repo, upstream: 'main', path: `${repo}.git` },
        objectFormat: 'sha1',
        principal,
        updates: [update],
        pushOptions: [],
        createdAt: clock.now(),
        ...(spec.reason !== undefined && { reason: spec.reason }),
      },
      'test',
      { type: 'push.received', actor: by, repo, body: {} },
    );
    const { id } = received;
    if (spec.withoutInputs !== true) {
      await recordings.saveInputs(id, {
        version: 1,
        at: clock.now(),
        repo,
        objectFormat: 'sha1',
        principal: { ...principal, groups },
        updates: [{ ...update, net: [], commits: authors.map((_, index) => index), tags: [], tipType: 'commit' }],
        commits: authors.map((author) => ({
          oid: NEW,
          parents: [OLD],
          tree: OLD,
          author,
          committer: author,
          coAuthors: [],
          message: 'm',
          signed: false,
          changes: [],
        })),
        tags: [],
        pack: { bytes: 1, objects: 1 },
        pushOptions: [],
        findings: [],
      });
    }
    if (state === 'receiving') return received;
    const requirements = (spec.requirements ?? [{ group: 'sre', count: 1 }]).map((one) => ({
      ...one,
      given: 0,
      rules: ['production needs SRE'],
    }));
    const outcome = state === 'held' ? 'hold' : 'refuse';
    const decided = await store.pushes.transition({
      id,
      from: ['receiving'],
      to: state,
      set: {
        verdict: {
          outcome,
          reasons: [
            {
              rule: 'production needs SRE',
              outcome,
              text: 'infra/prod/db.tf',
              paths: ['infra/prod/db.tf'],
              ...(spec.exceptions && { exceptions: spec.exceptions }),
            },
          ],
          requirements: state === 'held' ? requirements : [],
        },
        requirements: state === 'held' ? requirements : [],
        findings: spec.findings ?? [
          { rule: 'odd-path', severity: 'low', text: 'odd', commit: NEW, path: 'a b', line: 3 },
        ],
        policyDigest: policy.current().digest,
        request: { sha256: 'a'.repeat(64), bytes: 10 },
        decidedAt: clock.now(),
        ...(spec.expiresAt !== undefined && { expiresAt: spec.expiresAt }),
      },
      entry: { type: state === 'held' ? 'push.held' : 'push.refused', actor: by, repo, pushId: id, body: {} },
    });
    if (!decided) throw new Error('the push was not decided');
    return decided.push;
  }

  return Object.assign(queue, {
    directory,
    store,
    recordings,
    review,
    api,
    token,
    push,
    async principal(name: string) {
      const found = await identity.token(token(name), 'api');
      if (!found) throw new Error(`${name} cannot log in`);
      return found;
    },
    issue: (name: Name, scopes: readonly TokenScope[]) => identity.issueToken({ user: name, scopes, actor: 'test' }),
    async ask(name: string | undefined, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) {
      const answer = await api.inject({
        method,
        url: `/api/v1${path}`,
        headers: name === undefined ? {} : { authorization: `Bearer ${token(name)}` },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = answer.payload;
      return {
        status: answer.statusCode,
        text,
        headers: answer.headers,
        body: text === '' ? undefined : JSON.parse(text),
      };
    },
    async close() {
      await api.close();
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  });
}

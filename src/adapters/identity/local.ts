// Local identity: principals of our own directory, proved by a token or an SSH key. Everything that is not a live
// credential of an enabled principal is `undefined`, without saying which it was.
import type { AgentBounds } from '../../domain/access.ts';
import type { Clock, Directory, TokenRecord } from '../../domain/ports.ts';
import type { CredentialUsed, Principal, PrincipalKind, TokenScope } from '../../domain/principal.ts';
import { hashTokenText, isTokenText, newTokenText, randomBase62 } from '../../domain/token-text.ts';
import { type AgentSettings, agentBounds } from './agent-bounds.ts';

/** What is known of a principal apart from any credential. */
export interface KnownPrincipal {
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly sponsor?: string;
  readonly groups: readonly string[];
  /** What a coding agent is kept within. */
  readonly bounds?: AgentBounds;
  /** Disabled itself, or acting for a human who is. */
  readonly disabled: boolean;
}

export interface TokenRequest {
  readonly user: string;
  readonly scopes: readonly TokenScope[];
  /** Milliseconds since the epoch; absent = until revoked. */
  readonly expiresAt?: number;
  /** Who issues it, for the trail, and with what. */
  readonly actor: string;
  readonly credential?: CredentialUsed;
}

export interface LocalIdentity {
  /** Who a token is, if it may be used for `scope` (git doors: `git`; API and pages: `api`). */
  token(text: string, scope: TokenScope): Promise<Principal | undefined>;
  /** Who a key is. The caller has verified a signature by it; `fingerprint` is `SHA256:…`. */
  sshKey(fingerprint: string): Promise<Principal | undefined>;
  /** Issues a token, on the record. `text` exists nowhere else: show it once, store it never. */
  issueToken(request: TokenRequest): Promise<{ readonly id: string; readonly text: string }>;
  /** The principal of that name now: groups and standing are asked again when an approval takes effect. */
  principalOf(name: string): Promise<KnownPrincipal | undefined>;
}

export type IdentityErrorCode = 'unknown-user' | 'disabled-user' | 'bad-token-request';

export class IdentityError extends Error {
  readonly code: IdentityErrorCode;

  constructor(code: IdentityErrorCode, message: string) {
    super(message);
    this.name = 'IdentityError';
    this.code = code;
  }
}

const SCOPES: readonly TokenScope[] = ['git', 'api'];

/** Of no user: looked up where there is nobody, so that it takes the same work. */
const NOBODY = '';

export interface IdentityOptions extends AgentSettings {
  readonly directory: Directory;
  readonly clock: Clock;
}

export function createIdentity(options: IdentityOptions): LocalIdentity {
  const { directory, clock } = options;

  async function known(name: string): Promise<KnownPrincipal | undefined> {
    const user = await directory.findUser(name);
    // A coding agent acts for its sponsor: when the human is disabled, so is everything that acts in their name.
    const sponsor = await directory.findUser(user?.sponsor ?? NOBODY);
    const bounds = await agentBounds(user, sponsor, options);
    if (user === undefined) return undefined;
    return {
      name: user.name,
      kind: user.kind,
      ...(user.sponsor === undefined ? {} : { sponsor: user.sponsor }),
      groups: user.groups,
      ...(bounds === undefined ? {} : { bounds }),
      disabled: user.disabledAt !== undefined || sponsor?.disabledAt !== undefined,
    };
  }

  async function principal(name: string, credential: Principal['credential']): Promise<Principal | undefined> {
    const found = await known(name);
    if (found === undefined) return undefined;
    const { disabled, ...rest } = found;
    return disabled ? undefined : { ...rest, credential };
  }

  return {
    async token(text, scope) {
      if (!isTokenText(text)) return undefined;
      const now = clock.now();
      const found = await directory.findTokenByHash(hashTokenText(text));
      const record = found !== undefined && isLive(found, scope, now) ? found : undefined;
      const { id = '', scopes = [], user = NOBODY } = record ?? {};
      const who = await principal(user, { kind: 'token', id, scopes });
      if (who !== undefined) directory.touchToken(id, now);
      return who;
    },

    async sshKey(fingerprint) {
      const found = await directory.findKeyByFingerprint(fingerprint);
      const record = found?.revokedAt === undefined ? found : undefined;
      const who = await principal(record?.user ?? NOBODY, { kind: 'ssh-key', fingerprint });
      if (who !== undefined && record !== undefined) directory.touchKey(record.id, clock.now());
      return who;
    },

    async issueToken({ user, scopes, expiresAt, actor, credential }) {
      const now = clock.now();
      if (scopes.length === 0 || scopes.some((scope) => !SCOPES.includes(scope))) {
        throw new IdentityError(
          'bad-token-request',
          `a token needs a scope (hint: one or both of ${SCOPES.join(', ')})`,
        );
      }
      if (expiresAt !== undefined && (!Number.isSafeInteger(expiresAt) || expiresAt <= now)) {
        throw new IdentityError('bad-token-request', 'a token cannot expire before it is issued (hint: try 30d)');
      }
      const owner = await known(user);
      if (owner === undefined) throw new IdentityError('unknown-user', 'no such user (hint: sallyport user ls)');
      if (owner.disabled) throw new IdentityError('disabled-user', `${owner.name} is disabled`);
      const text = newTokenText();
      const record = {
        id: `tok-${randomBase62(10)}`,
        user: owner.name,
        scopes: SCOPES.filter((scope) => scopes.includes(scope)),
        createdAt: now,
        ...(expiresAt === undefined ? {} : { expiresAt }),
      };
      await directory.addToken(record, hashTokenText(text), {
        type: 'admin.changed',
        actor,
        body: { change: 'token created', before: null, after: record, ...(credential && { credential }) },
      });
      return { id: record.id, text };
    },

    principalOf: known,
  };
}

function isLive({ revokedAt, expiresAt, scopes }: TokenRecord, scope: TokenScope, now: number): boolean {
  return revokedAt === undefined && (expiresAt === undefined || expiresAt > now) && scopes.includes(scope);
}

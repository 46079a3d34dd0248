// Who somebody is: principals of our own directory, proved by a token of ours (ssh-identity.ts: by an SSH key), or by a token
// of a provider that their outside identity or their job has. Everything that is not a live credential of an enabled
// principal is `undefined`, without saying which it was.
import type { AgentBounds } from '../../domain/access.ts';
import type { Clock, Directory, TokenRecord, User } from '../../domain/ports.ts';
import type { CredentialUsed, Principal, PrincipalKind, TokenScope } from '../../domain/principal.ts';
import { hashTokenText, isTokenText, newTokenText, randomBase62 } from '../../domain/token-text.ts';
import { type AgentSettings, agentBounds } from './agent-bounds.ts';
import type { Federation, Freshness, Standing } from './federation.ts';

/** What is known of a principal apart from any credential. */
export interface KnownPrincipal {
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly sponsor?: string;
  /** Local ones, and those of outside identities. */
  readonly groups: readonly string[];
  /** What a coding agent is kept within. */
  readonly bounds?: AgentBounds;
  /** Disabled itself, by a provider, or acting for a human who is. */
  readonly disabled: boolean;
  /** Names and addresses that providers know them by: under these, too, they commit. */
  readonly identities: readonly string[];
  /** Why a provider's part of it is not known, with a hint; such groups are not among them. */
  readonly unknown?: string;
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
  /** Issues a token, on the record. `text` exists nowhere else: show it once, store it never. */
  issueToken(request: TokenRequest): Promise<{ readonly id: string; readonly text: string }>;
  /** The principal of that name, as providers said within the configured time. */
  principalOf(name: string): Promise<KnownPrincipal | undefined>;
  /** The same after asking the providers: for when an approval takes effect. */
  principalNow(name: string): Promise<KnownPrincipal | undefined>;
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

export interface IdentityParts extends AgentSettings {
  readonly directory: Directory;
  readonly clock: Clock;
  /** Absent: there are no outside identities. */
  readonly federation?: Pick<Federation, 'standing' | 'prove'>;
}

const LOCAL_ONLY: Standing = { groups: [], identities: [], disabled: false };
/** Of no user: looked up where there is nobody, so that it takes the same work. */
const NOBODY = '';

export function createIdentity(parts: IdentityParts): LocalIdentity {
  const { directory, clock, federation } = parts;
  const standingOf = async (user: User | undefined, freshness: Freshness) =>
    (await federation?.standing(user?.name ?? NOBODY, freshness)) ?? LOCAL_ONLY;

  async function known(name: string, freshness: Freshness): Promise<KnownPrincipal | undefined> {
    const user = await directory.findUser(name);
    // A coding agent acts for its sponsor: when the human is disabled, so is everything that acts in their name.
    const sponsor = await directory.findUser(user?.sponsor ?? NOBODY);
    const standing = await standingOf(user, freshness);
    const sponsors = await standingOf(sponsor, freshness);
    const unknown = standing.unknown ?? sponsors.unknown;
    const bounds = await agentBounds(user, withStanding(sponsor, sponsors), parts);
    if (user === undefined) return undefined;
    return {
      name: user.name,
      kind: user.kind,
      ...(user.sponsor === undefined ? {} : { sponsor: user.sponsor }),
      groups: unionOf(user.groups, standing.groups),
      ...(bounds === undefined ? {} : { bounds }),
      disabled:
        user.disabledAt !== undefined || sponsor?.disabledAt !== undefined || standing.disabled || sponsors.disabled,
      identities: standing.identities,
      ...(unknown !== undefined && { unknown }),
    };
  }

  async function principal(name: string, credential: Principal['credential']): Promise<Principal | undefined> {
    const found = await known(name, 'recent');
    if (found === undefined) return undefined;
    const { disabled, unknown, identities: _identities, ...rest } = found;
    // Nothing that could be granted is known: whoever holds the credential is told to renew it, not that nothing exists.
    if (disabled || (unknown !== undefined && rest.groups.length === 0)) return undefined;
    return { ...rest, credential };
  }

  async function shown(text: string): Promise<Principal | undefined> {
    const proof = await federation?.prove(text);
    return proof?.kind === 'user' ? principal(proof.name, proof.credential) : proof?.principal;
  }

  return {
    async token(text, scope) {
      if (!isTokenText(text)) return shown(text);
      const now = clock.now();
      const found = await directory.findTokenByHash(hashTokenText(text));
      const record = found !== undefined && isLive(found, scope, now) ? found : undefined;
      const { id = '', scopes = [], user = NOBODY } = record ?? {};
      const who = await principal(user, { kind: 'token', id, scopes });
      if (who !== undefined) directory.touchToken(id, now);
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
      const owner = await known(user, 'recent');
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

    principalOf: (name) => known(name, 'recent'),
    principalNow: (name) => known(name, 'now'),
  };
}

function unionOf(left: readonly string[], right: readonly string[]): readonly string[] {
  return [...new Set([...left, ...right])];
}

/** A sponsor with the groups that providers give them; nobody, when a provider has disabled them. */
function withStanding(user: User | undefined, { groups, disabled }: Standing): User | undefined {
  return user === undefined || disabled ? undefined : { ...user, groups: unionOf(user.groups, groups) };
}

function isLive({ revokedAt, expiresAt, scopes }: TokenRecord, scope: TokenScope, now: number): boolean {
  return revokedAt === undefined && (expiresAt === undefined || expiresAt > now) && scopes.includes(scope);
}

// Who somebody is: principals of our own directory, proved by a token of ours (ssh-identity.ts: by an SSH key), or by a token
// of a provider that their outside identity or their job has. Everything that is not a live credential of an enabled
// principal is `undefined`, without saying which it was.
import type { Clock, Directory, User } from '../../domain/ports.ts';
import type { Principal, PrincipalKind, TokenScope } from '../../domain/principal.ts';
import { hashTokenText, isTokenText, newTokenText, randomBase62 } from '../../domain/token-text.ts';
import type { Federation, Freshness, Standing } from './federation.ts';

/** What is known of a principal apart from any credential. */
export interface KnownPrincipal {
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly sponsor?: string;
  /** Local ones, and those of outside identities. */
  readonly groups: readonly string[];
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
  /** Who issues it, for the trail. */
  readonly actor: string;
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

export interface IdentityParts {
  readonly directory: Directory;
  readonly clock: Clock;
  /** Absent: there are no outside identities. */
  readonly federation?: Pick<Federation, 'standing' | 'prove'>;
}

const LOCAL_ONLY: Standing = { groups: [], identities: [], disabled: false };

export function createIdentity({ directory, clock, federation }: IdentityParts): LocalIdentity {
  const standingOf = async (name: string, freshness: Freshness) =>
    (await federation?.standing(name, freshness)) ?? LOCAL_ONLY;

  async function known(user: User, freshness: Freshness): Promise<KnownPrincipal> {
    // A coding agent acts for its sponsor: when the human is disabled, so is everything that acts in their name.
    const sponsor = user.sponsor === undefined ? undefined : await directory.findUser(user.sponsor);
    const standing = await standingOf(user.name, freshness);
    const sponsors = sponsor === undefined ? LOCAL_ONLY : await standingOf(sponsor.name, freshness);
    const unknown = standing.unknown ?? sponsors.unknown;
    return {
      name: user.name,
      kind: user.kind,
      ...(user.sponsor === undefined ? {} : { sponsor: user.sponsor }),
      groups: [...new Set([...user.groups, ...standing.groups])],
      disabled:
        user.disabledAt !== undefined || sponsor?.disabledAt !== undefined || standing.disabled || sponsors.disabled,
      identities: standing.identities,
      ...(unknown !== undefined && { unknown }),
    };
  }

  async function principal(name: string, credential: Principal['credential']): Promise<Principal | undefined> {
    const user = await directory.findUser(name);
    if (user === undefined) return undefined;
    const { disabled, unknown, identities: _identities, ...rest } = await known(user, 'recent');
    // Nothing that could be granted is known: whoever holds the credential is told to renew it, not that nothing exists.
    if (disabled || (unknown !== undefined && rest.groups.length === 0)) return undefined;
    return { ...rest, credential };
  }

  async function shown(text: string): Promise<Principal | undefined> {
    const proof = await federation?.prove(text);
    return proof?.kind === 'user' ? principal(proof.name, proof.credential) : proof?.principal;
  }

  async function find(name: string, freshness: Freshness): Promise<KnownPrincipal | undefined> {
    const user = await directory.findUser(name);
    return user === undefined ? undefined : known(user, freshness);
  }

  return {
    async token(text, scope) {
      if (!isTokenText(text)) return shown(text);
      const record = await directory.findTokenByHash(hashTokenText(text));
      if (record === undefined || record.revokedAt !== undefined) return undefined;
      const now = clock.now();
      if (record.expiresAt !== undefined && record.expiresAt <= now) return undefined;
      if (!record.scopes.includes(scope)) return undefined;
      const found = await principal(record.user, { kind: 'token', id: record.id, scopes: record.scopes });
      if (found !== undefined) directory.touchToken(record.id, now);
      return found;
    },

    async issueToken({ user, scopes, expiresAt, actor }) {
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
      const owner = await directory.findUser(user);
      if (owner === undefined) throw new IdentityError('unknown-user', 'no such user (hint: sallyport user ls)');
      if ((await known(owner, 'recent')).disabled)
        throw new IdentityError('disabled-user', `${owner.name} is disabled`);
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
        body: { change: 'token created', before: null, after: record },
      });
      return { id: record.id, text };
    },

    principalOf: (name) => find(name, 'recent'),
    principalNow: (name) => find(name, 'now'),
  };
}

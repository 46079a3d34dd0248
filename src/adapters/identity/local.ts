// Local identity: principals of our own directory, proved by a token (ssh-identity.ts: by an SSH key). Everything that is
// not a live credential of an enabled principal is `undefined`, without saying which it was.
import type { Clock, Directory, User } from '../../domain/ports.ts';
import type { Principal, PrincipalKind, TokenScope } from '../../domain/principal.ts';
import { hashTokenText, isTokenText, newTokenText, randomBase62 } from '../../domain/token-text.ts';

/** What is known of a principal apart from any credential. */
export interface KnownPrincipal {
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly sponsor?: string;
  readonly groups: readonly string[];
  /** Disabled itself, or acting for a human who is. */
  readonly disabled: boolean;
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

export function createIdentity(options: { readonly directory: Directory; readonly clock: Clock }): LocalIdentity {
  const { directory, clock } = options;

  async function known(user: User): Promise<KnownPrincipal> {
    // A coding agent acts for its sponsor: when the human is disabled, so is everything that acts in their name.
    const sponsor = user.sponsor === undefined ? undefined : await directory.findUser(user.sponsor);
    return {
      name: user.name,
      kind: user.kind,
      ...(user.sponsor === undefined ? {} : { sponsor: user.sponsor }),
      groups: user.groups,
      disabled: user.disabledAt !== undefined || sponsor?.disabledAt !== undefined,
    };
  }

  async function principal(name: string, credential: Principal['credential']): Promise<Principal | undefined> {
    const user = await directory.findUser(name);
    if (user === undefined) return undefined;
    const { disabled, ...rest } = await known(user);
    return disabled ? undefined : { ...rest, credential };
  }

  return {
    async token(text, scope) {
      if (!isTokenText(text)) return undefined;
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
      if ((await known(owner)).disabled) throw new IdentityError('disabled-user', `${owner.name} is disabled`);
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

    async principalOf(name) {
      const user = await directory.findUser(name);
      return user === undefined ? undefined : known(user);
    },
  };
}

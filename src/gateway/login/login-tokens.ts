// Tokens of a command line's login: an access token of ours that lives an hour, and a refresh token that is good for one
// use. A refresh token that comes again is a copy in somebody's hands: the whole login ends (RFC 9700, section 4.14).
import { isLoginSecret, newLoginSecret } from '../../domain/identity/login-secrets.ts';
import type { Issue, LoggedIn, RefreshFamily } from '../../domain/identity/login-store.ts';
import { hashTokenText, isTokenText, newTokenText, randomBase62 } from '../../domain/token-text.ts';
import type { LoginDeps } from './deps.ts';
import { loginStanding } from './standing.ts';

export interface TokenPair {
  readonly user: string;
  readonly access: string;
  readonly refresh: string;
  readonly scopes: readonly string[];
  readonly expiresInSeconds: number;
}

export type Refreshed =
  | { readonly outcome: 'pair'; readonly pair: TokenPair }
  | { readonly outcome: 'refused'; readonly reason: string };

export interface LoginTokens {
  /** The first pair of a login. */
  open(login: LoggedIn, label: string, source: string, codeHash?: string): Promise<Refreshed>;
  refresh(text: string, source: string): Promise<Refreshed>;
  /** Ends the login that a refresh or access token belongs to. */
  end(text: string, source: string): Promise<void>;
  endFamily(id: string, reason: string, source: string, actor?: string): Promise<void>;
}

const ACCESS_MS = 3600_000;
const FAMILY_MS = 30 * 24 * 3600_000;

type TokenDeps = Pick<LoginDeps, 'identity' | 'directory' | 'clock' | 'logins' | 'log'> & {
  readonly findTokenByHash: (hash: string) => Promise<{ readonly family?: string } | undefined>;
};

export function createLoginTokens(deps: TokenDeps): LoginTokens {
  const { logins, clock, directory } = deps;

  function newPair(family: RefreshFamily): { issue: Issue; pair: TokenPair } {
    const now = clock.now();
    const access = newTokenText();
    const refresh = newLoginSecret('refresh');
    const expiresAt = Math.min(now + ACCESS_MS, family.endsAt);
    const { user, scopes } = family;
    return {
      issue: {
        token: { id: `tok-${randomBase62(10)}`, user, scopes, createdAt: now, expiresAt, family: family.id },
        tokenHash: hashTokenText(access),
        refreshHash: hashTokenText(refresh),
      },
      pair: { user, access, refresh, scopes, expiresInSeconds: Math.floor((expiresAt - now) / 1000) },
    };
  }

  /** A login by a token of ours does not outlive the token. */
  async function endOf({ user, via }: LoggedIn): Promise<number> {
    const latest = clock.now() + FAMILY_MS;
    if (via.kind !== 'token') return latest;
    const token = (await directory.listTokens(user)).find(({ id }) => id === via.id);
    return Math.min(latest, token?.expiresAt ?? latest);
  }

  async function endFamily(id: string, reason: string, source: string, actor?: string): Promise<void> {
    const body = { for: 'command line', family: id, reason, source };
    await logins.endFamily(id, clock.now(), { type: 'login.ended', ...(actor !== undefined && { actor }), body });
  }

  async function familyOf(text: string): Promise<string | undefined> {
    if (isTokenText(text)) return (await deps.findTokenByHash(hashTokenText(text)))?.family;
    if (!isLoginSecret('refresh', text)) return undefined;
    const found = await logins.findRefresh(hashTokenText(text), clock.now());
    return found.outcome === 'unknown' ? undefined : found.family.id;
  }

  return {
    async open(login, label, source, codeHash) {
      const standing = await loginStanding(deps, login);
      if (!standing.ok) return { outcome: 'refused', reason: standing.reason };
      const { user, via, scopes } = login;
      const id = `login-${randomBase62(16)}`;
      const family = { user, via, scopes, id, label, createdAt: clock.now(), endsAt: await endOf(login) };
      const { issue, pair } = newPair(family);
      const body = { for: 'command line', via, label, family: id, token: issue.token.id, source };
      await logins.addFamily(family, issue, { type: 'login.succeeded', actor: user, body }, codeHash);
      return { outcome: 'pair', pair };
    },

    async refresh(text, source) {
      const unknown = { outcome: 'refused', reason: 'this login has ended; hint: sallyport login' } as const;
      if (!isLoginSecret('refresh', text)) return unknown;
      const hash = hashTokenText(text);
      const found = await logins.findRefresh(hash, clock.now());
      if (found.outcome === 'unknown') return unknown;
      const { family } = found;
      if (found.outcome === 'reused') {
        deps.log.warn(
          { user: family.user, family: family.id, source },
          'a refresh token was used twice: its login has ended',
        );
        await endFamily(family.id, 'a refresh token was used twice', source, family.user);
        return unknown;
      }
      const standing = await loginStanding(deps, family);
      if (!standing.ok) return { outcome: 'refused', reason: standing.reason };
      const { issue, pair } = newPair(family);
      const body = { family: family.id, token: issue.token.id, source };
      const entry = { type: 'login.refreshed', actor: family.user, body } as const;
      const rotated = await logins.rotate(hash, family.id, issue, clock.now(), entry);
      return rotated ? { outcome: 'pair', pair } : unknown;
    },

    async end(text, source) {
      const family = await familyOf(text);
      if (family !== undefined) await endFamily(family, 'logged out', source);
    },

    endFamily,
  };
}

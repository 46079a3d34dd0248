// Does a login that was made earlier still count? Its user may be disabled, its provider may say no more, the token by
// which it came in may be revoked.
import type { LoggedIn } from '../../domain/identity/login-store.ts';
import type { LoginDeps } from './deps.ts';

export type LoginStanding = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export async function loginStanding(
  { identity, directory, clock }: Pick<LoginDeps, 'identity' | 'directory' | 'clock'>,
  { user, via }: LoggedIn,
): Promise<LoginStanding> {
  const known = await identity.principalOf(user);
  if (known === undefined || known.disabled)
    return no(`${user} is disabled; hint: log in again, or ask an administrator`);
  if (via.kind === 'provider') return known.unknown === undefined ? { ok: true } : no(known.unknown);
  const token = (await directory.listTokens(user)).find(({ id }) => id === via.id);
  const isLive =
    token !== undefined &&
    token.revokedAt === undefined &&
    (token.expiresAt === undefined || token.expiresAt > clock.now());
  return isLive ? { ok: true } : no('the token by which you logged in has ended; hint: log in again');
}

function no(reason: string): LoginStanding {
  return { ok: false, reason };
}

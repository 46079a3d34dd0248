// The access token of a login, refreshed when it is about to end. One process at a time refreshes: of several gits at once
// the first does it, and the others find what it got.
import type { Login, Logins } from './login-file.ts';
import { byRefresh } from './oauth.ts';

/** A push may take a while to reach its last request. */
const LEAST_LIFE_MS = 5 * 60_000;

/** The login with a token that lives on for a while; `undefined` without a login. Throws when it cannot be renewed. */
export async function freshLogin(logins: Logins, gateway: string): Promise<Login | undefined> {
  const found = await logins.find(gateway);
  if (found === undefined || isFresh(found)) return found;
  return logins.alone(async () => {
    const now = await logins.find(gateway);
    if (now === undefined || isFresh(now)) return now;
    const renewed = await byRefresh(gateway, now.refresh).catch((error: unknown) => {
      // A gateway that cannot renew it now, but whose token is good still.
      if (now.expiresAt > Date.now()) return now;
      throw error;
    });
    if (renewed !== now) await logins.save(renewed);
    return renewed;
  });
}

function isFresh({ expiresAt }: Login): boolean {
  return expiresAt - Date.now() > LEAST_LIFE_MS;
}

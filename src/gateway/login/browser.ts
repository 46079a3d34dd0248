// One browser and its session. The browser's own cookie exists before anybody logs in: it ties an attempt to log in to the
// browser that began it, and proves with a keyed digest that a form which comes back is one that we gave to it.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { newLoginSecret } from '../../domain/identity/login-secrets.ts';
import type { BrowserSession, LoggedIn } from '../../domain/identity/login-store.ts';
import { hashTokenText } from '../../domain/token-text.ts';
import type { LoginDeps } from './deps.ts';
import type { LoginRequest } from './http.ts';
import { loginStanding } from './standing.ts';

export interface Browser {
  readonly id: string;
  /** For a form's field `csrf`. */
  readonly formProof: string;
  /** To be set with the answer. */
  readonly cookies: readonly string[];
  readonly session?: BrowserSession;
}

export interface Browsers {
  /** Who asks; a new browser gets a cookie. */
  of(request: LoginRequest): Promise<Browser>;
  /** True for a form that we gave to this browser, sent from a page of ours. */
  isOwnForm(request: LoginRequest, browser: Browser): boolean;
  /** Logs the browser in; answers the cookies that say so. */
  open(login: LoggedIn, how: Readonly<Record<string, unknown>>): Promise<readonly string[]>;
  close(request: LoginRequest): Promise<readonly string[]>;
}

const IDLE_MS = 3600_000;
const TOUCH_MS = 60_000;

export function createBrowsers(deps: LoginDeps): Browsers {
  const { logins, clock } = deps;
  const isTls = () => deps.publicUrl().startsWith('https:');
  // The prefix makes browsers refuse the cookie from anybody but this very host over TLS (RFC 6265bis, 4.1.3.2).
  const named = (name: string) => `${isTls() ? '__Host-' : ''}sallyport-${name}`;
  const cookie = (name: string, value: string, seconds?: number) =>
    `${named(name)}=${value}; Path=/; HttpOnly; SameSite=Lax${isTls() ? '; Secure' : ''}${seconds === undefined ? '' : `; Max-Age=${seconds}`}`;
  const proofOf = (id: string) => createHmac('sha256', deps.formKey).update(`form ${id}`).digest('base64url');

  async function sessionOf(request: LoginRequest): Promise<BrowserSession | undefined> {
    const text = request.cookies.get(named('session'));
    if (text === undefined) return undefined;
    const hash = hashTokenText(text);
    const now = clock.now();
    const session = await logins.findSession(hash, now);
    if (session === undefined || session.usedAt + IDLE_MS <= now) return undefined;
    if (!(await loginStanding(deps, session)).ok) return undefined;
    if (now - session.usedAt >= TOUCH_MS) await logins.touchSession(hash, now);
    return session;
  }

  return {
    async of(request) {
      const known = request.cookies.get(named('browser'));
      const isKnown = known !== undefined && /^[A-Za-z0-9_-]{43}$/.test(known);
      const id = isKnown ? known : randomBytes(32).toString('base64url');
      const session = await sessionOf(request);
      return {
        id,
        formProof: proofOf(id),
        cookies: isKnown ? [] : [cookie('browser', id)],
        ...(session !== undefined && { session }),
      };
    },

    isOwnForm({ form, origin, fetchSite }, { formProof }) {
      if (origin !== undefined && origin !== new URL(deps.publicUrl()).origin) return false;
      if (fetchSite !== undefined && fetchSite !== 'same-origin') return false;
      const given = Buffer.from(form['csrf'] ?? '');
      const wanted = Buffer.from(formProof);
      return given.length === wanted.length && timingSafeEqual(given, wanted);
    },

    async open(login, how) {
      const text = newLoginSecret('session');
      const now = clock.now();
      const session = { ...login, createdAt: now, usedAt: now, endsAt: now + deps.loginLastsMs };
      await logins.addSession(hashTokenText(text), session, {
        type: 'login.succeeded',
        actor: login.user,
        body: { for: 'browser', via: login.via, ...how },
      });
      // A browser that somebody else prepared must not share the session that begins here.
      const id = randomBytes(32).toString('base64url');
      return [cookie('session', text, Math.floor(deps.loginLastsMs / 1000)), cookie('browser', id)];
    },

    async close(request) {
      const text = request.cookies.get(named('session'));
      const session = text === undefined ? undefined : await logins.findSession(hashTokenText(text), clock.now());
      if (text !== undefined && session !== undefined) {
        await logins.endSession(hashTokenText(text), clock.now(), {
          type: 'login.ended',
          actor: session.user,
          body: { for: 'browser', source: request.source },
        });
      }
      return [cookie('session', '', 0)];
    },
  };
}

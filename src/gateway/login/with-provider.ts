// Logging a browser in: with a provider (there and back again), or with a token of ours. An attempt is kept under a hash of
// its state, taken once, and counts only in the browser that began it: what a stranger's browser brings back is not theirs.
import type { LoginProvider } from '../../domain/identity/login-provider.ts';
import { isLoginSecret, newLoginSecret } from '../../domain/identity/login-secrets.ts';
import type { LoggedIn } from '../../domain/identity/login-store.ts';
import { hashTokenText } from '../../domain/token-text.ts';
import type { Browser, Browsers } from './browser.ts';
import type { LoginDeps } from './deps.ts';
import { type LoginReply, type LoginRequest, redirect } from './http.ts';
import { hidden, html, page, problemPage } from './pages.ts';

interface Attempt {
  readonly provider: string;
  readonly state: string;
  /** Hash of the browser that began. */
  readonly browser: string;
  readonly kept: string;
  readonly next: string;
  /** What was posted to us from the provider's page. */
  readonly form?: Readonly<Record<string, string>>;
}

export interface ProviderLogin {
  choose(request: LoginRequest): Promise<LoginReply>;
  begin(request: LoginRequest, provider: string): Promise<LoginReply>;
  callback(request: LoginRequest, provider: string): Promise<LoginReply>;
  withToken(request: LoginRequest): Promise<LoginReply>;
  metadata(provider: string): Promise<LoginReply | undefined>;
}

const ATTEMPT_MS = 10 * 60_000;

export function createProviderLogin(deps: LoginDeps, browsers: Browsers): ProviderLogin {
  const { logins, clock, log } = deps;
  const find = (name: string) => deps.providers.find((provider) => provider.name === name);
  const callbackOf = ({ name }: LoginProvider) => `${deps.publicUrl()}/login/callback/${name}`;

  async function choose(request: LoginRequest): Promise<LoginReply> {
    const browser = await browsers.of(request);
    const next = nextOf(request.url.searchParams.get('next'), deps.publicUrl());
    const { session, cookies } = browser;
    if (session !== undefined && next !== '/login') return redirect(next, cookies);
    if (session !== undefined) return page('Logged in', loggedIn(session.user, browser), { cookies });
    const [only] = deps.providers;
    // Nothing to choose.
    if (!deps.local && deps.providers.length === 1 && only !== undefined)
      return redirect(beginPath(only.name, next), cookies);
    return page('Log in', choices(next, browser), { cookies });
  }

  function choices(next: string, { formProof }: Browser) {
    const buttons = deps.providers.map(
      ({ name }) => html`<p><a class="button" href="${beginPath(name, next)}">Continue with ${name}</a></p>`,
    );
    const local = html`<form method="post" action="/login/local" autocomplete="off">
${hidden({ csrf: formProof, next })}<p><label>A token of this gateway<br><input type="password" name="token" required></label>
<button>Log in</button></p></form>`;
    return html`${buttons}${deps.local ? local : ''}`;
  }

  async function begin(request: LoginRequest, name: string): Promise<LoginReply> {
    const browser = await browsers.of(request);
    const provider = find(name);
    if (provider === undefined)
      return problemPage(404, 'There is no such provider.', 'Choose another one.', browser.cookies);
    const state = newLoginSecret('state');
    const begun = await provider.begin({ state, callback: callbackOf(provider) });
    if (begun.outcome === 'unavailable') return unavailable(provider, request, begun.reason, browser.cookies);
    const next = nextOf(request.url.searchParams.get('next'), deps.publicUrl());
    await keep(state, { provider: name, state, browser: hashTokenText(browser.id), kept: begun.kept, next });
    return redirect(begun.url, browser.cookies);
  }

  async function keep(key: string, attempt: Attempt): Promise<void> {
    await logins.addAttempt(hashTokenText(key), JSON.stringify(attempt), clock.now() + ATTEMPT_MS);
  }

  async function take(key: string | undefined): Promise<Attempt | undefined> {
    if (key === undefined || !isLoginSecret('state', key)) return undefined;
    const text = await logins.takeAttempt(hashTokenText(key), clock.now());
    return text === undefined ? undefined : (JSON.parse(text) as Attempt);
  }

  async function callback(request: LoginRequest, name: string): Promise<LoginReply> {
    const { url, form, method } = request;
    const query = (key: string) => url.searchParams.get(key) ?? undefined;
    const key = query('resume') ?? query('state') ?? query('RelayState') ?? form['RelayState'] ?? form['state'];
    const attempt = await take(key);
    if (attempt === undefined) return ended(request, name, 'no such attempt, or not any more');
    if (method === 'POST') {
      // A form from another site comes without our cookies. They come with the redirect.
      const resume = newLoginSecret('state');
      await keep(resume, { ...attempt, form });
      return redirect(`/login/callback/${name}?resume=${resume}`);
    }
    const browser = await browsers.of(request);
    const provider = find(name);
    if (provider === undefined || attempt.provider !== name) return ended(request, name, 'another provider');
    if (attempt.browser !== hashTokenText(browser.id)) return ended(request, name, 'another browser');
    const answerUrl = attempt.form === undefined ? `${callbackOf(provider)}${url.search}` : callbackOf(provider);
    return finish(provider, attempt, answerUrl, request);
  }

  async function finish(
    provider: LoginProvider,
    { state, kept, next, form }: Attempt,
    url: string,
    request: LoginRequest,
  ): Promise<LoginReply> {
    const answer = { state, kept, url, callback: callbackOf(provider), ...(form !== undefined && { form }) };
    const finished = await provider.finish(answer);
    if (finished.outcome === 'unavailable') return unavailable(provider, request, finished.reason);
    if (finished.outcome === 'refused') {
      await failed(request, provider.name, finished.reason);
      return problemPage(403, `${provider.name} did not log you in.`, `It said: ${finished.reason}.`);
    }
    const admitted = await deps.federation.admit(finished.identity, finished.grant);
    if (admitted.outcome === 'refused') {
      await failed(request, provider.name, admitted.reason);
      return problemPage(403, `You cannot come in: ${admitted.reason}.`, admitted.hint ?? '');
    }
    const { subject } = finished.identity;
    const via = { kind: 'provider', provider: provider.name, subject } as const;
    return open({ user: admitted.user, via, scopes: ['git', 'api'] }, next, request);
  }

  async function open(login: LoggedIn, next: string, request: LoginRequest): Promise<LoginReply> {
    return redirect(next, await browsers.open(login, { source: request.source }));
  }

  async function withToken(request: LoginRequest): Promise<LoginReply> {
    const browser = await browsers.of(request);
    if (!deps.local) return problemPage(404, 'Tokens do not log in here.', 'Choose a provider.');
    if (!browsers.isOwnForm(request, browser)) return problemPage(403, 'This form is not ours.', 'Load the page anew.');
    const { token = '', next } = request.form;
    const principal = await deps.identity.token(token.trim(), 'api');
    // Coding agents and services have tokens and make no more of them: a stolen one must not outlive itself.
    if (principal?.kind !== 'human' || principal.credential.kind !== 'token') {
      await failed(request, 'local', 'no valid token of a person with the scope api');
      return problemPage(
        403,
        'This is no valid token of a person.',
        'It needs the scope "api": sallyport token create',
      );
    }
    const { id, scopes } = principal.credential;
    const login = { user: principal.name, via: { kind: 'token', id }, scopes } as const;
    return open(login, nextOf(next ?? null, deps.publicUrl()), request);
  }

  async function failed({ source }: LoginRequest, provider: string, reason: string): Promise<void> {
    deps.attempts.failed(source, clock.now());
    log.info({ provider, reason, source }, 'a login failed');
    await deps.trail.append({ type: 'login.failed', body: { for: 'browser', provider, reason, source } });
  }

  async function ended(request: LoginRequest, provider: string, reason: string): Promise<LoginReply> {
    await failed(request, provider, reason);
    return problemPage(400, 'This login has ended, or was begun elsewhere.', 'Begin again in this browser.');
  }

  function unavailable(
    { name }: LoginProvider,
    { source }: LoginRequest,
    reason: string,
    cookies: readonly string[] = [],
  ): LoginReply {
    log.warn({ provider: name, reason, source }, 'nobody can log in with this provider now');
    const hint = `Try again later. For administrators: ${reason}; sallyport doctor says more.`;
    return problemPage(503, `${name} cannot be asked now. Whoever is logged in goes on.`, hint, cookies);
  }

  return {
    choose,
    begin,
    callback,
    withToken,
    async metadata(name) {
      const metadata = await find(name)?.metadata?.();
      return metadata && { status: 200, headers: { 'content-type': metadata.contentType }, body: metadata.body };
    },
  };
}

function loggedIn(user: string, { formProof }: Browser) {
  return html`<p>You are ${user}.</p><p><a href="/login/device">Enter a code that a terminal shows</a></p>
<form method="post" action="/login/logout">${hidden({ csrf: formProof })}<button class="no">Log out</button></form>`;
}

function beginPath(name: string, next: string): string {
  return `/login/begin/${name}?next=${encodeURIComponent(next)}`;
}

/** Where to go on: a path of ours, or else to the page that says who one is. */
function nextOf(wanted: string | null, publicUrl: string): string {
  if (wanted === null || wanted.length > 4096 || !/^\/(?![/\\])[\x21-\x7e]*$/.test(wanted)) return '/login';
  const url = URL.parse(wanted, publicUrl);
  return url?.origin === new URL(publicUrl).origin ? `${url.pathname}${url.search}` : '/login';
}

// Authorization of a command line (RFC 6749 with PKCE, RFC 7636): one public client, which listens on this machine's
// loopback for its code (RFC 8252, section 7.3). A person says yes on a page of ours each time: a session alone must not
// give tokens to whatever program opened a browser window.
import { newLoginSecret } from '../../domain/identity/login-secrets.ts';
import { hashTokenText } from '../../domain/token-text.ts';
import type { Browsers } from './browser.ts';
import type { LoginDeps } from './deps.ts';
import { type LoginReply, type LoginRequest, redirect } from './http.ts';
import { cleanLabel } from './label.ts';
import { hidden, html, page, problemPage } from './pages.ts';

export const CLIENT_ID = 'sallyport-cli';

export interface Authorization {
  ask(request: LoginRequest): Promise<LoginReply>;
  decide(request: LoginRequest): Promise<LoginReply>;
}

const CODE_MS = 60_000;

interface Wanted {
  readonly redirectUri: string;
  readonly state: string;
  readonly challenge: string;
  readonly label: string;
}

export function createAuthorization(deps: LoginDeps, browsers: Browsers): Authorization {
  const { clock, logins } = deps;

  async function ask(request: LoginRequest): Promise<LoginReply> {
    const browser = await browsers.of(request);
    const wanted = readWanted(Object.fromEntries(request.url.searchParams));
    if (typeof wanted === 'string')
      return problemPage(400, 'This request to log in is malformed.', wanted, browser.cookies);
    if (browser.session === undefined) {
      const here = `${request.url.pathname}${request.url.search}`;
      return redirect(`/login?next=${encodeURIComponent(here)}`, browser.cookies);
    }
    const fields = { ...parametersOf(request.url.searchParams), csrf: browser.formProof };
    return page('Log in a terminal', consent(browser.session.user, wanted, fields), {
      cookies: browser.cookies,
      leadsTo: new URL(wanted.redirectUri).origin,
    });
  }

  async function decide(request: LoginRequest): Promise<LoginReply> {
    const browser = await browsers.of(request);
    const { session } = browser;
    if (session === undefined || !browsers.isOwnForm(request, browser)) {
      return problemPage(403, 'This form is not ours, or you are logged out.', 'Begin again in the terminal.');
    }
    const wanted = readWanted(request.form);
    if (typeof wanted === 'string') return problemPage(400, 'This request to log in is malformed.', wanted);
    const { redirectUri, state, challenge, label } = wanted;
    const answer = (values: Readonly<Record<string, string>>) => {
      const url = new URL(redirectUri);
      // `iss`: the client that talks to several gateways knows whose code it is (RFC 9207).
      for (const [key, value] of Object.entries({ ...values, state, iss: deps.publicUrl() }))
        url.searchParams.set(key, value);
      return redirect(url.href);
    };
    if (request.form['decision'] !== 'yes') return answer({ error: 'access_denied' });
    const code = newLoginSecret('code');
    const { user, via, scopes } = session;
    const expiresAt = clock.now() + CODE_MS;
    await logins.addCode(hashTokenText(code), { user, via, scopes, redirectUri, challenge, label, expiresAt });
    return answer({ code });
  }

  return { ask, decide };
}

const PARAMETERS = [
  'client_id',
  'redirect_uri',
  'response_type',
  'code_challenge',
  'code_challenge_method',
  'state',
  'label',
] as const;

/** These alone go into the form: a field of it must not come from whoever made the link. */
function parametersOf(query: URLSearchParams): Readonly<Record<string, string>> {
  return Object.fromEntries(PARAMETERS.map((name) => [name, query.get(name) ?? '']));
}

function consent(user: string, { label }: Wanted, fields: Readonly<Record<string, string>>) {
  return html`<p>The sallyport command on <strong>${label}</strong> asks to act as <strong>${user}</strong>.</p>
<p>Say yes only if you have just typed <code>sallyport login</code> on this computer.</p>
<form method="post" action="/login/authorize">${hidden(fields)}
<button name="decision" value="yes">Yes, log it in</button> <button class="no" name="decision" value="no">No</button></form>`;
}

/** What is asked for, or what is wrong with it. Until the address is known to be right nothing is sent there. */
function readWanted(fields: Readonly<Record<string, string | undefined>>): Wanted | string {
  const {
    client_id,
    redirect_uri = '',
    response_type,
    code_challenge = '',
    code_challenge_method,
    state = '',
  } = fields;
  if (client_id !== CLIENT_ID) return 'The client is not known here.';
  if (!isLoopbackUri(redirect_uri)) return 'The address to return to is not on your own computer.';
  if (response_type !== 'code') return 'Only the response type code is known.';
  if (code_challenge_method !== 'S256' || !/^[A-Za-z0-9_-]{43}$/.test(code_challenge))
    return 'PKCE with S256 is needed.';
  if (!/^[A-Za-z0-9._~-]{16,200}$/.test(state)) return 'A state is needed.';
  return { redirectUri: redirect_uri, state, challenge: code_challenge, label: cleanLabel(fields['label']) };
}

/** By address, not by name: what `localhost` is, others may decide (RFC 8252, section 8.3). */
function isLoopbackUri(text: string): boolean {
  return /^http:\/\/(?:127\.0\.0\.1|\[::1\]):\d{1,5}\/callback$/.test(text) && URL.canParse(text);
}

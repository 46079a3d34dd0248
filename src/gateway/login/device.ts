// Logging in a terminal that has no browser (RFC 8628). The person types the code that the terminal shows, and sees who
// asks from where before they say yes: a link with the code in it could come from anybody.
import { newLoginSecret, newUserCode, readUserCode } from '../../domain/identity/login-secrets.ts';
import type { DeviceRequest } from '../../domain/identity/login-store.ts';
import { hashTokenText } from '../../domain/token-text.ts';
import { CLIENT_ID } from './authorize.ts';
import type { Browser, Browsers } from './browser.ts';
import type { LoginDeps } from './deps.ts';
import { json, type LoginReply, type LoginRequest, redirect } from './http.ts';
import { cleanLabel } from './label.ts';
import { hidden, html, page, problemPage } from './pages.ts';

export interface DeviceLogin {
  /** The terminal asks for a pair of codes. */
  start(request: LoginRequest): Promise<LoginReply>;
  form(request: LoginRequest): Promise<LoginReply>;
  show(request: LoginRequest): Promise<LoginReply>;
  decide(request: LoginRequest): Promise<LoginReply>;
}

const DEVICE_MS = 10 * 60_000;
const INTERVAL_SECONDS = 5;

export function createDeviceLogin(deps: LoginDeps, browsers: Browsers): DeviceLogin {
  const { clock, logins } = deps;
  async function start({ form, source }: LoginRequest): Promise<LoginReply> {
    if (form['client_id'] !== CLIENT_ID) return json(401, { error: 'invalid_client' });
    const device = newLoginSecret('device');
    const createdAt = clock.now();
    const request: DeviceRequest = {
      label: cleanLabel(form['label']),
      source,
      createdAt,
      expiresAt: createdAt + DEVICE_MS,
      state: 'pending',
    };
    for (let tries = 0; tries < 5; tries++) {
      const code = newUserCode();
      if (!(await logins.addDevice(hashTokenText(device), hashTokenText(code), request))) continue;
      return json(200, {
        device_code: device,
        user_code: code,
        verification_uri: `${deps.publicUrl()}/login/device`,
        expires_in: DEVICE_MS / 1000,
        interval: INTERVAL_SECONDS,
      });
    }
    return json(503, { error: 'temporarily_unavailable' });
  }

  async function form(request: LoginRequest): Promise<LoginReply> {
    const browser = await browsers.of(request);
    if (browser.session === undefined) return redirect('/login?next=%2Flogin%2Fdevice', browser.cookies);
    return page('Log in a terminal', codeForm(browser), { cookies: browser.cookies });
  }

  /** The browser with its session, or what it gets instead. */
  async function own(request: LoginRequest): Promise<Browser | LoginReply> {
    const browser = await browsers.of(request);
    if (browser.session !== undefined && browsers.isOwnForm(request, browser)) return browser;
    return problemPage(403, 'This form is not ours, or you are logged out.', 'Load the page anew.');
  }

  async function find(request: LoginRequest): Promise<{ code: string; device: DeviceRequest } | LoginReply> {
    const code = readUserCode(request.form['code'] ?? '');
    const device = code === undefined ? undefined : await logins.findDevice(hashTokenText(code), clock.now());
    if (code !== undefined && device?.state === 'pending') return { code, device };
    // 34 bits are guessed by whoever may try without end.
    deps.attempts.failed(request.source, clock.now());
    return problemPage(404, 'No terminal shows this code now.', 'Type it as the terminal shows it: /login/device');
  }

  async function show(request: LoginRequest): Promise<LoginReply> {
    const browser = await own(request);
    if ('status' in browser) return browser;
    const found = await find(request);
    if ('status' in found) return found;
    return page('Log in a terminal', confirmation(found.device, found.code, browser));
  }

  async function decide(request: LoginRequest): Promise<LoginReply> {
    const browser = await own(request);
    if ('status' in browser || browser.session === undefined) return 'status' in browser ? browser : form(request);
    const found = await find(request);
    if ('status' in found) return found;
    const { user, via, scopes } = browser.session;
    const isYes = request.form['decision'] === 'yes';
    const { label, source } = found.device;
    const decided = await logins.decideDevice(
      hashTokenText(found.code),
      isYes ? { user, via, scopes } : undefined,
      clock.now(),
      {
        type: isYes ? 'login.succeeded' : 'login.failed',
        actor: user,
        body: { for: 'device', via, label, source, confirmedFrom: request.source },
      },
    );
    if (!decided) return problemPage(409, 'This code has ended.', 'Begin again in the terminal.');
    const text = isYes ? 'The terminal is logged in. You can close this page.' : 'The terminal was refused.';
    return page(isYes ? 'Done' : 'Refused', html`<p>${text}</p>`);
  }

  return { start, form, show, decide };
}

function codeForm({ formProof }: Browser) {
  return html`<form method="post" action="/login/device" autocomplete="off">${hidden({ csrf: formProof })}
<p><label>The code that your terminal shows<br><input name="code" required autofocus></label> <button>Go on</button></p></form>`;
}

function confirmation({ label, source, createdAt }: DeviceRequest, code: string, { formProof, session }: Browser) {
  return html`<p>A terminal asks to act as <strong>${session?.user ?? ''}</strong>.</p>
<dl><dt>It calls itself</dt><dd>${label}</dd><dt>It asks from</dt><dd>${source}</dd>
<dt>Since</dt><dd>${new Date(createdAt).toISOString()}</dd></dl>
<p>Say yes only if you started this yourself. Nobody from support ever needs it.</p>
<form method="post" action="/login/device/decide">${hidden({ csrf: formProof, code })}
<button name="decision" value="yes">Yes, log it in</button> <button class="no" name="decision" value="no">No</button></form>`;
}

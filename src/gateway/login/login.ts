// The gateway's own login, beside the API: pages for people, and a small OAuth 2 authorization server for the command
// line. Whichever provider vouches for somebody, what comes out is a session or tokens of ours.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BrowserSession } from '../../domain/identity/login-store.ts';
import { createAttemptLimit } from '../api/attempt-limit.ts';
import { createAuthorization } from './authorize.ts';
import { createBrowsers } from './browser.ts';
import type { LoginDeps } from './deps.ts';
import { createDeviceLogin } from './device.ts';
import {
  json,
  type LoginReply,
  type LoginRequest,
  readHead,
  readLoginRequest,
  redirect,
  sendLoginReply,
} from './http.ts';
import { createLoginTokens } from './login-tokens.ts';
import { problemPage } from './pages.ts';
import { createTokenEndpoint, DEVICE_GRANT } from './token-endpoint.ts';
import { createProviderLogin } from './with-provider.ts';

export interface Login {
  /** True for the paths that are its own; `path` may have a query. */
  handles(path: string): boolean;
  handler(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** The session of the browser that asks, for pages elsewhere; `undefined` when nobody is logged in. */
  session(request: IncomingMessage): Promise<BrowserSession | undefined>;
}

export interface LoginParts extends LoginDeps {
  readonly findTokenByHash: (hash: string) => Promise<{ readonly family?: string } | undefined>;
}

const METADATA_PATH = '/.well-known/oauth-authorization-server';

type Answer = (request: LoginRequest, name: string) => Promise<LoginReply> | LoginReply;

export function createLogin(deps: LoginParts): Login {
  const browsers = createBrowsers(deps);
  const providers = createProviderLogin(deps, browsers);
  const authorization = createAuthorization(deps, browsers);
  const device = createDeviceLogin(deps, browsers);
  const tokens = createTokenEndpoint(deps, createLoginTokens(deps));

  async function logout(request: LoginRequest): Promise<LoginReply> {
    const browser = await browsers.of(request);
    if (!browsers.isOwnForm(request, browser)) return problemPage(403, 'This form is not ours.', 'Load the page anew.');
    return redirect('/login', await browsers.close(request));
  }

  /** RFC 8414: all that a command line has to know of us. */
  function serverMetadata(): LoginReply {
    const base = deps.publicUrl();
    return json(200, {
      issuer: base,
      authorization_endpoint: `${base}/login/authorize`,
      token_endpoint: `${base}/login/token`,
      revocation_endpoint: `${base}/login/revoke`,
      device_authorization_endpoint: `${base}/login/device/start`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token', DEVICE_GRANT],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none'],
      authorization_response_iss_parameter_supported: true,
    });
  }

  const routes: Readonly<Record<string, Answer>> = {
    'GET /login': providers.choose,
    'GET /login/begin/:name': providers.begin,
    'GET /login/callback/:name': providers.callback,
    'POST /login/callback/:name': providers.callback,
    'GET /login/metadata/:name': async (_request, name) =>
      (await providers.metadata(name)) ?? { status: 404, body: 'not found' },
    'GET /login/providers': () =>
      json(200, { local: deps.local, providers: deps.providers.map(({ name }) => ({ name })) }),
    'POST /login/local': providers.withToken,
    'POST /login/logout': logout,
    'GET /login/authorize': authorization.ask,
    'POST /login/authorize': authorization.decide,
    'GET /login/device': device.form,
    'POST /login/device': device.show,
    'POST /login/device/decide': device.decide,
    'POST /login/device/start': device.start,
    'POST /login/token': tokens.grant,
    'POST /login/revoke': tokens.revoke,
    [`GET ${METADATA_PATH}`]: serverMetadata,
  };

  /** What begins a login is kept for ten minutes: no address may have kept without bound. */
  const begun = createAttemptLimit({ burst: 300, refill: 2_000 });

  function waitOf({ method, source, url: { pathname } }: LoginRequest): number {
    const now = deps.clock.now();
    const isBeginning = pathname.startsWith('/login/begin/') || `${method} ${pathname}` === 'POST /login/device/start';
    if (!isBeginning) return deps.attempts.waitFor(source, now);
    const wait = Math.max(deps.attempts.waitFor(source, now), begun.waitFor(source, now));
    if (wait === 0) begun.failed(source, now);
    return wait;
  }

  async function answer(request: LoginRequest): Promise<LoginReply> {
    const wait = waitOf(request);
    if (wait > 0) {
      const headers = { 'retry-after': String(Math.ceil(wait / 1000)) };
      return { status: 429, headers, body: 'too many logins from this address; try again later' };
    }
    const path = request.url.pathname;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const [, head, name = ''] = /^(\/login\/(?:begin|callback|metadata))\/([A-Za-z0-9._-]{1,64})$/.exec(path) ?? [];
    const route = routes[`${method} ${head === undefined ? path : `${head}/:name`}`];
    if (route !== undefined) return route(request, name);
    return { status: 404, body: 'not found' };
  }

  return {
    handles: (path) => /^\/login(?:[/?]|$)/.test(path) || path.split('?', 1)[0] === METADATA_PATH,

    async session(raw) {
      const request = readHead(raw, deps.publicUrl());
      return 'status' in request ? undefined : (await browsers.of(request)).session;
    },

    async handler(raw, response) {
      const isTls = deps.publicUrl().startsWith('https:');
      try {
        const request = await readLoginRequest(raw, deps.publicUrl());
        const reply = 'status' in request ? request : await answer(request);
        sendLoginReply(response, reply, isTls);
      } catch (error) {
        deps.log.error({ error, path: (raw.url ?? '').split('?', 1)[0] }, 'a login request failed');
        if (!response.headersSent) sendLoginReply(response, { status: 500, body: 'internal error' }, isTls);
        else response.destroy();
      }
    },
  };
}

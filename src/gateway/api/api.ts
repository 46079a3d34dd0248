// The HTTP API: routes as values onto fastify. Git's own paths never come here; gateway/main.ts routes them before.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type LightMyRequestResponse,
} from 'fastify';
import { accountRoutes } from './accounts.ts';
import { agentRoutes } from './agents.ts';
import { aiSessionRoutes } from './ai-sessions.ts';
import { type AttemptLimit, createAttemptLimit } from './attempt-limit.ts';
import { attributionRoutes } from './attributions.ts';
import { authenticate, type Caller } from './authenticate.ts';
import { certificateRoutes } from './certificates.ts';
import { codingAgentRoutes } from './coding-agents.ts';
import type { ApiDeps } from './deps.ts';
import { createEvents, type EventsOptions } from './events.ts';
import { exceptionRoutes } from './exceptions.ts';
import { grantRoutes } from './grants.ts';
import { hostKeyRoutes } from './host-keys.ts';
import { keyRoutes } from './keys.ts';
import { type ApiMetrics, createApiMetrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { policyRoutes } from './policy.ts';
import { notFound, Problem, type ProblemStatus } from './problem.ts';
import { pushRoutes } from './pushes.ts';
import type { Route } from './route.ts';
import { trailRoutes } from './trail.ts';
import { userRoutes } from './users.ts';

export interface InjectedRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
  /** A body of another kind. */
  readonly raw?: { readonly contentType: string; readonly payload: string };
}

export interface Api {
  /** Answers one request that is none of git's. */
  handler(request: IncomingMessage, response: ServerResponse): void;
  /** The same without a socket: for the command line when no gateway runs, and for tests. */
  inject(request: InjectedRequest): Promise<LightMyRequestResponse>;
  /** What can be asked for. */
  readonly routes: readonly Pick<Route, 'method' | 'path'>[];
  /** Ends open event streams and refuses what comes later. */
  close(): Promise<void>;
}

export interface ApiOptions {
  readonly events?: EventsOptions;
  readonly limit?: AttemptLimit;
}

/** The largest body of most routes is a comment or a public key. */
const BODY_LIMIT = 64 * 1024;
const NO_BYTES = new Uint8Array();

/** The API over these parts. Nothing listens: `handler` is given its requests. */
export async function createApi(deps: ApiDeps, options: ApiOptions = {}): Promise<Api> {
  const metrics = createApiMetrics(deps);
  const limit = options.limit ?? createAttemptLimit();
  const events = createEvents(deps, options.events);
  const routes = [
    ...pushRoutes(deps),
    ...attributionRoutes(deps),
    ...exceptionRoutes(deps),
    ...aiSessionRoutes(deps),
    events.route,
    ...accountRoutes(deps),
    ...agentRoutes(deps),
    ...keyRoutes(deps),
    ...(deps.ssh === undefined ? [] : [...certificateRoutes(deps, deps.ssh), ...hostKeyRoutes(deps, deps.ssh)]),
    ...userRoutes(deps),
    ...codingAgentRoutes(deps),
    ...grantRoutes(deps),
    ...trailRoutes(deps),
    ...policyRoutes(deps),
  ];
  const bodies = new WeakMap<FastifyRequest, Buffer>();
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    // A HEAD of the event stream would be a stream that nobody reads.
    exposeHeadRoutes: false,
    frameworkErrors: (error, _request, reply: FastifyReply) => {
      send(reply, deps, new Problem(400, error.code === 'FST_ERR_BAD_URL' ? 'the URL is malformed' : undefined));
    },
  });
  // JSON alone: what an HTML form can send across sites is refused unread.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    bodies.set(request, bytes);
    if (bytes.length === 0) done(null, {});
    else void app.getDefaultJsonParser('error', 'error')(request, bytes.toString('utf8'), done);
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(SAFE_HEADERS);
  });
  app.addHook('onResponse', async (request, reply) => {
    const path = request.routeOptions.url ?? 'none';
    metrics.served(request.method, path, reply.statusCode, reply.elapsedTime / 1000);
  });
  app.setNotFoundHandler((_request, reply) => send(reply, deps, notFound()));
  app.setErrorHandler((error, request, reply) => send(reply, deps, toProblem(error, request, deps)));

  for (const route of routes) register(app, route, { deps, limit, metrics, bodies });
  registerPublic(app, deps, metrics, openApiDocument(routes, deps.version));
  await app.ready();

  const deafen = deps.endings?.listen(events.endOf);

  return {
    routes: routes.map(({ method, path }) => ({ method, path })),
    handler: (request, response) => app.routing(request, response),
    inject({ method, url, headers = {}, body, raw }) {
      const sent = body === undefined ? raw : { contentType: 'application/json', payload: body };
      if (!sent) return app.inject({ method, url, headers });
      return app.inject({
        method,
        url,
        headers: { ...headers, 'content-type': sent.contentType },
        payload: sent.payload,
      });
    },
    async close() {
      deafen?.();
      events.close();
      await app.close();
    },
  };
}

const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

interface Surroundings {
  readonly deps: ApiDeps;
  readonly limit: AttemptLimit;
  readonly metrics: ApiMetrics;
  readonly bodies: WeakMap<FastifyRequest, Buffer>;
}

function register(app: FastifyInstance, route: Route, { deps, limit, metrics, bodies }: Surroundings): void {
  const callers = new WeakMap<FastifyRequest, Caller>();
  const login = (token: string) => deps.identity.token(token, 'api');
  app.route({
    method: route.method,
    url: route.path,
    bodyLimit: route.maxBodyBytes ?? BODY_LIMIT,
    // Before a byte of the body is read.
    async onRequest(request) {
      try {
        callers.set(request, await authenticate(request.raw, login, limit, deps.clock));
      } catch (error) {
        if (error instanceof Problem && error.status === 401) metrics.loginFailed();
        throw error;
      }
    },
    async handler(request, reply) {
      const caller = callers.get(request);
      if (!caller) throw new Error('a route ran without a caller');
      const { params, query, body, raw } = request;
      const streams = route.answer.contentType === 'text/event-stream';
      if (streams) reply.hijack();
      const answer = await route
        .run({
          ...caller,
          params,
          query,
          body,
          bytes: bodies.get(request) ?? NO_BYTES,
          request: raw,
          response: reply.raw,
        })
        .catch((error: unknown) => {
          if (!streams || reply.raw.headersSent) throw error;
          sendRaw(reply.raw, deps, toProblem(error, request, deps));
          return 'taken' as const;
        });
      if (answer === 'taken') return reply;
      reply.code(answer.status).headers({ ...answer.headers });
      if (answer.body === undefined) return reply.send();
      const shown = masked(answer.body, route, deps);
      return reply.type(answer.contentType ?? 'application/json; charset=utf-8').send(JSON.stringify(shown));
    },
  });
}

/** Health, metrics and the description: no credential, and nothing in them that needs one. */
function registerPublic(app: FastifyInstance, deps: ApiDeps, metrics: ApiMetrics, openApi: object): void {
  // Load balancers may ask with HEAD.
  app.get('/healthz', { exposeHeadRoute: true }, async () => ({ status: 'ok' }));
  app.get('/readyz', { exposeHeadRoute: true }, async (_request, reply) => {
    const missing = await notReady(deps);
    return reply
      .code(missing.length === 0 ? 200 : 503)
      .send({ status: missing.length === 0 ? 'ready' : 'not ready', missing });
  });
  app.get('/metrics', async (_request, reply) => {
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  app.get('/api/openapi.json', async () => openApi);
  // What anybody sees who connects; here it comes over a way that TLS vouches for.
  app.get('/ssh/known_hosts', async (_request, reply) => {
    if (deps.ssh === undefined) throw notFound();
    return reply.type('text/plain; charset=utf-8').send(deps.ssh.hostKeys.knownHosts());
  });
  // The address that git shows to pushers. It says how to go on, and not whether the push exists.
  app.get<{ Params: { id: string } }>('/pushes/:id', async (request, reply) => {
    const { id } = request.params;
    if (!/^[1-9][0-9]{0,15}$/.test(id)) throw notFound();
    const lines = ['show', 'diff', 'explain', 'approve', 'reject'].map((verb) => `npx sallyport push ${verb} ${id}`);
    return reply.type('text/plain; charset=utf-8').send(`push ${id}\n\n${lines.join('\n')}\n`);
  });
  app.get('/', async (_request, reply) => {
    const text = `sallyport ${deps.version}\n\nthe queue: npx sallyport push ls\nthe API:   /api/openapi.json\n`;
    return reply.type('text/plain; charset=utf-8').send(text);
  });
}

async function notReady(deps: ApiDeps): Promise<readonly string[]> {
  try {
    if (deps.notReady) return await deps.notReady();
    await deps.pushes.list({ limit: 1 });
    return [];
  } catch (error) {
    deps.log.error({ err: error }, 'readiness check failed');
    return ['store'];
  }
}

/** The answer without secrets, whatever record or request they came from. */
function masked(body: unknown, { answer: { reveals } }: Route, { mask }: ApiDeps): unknown {
  const clean = mask.value(body);
  if (reveals === undefined || typeof clean !== 'object' || typeof body !== 'object') return clean;
  return { ...clean, [reveals]: Object.entries(body ?? {}).find(([key]) => key === reveals)?.[1] };
}

/** What the caller is told. Texts of errors that are not ours stay in the log. */
function toProblem(error: unknown, request: FastifyRequest, deps: ApiDeps): Problem {
  if (error instanceof Problem) {
    if (error.status === 403) {
      deps.log.warn({ method: request.method, route: request.routeOptions.url, reason: error.detail }, 'refused');
    }
    return error;
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 413) return new Problem(413, `a body has at most ${request.routeOptions.bodyLimit} bytes`);
  if (status === 415) return new Problem(415, 'send application/json');
  if (status >= 400 && status < 500) return new Problem(400, 'the body is not well-formed JSON');
  const incident = randomUUID();
  deps.log.error({ err: error, incident, method: request.method, route: request.routeOptions.url }, 'request failed');
  if (isStoreFailure(error)) {
    return new Problem(503, 'the store cannot be used now; hint: try again later, or tell an administrator', {
      incident,
    });
  }
  return new Problem(500, 'the log of the gateway says more about this incident', { incident });
}

/** Full, locked, gone: what was asked for was not done, and may be another time. */
function isStoreFailure(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['store-full', 'store-unavailable'].includes(String(error.code));
}

function send(reply: FastifyReply, { mask }: ApiDeps, problem: Problem): void {
  reply
    .code(problem.status satisfies ProblemStatus)
    .headers({ ...SAFE_HEADERS, ...problem.headers })
    .type('application/problem+json')
    .send(JSON.stringify(mask.value(problem.toJson())));
}

function sendRaw(response: ServerResponse, { mask }: ApiDeps, problem: Problem): void {
  response.writeHead(problem.status, {
    ...SAFE_HEADERS,
    ...problem.headers,
    'content-type': 'application/problem+json',
  });
  response.end(JSON.stringify(mask.value(problem.toJson())));
}

// A real Git server over smart HTTP for the demo, the bench and the tests: git's own http-backend as CGI (RFC 3875)
// behind node:http. It listens on loopback only and is no part of the gateway.
import { spawn } from 'node:child_process';
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { routeGitRequest } from '../protocol/smart-http.ts';
import { drained } from './drained.ts';
import { type GitConfig, gitEnvironment, SERVER_CONFIG } from './git-process.ts';

export type HttpAuth = { readonly username: string; readonly password: string } | { readonly bearer: string };

export interface GitHttpServerOptions {
  /** Directory of bare repositories. */
  readonly root: string;
  /** Default: everybody may read and push. */
  readonly auth?: HttpAuth;
  /** Git settings of the server, over what hosting servers of today allow. */
  readonly config?: GitConfig;
  /** Default: any free port. */
  readonly port?: number;
  /** Sees every request before it is served; `true` = it has answered itself. */
  onRequest?(request: IncomingMessage, response: ServerResponse): boolean | undefined;
}

export interface GitHttpServer {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Serves the repositories under `root` on 127.0.0.1. */
export async function startGitHttpServer(options: GitHttpServerOptions): Promise<GitHttpServer> {
  const expected = options.auth === undefined ? undefined : authorizationOf(options.auth);
  const server = createServer((request, response) => {
    if (options.onRequest?.(request, response) === true) return;
    if (expected !== undefined && !isSame(request.headers.authorization ?? '', expected)) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="upstream"', 'Content-Type': 'text/plain' });
      response.end('authentication needed\n');
      return;
    }
    serve(options, request, response).catch(() => response.destroy());
  });
  // A push may take longer than Node's default of five minutes.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function serve(options: GitHttpServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const route = routeGitRequest(request.method ?? '', request.url ?? '');
  if (route?.kind !== 'advertise' && route?.kind !== 'upload-pack' && route?.kind !== 'receive-pack') {
    request.resume();
    response.writeHead(404, { 'Content-Type': 'text/plain' });
    response.end('not found\n');
    return;
  }
  const { headers } = request;
  const service = route.kind === 'advertise' ? 'info/refs' : `git-${route.kind}`;
  const more: Record<string, string> = {
    GIT_PROJECT_ROOT: options.root,
    GIT_HTTP_EXPORT_ALL: '1',
    REQUEST_METHOD: request.method ?? '',
    PATH_INFO: `/${route.repoPath}/${service}`,
    QUERY_STRING: route.kind === 'advertise' ? `service=${route.service}` : '',
    REMOTE_ADDR: '127.0.0.1',
    REMOTE_USER: 'upstream',
  };
  if (headers['content-type'] !== undefined) more['CONTENT_TYPE'] = headers['content-type'];
  // No CONTENT_LENGTH: told one, git-http-backend waits in a busy loop, for ever, for a body that was cut off before it.
  if (headers['content-encoding'] !== undefined) more['HTTP_CONTENT_ENCODING'] = headers['content-encoding'];
  const gitProtocol = headers['git-protocol'];
  if (typeof gitProtocol === 'string') more['GIT_PROTOCOL'] = gitProtocol;
  const child = spawn('git', ['http-backend'], {
    env: gitEnvironment({ ...SERVER_CONFIG, ...options.config }, more),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  response.once('close', () => {
    if (child.exitCode === null) child.kill();
  });
  child.once('error', () => response.destroy());
  // Git stops reading when it has what it needs; a broken pipe here is its way to say so.
  const sending = pipeline(request, child.stdin).catch(() => {});
  await answer(child.stdout, response);
  await sending;
}

const MAX_CGI_HEADER_BYTES = 16 * 1024;

/** A CGI answer: header lines, an empty line, then the body as it comes. */
async function answer(stdout: NodeJS.ReadableStream & AsyncIterable<Buffer>, response: ServerResponse): Promise<void> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of stdout) {
    if (head === undefined) {
      if (!response.write(chunk)) await drained(response);
      if (response.destroyed) return;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = /\r?\n\r?\n/.exec(head.toString('latin1'));
    if (end === null) {
      if (head.length > MAX_CGI_HEADER_BYTES) break;
      continue;
    }
    const lines = head.toString('latin1', 0, end.index).split(/\r?\n/);
    const fields = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
    const status = fields.find(([name]) => name?.toLowerCase() === 'status')?.[1];
    response.statusCode = status === undefined ? 200 : Number.parseInt(status, 10);
    for (const [name, value] of fields) {
      if (name && value && name.toLowerCase() !== 'status') response.setHeader(name, value);
    }
    const body: Buffer = head.subarray(end.index + end[0].length);
    head = undefined;
    if (body.length > 0) response.write(body);
    else response.flushHeaders();
  }
  if (head === undefined) response.end();
  else response.destroy();
}

function authorizationOf(auth: HttpAuth): string {
  if ('bearer' in auth) return `Bearer ${auth.bearer}`;
  return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
}

function isSame(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

// How a command reaches the gateway: SALLYPORT_URL with SALLYPORT_TOKEN or the login there; else the configuration at hand, whose gateway
// is asked over HTTP when it runs, and stood in for by the same API on the same store, in this process, when not;
// else where one logged in last.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { z } from 'zod';
import type { Config } from '../adapters/config/config.ts';
import { CommandError, UsageError } from './terminal.ts';

export type Method = 'GET' | 'POST' | 'DELETE';

export interface Answer {
  readonly status: number;
  /** Parsed JSON; `undefined` when there is none. */
  readonly body: unknown;
}

export interface Client {
  request(method: Method, path: string, body?: unknown): Promise<Answer>;
  /** True when no gateway runs: what needs one happens once it is started. */
  readonly offline: boolean;
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly config?: string;
  /** Changes nothing: without a gateway the store is opened for reading alone. */
  readonly readOnly?: boolean;
}

export const DEFAULT_CONFIG = 'sallyport.yaml';
export const TOKEN_FILE = 'admin.token';
export const GATEWAY_FILE = 'gateway.json';

const TIMEOUT = 30_000;
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** Runs `work` with a client, and closes it whatever happens. */
export async function withClient<T>(options: ClientOptions, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(options);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** Asks, and checks the answer. `raw` is the answer as it came, for --json. */
export async function ask<S extends z.ZodType>(
  client: Client,
  schema: S,
  method: Method,
  path: string,
  body?: unknown,
): Promise<{ readonly value: z.output<S>; readonly raw: unknown }> {
  const answer = await client.request(method, path, body);
  if (answer.status >= 400) throw refusal(answer);
  const parsed = schema.safeParse(answer.body);
  if (!parsed.success) {
    throw new CommandError('the gateway gave an answer of another version', 'use the command line of its version');
  }
  return { value: parsed.data, raw: answer.body };
}

/** Asks for something whose answer has no content. */
export async function tell(client: Client, method: Method, path: string, body?: unknown): Promise<void> {
  const answer = await client.request(method, path, body);
  if (answer.status >= 400) throw refusal(answer);
}

/** A query string of what is given. */
export function query(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(values).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  const text = new URLSearchParams(given.map(([key, value]): [string, string] => [key, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}

function refusal(answer: Answer): CommandError {
  const problem = typeof answer.body === 'object' && answer.body !== null ? answer.body : {};
  const field = (name: string) => {
    const value: unknown = Object.entries(problem).find(([key]) => key === name)?.[1];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const text = field('detail') ?? field('title') ?? `the gateway answered with status ${answer.status}`;
  // What was given has a form that the gateway does not know: called wrongly, whoever finds it out.
  if ('errors' in problem && Array.isArray(problem.errors))
    return new UsageError(problem.errors.map(faultText).join('; '));
  const [message = text, ...hints] = text.split(/; hint: /);
  const incident = field('incident');
  const whole = [message, ...(incident === undefined ? [] : [`incident ${incident}`])].join('; ');
  return new CommandError(whole, hints.join('; ') || undefined);
}

/** `body.groups.0` is for programs; people gave `groups`. */
function faultText(fault: unknown): string {
  if (typeof fault !== 'object' || fault === null) return String(fault);
  const { at, message } = fault as { at?: unknown; message?: unknown };
  const [, name] = /^(?:body|query|path)\.([^.]+)/.exec(String(at)) ?? [];
  return `${name ?? at}: ${message}`;
}

/** Finds the gateway as described above. */
export async function connect(options: ClientOptions): Promise<Client> {
  const { SALLYPORT_URL: url, SALLYPORT_TOKEN: token } = process.env;
  if (url) {
    // The admin token of some configuration that happens to lie here is never sent to an address from elsewhere.
    if (token) return remoteClient(url, token);
    const login = await clientOfLogin(URL.parse(url)?.origin);
    if (login !== undefined) return login;
    const hint = `set both, or neither, or log in: sallyport login --gateway ${url}`;
    throw new UsageError('SALLYPORT_URL is set, SALLYPORT_TOKEN is not', hint);
  }
  if (options.config === undefined && !existsSync(DEFAULT_CONFIG)) {
    const login = await clientOfLogin();
    if (login !== undefined) return login;
  }
  const config = await loadLocalConfig(options);
  const login = token || (await readAdminToken(config));
  const running = await runningGateway(config);
  if (running !== undefined) {
    const client = remoteClient(running, login);
    if (await answers(client)) return client;
  }
  const { openLocalGateway } = await import('./local-gateway.ts');
  return openLocalGateway(config, login, { readOnly: options.readOnly === true });
}

/** With the login at this gateway; without one, where one logged in last. `undefined` when there is none. */
async function clientOfLogin(gateway?: string): Promise<Client | undefined> {
  const { openLogins } = await import('./login/login-file.ts');
  const logins = openLogins();
  const wanted = gateway ?? (await logins.gateways())[0];
  if (wanted === undefined) return undefined;
  const { freshLogin } = await import('./login/access-token.ts');
  const login = await freshLogin(logins, wanted);
  return login && remoteClient(login.gateway, login.access);
}

/** The configuration that --config names, or the one in this directory. */
export async function loadLocalConfig(options: ClientOptions): Promise<Config> {
  const file = resolve(options.config ?? DEFAULT_CONFIG);
  const { formatProblem, loadConfig } = await import('../adapters/config/load.ts');
  const loaded = await loadConfig(file);
  if (loaded.outcome === 'ok') return loaded.config;
  const [first] = loaded.problems;
  if (options.config === undefined && first?.key === '' && first.message.includes('ENOENT')) {
    throw new CommandError(
      `no gateway to talk to: neither SALLYPORT_URL nor ${DEFAULT_CONFIG} is here`,
      'log in with `sallyport login`, set SALLYPORT_URL and SALLYPORT_TOKEN, name a file with --config, or make one with `sallyport init`',
    );
  }
  throw new CommandError(loaded.problems.map((problem) => formatProblem(file, problem)).join('\n'));
}

async function readAdminToken(config: Config): Promise<string> {
  const file = join(dirname(config.file), TOKEN_FILE);
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch {
    throw new CommandError(`no token: SALLYPORT_TOKEN is not set and ${file} cannot be read`, 'set SALLYPORT_TOKEN');
  }
}

/** Where the gateway of this configuration listens, if its process lives. */
export async function runningGateway(config: Config): Promise<string | undefined> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(join(config.gateway.dataDir, GATEWAY_FILE), 'utf8'));
  } catch {
    return undefined;
  }
  if (typeof content !== 'object' || content === null || !('http' in content) || !('pid' in content)) return undefined;
  const { http, pid } = content;
  if (typeof http !== 'string' || typeof pid !== 'number' || !isAlive(pid)) return undefined;
  return http;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** False when nobody listens there: the process of that number is another one by now. */
async function answers(client: Client): Promise<boolean> {
  try {
    await client.request('GET', '/healthz');
    return true;
  } catch (error) {
    if (error instanceof CommandError && isRefusedConnection(error.cause)) return false;
    throw error;
  }
}

function isRefusedConnection(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}

function remoteClient(url: string, token: string): Client {
  const base = URL.parse(url);
  if (!base || !/^https?:$/.test(base.protocol)) throw new UsageError('SALLYPORT_URL must be an http or https URL');
  if (!/^[\x21-\x7e]+$/.test(token)) throw new UsageError('the token contains characters that no token has');
  return {
    offline: false,
    async request(method, path, body) {
      let response: Response;
      try {
        response = await fetch(new URL(path, base), {
          method,
          // A redirect would carry the token to wherever it points.
          redirect: 'error',
          signal: AbortSignal.timeout(TIMEOUT),
          headers: {
            authorization: `Bearer ${token}`,
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
      } catch (error) {
        const failure = new CommandError(
          `the gateway at ${base.origin} does not answer`,
          'is it running? `sallyport doctor` says more',
        );
        failure.cause = error;
        throw failure;
      }
      return { status: response.status, body: parseBody(await readText(response)) };
    },
    async close() {},
  };
}

async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MAX_ANSWER_BYTES) throw new CommandError('the answer of the gateway is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

export function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
